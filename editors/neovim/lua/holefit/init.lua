--- Holefit: typed holes with checked fits, evaluation in place and hot reload for Python.
---
---   require('holefit').setup{}
---
--- See :help holefit.
local M = {}

local enabled = false

--- @param options? holefit.Config
function M.setup(options)
  if vim.fn.has('nvim-0.10') == 0 then
    vim.notify('Holefit needs Neovim 0.10 or newer.', vim.log.levels.ERROR)
    return
  end
  require('holefit.config').set(options)
  if not enabled then
    enabled = true
    require('holefit.client').enable()
  end
end

--- One line for a status line; empty in a buffer without Holefit.
--- @param buffer? integer
--- @return string
function M.status(buffer)
  return require('holefit.state').text(buffer)
end

--- Evaluates the snippets of some lines (1-based, both included), or all of the buffer.
--- @param first? integer
--- @param last? integer
--- @param done? fun(evaluation: table)
function M.evaluate(first, last, done)
  require('holefit.commands').evaluate(first, last, done)
end

--- Reloads changed modules into the interpreter.
--- @param done? fun(report: table)
function M.reload(done)
  require('holefit.commands').reload(done)
end

return M
