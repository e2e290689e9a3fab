// Visits pages of a built book and prints what a browser saw, as JSON; judges nothing.
//   node tests/browser/check.mjs SITE PAGE [PAGE ...]
import fs from "node:fs";
import { createRequire } from "node:module";
import { launch, open, serve, wake } from "./site.mjs";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
// A box with its words is one target.
const CONTROLS = "button, input:not([type=checkbox]), select, summary, .oe-check, .oe-handle";
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

/** The numbers that stand in a figure's table, as text, once the figure has drawn. */
async function table(page, figure) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  return figure.locator(".oe-readout tbody tr:not(.oe-told)").evaluateAll((found) =>
    found.map((row) => [...row.children].map((cell) => cell.textContent)));
}

/** The Python that a figure puts on the clipboard. */
async function copied(page, figure) {
  await page.evaluate(() => navigator.clipboard.writeText(""));
  await figure.getByRole("button", { name: "Copy as Python" }).click();
  let text = "";
  for (let tries = 0; !text && tries < 50; tries++) {
    text = await page.evaluate(() => navigator.clipboard.readText());
  }
  return text;
}

/** Back to what the author chose; the button is off where nothing differs from it. */
async function reset(page, figure) {
  await table(page, figure);
  const button = figure.getByRole("button", { name: "Reset" });
  if (await button.isEnabled()) await button.click();
}

const timeSlider = (figure) => figure.locator(".oe-controls input[type=range]").first();

/** Drive one figure by the keyboard; read its numbers at each stop, and the Python that gives them. */
async function drive(page, host) {
  const figure = host.locator(".oe-figure");
  const model = await host.locator('script[type$="widget-view+json"]').textContent();
  const numbers = async (what) => ({ what, rows: await table(page, figure), code: await copied(page, figure) });
  const report = {
    id: JSON.parse(model).model_id,
    panels: await figure.locator(".oe-panel").evaluateAll((found) => found.map(({ classList }) => classList[1].slice(3))),
    lines: await figure.locator(".oe-curves path.oe-line").evaluateAll((found) =>
      found.filter((path) => path.checkVisibility() && path.getAttribute("d")?.length > 8).length),
    polite: await figure.locator("[role=status][aria-live=polite]").count(),
    trouble: await figure.locator(".oe-trouble").evaluateAll((found) =>
      found.filter((note) => note.checkVisibility()).map((note) => note.textContent)),
  };
  const reached = [await numbers("as the author left it")];
  const slider = timeSlider(figure), stops = [];
  await slider.focus();
  for (const keys of [["Home"], ["ArrowRight", "ArrowRight", "ArrowRight"], ["PageUp"], ["End"]]) {
    for (const key of keys) await page.keyboard.press(key);
    stops.push({ keys, position: Number(await slider.inputValue()), rows: await table(page, figure) });
  }
  const last = Number(await slider.getAttribute("max"));
  await page.waitForTimeout(750); // until what is to be said is said
  const said = await figure.locator("[aria-live]").textContent();
  const hyper = figure.locator(".oe-sliders input[type=range]:enabled").first();
  if (await hyper.count()) {
    for (const key of ["Home", "End"]) {
      await hyper.focus();
      await page.keyboard.press(key);
      reached.push(await numbers(`slider ${key}`));
    }
  }
  await reset(page, figure);
  const start = figure.locator(".oe-handle:not(.oe-fixed)").first();
  if (await start.count()) {
    await start.focus();
    for (const key of ["Shift+ArrowRight", "ArrowUp"]) await page.keyboard.press(key);
    reached.push(await numbers("start moved"));
    await reset(page, figure);
  }
  return { ...report, last, said, stops, reached, reset: await table(page, figure) };
}

