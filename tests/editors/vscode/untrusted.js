// Scenarios in a workspace that is not trusted.
const fs = require('fs');
const path = require('path');

module.exports = ({ vscode, project, template, api, eventually, check, open, holes, lenses, replace }) => ({
  scenarios: {
    'holes work in an untrusted workspace': async () => {
      check('it is not trusted', !vscode.workspace.isTrusted);
      const document = await open('shown.py');
      await eventually('there is a hole', () => holes(document).length === 1);
      await eventually('the status bar says so', () => api.statusText().includes('holes only'));
    },

    'an untrusted workspace runs nothing': async () => {
      const mark = path.join(project, 'ran');
      const document = await open('runs.py', `${template}\nopen(${JSON.stringify(mark)}, 'w').close()\n`);
      await eventually('there is a hole', () => holes(document).length === 1);
      await vscode.commands.executeCommand('holefit.evaluateAll');
      await vscode.commands.executeCommand('holefit.reloadModules');
      for (const lens of await lenses(document)) {
        await vscode.commands.executeCommand(lens.command.command, ...(lens.command.arguments ?? [])).then(undefined, () => {});
      }
      await replace(document, 'return _', 'return _later');
      await document.save();
      await eventually('the server has seen the save', async () => (await api.goals()).startsWith('_later: Circle'));
      check('the text is as it was', !document.getText().includes('# 12.566'));
      check('the module was not run', !fs.existsSync(mark));
    },

    'the workspace does not choose the server': async () => {
      const server = path.join(project, 'evil');
      const mark = path.join(project, 'served');
      fs.writeFileSync(server, `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
      fs.mkdirSync(path.join(project, '.vscode'), { recursive: true });
      // The second setting asks for no trust: once it counts, the file has been read.
      const settings = { 'holefit.serverPath': server, 'holefit.results.open': 'never' };
      fs.writeFileSync(path.join(project, '.vscode/settings.json'), JSON.stringify(settings));
      await eventually('the settings are read', () => vscode.workspace.getConfiguration('holefit').get('results.open') === 'never');
      const document = await open('served.py');
      await eventually('there is a hole', () => holes(document).length === 1);
      await vscode.commands.executeCommand('holefit.restartServer');
      await eventually('the other one runs', () => api.state() === 'running');
      await eventually('and answers', async () => (await api.goals()).startsWith('_: Circle'));
      check('it was not run', !fs.existsSync(mark));
    },

    'nothing was run in the meantime': async () => {
      const strangers = fs.readdirSync(project).filter((name) => name === 'ran' || name === 'served');
      check(`no marks: ${strangers}`, strangers.length === 0);
    },
  },
});
