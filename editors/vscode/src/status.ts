/** The status bar item: what the server and the interpreter are doing, and which generation is loaded. */
import * as vscode from 'vscode';
import type { InterpreterStatus, ReloadReport } from './protocol';
import type { Server } from './server';

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('holefit.status', vscode.StatusBarAlignment.Left, 0);
  private readonly subscriptions: vscode.Disposable[];
  private interpreter: InterpreterStatus | undefined;
  private lastReload: ReloadReport | undefined;

  constructor(private readonly server: Server) {
    this.item.name = 'Holefit';
    this.item.command = 'holefit.showMenu';
    this.subscriptions = [
      this.item,
      server.onStateChanged((state) => {
        if (state !== 'running') this.interpreter = this.lastReload = undefined;
        this.render();
      }),
      server.onStatus((status) => {
        this.interpreter = status;
        this.render();
      }),
      server.onReloaded((report) => {
        this.lastReload = report;
        if (this.interpreter) this.interpreter = { ...this.interpreter, generation: report.generation };
        this.render();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.render()),
    ];
    this.render();
    this.item.show();
  }

  /** The text as shown, for tests and for screen readers. */
  get text(): string {
    return this.item.text;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private render(): void {
    const { icon, text, warning } = this.summary();
    this.item.text = `$(${icon}) Holefit${text ? `: ${text}` : ''}`;
    this.item.backgroundColor = warning ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    this.item.accessibilityInformation = { label: `Holefit, ${text || 'ready'}` };
    this.item.tooltip = this.tooltip();
  }

  private summary(): { icon: string; text: string; warning?: boolean } {
    switch (this.server.state) {
      case 'missing':
        return { icon: 'error', text: 'server not found', warning: true };
      case 'failed':
        return { icon: 'error', text: 'server did not start', warning: true };
      case 'stopped':
        return { icon: 'circle-slash', text: 'server stopped', warning: true };
      case 'starting':
        return { icon: 'loading~spin', text: 'starting' };
      case 'running':
        break;
    }
    if (!vscode.workspace.isTrusted) return { icon: 'shield', text: 'holes only' };
    const errors = this.lastReload?.errors.length ?? 0;
    if (errors) return { icon: 'warning', text: 'reload failed', warning: true };
    const generation = this.interpreter ? `generation ${this.interpreter.generation}` : '';
    switch (this.interpreter?.state) {
      case 'starting':
        return { icon: 'loading~spin', text: 'starting Python' };
      case 'busy':
        return { icon: 'loading~spin', text: `evaluating, ${generation}` };
      case 'dead':
        return { icon: 'error', text: 'Python died', warning: true };
      case 'idle':
        return { icon: 'beaker', text: generation };
      default:
        return { icon: 'beaker', text: '' };
    }
  }

  private tooltip(): vscode.MarkdownString {
    const lines: string[] = [];
    if (!vscode.workspace.isTrusted) lines.push('The workspace is not trusted: typed holes work, nothing is run.');
    const { interpreter, lastReload } = this;
    if (interpreter?.message) lines.push(interpreter.message);
    if (interpreter?.version) lines.push(`Python ${interpreter.version}${interpreter.pid ? `, process ${interpreter.pid}` : ''}`);
    if (interpreter?.python) lines.push(`\`${interpreter.python}\``);
    if (lastReload?.errors.length) {
      lines.push('The last reload failed and changed nothing:', ...lastReload.errors.map((error) => `${error.module}: ${error.message}`));
    } else if (lastReload?.reloaded.length) {
      lines.push(`Last reload: ${lastReload.reloaded.join(', ')}`);
      if (lastReload.kept.length) lines.push(`Values kept: ${lastReload.kept.map((kept) => `${kept.module}.${kept.name} (${kept.reason})`).join(', ')}`);
    }
    const text = new vscode.MarkdownString();
    text.appendMarkdown('**Holefit**');
    for (const line of lines) text.appendMarkdown('\n\n').appendText(line);
    return text;
  }
}
