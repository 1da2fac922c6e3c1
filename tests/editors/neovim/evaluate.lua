-- A snippet is evaluated by its lens, refreshed by the command after an edit, and cleared.
local drive = require('drive')
drive.open('shapes.py')
drive.eventually('there is a lens', function()
  return drive.lens('Evaluate')
end)
drive.go('# >>> round')
vim.lsp.codelens.run() -- once: with its result in the text the snippet has two lenses, and Neovim would ask which
drive.eventually('the lens runs', function()
  return drive.line_of('# 12.566')
end)
drive.eventually('the status line tells the generation', function()
  return require('holefit').status(drive.buffer):find('generation %d')
end)

local generation = tonumber(require('holefit').status(drive.buffer):match('generation (%d+)'))
local line = drive.line_of('math.pi')
vim.api.nvim_buf_set_lines(drive.buffer, line - 1, line, false, { '    return 4 * circle.radius**2' })
local reports = {}
vim.api.nvim_create_autocmd('User', {
  pattern = 'HolefitReloaded',
  callback = function(event)
    reports[#reports + 1] = event.data
  end,
})
vim.cmd.write()
local report = drive.eventually('saving reloads the module', function()
  return vim.iter(reports):find(function(report)
    return vim.list_contains(report.reloaded, 'shapes')
  end)
end)
drive.check('the generation went up', report.generation > generation)

drive.go('# >>> round')
vim.cmd('Holefit evaluate')
drive.eventually('the new code gives the result', function()
  return drive.line_of('# 16') and not drive.line_of('# 12.566')
end)
vim.cmd('Holefit clear')
drive.eventually('the result is taken out', function()
  return not drive.line_of('# 16')
end)
