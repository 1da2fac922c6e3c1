--- :checkhealth holefit
local M = {}

function M.check()
  local config = require('holefit.config')
  local health = vim.health
  health.start('holefit')

  local version = vim.version()
  if vim.fn.has('nvim-0.10') == 1 then
    health.ok(('Neovim %d.%d.%d'):format(version.major, version.minor, version.patch))
  else
    health.error('Neovim 0.10 or newer is needed', { 'Update Neovim.' })
    return
  end

  local locate, trust = require('holefit.locate'), require('holefit.trust')
  local root = vim.fn.getcwd()
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.bo[buffer].filetype == 'python' then
      root = locate.root(buffer) or root
    end
  end
  health.info('Project: ' .. root)
  local trusted = trust.lookup(root)
  if trusted then
    health.ok('The project is trusted: its code may be run')
  else
    local why = trusted == nil and 'nobody has decided yet' or 'it was refused'
    health.info(('The project is not trusted (%s): typed holes only. :Holefit trust changes it.'):format(why))
  end

  local cmd, explanation = locate.server(root)
  if not cmd then
    health.error('The server was not found: ' .. explanation, {
      'pipx install holefit',
      "or, into the project: .venv/bin/pip install holefit",
      "or name it: require('holefit').setup{ cmd = { '/path/to/holefit', 'lsp' } }",
    })
    return
  end
  health.ok(('Server: %s (%s)'):format(table.concat(cmd, ' '), explanation))
  local ran = vim.system({ cmd[1], '--version' }, { text = true, timeout = 10000 }):wait()
  if ran.code == 0 then
    health.ok('It says: ' .. vim.trim(ran.stdout))
  elseif not config.current.cmd then
    health.error(('`%s --version` ended with exit code %d'):format(cmd[1], ran.code), { vim.trim(ran.stderr or '') })
  end

  local clients = vim.lsp.get_clients({ name = 'holefit' })
  if #clients == 0 then
    health.info('No server runs at the moment; it starts when a Python file is opened.')
  end
  for _, client in ipairs(clients) do
    local status = require('holefit.state').of(client.id).status or {}
    local python = type(status.python) == 'string' and ('%s (%s)'):format(status.python, status.version or '?') or 'not started'
    health.ok(('Running for %s; interpreter: %s'):format(client.root_dir, python))
  end
end

return M
