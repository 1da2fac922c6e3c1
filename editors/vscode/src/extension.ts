/** The extension: one server for all workspace folders, and what shows its work. */
import * as vscode from 'vscode';
import { registerCommands } from './commands';
import { Goals } from './goals';
import { installServer } from './install';
import { InterpreterView, type Node } from './interpreter';
import { Results } from './results';
import { Server } from './server';
import type { Manifest } from './settings';
import { Status } from './status';

let server: Server | undefined;

/** What other extensions and the tests may ask. */
export interface Api {
  state(): string;
  statusText(): string;
  /** The Goals view as text, after asking for the holes again. */
  goals(): Promise<string>;
  /** What a click on the fit with this text hands over. */
  fit(text: string): unknown[];
  /** The page of the Results panel. */
  results(): string;
  /** The nodes of the Interpreter view. */
  interpreter(): Node[];
}

export function activate(context: vscode.ExtensionContext): Api {
  const output = vscode.window.createOutputChannel('Holefit', { log: true });
  const programOutput = vscode.window.createOutputChannel('Holefit: Program');
  const environment = vscode.Uri.joinPath(context.globalStorageUri, 'server');
  const binary = process.platform === 'win32' ? ['Scripts', 'holefit.exe'] : ['bin', 'holefit'];
  const installed = vscode.Uri.joinPath(environment, ...binary).fsPath;
  const running = new Server(output, programOutput, context.extension.packageJSON as Manifest, installed);
  server = running;
  const status = new Status(running);
  const goals = new Goals(running);
  const results = new Results(running);
  const interpreter = new InterpreterView(running);
  context.subscriptions.push(output, programOutput, running, status, goals, results, interpreter, registerCommands(running));
  context.subscriptions.push(vscode.commands.registerCommand('holefit.installServer', () => installServer(running, environment.fsPath)));
  void running.start();
  return {
    state: () => running.state,
    statusText: () => status.text,
    goals: async () => {
      await goals.refresh();
      return goals.text();
    },
    fit: (text) => goals.fit(text),
    results: () => results.html(),
    interpreter: () => interpreter.getChildren(),
  };
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}
