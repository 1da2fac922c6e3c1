--- What the servers have said last, and how it reads in a status line.
local M = {}

--- @type table<integer, {status?: table, report?: table}> by client id
M.clients = {}

--- @param client_id integer
--- @return {status?: table, report?: table}
function M.of(client_id)
  M.clients[client_id] = M.clients[client_id] or {}
  return M.clients[client_id]
end

--- The server that a buffer speaks with.
--- @param buffer? integer
--- @return vim.lsp.Client?
function M.client(buffer)
  local clients = vim.lsp.get_clients({ name = 'holefit', bufnr = buffer or 0 })
  return clients[1]
end

--- Whether the server runs code: as it said last, or before that as it was told.
--- @param client vim.lsp.Client
--- @return boolean
function M.trusted(client)
  local told = vim.tbl_get(M.of(client.id), 'status', 'trusted')
  if type(told) == 'boolean' then
    return told
  end
  return vim.tbl_get(client.settings or {}, 'holefit', 'trusted') == true
end

--- One line for a status line: empty in a buffer without Holefit.
--- @param buffer? integer
--- @return string
function M.text(buffer)
  local client = M.client(buffer)
  if not client then
    return ''
  end
  if not M.trusted(client) then
    return 'holefit: holes only'
  end
  local known = M.of(client.id)
  if known.report and #(known.report.errors or {}) > 0 then
    return 'holefit: reload failed'
  end
  local status = known.status or {}
  local words = { starting = 'starting Python', busy = 'evaluating', dead = 'Python died' }
  local parts = { words[status.state] }
  if status.generation and (status.state == 'idle' or status.state == 'busy') then
    parts[#parts + 1] = 'generation ' .. status.generation
  end
  return #parts == 0 and 'holefit' or 'holefit: ' .. table.concat(parts, ', ')
end

--- Publishes a change: vim.g.holefit_status, the autocommand `User {event}`, and the status lines.
--- @param event 'HolefitStatus'|'HolefitReloaded'
--- @param data table
function M.publish(event, data)
  vim.g.holefit_status = M.text()
  vim.api.nvim_exec_autocmds('User', { pattern = event, modeline = false, data = data })
  vim.cmd.redrawstatus({ bang = true })
end

return M
