// Runs inside VS Code's extension host, with the real `vscode` module. HOLEFIT_SUITE names the file with the scenarios,
// HOLEFIT_RESULTS the file that gets {name: null | failure}.
const fs = require('fs');
const path = require('path');
const vscode = require('vscode');

const project = process.env.HOLEFIT_PROJECT;
const template = fs.readFileSync(path.join(project, 'shapes.py'), 'utf8');

const drive = {
  vscode,
  project,
  template,

  /** Waits until `get` gives something truthy, and returns that. */
  async eventually(what, get, timeoutMs = 60000) {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const got = await get();
      if (got) return got;
      if (Date.now() > end) throw new Error(`${what}: not so. ${drive.seen()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },

  check(what, is) {
    if (!is) throw new Error(`${what}: not so. ${drive.seen()}`);
  },

  seen() {
    const document = vscode.window.activeTextEditor?.document;
    if (!document) return 'No file is open.';
    const diagnostics = vscode.languages.getDiagnostics(document.uri).map((one) => `${one.range.start.line}: ${one.source} ${one.message}`);
    return JSON.stringify({ file: document.fileName, text: document.getText(), diagnostics, status: drive.api?.statusText() }, null, 1);
  },

  /** Opens a new file of the project with the text of shapes.py. */
  async open(name, text = template) {
    const file = path.join(project, name);
    fs.writeFileSync(file, text);
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(file));
    await vscode.window.showTextDocument(document);
    return document;
  },

  holes(document) {
    return vscode.languages.getDiagnostics(document.uri).filter((one) => one.source === 'holefit' && (one.code?.value ?? one.code) === 'hole');
  },

  async lenses(document) {
    return (await vscode.commands.executeCommand('vscode.executeCodeLensProvider', document.uri, 100)) ?? [];
  },

  cursor(document, text) {
    const place = document.positionAt(document.getText().indexOf(text));
    vscode.window.activeTextEditor.selection = new vscode.Selection(place, place);
    return place;
  },

  async replace(document, from, to) {
    const start = document.getText().indexOf(from);
    drive.check(`${from} is in the text`, start >= 0);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, new vscode.Range(document.positionAt(start), document.positionAt(start + from.length)), to);
    await vscode.workspace.applyEdit(edit);
  },
};

async function late(name) {
  await new Promise((resolve) => setTimeout(resolve, 90000));
  throw new Error(`${name}: not done after 90 s. ${drive.seen()}`);
}

exports.run = async function run() {
  const results = {};
  try {
    const extension = vscode.extensions.getExtension('holefit.holefit');
    drive.api = await extension.activate();
    await drive.eventually('the server runs', () => drive.api.state() === 'running');
    const { scenarios } = require(path.join(__dirname, process.env.HOLEFIT_SUITE))(drive);
    for (const [name, scenario] of Object.entries(scenarios)) {
      try {
        await Promise.race([scenario(), late(name)]);
        results[name] = null;
      } catch (failure) {
        results[name] = failure.stack;
      }
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    }
  } catch (failure) {
    results['the suite runs'] = failure.stack;
  }
  fs.writeFileSync(`${process.env.HOLEFIT_RESULTS}.new`, JSON.stringify(results));
  fs.renameSync(`${process.env.HOLEFIT_RESULTS}.new`, process.env.HOLEFIT_RESULTS);
};
