/** What the palette, the keys and the status bar offer. */
import * as vscode from 'vscode';
import { EvaluateRequest, InterpreterRequest, ReloadRequest, serverCommands, StopsRequest, type Evaluation, type ReloadReport, type StopAction } from './protocol';
import { searchByType } from './search';
import type { Server } from './server';

export function registerCommands(server: Server): vscode.Disposable {
  const commands: Record<string, (...args: never[]) => unknown> = {
    'holefit.evaluateHere': () => evaluate(server, 'here'),
    'holefit.evaluateAll': () => evaluate(server, 'all'),
    'holefit.clearResults': () => clear(server),
    'holefit.nextHole': () => goToHole(1),
    'holefit.previousHole': () => goToHole(-1),
    'holefit.reloadModules': () => reload(server),
    'holefit.interruptInterpreter': () => interpreter(server, 'interrupt'),
    'holefit.restartInterpreter': () => interpreter(server, 'restart'),
    'holefit.keepState': () => interpreter(server, 'checkpoint'),
    'holefit.goBackToState': () => interpreter(server, 'restore'),
    'holefit.continueStopped': () => goOn(server, 'continue'),
    'holefit.stepStopped': () => goOn(server, 'step'),
    'holefit.stepOverStopped': () => goOn(server, 'stepOver'),
    'holefit.stepOutStopped': () => goOn(server, 'stepOut'),
    'holefit.abandonStopped': () => goOn(server, 'abandon'),
    'holefit.restartServer': () => server.restart(),
    'holefit.showOutput': () => server.output.show(true),
    'holefit.showProgramOutput': () => server.programOutput.show(true),
    'holefit.openServerSetting': () => vscode.commands.executeCommand('workbench.action.openSettings', 'holefit.serverPath'),
    'holefit.searchByType': () => searchByType(server),
    'holefit.showMenu': () => showMenu(server),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, run]) =>
      vscode.commands.registerCommand(id, async (...args: never[]) => {
        try {
          return await run(...args);
        } catch (error) {
          if (!isCancelled(error)) void explain(server, error); // nobody has to answer for the command to end
          return undefined;
        }
      }),
    ),
  );
}

async function evaluate(server: Server, what: 'here' | 'all'): Promise<Evaluation | undefined> {
  const editor = pythonEditor();
  if (!editor || !trusted('Evaluating')) return undefined;
  const { document } = editor;
  const text = document.getText();
  const range = what === 'here' ? editor.selection : undefined;
  const lines = range && {
    start: { line: range.start.line, character: 0 },
    end: { line: range.end.line, character: document.lineAt(range.end.line).text.length },
  };
  const params = { textDocument: { uri: document.uri.toString() }, ...(lines && { range: lines }) };
  const evaluation = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'Holefit: evaluating', cancellable: true },
    async (_progress, token) => {
      const { version } = document;
      for (let tries = 0; ; tries++) {
        try {
          return await server.request(EvaluateRequest, params, token);
        } catch (error) {
          // The server had not seen an edit yet that was made before: the question stands.
          if (codeOf(error) !== contentModified || document.version !== version || tries === 3) throw error;
        }
      }
    },
  );
  if (evaluation.results.length === 0) {
    const place = what === 'here' ? 'at the cursor' : 'in this file';
    vscode.window.setStatusBarMessage(`Holefit: no snippet ${place}. Write one as a comment: # >>> 1 + 1`, 6000);
  }
  await applyEdit(server, evaluation.edit);
  const unwritten = evaluation.results.find((result) => !result.ok && result.note);
  if (unwritten) vscode.window.setStatusBarMessage(`Holefit: ${unwritten.text} (${unwritten.note})`, 8000);
  server.reportEvaluation({ uri: document.uri.toString(), text, evaluation });
  return evaluation;
}

async function clear(server: Server): Promise<void> {
  const editor = pythonEditor();
  if (!editor) return;
  if (server.state !== 'running') throw new Error('the Holefit server is not running');
  await vscode.commands.executeCommand(serverCommands.clear, { uri: editor.document.uri.toString() });
}

async function reload(server: Server): Promise<ReloadReport | undefined> {
  if (!trusted('Reloading')) return undefined;
  const report = await server.request(ReloadRequest, currentFolder());
  const [error] = report.errors;
  if (error) {
    void vscode.window.showErrorMessage(`Reload failed, nothing was changed. ${error.module}: ${error.message}`);
  } else {
    const what = report.reloaded.length ? `reloaded ${report.reloaded.join(', ')}` : 'nothing had changed';
    vscode.window.setStatusBarMessage(`Holefit: ${what} (generation ${report.generation})`, 5000);
  }
  return report;
}

async function interpreter(server: Server, action: 'interrupt' | 'restart' | 'checkpoint' | 'restore'): Promise<unknown> {
  if (!trusted('The interpreter')) return undefined;
  return server.request(InterpreterRequest, { action, ...currentFolder() });
}

