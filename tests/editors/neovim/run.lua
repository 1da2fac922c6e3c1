-- HOLEFIT_SCENARIO=name nvim --headless -u init.lua -c 'luafile run.lua'
local here = vim.fs.dirname(vim.fs.normalize(debug.getinfo(1, 'S').source:sub(2)))
package.path = here .. '/?.lua;' .. package.path
vim.o.columns, vim.o.lines = 110, 40

local function run()
  local ok, failure = xpcall(dofile, debug.traceback, vim.fs.joinpath(here, vim.env.HOLEFIT_SCENARIO .. '.lua'))
  if not ok then
    io.stderr:write(failure .. '\n')
  end
  for _, client in ipairs(vim.lsp.get_clients()) do
    if vim.fn.has('nvim-0.11') == 1 then
      client:stop()
    else
      client.stop()
    end
  end
  vim.wait(3000, function()
    return #vim.lsp.get_clients() == 0
  end, 10)
  os.exit(ok and 0 or 1)
end

-- Commands of -c run before Neovim is up; a person comes after.
vim.api.nvim_create_autocmd('VimEnter', { callback = vim.schedule_wrap(run) })
