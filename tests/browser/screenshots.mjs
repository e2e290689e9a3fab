// Pictures of pages for people to look at:
//   node tests/browser/screenshots.mjs SITE FOLDER [PAGE ...]
// SITE is a built book (_build/html), PAGE a path in it (all pages when none is given).
import fs from "node:fs";
import path from "node:path";
import { launch, open, pages, serve, wake } from "./site.mjs";

const [root, folder, ...asked] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node tests/browser/screenshots.mjs SITE FOLDER [PAGE ...]");
  process.exit(2);
}
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const looks = {
  1280: {},
  390: phone,
  dark: { colorScheme: "dark" },
  "390-dark": { ...phone, colorScheme: "dark" },
  print: { media: "print" },
};
fs.mkdirSync(folder, { recursive: true });
const site = await serve(root);
const browser = await launch();
for (const name of asked.length ? asked : pages(root)) {
  for (const [look, { media, ...options }] of Object.entries(looks)) {
    const { context, page } = await open(browser, `${site.url}/${name}`, options);
    await wake(page);
    if (media) await page.emulateMedia({ media });
    await page.waitForTimeout(600);
    const file = path.join(folder, `${name.replace(/\.html$/, "").replaceAll("/", "-")}-${look}.png`);
    await page.screenshot({ path: file, fullPage: true });
    console.log(file);
    await context.close();
  }
}
await browser.close();
site.close();
