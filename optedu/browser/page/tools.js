// Numbers as words and marks, elements without markup. Everything else builds on this file.

export const clamp = (v, low, high) => Math.min(high, Math.max(low, v));
export const tenth = (v) => Math.round(10 * v) / 10;
export const capital = (word) => word[0].toUpperCase() + word.slice(1);
export const sum = (numbers) => numbers.reduce((total, v) => total + v, 0);

// What does not change is not written: each write may cost the page a layout.
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
}

/** Set properties, such as a field's value. */
export function put(element, properties) {
  for (const [name, value] of Object.entries(properties)) if (element[name] !== value) element[name] = value;
}

export const display = (element, wanted) => put(element.style, { display: wanted ? "" : "none" });

export function node(name, attributes, parent, text = "") {
  const drawn = /^(svg|g|path|rect|circle|text|clipPath)$/.test(name);
  const made = document.createElementNS(`http://www.w3.org/${drawn ? "2000/svg" : "1999/xhtml"}`, name);
  set(made, attributes);
  if (text) made.textContent = text;
  parent?.append(made);
  return made;
}

export const write = (element, text) => put(element, { textContent: text });

// ---- marks: a run keeps its slot, and with it colour and shape

const SHAPES = [
  // circle, square, triangle, diamond, triangle down, star; the unit is the radius
  "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0z",
  "M-.9-.9H.9V.9H-.9z",
  "M0-1.2 1.1.8H-1.1z",
  "M0-1.3 1.3 0 0 1.3-1.3 0z",
  "M0 1.2 1.1-.8H-1.1z",
  "M0-1.5.4-.4 1.5 0 .4.4 0 1.5-.4.4-1.5 0-.4-.4z",
];
export const SLOTS = SHAPES.length;
export const shape = (slot) => SHAPES[slot];
export const colour = (slot) => `var(--oe-run${slot})`;
export const place = (made, x, y, size = 6) =>
  set(made, { transform: `translate(${tenth(x)} ${tenth(y)}) scale(${size})` });
export const mark = (slot, parent) =>
  node("path", { class: "oe-mark", d: SHAPES[slot], fill: colour(slot) }, parent);

/** A small picture of a run's line and mark, for legends and labels. */
export function key(slot, parent, line = true) {
  const drawing = node(
    "svg",
    { class: line ? "oe-key" : "oe-dot", viewBox: line ? "0 0 30 14" : "8 0 14 14", "aria-hidden": "true" },
    parent,
  );
  if (line) node("path", { class: "oe-line", d: "M1 7h28", stroke: colour(slot) }, drawing);
  place(mark(slot, drawing), 15, 7, 5);
}

// ---- numbers

/** Round numbers in [low, high], about five of them. */
export function ticks(low, high, about = 5) {
  const rough = (high - low) / about;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = ten * [1, 2, 5, 10].find((s) => s * ten >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Ticks of a logarithmic axis between two exponents: [exponent, words]. */
export function powers(from, to) {
  const stride = Math.ceil((to - from) / 7);
  const found = [];
  for (let e = Math.floor(from); e <= to; e++) {
    if (to - from < 2)
      found.push(...[1, 2, 5].map((m) => [e + Math.log10(m), plain(Number((m * 10 ** e).toPrecision(1)))]));
    else if (e % stride === 0) found.push([e, e ? power(e) : "1"]);
  }
  return found.filter(([w]) => w >= from - 1e-9 && w <= to + 1e-9);
}

export const plain = (v) => String(v).replace("-", "−");
const power = (e) => `10${String(e).replace(/./g, (c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻")}`;
export const scientific = (v) => (!v ? (v === 0 ? "0" : "–") : Number.isFinite(v) ? v.toExponential(2) : "∞");
/** A few digits, for the eye. */
export const short = (v, digits = 4) => plain(Number(v.toPrecision(digits)));
/** The multiple of a power of ten that is finer than `unit` and next to v. */
export function round(v, unit) {
  const step = 10 ** Math.floor(Math.log10(unit));
  return Number((Math.round(v / step) * step).toPrecision(12));
}

/** The last entry of an increasing column that is at most v. */
export function last(column, v) {
  let low = 0;
  let high = column.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (column[middle] <= v) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Pass words on at once, then the newest ones every `pause()` milliseconds. */
export function throttle(say, pause) {
  let timer, newest;
  const pass = () => {
    timer = undefined;
    if (newest === undefined) return;
    say(newest);
    newest = undefined;
    timer = setTimeout(pass, pause());
  };
  return (words) => {
    newest = words;
    if (!timer) pass();
  };
}

/** Call once the calls have stopped for a while. */
export function later(call, pause) {
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(call, pause);
  };
  wait.cancel = () => clearTimeout(timer);
  return wait;
}
