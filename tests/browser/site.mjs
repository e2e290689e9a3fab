// A built book on loopback, and a Chromium that can reach nothing else.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { chromium } from "playwright-core";

const TYPES = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".mjs": "text/javascript",
  ".css": "text/css", ".json": "application/json", ".png": "image/png", ".jpg": "image/jpeg",
  ".svg": "image/svg+xml", ".woff": "font/woff", ".woff2": "font/woff2", ".wasm": "application/wasm",
  ".ico": "image/x-icon",
};

/** Serve a folder; resolves to {url, close}. */
export function serve(root) {
  const top = path.resolve(root);
  const server = http.createServer((request, response) => {
    const wanted = decodeURIComponent(new URL(request.url, "http://site").pathname);
    let file = path.join(top, wanted);
    if (file.startsWith(top) && fs.existsSync(file) && fs.statSync(file).isDirectory()) {
      file = path.join(file, "index.html");
    }
    if (!file.startsWith(top) || !fs.existsSync(file)) {
      response.writeHead(404).end("not here");
      return;
    }
    response.writeHead(200, {
      "content-type": TYPES[path.extname(file)] ?? "application/octet-stream",
    });
    fs.createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve({
      url: `http://127.0.0.1:${server.address().port}`, close: () => server.close(),
    }));
  });
}

/** The HTML pages of a built book, as paths from its root, without the machinery of the theme. */
export function pages(root) {
  const machinery = new Set(["genindex.html", "search.html", "py-modindex.html"]);
  return fs.readdirSync(root, { recursive: true })
    .map((name) => name.split(path.sep).join("/"))
    .filter((name) => name.endsWith(".html") && !machinery.has(name))
    .filter((name) => !/^(_static|_sources|_images)\//.test(name))
    .sort();
}

/** Start Chromium: CHROMIUM, or where Debian puts it. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
}

/** Open a page; `log` fills with what it asked for and what went wrong. */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const log = { outside: [], missing: [], errors: [], scripts: {} };  // scripts: bytes by path
  await context.route("**/*", (route) => {
    const address = new URL(route.request().url());
    if (address.hostname === "127.0.0.1" || ["data:", "blob:"].includes(address.protocol)) {
      return route.continue();
    }
    log.outside.push(address.href);
    return route.abort();
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") log.errors.push(message.text());
  });
  page.on("pageerror", (error) => log.errors.push(String(error)));
  page.on("response", async (response) => {
    const { pathname } = new URL(response.url());
    if (response.status() >= 400) log.missing.push(pathname);
    if (response.request().resourceType() === "script" && !pathname.includes("/vendor/")) {
      log.scripts[pathname] = (await response.body().catch(() => "")).length;
    }
  });
  await page.goto(url, { waitUntil: "load" });
  return { context, page, log };
}

/** Scroll to every figure, so that each is drawn; resolves to how many the page holds. */
export async function wake(page) {
  const figures = page.locator("figure.optedu-figure");
  const count = await figures.count();
  for (let i = 0; i < count; i++) {
    await figures.nth(i).scrollIntoViewIfNeeded();
    await figures.nth(i).locator(".oe-figure").waitFor({ timeout: 5000 }).catch(() => {});
  }
  await page.evaluate(() => window.scrollTo(0, 0));
  return count;
}
