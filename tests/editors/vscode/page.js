// node page.js ADDRESS SCREENSHOT: opens the workbench so that its extension host runs HOLEFIT_SUITE, and waits for HOLEFIT_RESULTS.
const fs = require('fs');
const { launch } = require('./browser.js');

const [, , address, screenshot] = process.argv;
(async () => {
  const { browser, page } = await launch();
  await page.goto(address);
  const end = Date.now() + 280000;
  while (!fs.existsSync(process.env.HOLEFIT_RESULTS) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
  await page.screenshot({ path: screenshot });
  await browser.close();
})();
