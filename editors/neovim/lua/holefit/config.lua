--- What the user has set, checked.
local M = {}

--- @class holefit.Config
--- @field cmd? string[] the server; nil: `holefit lsp` of the project's .venv (trusted projects only), else the one on PATH
--- @field trusted boolean|'ask'|fun(root: string): boolean whether a project's code may be run
--- @field settings table options.* of the server in camelCase, e.g. { holes = { maxValidHoleFits = 10 } }
--- @field root_markers string[] what the root of a project has in it
--- @field code_lens boolean show and refresh code lenses in Python buffers
--- @field inlay_hints boolean show inlay hints in Python buffers
--- @field virtual_text boolean|table show holes beside the line, as vim.diagnostic.config() takes it
--- @field on_attach? fun(client: vim.lsp.Client, buffer: integer)
M.defaults = {
  cmd = nil,
  trusted = 'ask',
  settings = {},
  root_markers = { 'pyproject.toml', 'setup.py', 'setup.cfg', '.git' },
  code_lens = true,
  inlay_hints = true,
  virtual_text = true,
  on_attach = nil,
}

local types = {
  cmd = { 'table' },
  trusted = { 'boolean', 'string', 'function' },
  settings = { 'table' },
  root_markers = { 'table' },
  code_lens = { 'boolean' },
  inlay_hints = { 'boolean' },
  virtual_text = { 'boolean', 'table' },
  on_attach = { 'function' },
}

--- @type holefit.Config
M.current = vim.deepcopy(M.defaults)

--- The faults of a configuration, one message each.
--- @param given table
--- @return string[]
function M.problems(given)
  local found = {}
  for key, value in pairs(given) do
    if not types[key] then
      found[#found + 1] = ('holefit.setup: there is no option `%s`'):format(key)
    elseif not vim.list_contains(types[key], type(value)) then
      found[#found + 1] = ('holefit.setup: `%s` is a %s, not a %s'):format(key, table.concat(types[key], ' or '), type(value))
    elseif key == 'trusted' and type(value) == 'string' and value ~= 'ask' then
      found[#found + 1] = "holefit.setup: `trusted` is true, false, 'ask' or a function of the root"
    end
  end
  table.sort(found)
  return found
end

--- Takes what is right of a configuration and says what is not.
--- @param given? table
function M.set(given)
  given = given or {}
  local problems = M.problems(given)
  for _, problem in ipairs(problems) do
    vim.notify(problem, vim.log.levels.ERROR)
  end
  M.current = vim.deepcopy(M.defaults)
  for key, value in pairs(given) do
    if types[key] and vim.list_contains(types[key], type(value)) then
      M.current[key] = value
    end
  end
end

return M
