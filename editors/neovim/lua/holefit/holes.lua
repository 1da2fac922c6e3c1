--- Holes: going to them, the quickfix list of them, and the window that shows one with its fits.
local client_of = require('holefit.state').client
local request = require('holefit.client').request

local M = {}

--- @param buffer? integer nil: every buffer
--- @return vim.Diagnostic[]
function M.diagnostics(buffer)
  return vim.tbl_filter(function(diagnostic)
    return diagnostic.source == 'holefit' and diagnostic.code == 'hole'
  end, vim.diagnostic.get(buffer))
end

--- Goes to the next (1) or the previous (-1) hole of the buffer, round the end.
--- @param step 1|-1
function M.go(step)
  local found = M.diagnostics(0)
  if #found == 0 then
    vim.notify('Holefit: no holes in this buffer')
    return
  end
  table.sort(found, function(a, b)
    if a.lnum ~= b.lnum then
      return (a.lnum - b.lnum) * step < 0
    end
    return (a.col - b.col) * step < 0
  end)
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local target = found[1]
  for _, diagnostic in ipairs(found) do
    local distance = diagnostic.lnum ~= row - 1 and diagnostic.lnum - (row - 1) or diagnostic.col - column
    if distance * step > 0 then
      target = diagnostic
      break
    end
  end
  vim.cmd.normal({ "m'", bang = true })
  vim.api.nvim_win_set_cursor(0, { target.lnum + 1, target.col })
end

--- Puts the holes of all open buffers into the quickfix list.
function M.quickfix()
  local items = vim.diagnostic.toqflist(M.diagnostics())
  vim.fn.setqflist({}, ' ', { title = 'Holes', items = items })
  if #items == 0 then
    vim.notify('Holefit: no holes in the open buffers')
    return
  end
  vim.cmd.copen()
end

--- @param hole table as the server describes it
--- @return string[] lines
--- @return table<integer, table> fit by line, 1-based
--- @return {line: integer, group: string, from: integer, to: integer}[] marks
function M.render(hole)
  local lines, fits, marks = {}, {}, {}
  local function add(text, group)
    lines[#lines + 1] = text
    if group then
      marks[#marks + 1] = { line = #lines, group = group, from = 0, to = #text }
    end
  end
  add(('%s : %s'):format(hole.name, hole.expected), 'Title')
  for _, constraint in ipairs(hole.constraints) do
    add('  ' .. constraint)
  end
  add(#hole.fits > 0 and 'Fits' or 'No fits', 'Label')
  for index, fit in ipairs(hole.fits) do
    local import = type(fit.importText) == 'string' and (', ' .. fit.importText) or ''
    local text = fit.text:gsub('\n%s*', ' ')
    add(('%s %s'):format(index < 10 and index .. '.' or '  ', text))
    local from = #lines[#lines]
    lines[#lines] = ('%s : %s  (%s%s)'):format(lines[#lines], fit.type, fit.provenance, import)
    marks[#marks + 1] = { line = #lines, group = 'Comment', from = from, to = #lines[#lines] }
    fits[#lines] = fit
  end
  if not hole.complete then
    add('There was no time to try everything.', 'Comment')
  end
  if #hole.bindings > 0 then
    add('In scope', 'Label')
    for _, binding in ipairs(hole.bindings) do
      local value = type(binding.value) == 'string' and (' = ' .. binding.value) or ''
      add(('  %s: %s%s'):format(binding.name, binding.type, value))
    end
  end
  return lines, fits, marks
end

--- Opens the window of the hole at (or next to) the cursor: <CR> or a number fills it, q closes.
function M.show()
  local buffer, client = vim.api.nvim_get_current_buf(), client_of()
  if not client then
    vim.notify('Holefit: no server runs for this buffer; see :checkhealth holefit', vim.log.levels.WARN)
    return
  end
  local tick = vim.api.nvim_buf_get_changedtick(buffer)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  request(client, 'holefit/holes', params, function(err, holes)
    if err then
      vim.notify('Holefit: ' .. err.message, vim.log.levels.ERROR)
    elseif #(holes or {}) == 0 then
      vim.notify('Holefit: no hole at the cursor. ]h goes to the next one, if you have mapped <Plug>(holefit-next-hole)')
    elseif vim.api.nvim_buf_get_changedtick(buffer) == tick then
      M.open(holes[1], buffer, client)
    end
  end, buffer)
end

--- @param hole table
--- @param buffer integer the one with the hole
--- @param client vim.lsp.Client
function M.open(hole, buffer, client)
  local lines, fits, marks = M.render(hole)
  local float, window = vim.lsp.util.open_floating_preview(lines, '', {
    border = 'rounded',
    focus = true,
    focusable = true,
    focus_id = 'holefit.goal',
    title = ' Hole ',
    max_width = math.max(40, vim.o.columns - 8),
    close_events = {},
    wrap = false,
  })
  vim.api.nvim_set_current_win(window)
  local namespace = vim.api.nvim_create_namespace('holefit.goal')
  for _, mark in ipairs(marks) do
    vim.api.nvim_buf_set_extmark(float, namespace, mark.line - 1, mark.from, { end_col = mark.to, hl_group = mark.group })
  end
  local tick = vim.api.nvim_buf_get_changedtick(buffer)
  local function close()
    if vim.api.nvim_win_is_valid(window) then
      vim.api.nvim_win_close(window, true)
    end
  end
  local function fill(fit)
    close()
    if vim.api.nvim_buf_get_changedtick(buffer) ~= tick then
      vim.notify('Holefit: the text changed in the meantime; try again', vim.log.levels.WARN)
      return
    end
    vim.lsp.util.apply_workspace_edit(fit.edit, client.offset_encoding)
  end
  local first = vim.iter(pairs(fits)):fold(#lines, function(least, line)
    return math.min(least, line)
  end)
  vim.api.nvim_win_set_cursor(window, { first, 0 })
  vim.wo[window].cursorline = next(fits) ~= nil
  vim.keymap.set('n', '<CR>', function()
    local fit = fits[vim.api.nvim_win_get_cursor(window)[1]]
    if fit then
      fill(fit)
    end
  end, { buffer = float, nowait = true })
  for number = 1, math.min(9, #hole.fits) do
    vim.keymap.set('n', tostring(number), function()
      fill(hole.fits[number])
    end, { buffer = float, nowait = true })
  end
  for _, key in ipairs({ 'q', '<Esc>' }) do
    vim.keymap.set('n', key, close, { buffer = float, nowait = true })
  end
  vim.api.nvim_create_autocmd('WinLeave', { buffer = float, once = true, callback = vim.schedule_wrap(close) })
end

return M
