/** The Goals view: the holes of the file in front with all that is known about them; a click on a fit fills. */
import * as vscode from 'vscode';
import { applyEdit, holeDiagnostics } from './commands';
import { HolesRequest, type Binding, type Fit, type Hole } from './protocol';
import type { Server } from './server';

type Node =
  | { kind: 'hole'; hole: Hole }
  | { kind: 'group'; label: string; hole: Hole; children: Node[] }
  | { kind: 'constraint'; text: string }
  | { kind: 'binding'; binding: Binding }
  | { kind: 'fit'; fit: Fit; hole: Hole }
  | { kind: 'note'; text: string };

/** How long typing must pause before the holes are asked for again. */
const pauseMs = 200;

export class Goals implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  private readonly view: vscode.TreeView<Node>;
  private readonly subscriptions: vscode.Disposable[];
  private document: vscode.TextDocument | undefined;
  private roots: Extract<Node, { kind: 'hole' }>[] = [];
  private asked = 0;
  private timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(private readonly server: Server) {
    this.view = vscode.window.createTreeView('holefit.goals', { treeDataProvider: this });
    this.subscriptions = [
      this.view,
      this.changed,
      this.view.onDidChangeVisibility(() => this.later(0)),
      vscode.window.onDidChangeActiveTextEditor(() => this.later(0)),
      vscode.window.onDidChangeTextEditorSelection((event) => this.follow(event)),
      vscode.languages.onDidChangeDiagnostics((event) => {
        const shown = vscode.window.activeTextEditor?.document.uri.toString();
        if (event.uris.some((uri) => uri.toString() === shown)) this.later(pauseMs);
      }),
      server.onStateChanged(() => this.later(0)),
      server.onEvaluated(() => this.later(pauseMs)), // bindings may have live values now
      vscode.commands.registerCommand('holefit.fillWith', (fit: Fit, hole: Hole) => this.fill(fit, hole)),
    ];
    this.later(0);
  }

  getChildren(node?: Node): Node[] {
    if (!node) return this.roots;
    if (node.kind === 'hole') return children(node.hole);
    return node.kind === 'group' ? node.children : [];
  }

  getParent(node: Node): Node | undefined {
    if (node.kind === 'group' || node.kind === 'fit') return this.roots.find((root) => root.hole === node.hole);
    return undefined;
  }

  getTreeItem(node: Node): vscode.TreeItem {
    switch (node.kind) {
      case 'hole':
        return this.holeItem(node.hole);
      case 'group':
        return new vscode.TreeItem(node.label, vscode.TreeItemCollapsibleState.Expanded);
      case 'constraint':
        return item(node.text, 'symbol-interface');
      case 'note':
        return item(node.text, 'info');
      case 'binding': {
        const { name, type, value } = node.binding;
        const shown = item(name, 'symbol-variable', value ? `${type} = ${value}` : type);
        shown.tooltip = code(value ? `${name}: ${type} = ${value}` : `${name}: ${type}`);
        return shown;
      }
      case 'fit':
        return this.fitItem(node.fit, node.hole);
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** The labels as shown, indented by depth: for tests. */
  text(): string {
    const lines: string[] = [];
    const walk = (nodes: Node[], depth: number): void => {
      for (const node of nodes) {
        const { label, description } = this.getTreeItem(node);
        lines.push(`${'  '.repeat(depth)}${String(label)}${description ? `  ${String(description)}` : ''}`);
        walk(this.getChildren(node), depth + 1);
      }
    };
    walk(this.roots, 0);
    return lines.join('\n');
  }

  /** The arguments of `holefit.fillWith` for the first fit with this text: for tests. */
  fit(text: string): [Fit, Hole] | [] {
    for (const { hole } of this.roots) {
      const found = hole.fits.find((fit) => fit.text === text);
      if (found) return [found, hole];
    }
    return [];
  }

  /** Asks for the holes now, visible or not. */
  async refresh(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    const turn = ++this.asked;
    const relevant = document?.languageId === 'python' && this.server.state === 'running';
    let holes: Hole[] = [];
    if (relevant) {
      try {
        holes = await this.server.request(HolesRequest, { textDocument: { uri: document.uri.toString() } });
      } catch (error) {
        this.server.output.debug(`no holes: ${String(error)}`); // overtaken by an edit or a restart: another request follows
        return;
      }
    }
    if (turn !== this.asked) return;
    this.document = relevant ? document : undefined;
    this.roots = holes.map((hole) => ({ kind: 'hole', hole }));
    this.view.badge = holes.length ? { value: holes.length, tooltip: holes.length === 1 ? '1 hole' : `${holes.length} holes` } : undefined;
    this.view.message = undefined;
    this.changed.fire(undefined);
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.view.visible) void this.refresh();
      else this.countOnly();
    }, ms);
  }

  /** The badge needs no request: diagnostics tell the number. */
  private countOnly(): void {
    const document = vscode.window.activeTextEditor?.document;
    const count = document ? holeDiagnostics(document.uri).length : 0;
    this.view.badge = count ? { value: count, tooltip: count === 1 ? '1 hole' : `${count} holes` } : undefined;
  }

  private follow(event: vscode.TextEditorSelectionChangeEvent): void {
    if (!this.view.visible || event.textEditor.document !== this.document) return;
    const place = event.selections[0]?.active;
    const here = place && this.roots.find(({ hole }) => range(hole).contains(place));
    if (here) void this.view.reveal(here, { select: true, focus: false, expand: 2 });
  }

  private holeItem(hole: Hole): vscode.TreeItem {
    const first = this.roots[0]?.hole === hole;
    const place = vscode.window.activeTextEditor?.selection.active;
    const expanded = first || (place && range(hole).contains(place));
    const shown = new vscode.TreeItem(
      `${hole.name}: ${hole.expected}`,
      expanded ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed,
    );
    shown.description = `line ${hole.range.start.line + 1}`;
    shown.iconPath = new vscode.ThemeIcon('circle-large-outline');
    shown.tooltip = code(`${hole.name}: ${hole.expected}`);
    if (this.document) {
      shown.command = { title: 'Go to Hole', command: 'vscode.open', arguments: [this.document.uri, { selection: range(hole) }] };
    }
    shown.accessibilityInformation = { label: `hole ${hole.name} of type ${hole.expected}, line ${hole.range.start.line + 1}` };
    return shown;
  }

  private fitItem(fit: Fit, hole: Hole): vscode.TreeItem {
    const icons = { fit: 'check', refinement: 'type-hierarchy-sub', split: 'list-tree', search: 'search' };
    const passed = fit.examples === 'passed' ? ' · examples pass' : fit.examples === 'failed' ? ' · examples fail' : '';
    const shown = item(fit.text.replace(/\s*\n\s*/g, ' '), icons[fit.kind], `${fit.type} · ${fit.provenance}${passed}`);
    shown.command = { title: 'Fill', command: 'holefit.fillWith', arguments: [fit, hole] };
    shown.tooltip = new vscode.MarkdownString();
    if (this.document) shown.tooltip.appendCodeblock(preview(this.document, hole, fit), 'python');
    if (fit.importText) shown.tooltip.appendMarkdown('Adds ').appendCodeblock(fit.importText, 'python');
    if (fit.documentation) shown.tooltip.appendText(fit.documentation);
    shown.accessibilityInformation = { label: `fill ${hole.name} with ${fit.text}, ${fit.type}, ${fit.provenance}${passed}` };
    return shown;
  }

  private async fill(fit: Fit, hole: Hole): Promise<void> {
    const { document } = this;
    if (!document) return;
    try {
      await applyEdit(this.server, fit.edit);
    } catch (error) {
      vscode.window.setStatusBarMessage(`Holefit: ${error instanceof Error ? error.message : String(error)}`, 5000);
      await this.refresh();
      return;
    }
    const editor = await vscode.window.showTextDocument(document);
    const place = firstHoleOf(document, hole, fit) ?? editor.selection.active;
    editor.selection = new vscode.Selection(place, place);
    editor.revealRange(new vscode.Range(place, place), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }
}

