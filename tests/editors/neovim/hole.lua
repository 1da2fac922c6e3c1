-- A hole is shown with its type, filled by a code action, and gone.
local drive = require('drive')
drive.open('shapes.py')
local holes = drive.eventually('the hole is diagnosed', function()
  local found = drive.holes()
  return #found > 0 and found
end)
drive.check('there is one hole', #holes == 1)
drive.check('its type is said: ' .. holes[1].message, holes[1].message:find('Circle', 1, true))
drive.check('it is on its line', holes[1].lnum + 1 == drive.line_of('return _'))
drive.eventually('its type stands beside the line', function()
  return drive.screen():find('return _ .*Circle')
end)

vim.api.nvim_win_set_cursor(0, { 1, 0 })
vim.cmd('Holefit next')
drive.check('`next` goes to it', vim.api.nvim_win_get_cursor(0)[1] == drive.line_of('return _'))
vim.cmd('Holefit holes')
drive.check('the quickfix list has it', #vim.fn.getqflist() == 1)
vim.cmd.cclose()

local titles = {}
vim.lsp.buf.code_action({
  apply = true,
  filter = function(action)
    titles[#titles + 1] = action.title
    return action.title == 'Fill _ with grown'
  end,
})
drive.eventually('the fill is in the text', function()
  return drive.line_of('return grown')
end)
drive.eventually('the hole is gone', function()
  return #drive.holes() == 0
end)
