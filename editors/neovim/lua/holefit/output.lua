--- What the user's code prints while it is evaluated: a scratch buffer, `:Holefit output`.
local M = {}

local limit = 10000 -- lines; older ones go
local buffer --- @type integer?

local function ensure()
  if not (buffer and vim.api.nvim_buf_is_valid(buffer)) then
    buffer = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(buffer, 'holefit://output')
    vim.bo[buffer].bufhidden = 'hide'
    vim.bo[buffer].modifiable = false
  end
  return buffer
end

--- @param text string
function M.append(text)
  local target = ensure()
  local last = vim.api.nvim_buf_get_lines(target, -2, -1, false)[1] or ''
  local lines = vim.split(last .. text:gsub('\r\n', '\n'), '\n', { plain = true })
  vim.bo[target].modifiable = true
  vim.api.nvim_buf_set_lines(target, -2, -1, false, lines)
  local excess = vim.api.nvim_buf_line_count(target) - limit
  if excess > 0 then
    vim.api.nvim_buf_set_lines(target, 0, excess, false, {})
  end
  vim.bo[target].modifiable = false
end

function M.show()
  vim.cmd.split()
  vim.api.nvim_win_set_buf(0, ensure())
  vim.cmd.normal({ 'G', bang = true })
end

return M
