/** Search by type: a quick pick whose text is the query. Choosing a result writes it at the cursor, with its import. */
import * as vscode from 'vscode';
import { applyEdit } from './commands';
import { SearchRequest, type Match } from './protocol';
import type { Server } from './server';

const pauseMs = 200;

interface Item extends vscode.QuickPickItem {
  match?: Match;
}

const toDefinition: vscode.QuickInputButton = { iconPath: new vscode.ThemeIcon('go-to-file'), tooltip: 'Go to Definition' };

export function searchByType(server: Server): void {
  const editor = vscode.window.activeTextEditor;
  const document = editor?.document.languageId === 'python' ? editor.document : undefined;
  const place = document && { textDocument: { uri: document.uri.toString() }, position: server.convert?.toLsp.asPosition(editor!.selection.active) };
  const pick = vscode.window.createQuickPick<Item>();
  pick.placeholder = '(list[User]) -> User      str -> Path      Decimal';
  pick.title = 'Search by Type';
  let timer: NodeJS.Timeout | undefined;
  let asked: vscode.CancellationTokenSource | undefined;

  const ask = async (query: string): Promise<void> => {
    asked?.cancel();
    asked = new vscode.CancellationTokenSource();
    const { token } = asked;
    if (!query.trim()) {
      pick.items = [];
      return;
    }
    pick.busy = true;
    try {
      const found = await server.request(SearchRequest, { query, limit: 50, ...place }, token);
      if (!token.isCancellationRequested) pick.items = found.length ? found.map(item) : [told('Nothing takes and gives that')];
    } catch (error) {
      if (!token.isCancellationRequested) pick.items = [told(error instanceof Error ? error.message : String(error))];
    } finally {
      if (!token.isCancellationRequested) pick.busy = false;
    }
  };

  pick.onDidChangeValue((query) => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(query), pauseMs);
  });
  pick.onDidAccept(async () => {
    const match = pick.selectedItems[0]?.match;
    if (!match) return;
    pick.hide();
    if (match.edit) await applyEdit(server, match.edit).catch((error: Error) => vscode.window.showErrorMessage(`Holefit: ${error.message}`));
    else await open(server, match);
  });
  pick.onDidTriggerItemButton(({ item: { match } }) => {
    pick.hide();
    if (match) void open(server, match);
  });
  pick.onDidHide(() => {
    clearTimeout(timer);
    asked?.cancel();
    pick.dispose();
  });
  pick.show();
}

function item(match: Match): Item {
  return {
    label: match.name,
    description: match.importText ?? 'builtin',
    detail: match.deprecated ? `${match.signature}  (deprecated)` : match.signature,
    alwaysShow: true, // the query is no part of the names
    buttons: match.location ? [toDefinition] : [],
    match,
  };
}

function told(label: string): Item {
  return { label, alwaysShow: true };
}

async function open(server: Server, { location }: Match): Promise<void> {
  if (!location || !server.convert) return;
  await vscode.window.showTextDocument(vscode.Uri.parse(location.uri), { selection: server.convert.toCode.asRange(location.range) });
}
