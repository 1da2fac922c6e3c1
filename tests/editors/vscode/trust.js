// node trust.js ADDRESS FOLDER: a person opens a workspace that is not trusted, sees holes only, trusts it, and evaluates.
const { launch } = require('./browser.js');

const [, , address, folder] = process.argv;

(async () => {
  const { browser, page } = await launch();
  const has = (selector, part) =>
    page.waitForFunction(
      ([where, what]) => [...document.querySelectorAll(where)].some((one) => one.innerText.replaceAll('\u00a0', ' ').includes(what)),
      [selector, part],
      { timeout: 60000 },
    );
  try {
    await page.goto(address);
    await page.waitForSelector('.explorer-viewlet', { timeout: 60000 });
    await page.locator('.explorer-viewlet .monaco-list-row', { hasText: 'shapes.py' }).dblclick();
    await page.waitForSelector('.tab[data-resource-name="shapes.py"]');
    await has('.statusbar', 'Holefit: holes only');
    await page.waitForSelector('.squiggly-error, .squiggly-warning', { timeout: 60000 });
    await page.screenshot({ path: `${folder}/0-untrusted.png` });

    await page.locator('[id="holefit.holefit.holefit.status"]').click();
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Trust this Workspace' }).click();
    await page.locator('.workspace-trust-editor').getByText('Trust', { exact: true }).first().click();
    await page.screenshot({ path: `${folder}/1-trusted.png` });
    await page.locator('.monaco-modal-editor-block .codicon-close').last().click();
    await has('.codelens-decoration a', 'Evaluate');
    await page.locator('.codelens-decoration a', { hasText: 'Evaluate' }).first().click();
    await has('.view-lines', '# 12.566');
    await has('.statusbar', 'generation');
    await page.screenshot({ path: `${folder}/2-evaluated.png` });
    await browser.close();
  } catch (failure) {
    await page.screenshot({ path: `${folder}/failed.png` }).catch(() => {});
    await browser.close();
    console.error(failure.stack);
    process.exit(1);
  }
})();
