// node look.js ADDRESS FOLDER: does with mouse and keyboard what a person does, and leaves a screenshot of every step in FOLDER.
const { launch } = require('./browser.js');

const [, , address, folder] = process.argv;
const text = (selector) => `(document.querySelector('${selector}')?.innerText ?? '').replaceAll('\\u00a0', ' ')`;

(async () => {
  const { browser, page } = await launch();
  let step = 0;
  const shot = async (name) => {
    await page.mouse.move(900, 600);
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${folder}/${step++}-${name}.png` });
  };
  const has = (selector, part, timeout = 60000) => page.waitForFunction(`${text(selector)}.includes(${JSON.stringify(part)})`, null, { timeout });
  try {
    await page.goto(address);
    await page.waitForSelector('.monaco-workbench', { timeout: 60000 });
    await page.waitForSelector('.explorer-viewlet', { timeout: 60000 });
    await page.locator('.explorer-viewlet .monaco-list-row', { hasText: 'shapes.py' }).dblclick();
    await page.waitForSelector('.tab[data-resource-name="shapes.py"]');

    // The hole is underlined, the lens stands above the snippet, the status bar is there.
    await page.waitForSelector('.squiggly-warning, .squiggly-error, .squiggly-info', { timeout: 60000 });
    const lens = page.locator('.codelens-decoration a', { hasText: 'Evaluate' });
    await lens.first().waitFor({ timeout: 60000 });
    await has('.statusbar', 'Holefit');
    await shot('open');

    // Its hover tells the type and the fits.
    const hole = page.locator('.view-line', { hasText: 'return _' }).locator('span', { hasText: /^_$|_$/ }).last();
    const box = await hole.boundingBox();
    await page.mouse.move(box.x + box.width - 3, box.y + box.height / 2);
    await has('.monaco-hover-content', 'Circle');
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${folder}/${step++}-hover.png` });
    await page.keyboard.press('Escape');

    // The quick fix fills it.
    await page.mouse.click(box.x + box.width - 3, box.y + box.height / 2);
    await page.keyboard.press('Control+.');
    const fill = page.locator('.action-widget .monaco-list-row', { hasText: 'grown' });
    await fill.first().waitFor({ timeout: 60000 });
    await shot('quick-fix');
    await fill.first().click();
    await has('.view-lines', 'return grown');
    await page.waitForFunction("!document.querySelector('.squiggly-warning, .squiggly-error, .squiggly-info')", null, { timeout: 60000 });
    await shot('filled');

    // A click on the lens evaluates.
    await lens.first().click();
    await has('.view-lines', '# 12.566');
    await has('.statusbar', 'generation');
    await page.locator('.codelens-decoration a', { hasText: 'Refresh' }).waitFor({ timeout: 60000 });
    await shot('evaluated');

    // The menu of the status bar.
    await page.locator('[id="holefit.holefit.holefit.status"]').click();
    await page.waitForSelector('.quick-input-list .monaco-list-row', { state: 'visible' });
    await shot('menu');
    await page.keyboard.press('Escape');

    // The view with holes: what fits is there, a click fills.
    await page.locator('.explorer-viewlet .monaco-list-row', { hasText: 'charts.py' }).dblclick();
    await page.waitForSelector('.tab[data-resource-name="charts.py"]');
    await page.locator('.activitybar .action-item[aria-label^="Holefit"], .activitybar a[aria-label^="Holefit"]').first().click();
    const row = (text) => page.locator('.pane-body .monaco-list-row', { hasText: text }).first();
    await row('_: list[float]').waitFor({ timeout: 60000 });
    await row('values').waitFor();
    await shot('goals');
    await row('values').click();
    await has('.view-lines', 'return Chart(values)');
    await shot('goal-filled');

    // A picture and a table open the panel with the results; the cursor stays in the text.
    await page.keyboard.press('Control+Alt+h');
    await page.keyboard.press('a');
    const frames = async () => {
      for (const frame of page.frames()) {
        if (await frame.locator('img[src^="data:image/svg+xml"]').count().catch(() => 0)) return true;
      }
      return false;
    };
    const end = Date.now() + 60000;
    while (!(await frames())) {
      if (Date.now() > end) throw new Error('the panel shows no picture');
      await page.waitForTimeout(100);
    }
    await shot('results');
    await browser.close();
  } catch (failure) {
    await page.screenshot({ path: `${folder}/failed.png` }).catch(() => {});
    await browser.close();
    console.error(failure.stack);
    process.exit(1);
  }
})();
