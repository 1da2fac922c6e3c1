-- :Holefit and the <Plug> mappings. Nothing else is loaded before require('holefit').setup() or the first use.
if vim.g.loaded_holefit then
  return
end
vim.g.loaded_holefit = true

vim.api.nvim_create_user_command('Holefit', function(command)
  require('holefit.commands').run(command)
end, {
  nargs = '+',
  range = true,
  desc = 'Holefit: typed holes, evaluation in place, hot reload',
  complete = function(typed)
    return require('holefit.commands').complete(typed)
  end,
})

local mappings = {
  ['evaluate'] = { 'n', 'x' },
  ['evaluate-all'] = { 'n' },
  ['clear'] = { 'n' },
  ['fill'] = { 'n' },
  ['goal'] = { 'n' },
  ['holes'] = { 'n' },
  ['next-hole'] = { 'n', command = 'next' },
  ['previous-hole'] = { 'n', command = 'previous' },
  ['reload'] = { 'n' },
  ['interrupt'] = { 'n' },
}
for name, mapping in pairs(mappings) do
  for _, mode in ipairs(mapping) do
    local range = mode == 'x' and ":'<,'>" or '<Cmd>'
    vim.keymap.set(mode, ('<Plug>(holefit-%s)'):format(name), ('%sHolefit %s<CR>'):format(range, mapping.command or name), { silent = true })
  end
end
