// Prints the assembled book, then its contents again with their page numbers (see pdf.py).
//   node tools/pdf.mjs ROOT PAGE FOLDER
import path from "node:path";
import readline from "node:readline";
import { launch, open, serve } from "../tests/browser/site.mjs";

const [root, name, folder] = process.argv.slice(2);
const MINUTES = 60000;

/** What sticks out of the column on paper, in the order of the document. */
function tooWide() {
  const column = document.querySelector(".bd-article-container").getBoundingClientRect();
  const found = [];
  for (const element of document.querySelectorAll(".oe-page *, .oe-contents *")) {
    if (element.closest("svg, mjx-assistive-mml, .MathJax_Preview")) continue;
    if (!element.matches("pre, table, img, mjx-container, p, li, dd, dt, code, td, th, h1, h2, h3, figure, svg")) continue;
    const box = (element.querySelector(":scope > mjx-math") ?? element).getBoundingClientRect();
    const scrolls = element.localName !== "mjx-container" && getComputedStyle(element).display !== "inline"
      && element.scrollWidth - element.clientWidth > 1;
    const over = Math.max(box.right, scrolls ? box.left + element.scrollWidth : 0) - column.right;
    if (over > 1) {
      found.push({ page: element.closest(".oe-page")?.style.page ?? "contents", what: element.tagName.toLowerCase(),
        over: Math.round(over), text: element.textContent.trim().slice(0, 60) });
    }
  }
  return found;
}

/** Aligned lines that are too long get smaller type; only where that is not enough they wrap. */
function fitLines() {
  for (const block of document.querySelectorAll(".oe-page pre")) {
    block.classList.add("oe-fits");
    const ratio = block.clientWidth / block.scrollWidth;
    if (ratio >= 1) continue;
    const size = parseFloat(getComputedStyle(block).fontSize);
    if (ratio > 0.6) block.style.fontSize = `${Math.floor(size * ratio * 98) / 100}px`;
    if (ratio <= 0.6 || block.scrollWidth > block.clientWidth) {
      block.classList.remove("oe-fits");
      block.style.fontSize = "";
    }
  }
}

/** A formula that sticks out goes to the next line; one that is too long for any gets smaller. */
function fitFormulas() {
  const drawn = (formula) => (formula.querySelector("mjx-math") ?? formula).getBoundingClientRect();
  const { right, width } = document.querySelector(".bd-article-container").getBoundingClientRect();
  const formulas = [...document.querySelectorAll(".oe-page mjx-container")];
  for (let tries = 0; tries < 3; tries++) {
    const over = formulas.filter((formula) => drawn(formula).right > right + 1);
    for (const formula of over) {
      const box = drawn(formula);
      if (!tries && box.width < width) {
        formula.before(document.createElement("wbr"));
        continue;
      }
      const size = parseFloat(getComputedStyle(formula).fontSize);
      formula.style.fontSize = `${size * Math.max(0.6, 0.99 * (right - box.left) / box.width)}px`;
    }
  }
}

const site = await serve(root);
const browser = await launch();
const { page, log } = await open(browser, "about:blank", { viewport: { width: 673, height: 960 } });
page.setDefaultTimeout(10 * MINUTES);
page.setDefaultNavigationTimeout(10 * MINUTES);
await page.goto(`${site.url}/${name}`, { waitUntil: "load" });
await page.emulateMedia({ media: "print" });
await page.waitForFunction(() => window.MathJax?.startup?.promise);
await page.evaluate(() => window.MathJax.startup.promise);
await page.evaluate(() => document.fonts.ready);
await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode().catch(() => {}))));
await page.evaluate(fitLines);
await page.evaluate(fitFormulas);
const wide = await page.evaluate(tooWide);
const formulas = await page.locator("mjx-container").count();
const answers = await page.evaluate(() => ({
  inside: document.querySelectorAll(".oe-page:not(.oe-answers) .solution").length,
  behind: document.querySelectorAll(".oe-answers .solution").length,
}));
const raw = await page.evaluate(() => [...document.querySelectorAll("mjx-merror")].map((e) => e.textContent));
const settings = { preferCSSPageSize: true, printBackground: true };
const write = (file, more) => page.pdf({ ...settings, ...more, path: path.join(folder, file) });
await write("first.pdf");
console.log("first");
const lines = readline.createInterface({ input: process.stdin });
const { numbers, pages } = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);
lines.close();
await page.evaluate((known) => {
  for (const place of document.querySelectorAll(".oe-number")) place.textContent = known[place.dataset.target];
}, numbers);
await write("contents.pdf", { pageRanges: pages });
console.log(JSON.stringify({ wide, formulas, answers, raw, outside: log.outside, missing: log.missing, errors: log.errors }));
await browser.close();
site.close();
