-- Neovim as a user has it: the plugin on the runtime path, set up for the project under test.
vim.opt.runtimepath:prepend(vim.env.HOLEFIT_PLUGIN)
vim.cmd.runtime('plugin/holefit.lua')
vim.cmd('filetype on')
vim.o.swapfile = false

local options = vim.json.decode(vim.env.HOLEFIT_OPTIONS or '{}')
if vim.env.HOLEFIT_SERVER and not options.no_cmd then
  options.cmd = { vim.env.HOLEFIT_SERVER, 'lsp' }
end
options.no_cmd = nil
require('holefit').setup(options)
