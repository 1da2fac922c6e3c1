// node pictures.js ADDRESS FOLDER: draws the pictures of the documentation, each cut to what it is about.
const { launch } = require('./browser.js');

const [, , address, folder] = process.argv;

(async () => {
  const { browser, page } = await launch({ width: 1040, height: 620 });
  const row = (text) => page.locator('.pane-body .monaco-list-row', { hasText: text }).first();
  const lens = (text) => page.locator('.codelens-decoration a', { hasText: text });
  const open = async (name) => {
    await page.keyboard.press('Control+p');
    await page.locator('.quick-input-box input').fill(name);
    await page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first().click();
    await page.waitForSelector(`.tab.active[data-resource-name="${name}"]`);
  };
  /** What the elements cover together, and a little more, is the picture. */
  const draw = async (name, ...elements) => {
    await page.waitForFunction(() => !document.querySelector('.monaco-progress-container.active'));
    const boxes = await Promise.all(elements.map((element) => element.boundingBox()));
    const x = Math.min(...boxes.map((box) => box.x));
    const y = Math.min(...boxes.map((box) => box.y));
    const width = Math.max(...boxes.map((box) => box.x + box.width)) - x;
    const height = Math.max(...boxes.map((box) => box.y + box.height)) - y;
    await page.screenshot({ path: `${folder}/${name}.png`, clip: { x, y, width, height }, animations: 'disabled', caret: 'hide' });
  };
  const part = (selector) => page.locator(selector).first();
  try {
    await page.goto(address);
    await page.waitForSelector('.explorer-viewlet');
    await open('parcels.py');
    await page.waitForSelector('.squiggly-warning, .squiggly-error, .squiggly-info');
    await lens('Evaluate').first().waitFor();

    await page.locator('.activitybar a[aria-label^="Holefit"]').first().click({ force: true }); // its badge lies above it
    await row('In scope').waitFor();
    await page.locator('.view-line', { hasText: 'return _' }).click();
    await page.keyboard.press('End');
    await draw('goals', part('.part.sidebar'), part('.part.editor'));

    await page.keyboard.press('Control+.');
    const fill = page.locator('.action-widget .monaco-list-row', { hasText: 'lightest' }).first();
    await fill.waitFor();
    await draw('fill', part('.part.editor'));
    await fill.click();
    await page.locator('.view-line', { hasText: 'return lightest' }).waitFor();
    await page.waitForFunction(() => !document.querySelector('.squiggly-warning, .squiggly-error, .squiggly-info'));

    await lens('Evaluate').first().click();
    await lens('Refresh').first().waitFor();
    await draw('evaluated', part('.part.editor'));

    await open('charts.py');
    await row('_: list[float]').waitFor();
    await row('values').click();
    await row('_: list[float]').waitFor({ state: 'detached' });
    await page.locator('.view-line:visible', { hasText: 'def chart' }).click();
    await page.keyboard.press('Control+Alt+h');
    await page.keyboard.press('a');
    const drawn = () => Promise.all(page.frames().map((frame) => frame.locator('img[src^="data:image/svg+xml"]').count().catch(() => 0)));
    const end = Date.now() + 30000;
    while (!(await drawn()).some(Boolean)) {
      if (Date.now() > end) throw new Error('the panel shows no picture');
      await page.waitForTimeout(100);
    }
    await draw('results', part('.part.panel'));
    await browser.close();
  } catch (failure) {
    await page.screenshot({ path: `${folder}/failed.png` }).catch(() => {});
    await browser.close();
    console.error(failure.stack);
    process.exit(1);
  }
})();
