--- Where the server and the root of a project are.
local config = require('holefit.config')
local trust = require('holefit.trust')

local M = {}

local windows = vim.fn.has('win32') == 1

--- The command that starts the server for a project, or nil and where it was looked for.
---
--- The project's own .venv is used only when the project is trusted: it would be running the project's code.
--- @param root string
--- @return string[]? cmd
--- @return string explanation
function M.server(root)
  local cmd = config.current.cmd
  if cmd then
    if vim.fn.executable(cmd[1] or '') == 1 then
      return cmd, 'set in setup()'
    end
    return nil, ('`cmd` of setup() is `%s`, and there is no such program'):format(cmd[1] or '')
  end
  local trusted = trust.lookup(root)
  if trusted then
    local own = vim.fs.joinpath(root, '.venv', windows and 'Scripts/holefit.exe' or 'bin/holefit')
    if vim.fn.executable(own) == 1 then
      return { own, 'lsp' }, ".venv of the project"
    end
  end
  local found = vim.fn.exepath('holefit')
  -- A relative entry of PATH would be looked for in the project.
  if found ~= '' and vim.fs.normalize(found):match(windows and '^%a:/' or '^/') then
    return { found, 'lsp' }, 'PATH'
  end
  local places = trusted and "the project's .venv and PATH" or 'PATH (the .venv of a project is used once the project is trusted)'
  return nil, ('there is no program `holefit` in %s'):format(places)
end

--- The root of the project that a buffer belongs to, and whether something marks it as one.
--- nil for buffers without a file and for installed packages, which nobody edits.
--- @param buffer integer
--- @return string? root
--- @return boolean marked
function M.root(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  if name == '' or vim.bo[buffer].buftype ~= '' or name:match('^%a+://') then
    return nil, false
  end
  local path = vim.fs.normalize(name)
  if path:find('/site-packages/', 1, true) or path:find('/lib/python%d') then
    return nil, false
  end
  for _, marker in ipairs(config.current.root_markers) do
    local root = vim.fs.root(buffer, marker)
    if root then
      return root, true
    end
  end
  return vim.fs.dirname(path), false
end

return M
