-- Code that reads is answered by vim.ui.input, at once or later; leaving it is the end of input.
local drive = require('drive')
drive.open('shapes.py')
drive.eventually('there is a lens', function()
  return drive.lens('Evaluate')
end)
local asked, answers = {}, { 'Ada', 'Grace', false }
vim.ui.input = function(options, on_confirm)
  asked[#asked + 1] = options.prompt
  local answer = table.remove(answers, 1) or nil
  if #asked == 1 then
    on_confirm(answer)
  else -- as a plugin with a window of its own does
    vim.schedule(function()
      on_confirm(answer)
    end)
  end
end
local function evaluated(result)
  vim.cmd('Holefit evaluate')
  drive.eventually(result, function()
    return drive.line_of(result)
  end)
end
vim.api.nvim_buf_set_lines(drive.buffer, -1, -1, false, { '', '', '# >>> input("Who? ").upper()' })
drive.go('# >>> input')
evaluated('ADA')
drive.go('# >>> input')
evaluated('GRACE')
drive.go('# >>> input')
evaluated('EOFError')
drive.check('it was asked as the program asks', vim.deep_equal(asked, { 'Who? ', 'Who? ', 'Who? ' }))
