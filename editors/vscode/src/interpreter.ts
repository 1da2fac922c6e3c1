/** The Interpreter view: the process that runs the user's code, and what the last reload did. */
import * as vscode from 'vscode';
import type { InterpreterStatus, ReloadReport } from './protocol';
import type { Server } from './server';

interface Node {
  label: string;
  description?: string;
  icon: string;
  children?: Node[];
  command?: vscode.Command;
}

export class InterpreterView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly subscriptions: vscode.Disposable[];
  /** By workspace folder: there is one process for each. */
  private readonly statuses = new Map<string, InterpreterStatus>();
  private report: ReloadReport | undefined;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(server: Server) {
    this.subscriptions = [
      this.changed,
      vscode.window.registerTreeDataProvider('holefit.interpreter', this),
      server.onStatus((status) => {
        this.statuses.set(status.root ?? '', status);
        this.changed.fire(undefined);
      }),
      server.onReloaded((report) => {
        this.report = report;
        this.changed.fire(undefined);
      }),
      server.onStateChanged((state) => {
        if (state === 'running') return;
        this.statuses.clear();
        this.report = undefined;
        this.changed.fire(undefined);
      }),
    ];
  }

  getChildren(node?: Node): Node[] {
    return node ? (node.children ?? []) : this.roots();
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const state = node.children ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.None;
    const item = new vscode.TreeItem(node.label, state);
    item.iconPath = new vscode.ThemeIcon(node.icon);
    if (node.description !== undefined) item.description = node.description;
    item.tooltip = node.description ? `${node.label}: ${node.description}` : node.label;
    if (node.command) item.command = node.command;
    return item;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private roots(): Node[] {
    const several = this.statuses.size > 1;
    const processes = [...this.statuses.values()].flatMap((status) => {
      const facts = processFacts(status);
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
