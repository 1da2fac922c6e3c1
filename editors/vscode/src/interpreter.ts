/** The Interpreter view: the process that runs the user's code, and what the last reload did. */
import * as vscode from 'vscode';
import { StopsRequest, type InterpreterStatus, type ReloadReport, type Stop } from './protocol';
import type { Server } from './server';

export interface Node {
  label: string;
  description?: string;
  icon: string;
  children?: Node[];
  collapsed?: boolean;
  context?: string;
  command?: vscode.Command;
}

export class InterpreterView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly subscriptions: vscode.Disposable[];
  /** By workspace folder: there is one process for each. */
  private readonly statuses = new Map<string, InterpreterStatus>();
  private readonly stops = new Map<string, Stop[]>();
  private report: ReloadReport | undefined;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly server: Server) {
    this.subscriptions = [
      this.changed,
      vscode.window.registerTreeDataProvider('holefit.interpreter', this),
      server.onStatus((status) => {
        this.statuses.set(status.root ?? '', status);
        void this.lookAtStops(status);
        this.changed.fire(undefined);
      }),
      server.onReloaded((report) => {
        this.report = report;
        this.changed.fire(undefined);
      }),
      server.onStateChanged((state) => {
        if (state === 'running') return;
        this.statuses.clear();
        this.stops.clear();
        this.report = undefined;
        this.changed.fire(undefined);
      }),
    ];
  }

  getChildren(node?: Node): Node[] {
    return node ? (node.children ?? []) : this.roots();
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const open = node.collapsed ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.Expanded;
    const state = node.children ? open : vscode.TreeItemCollapsibleState.None;
    const item = new vscode.TreeItem(node.label, state);
    item.iconPath = new vscode.ThemeIcon(node.icon);
    if (node.description !== undefined) item.description = node.description;
    item.tooltip = node.description ? `${node.label}: ${node.description}` : node.label;
    if (node.command) item.command = node.command;
    if (node.context) item.contextValue = node.context;
    return item;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Asks for what is stopped; its status tells only how many there are. */
  private async lookAtStops(status: InterpreterStatus): Promise<void> {
    const root = status.root ?? '';
    try {
      const textDocument = status.root ? { textDocument: { uri: `${status.root}/_` } } : {};
      this.stops.set(root, status.stops?.length ? (await this.server.request(StopsRequest, textDocument)).stops : []);
    } catch {
      this.stops.delete(root); // the server has ended, or the workspace is no longer trusted
    }
    this.changed.fire(undefined);
  }

  private roots(): Node[] {
    const several = this.statuses.size > 1;
    const processes = [...this.statuses.values()].flatMap((status) => {
      const facts = [...processFacts(status), ...(this.stops.get(status.root ?? '') ?? []).map(stopNode)];
      if (!several) return facts;
      const name = status.root ? (vscode.Uri.parse(status.root).path.split('/').pop() ?? '') : '';
      return [{ label: name, icon: 'root-folder', children: facts }];
    });
    return this.report ? [...processes, reloadNode(this.report)] : processes;
  }
}

function processFacts(status: InterpreterStatus): Node[] {
  const nodes: Node[] = [{ label: 'State', description: status.message ?? status.state, icon: status.state === 'dead' ? 'error' : 'pulse' }];
  if (status.python) nodes.push({ label: `Python ${status.version ?? ''}`.trim(), description: status.python, icon: 'terminal' });
  if (status.pid) nodes.push({ label: 'Process', description: String(status.pid), icon: 'server-process' });
  if (status.pid) nodes.push({ label: 'Generation', description: String(status.generation), icon: 'history' });
  return nodes;
}

/** A stopped evaluation with its frames and their variables; only the newest one, which comes first, can go on. */
function stopNode(stop: Stop, index: number): Node {
  const frames = stop.frames.map((frame, number): Node => {
    const place = new vscode.Position(Math.max(frame.line - 1, 0), 0);
    const variables = frame.variables.map((one): Node => ({ label: one.name, description: `${one.type} = ${one.text}`, icon: 'symbol-variable' }));
    return {
      label: frame.function,
      description: `${frame.path.split('/').pop() ?? ''}:${frame.line}  ${frame.text}`,
      icon: 'debug-stackframe',
      ...(variables.length ? { children: variables, collapsed: number > 0 } : {}),
      ...(frame.uri
        ? { command: { title: 'Go to Frame', command: 'vscode.open', arguments: [vscode.Uri.parse(frame.uri), { selection: new vscode.Range(place, place) }] } }
        : {}),
    };
  });
  const about = [stop.exception, stop.thread && `thread ${stop.thread}`, stop.note].filter(Boolean).join('; ');
  return {
    label: `Stopped in ${stop.frames[0]?.function ?? 'an evaluation'}`,
    ...(about ? { description: about } : {}),
    icon: 'debug-pause',
    children: frames,
    collapsed: index > 0,
    ...(index === 0 ? { context: 'newestStop' } : {}),
  };
}

function reloadNode(report: ReloadReport): Node {
  const children: Node[] = [
    ...report.errors.map((error) => ({ label: error.module, description: error.message, icon: 'error', ...openError(error) })),
    ...report.reloaded.map((module) => ({ label: module, description: 'reloaded', icon: 'sync' })),
    ...report.kept.map((kept) => ({ label: `${kept.module}.${kept.name}`, description: `kept: ${kept.reason}`, icon: 'pin' })),
    ...report.removed.map((removed) => ({ label: `${removed.module}.${removed.name}`, description: 'removed', icon: 'trash' })),
    ...report.staleFrames.map((frame) => ({
      label: `${frame.module}.${frame.function}`,
      description: `still runs the old code at line ${frame.line}`,
      icon: 'warning',
    })),
  ];
  const failed = report.errors.length > 0;
  return { label: failed ? 'Last reload failed, nothing was changed' : 'Last reload', description: failed ? undefined : `generation ${report.generation}`, icon: failed ? 'warning' : 'sync', children } as Node;
}

function openError(error: ReloadReport['errors'][number]): { command?: vscode.Command } {
  if (!error.uri || !error.range) return {};
  const { start } = error.range;
  const place = new vscode.Position(start.line, start.character);
  return { command: { title: 'Go to Error', command: 'vscode.open', arguments: [vscode.Uri.parse(error.uri), { selection: new vscode.Range(place, place) }] } };
}
