/** The Results panel: what the last evaluation gave in full, with pictures and tables. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { SnippetResult } from './protocol';
import type { Evaluated, Server } from './server';

interface Shown {
  uri: string;
  results: { line: number; source: string; result: SnippetResult }[];
}

/** What is more than text, best first: only the first one that a result has is shown. */
const pictures = ['image/svg+xml', 'image/png', 'image/jpeg', 'image/gif', 'image/webp'];

export class Results implements vscode.WebviewViewProvider, vscode.Disposable {
  private view: vscode.WebviewView | undefined;
  private shown: Shown | undefined;
  private readonly subscriptions: vscode.Disposable[];

  constructor(server: Server) {
    this.subscriptions = [
      vscode.window.registerWebviewViewProvider('holefit.results', this, { webviewOptions: { retainContextWhenHidden: false } }),
      server.onEvaluated((evaluated) => this.show(evaluated)),
      vscode.commands.registerCommand('holefit.showResults', () => vscode.commands.executeCommand('holefit.results.focus')),
    ];
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.view = view;
    view.webview.options = { enableScripts: true, localResourceRoots: [] };
    view.webview.onDidReceiveMessage((message: { line: number }) => void this.goTo(message.line));
    view.onDidDispose(() => (this.view = undefined));
    this.render();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** The page as it is drawn: for tests. */
  html(): string {
    return page(this.shown);
  }

  private show({ uri, text, evaluation }: Evaluated): void {
    if (evaluation.results.length === 0) return;
    const lines = text.split(/\r\n|\r|\n/);
    const results = evaluation.results.map((result) => {
      const { start, end } = result.range;
      const source = lines.slice(start.line, end.line + 1);
      source[source.length - 1] = source.at(-1)?.slice(0, end.character) ?? '';
      source[0] = source[0]?.slice(start.character) ?? '';
      return { line: start.line, source: source.join('\n'), result };
    });
    this.shown = { uri, results };
    this.render();
    const when = vscode.workspace.getConfiguration('holefit').get<string>('results.open', 'pictures');
    const rich = results.some(({ result }) => 'text/html' in result.mime || pictures.some((type) => type in result.mime));
    if (when === 'always' || (when === 'pictures' && rich)) void this.reveal();
  }

  /** Shows the panel and leaves the cursor where it is. */
  private async reveal(): Promise<void> {
    if (this.view) {
      this.view.show(true);
      return;
    }
    await vscode.commands.executeCommand('holefit.results.focus', { preserveFocus: true });
    await vscode.commands.executeCommand('workbench.action.focusActiveEditorGroup');
  }

  private render(): void {
    if (this.view) this.view.webview.html = this.html();
  }

  /** Goes to a snippet; results that were written since may have moved it. */
  private async goTo(line: number): Promise<void> {
    const wanted = this.shown?.results.find((result) => result.line === line);
    if (!this.shown || !wanted) return;
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(this.shown.uri));
    const first = wanted.source.split('\n')[0] ?? '';
    const lines = [...Array(document.lineCount).keys()].filter((number) => document.lineAt(number).text.includes(first));
    const nearest = lines.sort((a, b) => Math.abs(a - line) - Math.abs(b - line))[0] ?? line;
    const place = new vscode.Position(nearest, 0);
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(place, place) });
  }
}

/** The whole page. Nothing in it comes from elsewhere; tables stand in frames where no script runs. */
function page(shown: Shown | undefined): string {
  const nonce = randomBytes(16).toString('base64');
  const body = shown ? shown.results.map(section).join('\n') : '<p>Evaluate a snippet (<code># &gt;&gt;&gt; 1 + 1</code>) to see its result here.</p>';
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'nonce-${nonce}';">
<title>Results</title>
<style>
  body { font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); color: var(--vscode-foreground); padding: 0 1em 1em; }
  section { border-top: 1px solid var(--vscode-panel-border); padding: .6em 0; }
  section:first-child { border-top: none; }
  pre { font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); line-height: 1.4; margin: .2em 0; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 30em; overflow: auto; }
  pre.source { opacity: .75; }
  pre.failed { border-left: 3px solid var(--vscode-errorForeground); padding-left: .6em; }
  .facts { color: var(--vscode-descriptionForeground); }
  img { max-width: 100%; background: white; }
  iframe { width: 100%; border: none; background: white; }
  a { color: var(--vscode-textLink-foreground); }
</style>
</head>
<body>
${body}
<script nonce="${nonce}">
  const code = acquireVsCodeApi();
  for (const link of document.querySelectorAll('a[data-line]'))
    link.addEventListener('click', (event) => { event.preventDefault(); code.postMessage({ line: Number(link.dataset.line) }); });
  for (const frame of document.querySelectorAll('iframe')) {
    const fit = () => { frame.style.height = Math.min(600, frame.contentDocument.documentElement.scrollHeight + 4) + 'px'; };
    frame.addEventListener('load', fit); fit();
  }
</script>
</body>
</html>`;
}

function section({ line, source, result }: Shown['results'][number]): string {
  const facts = [`<a href="#" data-line="${line}">line ${line + 1}</a>`, result.ok ? '' : 'failed', `${result.durationMs.toFixed(result.durationMs < 10 ? 1 : 0)} ms`, `generation ${result.generation}`];
  const parts = [`<pre class="source">${escape(source)}</pre>`];
  if (result.stdout) parts.push(`<pre>${escape(result.stdout)}</pre>`);
  const picture = pictures.find((type) => result.mime[type]);
  const html = result.mime['text/html'];
  if (picture) parts.push(`<img alt="${escape(result.text)}" src="${pictureAddress(picture, result.mime[picture] ?? '')}">`);
  else if (html) parts.push(`<iframe sandbox="allow-same-origin" title="result of line ${line + 1}" srcdoc="${escape(html)}"></iframe>`);
  if (result.text && !html) parts.push(`<pre${result.ok ? '' : ' class="failed"'}>${escape(result.text)}</pre>`);
  for (const frame of result.frames ?? []) parts.push(`<pre class="facts">${escape(`${frame.path}:${frame.line} in ${frame.function}`)}</pre>`);
  if (result.note) parts.push(`<p>${escape(result.note)}</p>`);
  return `<section><div class="facts">${facts.filter(Boolean).join(' · ')}</div>${parts.join('')}</section>`;
}

/** SVG comes as text, the others as base64. */
function pictureAddress(type: string, data: string): string {
  const base64 = type === 'image/svg+xml' ? Buffer.from(data, 'utf8').toString('base64') : data.replace(/[^A-Za-z0-9+/=]/g, '');
  return `data:${type};base64,${base64}`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
