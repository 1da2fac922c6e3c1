/** Where the language server is. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';

export interface ServerCommand {
  command: string;
  args: string[];
  /** Why this one: shown in the output. */
  origin: string;
}

/** No server was found. The message says where it was looked for. */
export class ServerNotFoundError extends Error {}

const windows = process.platform === 'win32';
const executable = windows ? 'holefit.exe' : 'holefit';

/**
 * The first of: the setting, the workspace's .venv, the environment that the extension installed, the search path.
 *
 * An untrusted workspace's .venv is passed over: it would be running the workspace's code. Its settings do not reach us
 * either, since they are restricted in package.json.
 */
export async function locateServer(installed: string): Promise<ServerCommand> {
  const configuration = vscode.workspace.getConfiguration('holefit');
  const args = configuration.get<string[]>('serverArguments', ['lsp']);
  const setting = configuration.get<string>('serverPath', '').trim();
  if (setting) return { command: await fromSetting(setting), args, origin: 'holefit.serverPath' };

  const folders = vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []) : [];
  for (const folder of folders) {
    const command = join(folder.uri.fsPath, '.venv', windows ? 'Scripts' : 'bin', executable);
    if (await isExecutable(command)) return { command, args, origin: `.venv of ${folder.name}` };
  }
  if (await isExecutable(installed)) return { command: installed, args, origin: 'installed by the extension' };
  const onPath = await onSearchPath(executable);
  if (onPath) return { command: onPath, args, origin: 'PATH' };

  const places = folders.length ? "the workspace's .venv and PATH" : vscode.workspace.isTrusted ? 'PATH' : 'PATH (the .venv of an untrusted workspace is not used)';
  throw new ServerNotFoundError(`The Holefit server is not installed: there is no \`${executable}\` in ${places}.`);
}

async function fromSetting(setting: string): Promise<string> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  let path = setting.replace(/^~(?=$|[\\/])/, homedir());
  if (folder) path = path.replaceAll('${workspaceFolder}', folder);
  const found = isAbsolute(path) ? path : /[\\/]/.test(path) && folder ? join(folder, path) : await onSearchPath(path);
  if (found && (await isExecutable(found))) return found;
  throw new ServerNotFoundError(`The setting holefit.serverPath is \`${setting}\`, and there is no such program.`);
}

async function onSearchPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue; // a relative entry would be looked for in the workspace
    const command = join(folder, name);
    if (await isExecutable(command)) return command;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
