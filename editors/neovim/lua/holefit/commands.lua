--- What :Holefit does.
local client_module = require('holefit.client')
local locate = require('holefit.locate')
local state = require('holefit.state')
local trust = require('holefit.trust')

local M = {}

--- The server of the current buffer, or nil after saying why there is none.
--- @param needs_trust? boolean
--- @return vim.lsp.Client?
local function server(needs_trust)
  local client = state.client()
  if not client then
    vim.notify('Holefit: no server runs for this buffer; see :checkhealth holefit', vim.log.levels.WARN)
    return nil
  end
  if needs_trust and not state.trusted(client) then
    vim.notify('Holefit: this project is not trusted, so nothing of it is run. :Holefit trust trusts it.', vim.log.levels.WARN)
    return nil
  end
  return client
end

local cancelled, content_modified = -32800, -32801

--- @param client vim.lsp.Client
--- @param method string
--- @param params table
--- @param done? fun(result: any)
--- @param tries? integer
local function ask(client, method, params, done, tries)
  local buffer = vim.api.nvim_get_current_buf()
  local tick = vim.api.nvim_buf_get_changedtick(buffer)
  client_module.request(client, method, params, function(err, result)
    if not err then
      if done then
        done(result)
      end
    elseif err.code == content_modified and vim.api.nvim_buf_get_changedtick(buffer) == tick and (tries or 0) < 3 then
      -- The server had not seen an edit yet that was made before: the question stands.
      vim.api.nvim_buf_call(buffer, function()
        ask(client, method, params, done, (tries or 0) + 1)
      end)
    elseif err.code == content_modified then
      vim.notify('Holefit: the text changed in the meantime; try again', vim.log.levels.WARN)
    elseif err.code ~= cancelled then
      vim.notify('Holefit: ' .. err.message, vim.log.levels.ERROR)
    end
  end, buffer)
end

