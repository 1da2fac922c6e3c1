-- What a person sees: Neovim with its terminal UI inside a terminal of another Neovim, driven by keys and read from the screen.
local drive = require('drive')
vim.o.columns, vim.o.lines = 110, 40
local inner = { vim.v.progpath, '-u', vim.env.HOLEFIT_INIT, vim.env.HOLEFIT_PROJECT .. '/shapes.py' }
vim.cmd.enew()
local terminal = vim.api.nvim_get_current_buf()
local job
if vim.fn.has('nvim-0.11') == 1 then
  job = vim.fn.jobstart(inner, { term = true, env = { HOLEFIT_SCENARIO = '', NVIM = '' } })
else
  job = vim.fn.termopen(inner, { env = { HOLEFIT_SCENARIO = '', NVIM = '' } })
end

local function screen()
  return table.concat(vim.api.nvim_buf_get_lines(terminal, 0, -1, false), '\n')
end
local function shown(what, text)
  local ok = vim.wait(60000, function()
    return screen():find(text, 1, true) ~= nil
  end, 20)
  if not ok then
    error(('%s: not so\n%s'):format(what, screen()), 2)
  end
  io.stdout:write(('--- %s\n%s\n'):format(what, screen()))
end
local function press(keys)
  vim.fn.chansend(job, vim.keycode(keys))
end

shown('the hole has its type beside it', 'Hole `_`: Circle')
shown('the snippet has its lens', 'Evaluate')
press(':Holefit next<CR>')
press(':Holefit goal<CR>')
shown('the goal window', '1. grown : Circle')
press('1')
shown('the fit is in the text', 'return grown')
press('/>>> round<CR>')
press(':Holefit evaluate<CR>')
shown('the result is in the text', '# 12.566')
shown('the lens offers to refresh', 'Refresh')
shown('the status line tells the generation', 'holefit: generation')
press(':qa!<CR>')
vim.fn.jobwait({ job }, 5000)
