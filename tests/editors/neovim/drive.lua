-- What a person does in Neovim, for the scenarios. A scenario is a Lua file that ends normally when all of it is true.
local M = { notices = {} }

vim.notify = function(message)
  M.notices[#M.notices + 1] = message
end

--- Waits until `is` gives something true, and returns that.
function M.eventually(what, is, timeout_ms)
  local got
  vim.wait(timeout_ms or 60000, function()
    vim.cmd.redraw()
    got = is()
    return got
  end, 20)
  if not got then
    local seen = { screen = vim.split(M.screen(), '\n'), lines = M.lines(), diagnostics = vim.diagnostic.get(0), notices = M.notices, status = vim.g.holefit_status }
    error(('%s: not so\n%s'):format(what, vim.inspect(seen)), 2)
  end
  return got
end

function M.check(what, is)
  if not is then
    error(what .. ': not so', 2)
  end
end

function M.open(name)
  vim.cmd.edit(vim.fs.joinpath(vim.env.HOLEFIT_PROJECT, name))
  vim.cmd('setfiletype python')
  M.buffer = vim.api.nvim_get_current_buf()
  return M.buffer
end

function M.lines()
  return vim.api.nvim_buf_get_lines(M.buffer or 0, 0, -1, false)
end

function M.line_of(text)
  for number, line in ipairs(M.lines()) do
    if line:find(text, 1, true) then
      return number
    end
  end
end

--- Puts the cursor on the first occurrence of `text`.
function M.go(text)
  local number = assert(M.line_of(text), text)
  vim.api.nvim_win_set_cursor(0, { number, M.lines()[number]:find(text, 1, true) - 1 })
end

function M.holes()
  return require('holefit.holes').diagnostics(M.buffer)
end

function M.lenses()
  local new = vim.fn.has('nvim-0.12') == 1
  return vim.tbl_map(function(one)
    return one.lens or one
  end, vim.lsp.codelens.get(new and { bufnr = M.buffer } or M.buffer))
end

function M.lens(title)
  for _, lens in ipairs(M.lenses()) do
    if lens.command and lens.command.title == title then
      return lens
    end
  end
end

function M.has_notice(text)
  for _, notice in ipairs(M.notices) do
    if notice:find(text, 1, true) then
      return true
    end
  end
end

function M.client()
  return vim.lsp.get_clients({ name = 'holefit' })[1]
end

--- All text on the screen, windows and floats included.
function M.screen()
  vim.cmd.redraw()
  local rows = {}
  for row = 1, vim.o.lines do
    local cells = {}
    for column = 1, vim.o.columns do
      cells[column] = vim.fn.screenstring(row, column)
    end
    rows[row] = table.concat(cells)
  end
  return table.concat(rows, '\n')
end

return M
