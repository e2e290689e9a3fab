// Drags points of a transport plan as readers do, in Chromium, and prints what was seen as JSON;
// judges nothing.   node tests/browser/live/plan.mjs FOLDER
// FOLDER holds plan.html with one figure, and recorded.html with the same one and no module.
import fs from "node:fs";
import { createRequire } from "node:module";
import { launch, open, serve } from "../site.mjs";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

const site = await serve(process.argv[2]);
const browser = await launch();
const report = {};

async function visit(address, options = {}) {
  const seen = await open(browser, `${site.url}/${address}`, {
    permissions: ["clipboard-read", "clipboard-write"],
    ...options,
  });
  await seen.page.locator(".oe-figure").first().waitFor();
  await seen.page.waitForTimeout(300);
  return { ...seen, figure: seen.page.locator(".oe-figure").first() };
}

/** What is drawn and told: the curve, the lines' count and colours, how full marks are, the table. */
async function look(page, figure) {
  await page.waitForTimeout(150);
  return {
    ...(await figure.evaluate((root) => {
      const scale = (path) => Number(/scale\((.*)\)/.exec(path.getAttribute("transform"))[1]);
      const canvas = root.querySelector(".oe-plan canvas");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let ink = 0;
      for (let p = 3; p < data.length; p += 4) ink += data[p] > 0;
      return {
        words: root.querySelector(".oe-plan svg").getAttribute("aria-label"),
        curve: root.querySelector(".oe-curves path.oe-line").getAttribute("d"),
        ink,
        full: Object.fromEntries(
          ["source", "target"].map((side) => [
            side,
            [...root.querySelectorAll(`.oe-${side}`)].map(
              (mark) => scale(mark.querySelector(".oe-filling")) / scale(mark.querySelector(".oe-outline")),
            ),
          ]),
        ),
        hint: root.querySelector(".oe-plan .oe-halo").checkVisibility(),
        held: root.querySelector(".oe-handle").getAttribute("aria-valuetext"),
        table: [...root.querySelectorAll(".oe-readout tbody tr:not(.oe-told)")].map((row) =>
          [...row.children].map((cell) => cell.textContent),
        ),
      };
    })),
    code: await copied(page, figure, "Copy as Python"),
  };
}

async function copied(page, figure, name) {
  await figure.getByRole("button", { name }).click();
  await page.waitForTimeout(50);
  return page.evaluate(() => navigator.clipboard.readText());
}

/** The middle of a mark, in the window. */
async function middle(figure, side, n) {
  const box = await figure.locator(`.oe-${side} .oe-outline`).nth(n).boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

async function mouse(page, from, to) {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(...to, { steps: 5 });
  await page.mouse.up();
}

async function desktop() {
  const { context, page, figure, log } = await visit("plan.html");
  const stops = {};
  const stop = async (what) => {
    stops[what] = await look(page, figure);
  };
  await stop("first");
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (tags) => window.axe.run(".optedu-figure", { runOnly: { type: "tag", values: tags } }),
    TAGS,
  );
  report.axe = violations.map(({ id, nodes }) => [id, nodes[0].html]);
  const from = await middle(figure, "source", 1);
  await mouse(page, from, [from[0] + 60, from[1] + 25]);
  await stop("source dragged");
  const empty = await figure.locator(".oe-plan svg").boundingBox();
  await mouse(page, [empty.x + 60, empty.y + 40], [empty.x + 120, empty.y + 80]);
  await stop("nothing dragged");
  const handle = figure.locator(".oe-plan .oe-handle");
  await handle.focus();
  for (const key of ["PageUp", "PageUp"]) await page.keyboard.press(key);
  await stop("last target taken");
  await handle.focus();
  for (const key of ["ArrowLeft", "Shift+ArrowUp", "Shift+ArrowUp"]) await page.keyboard.press(key);
  await stop("target moved by keys");
  const link = await copied(page, figure, "Copy link");
  const slider = figure.locator(".oe-sliders input[type=range]").first();
  await slider.focus();
  for (const key of ["PageUp", "PageUp"]) await page.keyboard.press(key);
  await stop("slider moved");
  const both = await copied(page, figure, "Copy link");
  const time = figure.locator(".oe-controls input[type=range]").first();
  await time.focus();
  await page.keyboard.press("Home");
  await stop("before the first round");
  await time.focus();
  await page.keyboard.press("ArrowRight");
  await stop("after one round");
  const corner = await middle(figure, "source", 1);
  await mouse(page, corner, [corner[0] - 2000, corner[1] - 2000]);
  await stop("dragged far out");
  await figure.getByRole("button", { name: "Reset" }).click();
  await stop("reset");
  report.stops = stops;
  report.log = log;
  await context.close();
  report.links = {};
  for (const [name, address] of Object.entries({ link, both })) {
    const again = await visit(address.slice(site.url.length + 1));
    report.links[name] = await look(again.page, again.figure);
    await again.context.close();
  }
}

async function phone() {
  const { context, page, figure } = await visit("plan.html", PHONE);
  const client = await context.newCDPSession(page);
  const finger = (type, ...points) =>
    client.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
  const held = () => figure.locator(".oe-plan .oe-handle").getAttribute("aria-valuetext");
  const swipe = async ([x, y], [dx, dy]) => {
    const before = await page.evaluate(() => window.scrollY);
    await finger("touchStart", [x, y]);
    for (let i = 1; i <= 8; i++) await finger("touchMove", [x + (dx * i) / 8, y + (dy * i) / 8]);
    await finger("touchEnd");
    await page.waitForTimeout(400);
    return { held: await held(), scrolled: (await page.evaluate(() => window.scrollY)) - before };
  };
  await figure.locator(".oe-plan svg").scrollIntoViewIfNeeded();
  const seen = { before: await held() };
  seen.dragged = await swipe(await middle(figure, "target", 3), [-30, -60]);
  const box = await figure.locator(".oe-plan svg").boundingBox();
  seen.elsewhere = await swipe([box.x + box.width / 2, box.y + box.height * 0.8], [0, -120]);
  seen.width = await page.evaluate(() => document.documentElement.scrollWidth);
  report.phone = seen;
  await context.close();
}

/** With no module runs are played, and points stay where they are. */
async function recorded() {
  const { context, page, figure, log } = await visit("recorded.html");
  const from = await middle(figure, "source", 1);
  await mouse(page, from, [from[0] + 60, from[1] + 25]);
  report.recorded = { ...(await look(page, figure)), log };
  await context.close();
}

for (const part of [desktop, phone, recorded]) await part();
await browser.close();
site.close();
console.log(JSON.stringify(report));
