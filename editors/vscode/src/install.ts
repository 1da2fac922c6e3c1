/** Installs the server into an environment of the extension's own, which nothing else uses. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import type { Server } from './server';

const run = promisify(execFile);

/** The oldest Python that the server runs on. */
const oldest: [number, number] = [3, 11];

/** Makes the environment `folder` anew and starts the server from it. Says what went wrong, and throws nothing. */
export async function installServer(server: Server, folder: string): Promise<boolean> {
  const wanted = vscode.workspace.getConfiguration('holefit').get<string>('serverPackage', 'holefit');
  try {
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: 'Holefit: installing the server' },
      async (progress) => {
        const python = await findPython();
        server.output.info(`installing ${wanted} with ${python} into ${folder}`);
        await server.stop();
        await rm(folder, { recursive: true, force: true });
        await run(python, ['-m', 'venv', folder]);
        progress.report({ message: 'downloading' });
        const bin = process.platform === 'win32' ? 'Scripts' : 'bin';
        const installed = vscode.Uri.joinPath(vscode.Uri.file(folder), bin, process.platform === 'win32' ? 'python.exe' : 'python').fsPath;
        const { stdout } = await run(installed, ['-m', 'pip', 'install', '--disable-pip-version-check', wanted], { maxBuffer: 1 << 24 });
        server.output.info(stdout);
      },
    );
  } catch (error) {
    const { message, stderr } = error as { message: string; stderr?: string };
    server.output.error(stderr || message);
    const reason = (stderr || message).trim().split('\n').at(-1) ?? message;
    void vscode.window.showErrorMessage(`Holefit: the server could not be installed. ${reason}`, 'Show Output').then((chosen) => chosen && server.output.show());
    return false;
  }
  await server.start();
  return true;
}

/** A Python on the search path that is new enough. */
async function findPython(): Promise<string> {
  const names = process.platform === 'win32' ? ['py', 'python'] : ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];
  for (const name of names) {
    try {
      const { stdout } = await run(name, ['-I', '-c', 'import sys; print(sys.version_info[0], sys.version_info[1], sys.executable, sep="\\n")'], { cwd: '/' });
      const [major, minor, path] = stdout.split('\n');
      if (path && (Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1]))) return path.trim();
    } catch {
      continue; // not there
    }
  }
  throw new Error(`There is no Python ${oldest.join('.')} or newer on the search path; install one first.`);
}
