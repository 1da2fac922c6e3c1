/** The user's settings as the server takes them. */
import * as vscode from 'vscode';

type Settings = { [key: string]: unknown };

/** The part of package.json that says which settings there are. */
export interface Manifest {
  contributes: { configuration: { properties: object }[] };
}

/** Settings that are the client's own and that the server does not know. */
const clientOnly = ['serverPath', 'serverArguments', 'serverPackage', 'trace.server', 'results.open'];

/**
 * What the user has set, nested by the dots of the keys; with `trusted`, which gates everything that runs code.
 *
 * Defaults are left out: the server has the same ones, and a value that is sent overrides the project's pyproject.toml.
 * Only those of settings in `sentBefore` are sent, because the server keeps what it is told until it is told otherwise.
 */
export function settingsForServer(manifest: Manifest, sentBefore: Set<string>, scope?: vscode.Uri): Settings {
  const configuration = vscode.workspace.getConfiguration('holefit', scope ?? null);
  const settings: Settings = { trusted: vscode.workspace.isTrusted };
  for (const key of serverKeys(manifest)) {
    const found = configuration.inspect(key);
    const isSet = [found?.globalValue, found?.workspaceValue, found?.workspaceFolderValue].some((value) => value !== undefined);
    if (isSet) sentBefore.add(key);
    if (sentBefore.has(key)) put(settings, key.split('.'), configuration.get(key));
  }
  return settings;
}

function serverKeys(manifest: Manifest): string[] {
  return manifest.contributes.configuration
    .flatMap((section) => Object.keys(section.properties))
    .map((key) => key.replace(/^holefit\./, ''))
    .filter((key) => !clientOnly.includes(key));
}

function put(settings: Settings, path: string[], value: unknown): void {
  const [first, ...rest] = path;
  if (first === undefined) return;
  if (rest.length === 0) {
    settings[first] = value;
    return;
  }
  const inner = (settings[first] ??= {}) as Settings;
  put(inner, rest, value);
}