/** Lets the newest stopped evaluation go on, and shows what it gave or where it stands. */
async function goOn(server: Server, action: StopAction): Promise<void> {
  if (!trusted('Evaluating')) return;
  const told = await server.request(StopsRequest, { action, ...currentFolder() });
  const frame = told.stops[0]?.frames[0];
  if (told.finished) {
    vscode.window.setStatusBarMessage(`Holefit: ${told.finished.ok ? '=' : 'it ended with'} ${told.finished.text || 'done'}`, 8000);
  } else if (frame?.uri && action !== 'abandon') {
    const place = new vscode.Position(Math.max(frame.line - 1, 0), 0);
    await vscode.window.showTextDocument(vscode.Uri.parse(frame.uri), { selection: new vscode.Range(place, place), preserveFocus: true });
  }
}

/** Goes to the next hole of the file, by the diagnostics; round the end. */
async function goToHole(step: 1 | -1): Promise<void> {
  const editor = pythonEditor();
  if (!editor) return;
  const starts = holeDiagnostics(editor.document.uri).map((diagnostic) => diagnostic.range.start);
  starts.sort((a, b) => a.compareTo(b) * step);
  const here = editor.selection.active;
  const target = starts.find((start) => start.compareTo(here) * step > 0) ?? starts[0];
  if (!target) {
    vscode.window.setStatusBarMessage('Holefit: no holes in this file', 4000);
    return;
  }
  editor.selection = new vscode.Selection(target, target);
  editor.revealRange(new vscode.Range(target, target), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

async function showMenu(server: Server): Promise<void> {
  const entries: (vscode.QuickPickItem & { command: string })[] = [
    { label: '$(run) Evaluate', command: 'holefit.evaluateHere' },
    { label: '$(run-all) Evaluate All', command: 'holefit.evaluateAll' },
    { label: '$(clear-all) Clear Results', command: 'holefit.clearResults' },
    { label: '$(sync) Reload Changed Modules', command: 'holefit.reloadModules' },
    { label: '$(debug-stop) Interrupt', command: 'holefit.interruptInterpreter' },
    { label: '$(save-as) Keep State', command: 'holefit.keepState' },
    { label: '$(discard) Go Back to Kept State', command: 'holefit.goBackToState' },
    { label: '$(debug-restart) Restart Interpreter', command: 'holefit.restartInterpreter' },
    { label: '$(refresh) Restart Server', command: 'holefit.restartServer' },
    { label: '$(output) Show Output', command: 'holefit.showOutput' },
  ];
  if (!vscode.workspace.isTrusted) entries.unshift({ label: '$(shield) Trust this Workspace...', command: 'workbench.trust.manage' });
  const chosen = await vscode.window.showQuickPick(entries, { title: `Holefit (server ${server.state})` });
  if (chosen) await vscode.commands.executeCommand(chosen.command);
}

export function holeDiagnostics(uri: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(uri).filter(({ source, code }) => source === 'holefit' && (typeof code === 'object' ? code.value : code) === 'hole');
}

/** Applies an edit of the server's; refuses one that was made for an older text. */
export async function applyEdit(server: Server, edit: Evaluation['edit']): Promise<void> {
  if (!edit || !server.convert) return;
  for (const change of edit.documentChanges ?? []) {
    if (!('textDocument' in change) || change.textDocument.version === null) continue;
    const { uri, version } = change.textDocument;
    const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === vscode.Uri.parse(uri).toString());
    if (open && open.version !== version) throw new Error('the text changed in the meantime; try again');
  }
  const converted = await server.convert.toCode.asWorkspaceEdit(edit);
  if (converted && !(await vscode.workspace.applyEdit(converted))) throw new Error('the edit could not be applied');
}

/** Which workspace folder is meant, where there are several: that of the file in front. */
function currentFolder(): { textDocument?: { uri: string } } {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === 'python' ? { textDocument: { uri: document.uri.toString() } } : {};
}

function pythonEditor(): vscode.TextEditor | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.languageId === 'python') return editor;
  vscode.window.setStatusBarMessage('Holefit: open a Python file first', 4000);
  return undefined;
}

function trusted(what: string): boolean {
  if (vscode.workspace.isTrusted) return true;
  void vscode.window
    .showWarningMessage(`${what} runs code of this workspace, and the workspace is not trusted.`, 'Manage Workspace Trust')
    .then((chosen) => chosen && vscode.commands.executeCommand('workbench.trust.manage'));
  return false;
}

const cancelled = -32800;
const contentModified = -32801;

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

function isCancelled(error: unknown): boolean {
  return error instanceof vscode.CancellationError || codeOf(error) === cancelled;
}

async function explain(server: Server, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  server.output.error(message);
  const chosen = await vscode.window.showErrorMessage(`Holefit: ${message}`, 'Show Output', 'Restart Server');
  if (chosen === 'Show Output') server.output.show(true);
  if (chosen === 'Restart Server') await server.restart();
}
