// Moves the weight of a network's penalty as readers do, in Chromium, and prints what was seen as
// JSON; judges nothing.   node tests/browser/live/network.mjs FOLDER
// FOLDER holds network.html with one figure, and recorded.html with the same one and no module.
import fs from "node:fs";
import { createRequire } from "node:module";
import { launch, open, serve } from "../site.mjs";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const site = await serve(process.argv[2]);
const browser = await launch();
const report = { stops: {} };

async function visit(address, options = {}) {
  const seen = await open(browser, `${site.url}/${address}`, {
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  const figure = seen.page.locator(".oe-figure").first();
  await figure.waitFor();
  await seen.page.waitForTimeout(300);
  return { ...seen, figure };
}

async function look(page, figure) {
  await page.waitForTimeout(400);
  const seen = await figure.evaluate((root) => {
    const words = (kind) => root.querySelector(`.oe-${kind} svg`).getAttribute("aria-label");
    const canvas = root.querySelector(".oe-network canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const shades = new Set();
    for (let p = 0; p < data.length; p += 4) shades.add(`${data[p]},${data[p + 1]},${data[p + 2]}`);
    return {
      words: words("network"),
      directions: words("arrangement"),
      shades: shades.size,
      lines: [...root.querySelectorAll(".oe-network .oe-unit")].map((path) => path.getAttribute("d")).join(""),
      border: root.querySelector(".oe-network .oe-border").getAttribute("d"),
      dots: [...root.querySelectorAll(".oe-arrangement circle")].filter((dot) => dot.checkVisibility()).length,
      marks: root.querySelectorAll(".oe-network .oe-mark").length,
      table: [...root.querySelectorAll(".oe-readout tbody tr:not(.oe-told)")].map((row) =>
        [...row.children].map((cell) => cell.textContent),
      ),
      wide: root.scrollWidth > root.clientWidth + 1,
    };
  });
  await figure.getByRole("button", { name: "Copy as Python" }).click();
  await page.waitForTimeout(50);
  return { ...seen, code: await page.evaluate(() => navigator.clipboard.readText()) };
}

{
  const { context, page, figure, log } = await visit("network.html");
  const stop = async (what) => {
    report.stops[what] = await look(page, figure);
  };
  const slider = figure.locator(".oe-sliders input[type=range]").first();
  const field = figure.locator(".oe-sliders .oe-field").first();
  await stop("first");
  await slider.focus();
  for (let i = 0; i < 6; i++) await page.keyboard.press("ArrowRight");
  await stop("moved by keys");
  await field.fill("20");
  await field.press("Enter");
  await stop("no unit");
  await figure.getByRole("button", { name: "Reset" }).click();
  await stop("reset");
  await figure.getByRole("slider", { name: "Iteration" }).fill("4");
  await stop("fourth step");
  await page.evaluate(AXE);
  report.violations = await page.evaluate(async (tags) => {
    const found = await window.axe.run(".optedu-figure", { runOnly: { type: "tag", values: tags } });
    return found.violations.map(({ id, nodes }) => [id, nodes[0].target.join(" ")]);
  }, TAGS);
  await page.evaluate(() => document.documentElement.setAttribute("data-theme", "dark"));
  await stop("dark");
  report.errors = log.errors;
  await context.close();
}
{
  const { context, page, figure } = await visit("network.html", PHONE);
  report.phone = await look(page, figure);
  await context.close();
}
{
  const { context, page, figure } = await visit("recorded.html");
  report.recorded = await look(page, figure);
  await context.close();
}
await browser.close();
site.close();
console.log(JSON.stringify(report));
