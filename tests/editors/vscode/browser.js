// The browser that draws VS Code's workbench.
const fs = require('fs');
const path = require('path');
const { chromium } = require(path.join(process.env.HOLEFIT_EDITORS, 'playwright/node_modules/playwright-core'));

exports.launch = async function launch(viewport = { width: 1280, height: 800 }) {
  const executablePath = ['chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`).find((file) => fs.existsSync(file));
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const browser = await chromium.launch({ executablePath, args });
  const page = await (await browser.newContext({ viewport })).newPage();
  page.setDefaultTimeout(60000);
  return { browser, page };
};
