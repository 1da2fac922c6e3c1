-- :checkhealth, :help and completion work.
local drive = require('drive')
drive.open('shapes.py')
drive.eventually('the server runs', drive.client)
vim.cmd('checkhealth holefit')
local report = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
io.stdout:write(report .. '\n')
drive.check('no errors: ' .. report, not report:find('ERROR'))
drive.check('the server is named: ' .. report, report:find(vim.env.HOLEFIT_SERVER, 1, true))
drive.check('it answers: ' .. report, report:find('It says: holefit'))

vim.cmd.helptags(vim.env.HOLEFIT_PLUGIN_DOC)
vim.cmd.help(':Holefit')
drive.check('the help opens', vim.api.nvim_buf_get_name(0):find('holefit.txt'))

local offered = vim.fn.getcompletion('Holefit ev', 'cmdline')
drive.check('commands are completed: ' .. vim.inspect(offered), vim.deep_equal(offered, { 'evaluate', 'evaluate-all' }))
local documented = table.concat(vim.fn.readfile(vim.env.HOLEFIT_PLUGIN_DOC .. '/holefit.txt'), '\n')
for name in pairs(require('holefit.commands').commands) do
  drive.check(name .. ' is in the help', documented:find('Holefit ' .. name, 1, true))
end
vim.cmd('Holefit nonsense')
drive.check('a wrong word is answered with the right ones', drive.has_notice('evaluate-all'))
require('holefit').setup({ codelens = true, trusted = 'yes' })
drive.check('a wrong option is named', drive.has_notice('no option `codelens`'))
drive.check('a wrong value is named', drive.has_notice("true, false, 'ask' or a function"))
