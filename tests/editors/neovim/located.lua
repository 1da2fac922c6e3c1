-- The server of the project's own .venv is used once the project is trusted, and not before.
local drive = require('drive')
local locate, trust = require('holefit.locate'), require('holefit.trust')
local root = vim.env.HOLEFIT_PROJECT
local cmd = locate.server(root)
drive.check('not before', cmd == nil)
drive.open('shapes.py')
drive.eventually('it is said what to do', function()
  return drive.has_notice('pipx install holefit')
end)
trust.remember(root, true)
cmd = locate.server(root)
drive.check('then its own', cmd and cmd[1] == vim.fs.joinpath(root, '.venv/bin/holefit'))
vim.cmd('Holefit restart-server')
drive.eventually('it starts', function()
  return #drive.holes() == 1
end)
local first = drive.client().id
vim.cmd('Holefit restart-server')
drive.eventually('it starts again', function()
  return drive.client() and drive.client().id ~= first
end)
vim.cmd('Holefit distrust')
drive.eventually('it stops when the trust is taken back', function()
  return drive.client() == nil
end)
