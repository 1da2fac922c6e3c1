-- A server that is killed is replaced, and everything works again; one that dies again and again is not.
local drive = require('drive')
drive.open('shapes.py')

--- The processes that a process has started, from whichever of its threads.
local function children(pid)
  local found = {}
  for _, file in ipairs(vim.fn.glob(('/proc/%d/task/*/children'):format(pid), true, true)) do
    for child in table.concat(vim.fn.readfile(file)):gmatch('%d+') do
      found[#found + 1] = tonumber(child)
    end
  end
  return found
end

local function server()
  local ours = children(vim.fn.getpid())
  return #drive.holes() == 1 and #ours == 1 and ours[1]
end

local first = drive.eventually('the hole is diagnosed', server)
vim.cmd('Holefit evaluate-all')
drive.eventually('there is a result', function()
  return drive.line_of('# 12.566')
end)
local helpers = children(first)
drive.check('types and evaluation have processes of their own', #helpers >= 2)

vim.uv.kill(first, 'sigkill')
drive.eventually('it is said', function()
  return drive.has_notice('the server ended by signal 9 and is started again')
end)
drive.eventually('its processes end with it', function()
  return not vim.iter(helpers):any(vim.api.nvim_get_proc)
end)
local second = drive.eventually('another one has the hole', server)
drive.check('it is another process', second ~= first)
vim.cmd('Holefit clear')
drive.eventually('the result is taken out', function()
  return not drive.line_of('# 12.566')
end)
vim.cmd('Holefit evaluate-all')
drive.eventually('there is a result again', function()
  return drive.line_of('# 12.566')
end)

local died = second
for _ = 1, 4 do
  vim.uv.kill(died, 'sigkill')
  drive.eventually('it is gone', function()
    return not vim.api.nvim_get_proc(died)
  end)
  if drive.has_notice('the fifth time') then
    break
  end
  local before = died
  died = drive.eventually('another one starts, or it is enough', function()
    local now = children(vim.fn.getpid())[1]
    return now ~= before and now or drive.has_notice('the fifth time') and before
  end)
end
drive.eventually('it is said what to do', function()
  return drive.has_notice(':Holefit restart-server starts it again')
end)
vim.cmd('Holefit restart-server')
drive.eventually('it works again by hand', server)