function children(hole: Hole): Node[] {
  const nodes: Node[] = hole.constraints.map((text) => ({ kind: 'constraint', text }));
  const fits = hole.fits.map((fit): Node => ({ kind: 'fit', fit, hole }));
  if (!hole.complete) fits.push({ kind: 'note', text: 'There was no time to try everything' });
  nodes.push({ kind: 'group', label: hole.fits.length ? 'Fits' : 'No fits', hole, children: fits });
  if (hole.bindings.length) {
    nodes.push({ kind: 'group', label: 'In scope', hole, children: hole.bindings.map((binding) => ({ kind: 'binding', binding })) });
  }
  return nodes;
}

/** The lines of the hole as they would be. */
function preview(document: vscode.TextDocument, hole: Hole, fit: Fit): string {
  const place = range(hole);
  const before = document.lineAt(place.start.line).text.slice(0, place.start.character);
  const after = document.lineAt(place.end.line).text.slice(place.end.character);
  return `${before}${fit.text}${after}`;
}

/** Where the first new hole of a refinement is once it is in the text; the end of what was put in for other fits. */
function firstHoleOf(document: vscode.TextDocument, hole: Hole, fit: Fit): vscode.Position | undefined {
  const line = document.lineAt(Math.min(hole.range.start.line, document.lineCount - 1)).lineNumber;
  const start = document.getText().indexOf(fit.text, document.offsetAt(new vscode.Position(Math.max(0, line), 0)));
  if (start < 0) return undefined;
  const inner = fit.level > 0 || fit.kind === 'split' ? /(?<![\w"'])_\w*/.exec(fit.text)?.index : undefined;
  return document.positionAt(start + (inner ?? fit.text.length));
}

function range(hole: Hole): vscode.Range {
  const { start, end } = hole.range;
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

function item(label: string, icon: string, description?: string): vscode.TreeItem {
  const made = new vscode.TreeItem(label);
  made.iconPath = new vscode.ThemeIcon(icon);
  if (description !== undefined) made.description = description;
  return made;
}

function code(text: string): vscode.MarkdownString {
  return new vscode.MarkdownString().appendCodeblock(text, 'python');
}
