--- Which projects may have their code run. Asked once for each root, remembered in stdpath('state').
local config = require('holefit.config')

local M = {}

--- @return string
function M.file()
  return vim.fs.joinpath(vim.fn.stdpath('state'), 'holefit', 'trust.json')
end

--- @return table<string, boolean>
local function remembered()
  local file = io.open(M.file(), 'r')
  if not file then
    return {}
  end
  local text = file:read('*a')
  file:close()
  local ok, decided = pcall(vim.json.decode, text)
  return ok and type(decided) == 'table' and decided or {}
end

--- @param root string
--- @param trusted boolean?
function M.remember(root, trusted)
  local decided = remembered()
  decided[M.key(root)] = trusted
  vim.fn.mkdir(vim.fs.dirname(M.file()), 'p')
  local temporary = M.file() .. '.' .. vim.uv.os_getpid()
  local file = assert(io.open(temporary, 'w'))
  file:write(vim.json.encode(next(decided) and decided or vim.empty_dict()))
  file:close()
  assert(vim.uv.fs_rename(temporary, M.file()))
end

--- One name for a folder, however it was reached.
--- @param root string
--- @return string
function M.key(root)
  return vim.uv.fs_realpath(root) or vim.fs.normalize(root)
end

--- What is known without asking: nil when the user has not decided.
--- @param root string
--- @return boolean?
function M.lookup(root)
  local policy = config.current.trusted
  if type(policy) == 'boolean' then
    return policy
  elseif type(policy) == 'function' then
    return policy(root) == true
  end
  local decided = remembered()[M.key(root)]
  return type(decided) == 'boolean' and decided or nil
end

local asked = {} --- @type table<string, boolean>

--- Asks the user, unless they were asked in this session or nobody is there.
--- @param root string
--- @param decide fun(trusted: boolean)
function M.ask(root, decide)
  local key = M.key(root)
  if asked[key] or #vim.api.nvim_list_uis() == 0 then
    return
  end
  asked[key] = true
  local choices = {
    { label = 'Trust it: snippets are run, saved changes are reloaded', trusted = true, keep = true },
    { label = 'Not now: typed holes only', trusted = false, keep = false },
    { label = 'Never for this project: typed holes only', trusted = false, keep = true },
  }
  vim.ui.select(choices, {
    prompt = ('Holefit runs the code of %s when it is trusted.'):format(vim.fn.fnamemodify(root, ':~')),
    kind = 'holefit.trust',
    format_item = function(choice)
      return choice.label
    end,
  }, function(choice)
    if not choice then
      return
    end
    if choice.keep then
      M.remember(root, choice.trusted)
    end
    decide(choice.trusted)
  end)
end

return M
