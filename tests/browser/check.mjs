// Visits pages of a built book and prints what a browser saw, as JSON; judges nothing.
//   node tests/browser/check.mjs SITE PAGE [PAGE ...]
import fs from "node:fs";
import { createRequire } from "node:module";
import { launch, open, serve, wake } from "./site.mjs";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

/** What axe-core finds on the page, one row per element. */
async function violations(page, { where = "html", tags = WCAG, only, without = [] } = {}) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const options = {
    runOnly: only ? { type: "rule", values: only } : { type: "tag", values: tags },
    rules: Object.fromEntries(without.map((rule) => [rule, { enabled: false }])),
  };
  return page.evaluate(async ([scope, settings]) => {
    if (!document.querySelector(scope)) return [];
    const found = await window.axe.run(scope, settings);
    return found.violations.flatMap(({ id, impact, nodes }) =>
      nodes.map(({ target, html }) => ({ id, impact, target: target.join(" "), html: html.slice(0, 160) })));
  }, [where, options]);
}

/** The numbers that stand in a figure's table, as text. */
const rows = (figure) => figure.locator(".oe-readout tbody tr").evaluateAll((found) =>
  found.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent)));

/** Drive one figure by the keyboard alone and read its numbers at each stop. */
async function drive(page, host) {
  const figure = host.locator(".oe-figure");
  const slider = figure.locator("input[type=range]").first();
  const model = await host.locator('script[type$="widget-view+json"]').textContent();
  const stops = [];
  await slider.focus();
  for (const keys of [["Home"], ["ArrowRight", "ArrowRight", "ArrowRight"], ["PageUp"], ["End"]]) {
    for (const key of keys) await page.keyboard.press(key);
    stops.push({ keys, position: Number(await slider.inputValue()), rows: await rows(figure) });
  }
  const variants = [];
  const second = figure.locator("input[type=range]").nth(1);
  if (await second.count()) {
    await second.focus();
    for (const key of ["Home", "End"]) {
      await page.keyboard.press(key);
      variants.push({ variant: Number(await second.inputValue()), rows: await rows(figure) });
    }
  }
  return { id: JSON.parse(model).model_id, stops, variants };
}

/** What a figure does when it plays; for the first figure of a page. */
async function play(page, figure) {
  const slider = figure.locator("input[type=range]").first();
  await slider.focus();
  await page.keyboard.press("Home");
  await page.waitForTimeout(700); // the announcement of this key is over
  await figure.evaluate((root) => {
    window.seen = { spoken: 0, positions: new Set() };
    const count = () => { window.seen.spoken += 1; };
    new MutationObserver(count).observe(root.querySelector("[aria-live]"), { childList: true });
    const output = root.querySelector("output");
    new MutationObserver(() => window.seen.positions.add(output.textContent))
      .observe(output, { childList: true });
  });
  await page.keyboard.press("Space");
  await page.waitForTimeout(1500);
  const name = await figure.locator("button").first().textContent();
  await page.keyboard.press("Space");
  const stopped = await slider.inputValue();
  const { spoken, positions } = await page.evaluate(
    () => ({ ...window.seen, positions: window.seen.positions.size }));
  await page.waitForTimeout(200);
  return { name, spoken, positions, still: stopped === (await slider.inputValue()) };
}

/** Drag across the curves; resolves to the slider's place before and after. */
async function dragCurves(page, figure) {
  const slider = figure.locator("input[type=range]").first();
  const curves = figure.locator(".oe-curves svg");
  await curves.scrollIntoViewIfNeeded();
  const before = Number(await slider.inputValue()), box = await curves.boundingBox();
  await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  return [before, Number(await slider.inputValue())];
}

const shown = (host, name) => host.locator(name).evaluateAll((found) => found.map((element) => ({
  visible: element.checkVisibility() && element.getBoundingClientRect().width > 100,
  loaded: element.complete && element.naturalWidth > 0, alt: element.alt,
})));

async function settled(page) {
  const figures = await wake(page);
  await page.evaluate(() => window.MathJax?.startup?.promise);
  return figures;
}

async function desktop(browser, url) {
  const { context, page, log } = await open(browser, url);
  const report = { figures: await settled(page) };
  const hosts = page.locator("figure.optedu-figure.is-live"); // one that did not start has no keys
  report.live = await page.locator("figure.optedu-figure.is-live .oe-figure .oe-curves path.oe-line").count();
  report.axe = await violations(page);
  report.figureAxe = await violations(page, { where: "figure.optedu-figure", tags: [...WCAG, "best-practice"] });
  report.driven = [];
  const live = await hosts.count();
  for (let i = 0; i < live; i++) report.driven.push(await drive(page, hosts.nth(i)));
  if (live) {
    report.played = await play(page, hosts.first());
    report.dragged = await dragCurves(page, hosts.first());
    await page.emulateMedia({ media: "print" });
    report.print = { stills: await shown(page, ".optedu-still"), live: await shown(page, ".optedu-live") };
  }
  await page.waitForTimeout(100);
  await context.close();
  return { ...report, ...log };
}

async function dark(browser, url) {
  const { context, page } = await open(browser, url, { colorScheme: "dark" });
  await settled(page);
  const theme = await page.evaluate(() => document.documentElement.dataset.theme);
  // The dark changes colours and nothing else; a phone changes all but the colours.
  const report = { theme, axe: await violations(page, { only: ["color-contrast"] }) };
  await context.close();
  return report;
}

async function phone(browser, url) {
  const { context, page } = await open(browser, url, { ...PHONE, reducedMotion: "reduce" });
  await settled(page);
  const report = {
    width: await page.evaluate(() => document.documentElement.scrollWidth),
    wide: await page.evaluate(() => [...document.querySelectorAll(".oe-figure, .oe-figure *")]
      .filter((element) => !element.closest("[clip-path]")) // drawn, but cut off at the frame
      .filter((element) => element.getBoundingClientRect().right > 391)
      .map((element) => element.getAttribute("class") ?? element.tagName)),
    order: await page.locator(".oe-figure").evaluateAll((found) => found.map((figure) =>
      figure.querySelector(".oe-controls").getBoundingClientRect().bottom
        <= figure.querySelector(".oe-panels").getBoundingClientRect().top)),
    small: await page.locator(".oe-figure :is(button, input)").evaluateAll((found) => found
      .map((element) => element.getBoundingClientRect().height).filter((height) => height < 44)),
    axe: await violations(page, { without: ["color-contrast"] }),
  };
  const figure = page.locator("figure.optedu-figure.is-live").first();
  if (await figure.count()) report.played = await play(page, figure);
  await context.close();
  return report;
}

async function withoutScripts(browser, url) {
  const { context, page } = await open(browser, url, { javaScriptEnabled: false });
  const report = { stills: await shown(page, ".optedu-still") };
  await context.close();
  return report;
}

const [root, ...names] = process.argv.slice(2);
const site = await serve(root);
const browser = await launch();
const looks = { desktop, dark, phone, withoutScripts };
const report = {};
for (const name of names) {
  report[name] = {};
  for (const [look, visit] of Object.entries(looks)) {
    report[name][look] = await visit(browser, `${site.url}/${name}`);
  }
}
await browser.close();
site.close();
console.log(JSON.stringify(report));
