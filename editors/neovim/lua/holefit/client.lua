--- The language client: started for Python buffers, told of settings and trust, listened to.
local config = require('holefit.config')
local locate = require('holefit.locate')
local state = require('holefit.state')
local trust = require('holefit.trust')

local M = {}

local has_enable = vim.lsp.enable ~= nil -- Neovim 0.11; before it, an autocommand of ours starts the client
local has_codelens_enable = vim.lsp.codelens.enable ~= nil -- Neovim 0.12; before it, lenses are refreshed by hand
local SIGTERM = 15 -- how Neovim ends a server that does not go by itself
local group = vim.api.nvim_create_augroup('holefit', { clear = true })

--- @param root string
--- @return table
local function settings(root)
  return vim.tbl_extend('force', vim.deepcopy(config.current.settings), { trusted = trust.lookup(root) == true })
end

--- Calls a method of a client; before Neovim 0.11 they were plain functions.
--- @param client vim.lsp.Client
--- @param name 'request'|'notify'|'stop'
local function call(client, name, ...)
  if vim.fn.has('nvim-0.11') == 1 then
    return client[name](client, ...)
  end
  return client[name](...)
end

--- @param client vim.lsp.Client
--- @param method string
--- @param params table
--- @param done fun(err: table?, result: any)
--- @param buffer? integer
function M.request(client, method, params, done, buffer)
  return call(client, 'request', method, params, function(err, result)
    done(err, result)
  end, buffer)
end

--- @param buffer integer
function M.refresh_lenses(buffer)
  if config.current.code_lens and not has_codelens_enable and vim.api.nvim_buf_is_loaded(buffer) then
    vim.lsp.codelens.refresh({ bufnr = buffer })
  end
end

local handlers = {}

handlers['holefit/status'] = function(_, result, context)
  state.of(context.client_id).status = result
  state.publish('HolefitStatus', result)
end

handlers['holefit/reloaded'] = function(_, result, context)
  local known = state.of(context.client_id)
  known.report = result
  if known.status then
    known.status.generation = result.generation
  end
  for _, fault in ipairs(result.errors or {}) do
    vim.notify(('Holefit: reload failed, nothing was changed. %s: %s'):format(fault.module, fault.message), vim.log.levels.ERROR)
  end
  state.publish('HolefitReloaded', result)
end

handlers['holefit/output'] = function(_, result)
  require('holefit.output').append(result.text)
end

--- What the evaluated program reads: asked for at the command line; leaving it with <Esc> is the end of input.
handlers['holefit/input'] = function(_, params)
  local prompt = params.prompt ~= '' and params.prompt or 'input: '
  if params.secret then
    local ok, typed = pcall(vim.fn.inputsecret, prompt)
    return { text = ok and typed or vim.NIL }
  end
  local this = coroutine.running()
  local answered, waiting, text = false, false, nil
  vim.ui.input({ prompt = prompt }, function(typed)
    text, answered = typed, true
    if waiting then
      coroutine.resume(this)
    end
  end)
  if not answered then -- a window of a plugin's, say
    waiting = true
    coroutine.yield()
  end
  return { text = text or vim.NIL }
end

if not has_codelens_enable then
  handlers['workspace/codeLens/refresh'] = function(_, _, context)
    local client = vim.lsp.get_client_by_id(context.client_id)
    for buffer in pairs(client and client.attached_buffers or {}) do
      M.refresh_lenses(buffer)
    end
    return vim.NIL
  end
end

local function capabilities()
  local all = vim.lsp.protocol.make_client_capabilities()
  all.experimental = { holefit = { input = true } }
  if not has_codelens_enable then
    all.workspace.codeLens = { refreshSupport = true }
  end
  return all
end

--- What is the same for every project.
--- @return vim.lsp.ClientConfig
local function client_config()
  return {
    name = 'holefit',
    filetypes = { 'python' },
    capabilities = capabilities(),
    handlers = handlers,
    settings = { holefit = {} },
    before_init = function(params, client)
      local now = settings(client.root_dir)
      params.initializationOptions = now
      client.settings.holefit = now -- in place: the client has this very table by now
    end,
    on_exit = function(code, signal, client_id)
      state.clients[client_id] = nil
      if code ~= 0 or (signal ~= 0 and signal ~= SIGTERM) then
        vim.schedule(function()
          M.died(client_id, signal ~= 0 and ('by signal %d'):format(signal) or ('with exit code %d'):format(code))
        end)
      end
    end,
  }
end

local told = {} --- @type table<string, boolean>

--- The server's command for a root; says once what to do when there is none.
--- @param root string
--- @return string[]?
local function server_or_explain(root)
  local cmd, explanation = locate.server(root)
  if not cmd and not told[explanation] then
    told[explanation] = true
    vim.schedule(function()
      vim.notify(
        ('Holefit: %s. Install it (pipx install holefit) or set `cmd` in setup(); see :checkhealth holefit.'):format(explanation),
        vim.log.levels.WARN
      )
    end)
  end
  return cmd
end

--- Asks for trust where nobody has decided yet. Only for marked roots: a lone script's folder may be anything.
--- @param buffer integer
--- @param root string
local function maybe_ask(buffer, root)
  local _, marked = locate.root(buffer)
  if marked and trust.lookup(root) == nil then
    vim.schedule(function()
      trust.ask(root, function(trusted)
        M.set_trust(root, trusted)
      end)
    end)
  end
end

local running = {} --- @type table<string, string[]> the command of each root's server

