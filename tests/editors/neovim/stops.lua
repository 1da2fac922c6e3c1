-- An evaluation stops at a breakpoint, is looked at, stepped and let go on.
local drive = require('drive')
drive.open('shapes.py')
vim.api.nvim_buf_set_lines(drive.buffer, -1, -1, false, {
  '',
  'def doubled(number):',
  '    found = number * 2',
  '    return found',
  '',
  '',
  '# >>> :break doubled',
  '# >>> doubled(21)',
})
drive.go('# >>> doubled(21)')
drive.eventually('the evaluation stops', function()
  if not drive.line_of('# stopped at shapes.py') then
    pcall(vim.cmd, 'Holefit evaluate')
    vim.wait(200)
  end
  return drive.line_of('# stopped at shapes.py')
end)
vim.cmd('Holefit stops')
drive.eventually('its frames and variables are shown', function()
  return drive.has_notice('in doubled: found = number * 2') and drive.has_notice('number: int = 21')
end)
vim.cmd('Holefit step over')
drive.eventually('it is at the next line', function()
  return drive.has_notice('in doubled: return found')
end)
vim.cmd('Holefit continue')
drive.eventually('it ends with its value', function()
  return drive.has_notice('= 42')
end)
vim.cmd('Holefit continue')
drive.eventually('nothing is left', function()
  return drive.has_notice('Nothing is stopped')
end)
