// Goes through the doors of a built book as a reader would, and prints what it saw, as JSON.
//   node tests/publishing/doors.mjs SITE
import { launch, open, serve } from "../browser/site.mjs";

const [root] = process.argv.slice(2);
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const site = await serve(root);
const browser = await launch();
const report = {};

/** The links of the rocket at the top of a chapter. */
async function buttons() {
  const { context, page, log } = await open(browser, `${site.url}/book/chapters/cubic.html`);
  await page.locator(".dropdown-launch-buttons > button").click();
  const links = page.locator(".dropdown-launch-buttons a");
  report.buttons = await links.evaluateAll((found) => found.map((link) => ({
    text: link.textContent.trim(), href: link.href, visible: link.checkVisibility(),
  })));
  const cite = page.locator("details.oe-cite");
  await cite.locator("summary").click();
  report.cite = await cite.locator("pre").innerText();
  report.copies = await cite.locator("button.copybtn").count();
  report.outside = log.outside;
  await context.close();
}

/** The form that makes a link for a hub, filled in by the keyboard. */
async function hub(options = {}) {
  const { context, page, log } = await open(browser,
    `${site.url}/book/doors.html?page=book/chapters/newton#doors-hub`, options);
  const form = page.locator("form.oe-hub"), link = form.locator("output");
  const seen = { asked: await form.locator("select").inputValue(), empty: await link.innerText() };
  seen.chapters = await form.locator("select option").count();
  seen.disabled = await form.locator("button").isDisabled();
  await form.locator("input[type=url]").fill("hub.example.edu/jupyter/hub/");
  seen.notebook = await link.innerText();
  await form.locator("input[value=text]").check();
  await form.locator("select").selectOption("book/chapters/gradient");
  seen.text = await link.innerText();
  await form.locator("input[type=url]").fill("javascript:alert(1)");
  seen.refused = await link.innerText();
  seen.width = await page.evaluate(() => document.documentElement.scrollWidth);
  seen.outside = log.outside;
  seen.errors = log.errors;
  await context.close();
  return seen;
}

/** The search, opened by a shortcut and answered without a server. */
async function search(word) {
  const { context, page, log } = await open(browser, `${site.url}/book/doors.html`);
  await page.keyboard.press("Control+k");
  const field = page.locator("#pst-search-dialog input[type=search]");
  const opened = await field.isVisible();
  await field.fill(word);
  await Promise.all([page.waitForURL(/search\.html/), page.keyboard.press("Enter")]);
  await page.getByText("Search finished").waitFor({ timeout: 60000 });
  const found = await page.locator(".search li > a, #search-results li > a").evaluateAll((links) =>
    links.map((link) => ({ text: link.textContent, path: new URL(link.href).pathname })));
  await context.close();
  return { opened, found, outside: log.outside, missing: log.missing };
}

await buttons();
report.desktop = await hub();
report.phone = await hub(PHONE);
report.search = { Sinkhorn: await search("Sinkhorn"), certificate: await search("certificate") };
console.log(JSON.stringify(report));
await browser.close();
site.close();