--- Tells the servers of a root whether its code may be run; starts another one where trust makes one available.
--- @param root string
--- @param trusted boolean
function M.set_trust(root, trusted)
  for _, client in ipairs(vim.lsp.get_clients({ name = 'holefit' })) do
    if client.root_dir and trust.key(client.root_dir) == trust.key(root) then
      if not vim.deep_equal(locate.server(root), running[client.root_dir]) then
        M.restart(client)
      else
        client.settings.holefit = vim.tbl_extend('force', client.settings.holefit or {}, { trusted = trusted })
        call(client, 'notify', 'workspace/didChangeConfiguration', { settings = client.settings })
        state.publish('HolefitStatus', state.of(client.id).status or {})
      end
    end
  end
end

--- How holes stand beside their line: the type alone, since the message goes on with all the fits.
--- @return boolean|table
local function virtual_text()
  if config.current.virtual_text ~= true then
    return config.current.virtual_text
  end
  return {
    format = function(diagnostic)
      return (diagnostic.message:gsub('\n.*', ''))
    end,
  }
end

--- @param client vim.lsp.Client
--- @param buffer integer
local function attached(client, buffer)
  local current = config.current
  local pulled = client.server_capabilities.diagnosticProvider
  local namespaces = { vim.lsp.diagnostic.get_namespace(client.id) }
  if pulled then
    namespaces[2] = vim.lsp.diagnostic.get_namespace(client.id, true, pulled.identifier)
  end
  for _, namespace in ipairs(namespaces) do
    vim.diagnostic.config({ virtual_text = virtual_text() }, namespace)
  end
  if current.code_lens and has_codelens_enable then
    vim.lsp.codelens.enable(true, { bufnr = buffer })
  elseif current.code_lens then
    vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave', 'TextChanged', 'BufWritePost' }, {
      group = vim.api.nvim_create_augroup('holefit.lenses.' .. buffer, { clear = true }),
      buffer = buffer,
      callback = function()
        M.refresh_lenses(buffer)
      end,
    })
    M.refresh_lenses(buffer)
  end
  if current.inlay_hints then
    vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
  end
  if current.on_attach then
    current.on_attach(client, buffer)
  end
  maybe_ask(buffer, client.root_dir)
  state.publish('HolefitStatus', state.of(client.id).status or {})
end

--- Starts the server for a buffer, or joins the one that runs for its project. Neovim 0.10.
--- @param buffer integer
local function start(buffer)
  local root = locate.root(buffer)
  local cmd = root and server_or_explain(root)
  if cmd then
    running[root] = cmd
    vim.lsp.start(vim.tbl_extend('force', client_config(), { cmd = cmd, root_dir = root }), { bufnr = buffer })
  end
end

--- Has Neovim start the server for every Python buffer, those that are open included.
function M.enable()
  vim.api.nvim_create_autocmd('LspAttach', {
    group = group,
    callback = function(event)
      local client = vim.lsp.get_client_by_id(event.data.client_id)
      if client and client.name == 'holefit' then
        attached(client, event.buf)
      end
    end,
  })
  if not has_enable then
    vim.api.nvim_create_autocmd('FileType', {
      group = group,
      pattern = 'python',
      callback = function(event)
        start(event.buf)
      end,
    })
    M.reattach()
    return
  end
  local last_root --- @type string? 0.11.0 does not tell `cmd` which root it is for
  vim.lsp.config(
    'holefit',
    vim.tbl_extend('force', client_config(), {
      root_dir = function(buffer, on_dir)
        local root = locate.root(buffer)
        if root and server_or_explain(root) then
          last_root = root
          on_dir(root)
        end
      end,
      cmd = function(dispatchers, client)
        local root = client and client.root_dir or last_root
        local cmd, explanation = locate.server(root)
        assert(cmd, explanation)
        running[root] = cmd
        return vim.lsp.rpc.start(cmd, dispatchers, { cwd = root })
      end,
    })
  )
  vim.lsp.enable('holefit')
end

--- Starts a server for every Python buffer that has none.
function M.reattach()
  told = {}
  if has_enable then
    vim.lsp.enable('holefit')
    return
  end
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].filetype == 'python' then
      start(buffer)
    end
  end
end

--- Calls `done` when a client is gone; `waiting` is called every 50 ms before.
--- @param client_id integer
--- @param done fun()
--- @param waiting? fun(waited_ms: integer)
local function when_gone(client_id, done, waiting)
  local waited_ms = 0
  local function look()
    if not vim.lsp.get_client_by_id(client_id) then
      done()
      return
    end
    waited_ms = waited_ms + 50
    if waiting then
      waiting(waited_ms)
    end
    vim.defer_fn(look, 50)
  end
  look()
end

--- Stops a server, by force after three seconds, and starts one for its buffers.
--- @param client vim.lsp.Client
function M.restart(client)
  call(client, 'stop')
  when_gone(client.id, M.reattach, function(waited_ms)
    if waited_ms == 3000 then
      call(client, 'stop', true)
    end
  end)
end

local deaths = {} --- @type integer[] when servers died, in milliseconds of Neovim's clock

--- A server ended that nobody had asked to: another one takes its place, unless they die one after the other.
--- @param client_id integer
--- @param how string
function M.died(client_id, how)
  local now = vim.uv.now()
  deaths = vim.tbl_filter(function(time)
    return now - time < 180000
  end, deaths)
  deaths[#deaths + 1] = now
  if #deaths > 4 then
    local text = 'Holefit: the server ended %s, the fifth time in three minutes. :Holefit log tells more, :Holefit restart-server starts it again.'
    vim.notify(text:format(how), vim.log.levels.ERROR)
    return
  end
  vim.notify(('Holefit: the server ended %s and is started again; values of evaluated code are lost.'):format(how), vim.log.levels.WARN)
  when_gone(client_id, M.reattach)
end

return M
