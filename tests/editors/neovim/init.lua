-- Neovim as a user has it: the plugin on the runtime path, set up for the project under test.
vim.opt.runtimepath:prepend(vim.env.HOLEFIT_PLUGIN)
vim.cmd.runtime('plugin/holefit.lua')
vim.cmd('filetype on')
vim.o.swapfile = false
vim.o.laststatus = 2
vim.o.statusline = "%f %m %= %{%v:lua.require'holefit'.status()%} "

local options = vim.json.decode(vim.env.HOLEFIT_OPTIONS or '{}')
if vim.env.HOLEFIT_SERVER then
  options.cmd = { vim.env.HOLEFIT_SERVER, 'lsp' }
end
require('holefit').setup(options)
