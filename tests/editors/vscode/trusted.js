// Scenarios in a trusted workspace. The names are those of the tests.
const fs = require('fs');
const path = require('path');

/** The processes that this process has started. */
const children = (pid) =>
  fs.readdirSync(`/proc/${pid}/task`).flatMap((task) => fs.readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
const alive = (pid) => fs.existsSync(`/proc/${pid}`);
const isServer = (pid) => /holefit\0lsp\0/.test(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
const found = (list) => list.length > 0 && list;

module.exports = ({ vscode, project, template, api, eventually, check, open, holes, lenses, cursor, replace }) => ({
  scenarios: {
    'a hole is diagnosed with its type and filled by a quick fix': async () => {
      const document = await open('filled.py');
      const [hole] = await eventually('there is a hole', () => holes(document).length === 1 && holes(document));
      check('its message says the type', hole.message.includes('Circle'));
      check('it is at its place', document.getText(hole.range) === '_');
      const actions = await vscode.commands.executeCommand('vscode.executeCodeActionProvider', document.uri, hole.range, vscode.CodeActionKind.QuickFix.value);
      const fill = actions.find((action) => action.title.includes('grown'));
      check(`there is a fill among ${actions.map((action) => action.title)}`, fill?.edit);
      await vscode.workspace.applyEdit(fill.edit);
      check('it is in the text', document.getText().includes('return grown'));
      await eventually('the hole is gone', () => holes(document).length === 0);
    },

    'the Goals view lists the hole with what is in scope and what fits, and a click fills': async () => {
      const document = await open('goals.py');
      await eventually('there is a hole', () => holes(document).length === 1);
      const goals = await api.goals();
      check(`it lists the hole: ${goals}`, goals.startsWith('_: Circle  line 20'));
      check(`fits: ${goals}`, /Fits\n {4}grown {2}Circle · local/.test(goals));
      check(`bindings: ${goals}`, /In scope\n(.*\n)* {4}circle {2}Circle/.test(goals));
      await vscode.commands.executeCommand('holefit.fillWith', ...api.fit('grown'));
      check('the fit is in the text', document.getText().includes('return grown'));
      await eventually('the view is empty', async () => (await api.goals()) === '');
    },

    'a refinement leaves the cursor on its first new hole': async () => {
      const document = await open('refined.py');
      await eventually('there is a refinement', async () => (await api.goals()).includes('Circle(_)'));
      await vscode.commands.executeCommand('holefit.fillWith', ...api.fit('Circle(_)'));
      check('it is in the text', document.getText().includes('return Circle(_)'));
      const place = vscode.window.activeTextEditor.selection.active;
      check(`the cursor is on it: ${place.line}:${place.character}`, document.lineAt(place.line).text.slice(place.character) === '_)');
      await eventually('the new hole has a type', async () => (await api.goals()).startsWith('_: float'));
    },

    'pictures and tables are in the Results panel, and a table cannot bring a script': async () => {
      const text = [
        'class Picture:',
        '    def _repr_png_(self) -> bytes:',
        '        return bytes.fromhex("89504e470d0a1a0a")',
        'class Table:',
        '    def _repr_html_(self) -> str:',
        '        return "<table><tr><td>cell</td></tr></table><script>alert(1)</script>"',
        '# >>> Picture()',
        '# >>> Table()',
        '# >>> "<b>&"',
        '',
      ].join('\n');
      const document = await open('pictures.py', text);
      await eventually('the server is there', async () => (await lenses(document)).length > 0);
      await vscode.commands.executeCommand('holefit.evaluateAll');
      const page = api.results();
      check(`the picture: ${page}`, page.includes('src="data:image/png;base64,iVBORw0KGgo="'));
      check(`the table: ${page}`, page.includes('cell') && page.includes('sandbox="allow-same-origin"'));
      check('markup of a result is no markup of the page', !page.includes('<b>&"') && !page.includes('<script>alert'));
    },

    'next hole goes to the hole': async () => {
      const document = await open('next.py');
      await eventually('there is a hole', () => holes(document).length === 1);
      await vscode.commands.executeCommand('holefit.nextHole');
      const place = vscode.window.activeTextEditor.selection.active;
      check('the cursor is on it', document.lineAt(place.line).text === '    return _');
    },

    'hover tells the type and fits of a hole': async () => {
      const document = await open('hovered.py');
      const place = cursor(document, '_\n\n\n#');
      const text = await eventually('there is a hover', async () => {
        const hovers = await vscode.commands.executeCommand('vscode.executeHoverProvider', document.uri, place);
        return hovers.flatMap((hover) => hover.contents.map((content) => content.value ?? content)).join('\n').replaceAll('&nbsp;', ' ');
      });
      check(`it tells both: ${text}`, text.includes('Circle') && text.includes('grown'));
    },

    'a lens evaluates its snippet, and the status bar tells the generation': async () => {
      const document = await open('evaluated.py');
      const lens = await eventually('there is a lens', async () => (await lenses(document)).find((one) => one.command?.title === 'Evaluate'));
      await vscode.commands.executeCommand(lens.command.command, ...lens.command.arguments);
      await eventually('the result is in the text', () => document.getText().includes('# 12.566'));
      await eventually('the generation is shown', () => /generation \d/.test(api.statusText()));
      await eventually('the lens offers to refresh', async () => (await lenses(document)).some((one) => one.command?.title === 'Refresh'));
    },

    'evaluate runs the snippet at the cursor, clear takes the result out': async () => {
      const document = await open('here.py', `${template}\n# >>> 6 * 7\n`);
      await eventually('the server is there', async () => (await lenses(document)).length > 0);
      cursor(document, '6 * 7');
      await vscode.commands.executeCommand('holefit.evaluateHere');
      check('its result is in the text', document.getText().includes('# 42'));
      check('that of the other is not', !document.getText().includes('# 12.566'));
      await vscode.commands.executeCommand('holefit.evaluateAll');
      check('then that of both', document.getText().includes('# 12.566') && document.getText().includes('# 42'));
      await vscode.commands.executeCommand('holefit.clearResults');
      await eventually('they are taken out', () => !document.getText().includes('# 42') && !document.getText().includes('# 12.566'));
    },

    'saving reloads what changed, and the values stay': async () => {
      const counter = 'count = 0\n\ndef bump() -> int:\n    global count\n    count += 1\n    return count\n\n# >>> bump()\n';
      const document = await open('counter.py', counter);
      await eventually('the server is there', async () => (await lenses(document)).length > 0);
      await vscode.commands.executeCommand('holefit.evaluateAll');
      check('it counts', document.getText().includes('# 1'));
      const generation = () => Number(/generation (\d+)/.exec(api.statusText())?.[1]);
      const before = await eventually('there is a generation', () => !Number.isNaN(generation()) && generation() + 1);
      await replace(document, 'return count', 'return 100 + count');
      await document.save();
      await eventually('the generation goes up', () => generation() + 1 > before);
      await vscode.commands.executeCommand('holefit.evaluateAll');
      check('the new code sees the old value', document.getText().includes('# 102'));
    },

    'a stopped evaluation is shown at its line and goes on': async () => {
      const text = 'def doubled(number):\n    found = number * 2\n    return found\n\n\n# >>> :break doubled\n# >>> doubled(21)\n';
      const document = await open('stopping.py', text);
      await eventually('the server is there', async () => (await lenses(document)).length > 0);
      await vscode.commands.executeCommand('holefit.evaluateAll');
      check('it stops', document.getText().includes('# stopped at stopping.py:2 in doubled: found = number * 2\n#   number: int = 21'));
      await eventually('the view shows it', () => api.interpreter().some((node) => node.label === 'Stopped in doubled' && node.children[0].children[0].description === 'int = 21'));
      await vscode.commands.executeCommand('holefit.stepOverStopped');
      check('the editor is at the next line', vscode.window.activeTextEditor.selection.active.line === 2);
      await eventually('the view is there too', () => api.interpreter().some((node) => node.label === 'Stopped in doubled' && node.children[0].description.startsWith('stopping.py:3')));
      await vscode.commands.executeCommand('holefit.continueStopped');
      await eventually('nothing is stopped', () => !api.interpreter().some((node) => node.label.startsWith('Stopped')));
      await replace(document, '# >>> :break doubled', '# >>> :delete *');
      await vscode.commands.executeCommand('holefit.evaluateAll');
      check('without breakpoint it runs through', document.getText().includes('# 42'));
    },

    'an endless snippet is interrupted': async () => {
      const mark = path.join(project, 'looping');
      const document = await open('endless.py', `# >>> open(${JSON.stringify(mark)}, 'w').close()\n# >>> while True: pass\n`);
      await eventually('the server is there', async () => (await lenses(document)).length > 0);
      const evaluation = vscode.commands.executeCommand('holefit.evaluateAll');
      await eventually('it runs', () => fs.existsSync(mark));
      fs.unlinkSync(mark);
      check('the status bar says so', api.statusText().includes('evaluating'));
      await vscode.commands.executeCommand('holefit.interruptInterpreter');
      const { results } = await evaluation;
      check(`it stopped: ${JSON.stringify(results[1])}`, results[1].text === 'KeyboardInterrupt' && results[1].durationMs < 5000);
      await eventually('the status bar says so', () => !api.statusText().includes('evaluating'));
    },

    'a setting of the user reaches the server': async () => {
      const configuration = vscode.workspace.getConfiguration('holefit');
      await configuration.update('eval.show', 'inline', vscode.ConfigurationTarget.Global);
      try {
        const document = await open('inline.py', '# >>> 6 * 7\n');
        await eventually('the server is there', async () => (await lenses(document)).length > 0);
        await vscode.commands.executeCommand('holefit.evaluateAll');
        const all = new vscode.Range(0, 0, 1, 0);
        await eventually('the result is beside the text', async () => {
          const hints = await vscode.commands.executeCommand('vscode.executeInlayHintProvider', document.uri, all);
          return hints.some((hint) => JSON.stringify(hint.label).includes('42'));
        });
        check('and not in it', document.getText() === '# >>> 6 * 7\n');
      } finally {
        await configuration.update('eval.show', undefined, vscode.ConfigurationTarget.Global);
      }
    },

    'the server is restarted by command and works again': async () => {
      const document = await open('restarted.py');
      await eventually('there is a hole', () => holes(document).length === 1);
      await vscode.commands.executeCommand('holefit.restartServer');
      check('it runs', api.state() === 'running');
      await eventually('the hole is back', () => holes(document).length === 1);
    },

    'a server that is killed is replaced, and everything works again': async () => {
      const document = await open('killed.py');
      await eventually('there is a hole', () => holes(document).length === 1);
      await vscode.commands.executeCommand('holefit.evaluateAll');
      check('there is a result', document.getText().includes('# 12.566'));
      const [server] = children(process.pid).filter(isServer);
      const helpers = children(server);
      check(`types and evaluation have processes of their own: ${helpers}`, helpers.length >= 2);
      process.kill(server, 'SIGKILL');
      await eventually('its processes end with it', () => !helpers.some(alive));
      const [another] = await eventually('another one starts', () => found(children(process.pid).filter((pid) => pid !== server && isServer(pid))));
      check('it is another process', another !== server);
      await eventually('it runs', () => api.state() === 'running');
      await replace(document, 'return _', 'return _again');
      await eventually('it has the hole', () => holes(document).some((hole) => hole.message.includes('_again')));
      await vscode.commands.executeCommand('holefit.clearResults');
      await eventually('the old result is taken out', () => !document.getText().includes('# 12.566'));
      await vscode.commands.executeCommand('holefit.evaluateAll');
      check('there is a result again', document.getText().includes('# 12.566'));
    },

    'a large file that nobody wrote for a test has holes that are filled': async () => {
      const document = await open('rich/console.py', fs.readFileSync(path.join(project, 'rich/console.py'), 'utf8'));
      check('it is large', document.lineCount > 2500);
      await replace(document, 'self.is_terminal and is_dumb', 'self.is_terminal and _dumb');
      const [hole] = await eventually('there is a hole', () => found(holes(document)));
      check(`its message says the type: ${hole.message}`, hole.message.includes('bool'));
      await eventually('there is a fit', async () => (await api.goals()).includes('is_dumb  bool'));
      await vscode.commands.executeCommand('holefit.fillWith', ...api.fit('is_dumb'));
      check('the fit is in the text', document.getText().includes('self.is_terminal and is_dumb'));
      await eventually('the hole is gone', () => holes(document).length === 0);
    },

    'a server that is not there is told in the status bar, and found again': async () => {
      const configuration = vscode.workspace.getConfiguration('holefit');
      await configuration.update('serverPath', '/nowhere/holefit', vscode.ConfigurationTarget.Global);
      await eventually('it is told', () => api.statusText().includes('server not found'));
      await configuration.update('serverPath', process.env.HOLEFIT_SERVER, vscode.ConfigurationTarget.Global);
      await eventually('it runs again', () => api.state() === 'running');
    },

    'nothing was written into the project but what was opened': async () => {
      const strangers = fs.readdirSync(project).filter((name) => !/\.(py|toml)$|^__pycache__$|^\.holefit$|^\.vscode$|^rich$/.test(name));
      check(`only known files: ${strangers}`, strangers.length === 0);
    },
  },
});
