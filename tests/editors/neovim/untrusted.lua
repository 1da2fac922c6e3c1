-- An untrusted project has holes, and nothing of it is run until it is trusted.
local drive = require('drive')
drive.open('shapes.py')
drive.eventually('the hole is diagnosed', function()
  return #drive.holes() == 1
end)
drive.check('the status line says so', require('holefit').status(drive.buffer) == 'holefit: holes only')

drive.go('# >>> round')
vim.cmd('Holefit evaluate')
drive.check('the command refuses and says why', drive.has_notice('not trusted'))

local answer
require('holefit.client').request(drive.client(), 'holefit/evaluate', { textDocument = vim.lsp.util.make_text_document_params(0) }, function(err, result)
  answer = { err = err, result = result }
end, drive.buffer)
drive.eventually('the server answers', function()
  return answer
end)
drive.check('with an error: ' .. vim.inspect(answer), answer.err and answer.err.message:find('trust'))
drive.check('the text is as it was', not drive.line_of('# 12.566'))
drive.check('the file with the side effect was not written', not vim.uv.fs_stat(vim.env.HOLEFIT_PROJECT .. '/ran'))

vim.cmd('Holefit trust')
drive.eventually('it is trusted', function()
  return require('holefit').status(drive.buffer) ~= 'holefit: holes only'
end)
vim.cmd('Holefit evaluate')
drive.eventually('now the snippet runs', function()
  return drive.line_of('# 12.566')
end)
drive.check('the answer is remembered', require('holefit.trust').lookup(vim.env.HOLEFIT_PROJECT) == true)
