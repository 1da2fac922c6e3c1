-- A file of thousands of lines that nobody wrote for a test, in its package: a hole in it is diagnosed and filled, its classes evaluated.
local drive = require('drive')
drive.open('rich/console.py')
drive.check('it is large', #drive.lines() > 2500)
local line = drive.line_of('self.is_terminal and is_dumb')
vim.api.nvim_buf_set_lines(drive.buffer, line - 1, line, false, { '        return self.is_terminal and _dumb' })
vim.api.nvim_buf_set_lines(drive.buffer, -1, -1, false, { '# >>> Console(width=33).width' })
local hole = drive.eventually('the hole is diagnosed', function()
  return drive.holes()[1]
end)
drive.check('its type is said: ' .. hole.message, hole.message:find('`_dumb`: bool', 1, true))

drive.go('_dumb')
vim.cmd('Holefit next')
vim.lsp.buf.code_action({
  apply = true,
  filter = function(action)
    return vim.startswith(action.title .. ' ', 'Fill _dumb with is_dumb ')
  end,
})
drive.eventually('the fill is in the text', function()
  return drive.line_of('self.is_terminal and is_dumb')
end)
drive.eventually('the hole is gone', function()
  return #drive.holes() == 0
end)
vim.cmd('Holefit evaluate-all')
drive.eventually('the snippet has its result', function()
  return vim.list_contains(drive.lines(), '# 33')
end)