--- Evaluates the snippets of some lines (1-based, both included), or all.
--- @param first? integer
--- @param last? integer
--- @param done? fun(evaluation: table)
function M.evaluate(first, last, done)
  local client = server(true)
  if not client then
    return
  end
  local buffer = vim.api.nvim_get_current_buf()
  local params = { textDocument = vim.lsp.util.make_text_document_params(buffer) }
  if first and last then
    local text = vim.api.nvim_buf_get_lines(buffer, last - 1, last, false)[1] or ''
    local _, utf16 = vim.str_utfindex(text)
    local length = ({ ['utf-8'] = #text, ['utf-32'] = vim.fn.strchars(text) })[client.offset_encoding] or utf16
    params.range = { start = { line = first - 1, character = 0 }, ['end'] = { line = last - 1, character = length } }
  end
  local tick = vim.api.nvim_buf_get_changedtick(buffer)
  ask(client, 'holefit/evaluate', params, function(evaluation)
    if #evaluation.results == 0 then
      vim.notify('Holefit: no snippet here. Write one as a comment: # >>> 1 + 1')
    elseif evaluation.edit and evaluation.edit ~= vim.NIL then
      if vim.api.nvim_buf_get_changedtick(buffer) ~= tick then
        vim.notify('Holefit: the text changed while it was evaluated; try again', vim.log.levels.WARN)
        return
      end
      vim.lsp.util.apply_workspace_edit(evaluation.edit, client.offset_encoding)
    end
    for _, result in ipairs(evaluation.results) do
      if not result.ok and (result.note or '') ~= '' then -- why it is not in the text
        vim.notify(('Holefit: %s (%s)'):format(result.text, result.note), vim.log.levels.WARN)
      end
    end
    client_module.refresh_lenses(buffer)
    if done then
      done(evaluation)
    end
  end)
end

function M.clear()
  local client = server()
  if client then
    local params = { command = 'holefit.clear', arguments = { { uri = vim.uri_from_bufnr(0) } } }
    ask(client, 'workspace/executeCommand', params)
  end
end

--- @param done? fun(report: table)
function M.reload(done)
  local client = server(true)
  if client then
    ask(client, 'holefit/reload', { textDocument = vim.lsp.util.make_text_document_params(0) }, function(report)
      local fault = report.errors[1]
      if fault then
        vim.notify(('Holefit: reload failed, nothing was changed. %s: %s'):format(fault.module, fault.message), vim.log.levels.ERROR)
      else
        local what = #report.reloaded > 0 and ('reloaded ' .. table.concat(report.reloaded, ', ')) or 'nothing had changed'
        vim.notify(('Holefit: %s (generation %d)'):format(what, report.generation))
      end
      if done then
        done(report)
      end
    end)
  end
end

--- @param action 'start'|'interrupt'|'restart'|'stop'|'checkpoint'|'restore'
--- @param done? fun(status: table)
function M.interpreter(action, done)
  local client = server(true)
  if client then
    ask(client, 'holefit/interpreter', { action = action, textDocument = vim.lsp.util.make_text_document_params(0) }, done)
  end
end

--- Lets the newest stopped evaluation go on, or (without an action) shows what is stopped.
--- @param action? 'continue'|'step'|'stepOver'|'stepOut'|'abandon'
--- @param done? fun(told: table)
function M.stops(action, done)
  local client = server(true)
  if not client then
    return
  end
  local params = { action = action, textDocument = vim.lsp.util.make_text_document_params(0) }
  ask(client, 'holefit/stops', params, function(told)
    if done then
      done(told)
    end
    local lines = {}
    if told.finished then
      table.insert(lines, ('Holefit: %s %s'):format(told.finished.ok and '=' or 'it ended with', told.finished.text))
    end
    for _, stop in ipairs(told.stops) do
      for number, frame in ipairs(stop.frames) do
        local place = ('%s:%d'):format(vim.fn.fnamemodify(frame.path, ':~:.'), frame.line)
        table.insert(lines, ('%s %s in %s: %s'):format(number == 1 and 'stopped at' or '       from', place, frame['function'], frame.text))
        for _, variable in ipairs(number == 1 and frame.variables or {}) do
          table.insert(lines, ('             %s: %s = %s'):format(variable.name, variable.type, variable.text))
        end
      end
    end
    vim.notify(#lines > 0 and table.concat(lines, '\n') or 'Holefit: nothing is stopped')
    local frame = told.stops[1] and told.stops[1].frames[1]
    if action and action ~= 'abandon' and frame and type(frame.uri) == 'string' then
      vim.lsp.util.show_document({ uri = frame.uri, range = { start = { line = frame.line - 1, character = 0 }, ['end'] = { line = frame.line - 1, character = 0 } } }, client.offset_encoding, { focus = true })
    end
  end)
end

--- @param trusted boolean
function M.trust(trusted)
  local root = locate.root(0)
  if not root then
    vim.notify('Holefit: this buffer belongs to no project', vim.log.levels.WARN)
    return
  end
  trust.remember(root, trusted)
  client_module.set_trust(root, trusted)
  vim.notify(('Holefit: %s is %s'):format(vim.fn.fnamemodify(root, ':~'), trusted and 'trusted' or 'not trusted'))
end

--- Asks for a query unless there is one, and writes what is chosen at the cursor, with its import.
--- @param query? string
function M.search(query)
  local client = server()
  if not client then
    return
  end
  if not query or query == '' then
    vim.ui.input({ prompt = 'Search by type: ' }, function(typed)
      if typed and typed ~= '' then
        M.search(typed)
      end
    end)
    return
  end
  local buffer = vim.api.nvim_get_current_buf()
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.query, params.limit = query, 50
  ask(client, 'holefit/search', params, function(found)
    if #found == 0 then
      vim.notify('Holefit: nothing takes and gives that: ' .. query)
      return
    end
    local tick = vim.api.nvim_buf_get_changedtick(buffer)
    vim.ui.select(found, {
      prompt = query,
      kind = 'holefit.search',
      format_item = function(match)
        return ('%s: %s   [%s]'):format(match.name, match.signature, match.importText or 'builtin')
      end,
    }, function(match)
      if not match or not match.edit then
        return
      end
      if vim.api.nvim_buf_get_changedtick(buffer) ~= tick then
        vim.notify('Holefit: the text changed in the meantime; try again', vim.log.levels.WARN)
        return
      end
      vim.lsp.util.apply_workspace_edit(match.edit, client.offset_encoding)
    end)
  end)
end

function M.log()
  local path = vim.lsp.log.get_filename and vim.lsp.log.get_filename() or vim.lsp.get_log_path()
  vim.cmd.edit(vim.fn.fnameescape(path))
  vim.cmd.normal({ 'G', bang = true })
end

function M.restart_server()
  local client = state.client()
  if client then
    client_module.restart(client)
  else
    client_module.reattach()
  end
end

--- @class holefit.Command
--- @field description string
--- @field run fun(command: vim.api.keyset.create_user_command.command_args)

--- @type table<string, holefit.Command>
M.commands = {
  evaluate = {
    description = 'the snippet at the cursor, or those of the range',
    run = function(command)
      M.evaluate(command.line1, command.line2)
    end,
  },
  ['evaluate-all'] = {
    description = 'every snippet of the buffer',
    run = function()
      M.evaluate()
    end,
  },
  clear = { description = 'take the results out again', run = M.clear },
  fill = {
    description = 'choose a fit for the hole at the cursor',
    run = function()
      vim.lsp.buf.code_action({ context = { only = { 'quickfix' }, diagnostics = {} } })
    end,
  },
  goal = {
    description = 'the hole at the cursor: type, scope, fits',
    run = function()
      require('holefit.holes').show()
    end,
  },
  search = {
    description = 'find functions, classes and values by their type, and write one at the cursor',
    run = function(command)
      M.search(command.args:match('^%S+%s+(.*)$'))
    end,
  },
  holes = {
    description = 'the holes of the open buffers in the quickfix list',
    run = function()
      require('holefit.holes').quickfix()
    end,
  },
  next = {
    description = 'go to the next hole',
    run = function()
      require('holefit.holes').go(1)
    end,
  },
  previous = {
    description = 'go to the previous hole',
    run = function()
      require('holefit.holes').go(-1)
    end,
  },
  reload = {
    description = 'reload changed modules into the interpreter',
    run = function()
      M.reload()
    end,
  },
  interrupt = {
    description = 'stop what is being evaluated',
    run = function()
      M.interpreter('interrupt')
    end,
  },
  checkpoint = {
    description = 'keep the state of the interpreter',
    run = function()
      M.interpreter('checkpoint')
    end,
  },
  restore = {
    description = 'go back to the state kept last',
    run = function()
      M.interpreter('restore')
    end,
  },
  stops = {
    description = 'the stopped evaluations, with frames and variables',
    run = function()
      M.stops()
    end,
  },
  continue = {
    description = 'let the stopped evaluation go on',
    run = function()
      M.stops('continue')
    end,
  },
  step = {
    description = 'let it go on to the next line: step, step over, step out',
    run = function(command)
      M.stops(({ over = 'stepOver', out = 'stepOut' })[command.fargs[2]] or 'step')
    end,
  },
  abandon = {
    description = 'give the stopped evaluation up',
    run = function()
      M.stops('abandon')
    end,
  },
  restart = {
    description = 'a new interpreter; values are lost',
    run = function()
      M.interpreter('restart')
    end,
  },
  ['restart-server'] = { description = 'stop and start the language server', run = M.restart_server },
  trust = {
    description = 'let the code of this project be run',
    run = function()
      M.trust(true)
    end,
  },
  distrust = {
    description = 'run nothing of this project',
    run = function()
      M.trust(false)
    end,
  },
  output = {
    description = 'what evaluated code has printed',
    run = function()
      require('holefit.output').show()
    end,
  },
  status = {
    description = 'the state of the interpreter',
    run = function()
      local text = state.text()
      vim.notify(text == '' and 'Holefit: no server runs for this buffer; see :checkhealth holefit' or text)
    end,
  },
  log = { description = 'the log of the language clients', run = M.log },
}

--- @param typed string
--- @return string[]
function M.complete(typed)
  local names = vim.tbl_filter(function(name)
    return vim.startswith(name, typed)
  end, vim.tbl_keys(M.commands))
  table.sort(names)
  return names
end

--- @param command vim.api.keyset.create_user_command.command_args
function M.run(command)
  local name = command.fargs[1]
  local found = M.commands[name]
  if found then
    found.run(command)
  else
    vim.notify(('Holefit: there is no :Holefit %s. There are: %s'):format(name, table.concat(M.complete(''), ', ')), vim.log.levels.ERROR)
  end
end

return M