/** What a figure does when it plays until its third picture or for a while; the first of a page. */
async function play(page, figure) {
  const slider = timeSlider(figure), live = figure.locator("[aria-live]");
  const says = (k) => live.filter({ hasText: new RegExp(` ${k} of `) })
    .waitFor({ state: "attached", timeout: 30000 }).then(() => true, () => false);
  await slider.focus();
  await page.keyboard.press("Home");
  await says(0);
  await page.waitForTimeout(800); // no announcement is waiting for its turn
  // The page itself stops the film: a busy machine would let it run out.
  await figure.evaluate((root) => {
    const [input, button] = [".oe-controls input[type=range]", ".oe-controls button"]
      .map((name) => root.querySelector(name));
    const positions = new Set(), begun = performance.now();
    let spoken = 0;
    new MutationObserver(() => { spoken += 1; })
      .observe(root.querySelector("[aria-live]"), { childList: true });
    const stop = () => {
      if (window.seen) return;
      const name = button.textContent;
      const pressed = new KeyboardEvent("keydown", { key: " ", bubbles: true, cancelable: true });
      input.dispatchEvent(pressed);
      window.seen = { name, spoken, positions: positions.size, stopped: input.value,
        seconds: (performance.now() - begun) / 1000 };
    };
    new MutationObserver(() => {
      positions.add(input.value);
      if (positions.size >= 3) stop();
    }).observe(root.querySelector(".oe-controls output"), { childList: true });
    setTimeout(stop, 1500);
  });
  await page.keyboard.press("Space");
  await page.waitForFunction(() => window.seen);
  const seen = await page.evaluate(() => window.seen);
  await page.waitForTimeout(200);
  const still = seen.stopped === (await slider.inputValue());
  return { ...seen, still, told: await says(seen.stopped) };
}

/** Drag across the curves; resolves to the slider's place before and after. */
async function dragCurves(page, figure) {
  const slider = timeSlider(figure);
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

/** Every figure drawn and every control in sight, the folded ones too. */
async function settled(page) {
  const figures = await wake(page);
  await page.evaluate(() => document.querySelectorAll(".oe-settings").forEach((each) => { each.open = true; }));
  await page.evaluate(() => window.MathJax?.startup?.promise);
  return figures;
}

async function desktop(browser, url) {
  const { context, page, log } = await open(browser, url, { permissions: ["clipboard-read", "clipboard-write"] });
  const report = { figures: await settled(page) };
  const hosts = page.locator("figure.optedu-figure.is-live"); // one that did not start has no keys
  report.axe = await violations(page);
  report.figureAxe = await violations(page, { where: "figure.optedu-figure", tags: [...WCAG, "best-practice"] });
  report.formulas = await page.locator("mjx-container[display=true]").evaluateAll((found) => ({
    count: found.length,
    wide: found.filter((formula) => formula.scrollWidth > formula.clientWidth + 1)
      .map((formula) => formula.closest("[id]")?.id ?? ""),
  }));
  report.driven = [];
  const live = await hosts.count();
  for (let i = 0; i < live; i++) report.driven.push(await drive(page, hosts.nth(i)));
  if (live) {
    report.played = await play(page, hosts.first());
    report.dragged = await dragCurves(page, hosts.filter({ has: page.locator(".oe-curves") }).first());
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
    small: await page.locator(`.oe-figure :is(${CONTROLS})`).evaluateAll((found) => found
      .filter((element) => element.checkVisibility())
      .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect().height])
      .filter(([, height]) => height < 43.9)), // 44, but for the fractions of a pixel
    controls: await page.locator(`.oe-figure :is(${CONTROLS})`).evaluateAll((found) =>
      [...new Set(found.filter((element) => element.checkVisibility()).map(({ localName }) => localName))].sort()),
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
const report = Object.fromEntries(names.map((name) => [name, {}]));
const look = async (looks) => {
  for (const name of names) {
    for (const [kind, visit] of Object.entries(looks)) {
      report[name][kind] = await visit(browser, `${site.url}/${name}`);
    }
  }
};
// One core drives, which needs the one clipboard; the other looks.
await Promise.all([look({ desktop }), look({ dark, phone, withoutScripts })]);
await browser.close();
site.close();
console.log(JSON.stringify(report));
