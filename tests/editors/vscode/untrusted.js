// Scenarios in a workspace that is not trusted.
const fs = require('fs');
const path = require('path');

module.exports = ({ vscode, project, template, api, eventually, check, open, holes, lenses }) => ({
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
      await document.save();
      await new Promise((resolve) => setTimeout(resolve, 1000));
      check('the text is as it was', !document.getText().includes('# 12.566'));
      check('the module was not run', !fs.existsSync(mark));
    },

    'the workspace does not choose the server': async () => {
      const server = path.join(project, 'evil');
      const mark = path.join(project, 'served');
      fs.writeFileSync(server, `#!/bin/sh\ntouch ${mark}\n`, { mode: 0o755 });
      fs.mkdirSync(path.join(project, '.vscode'), { recursive: true });
      fs.writeFileSync(path.join(project, '.vscode/settings.json'), JSON.stringify({ 'holefit.serverPath': server }));
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await vscode.commands.executeCommand('holefit.restartServer');
      check('it was not run', !fs.existsSync(mark));
      check('the other one runs', api.state() === 'running');
    },
  },
});
