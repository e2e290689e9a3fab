// The moving figure. Four layers, each of which knows only those before it:
//   data      what the widget state holds, as arrays
//   timeline  which row of each run is shown at a position of the slider
//   panels    drawing: the map with its paths, the curves, the table of numbers
//   controls  buttons, sliders, keys
// One plain ES module without imports: it runs from saved state, with no kernel.

// ---------------------------------------------------------------- data

// A DataView may start anywhere in its buffer; typed arrays may not.
const copied = (view) => view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);

function read(model) {
  const scene = model.get("scene");
  const numbers = new Float32Array(copied(model.get("data")));
  const column = (span) => span && numbers.subarray(span[0], span[0] + span[1]);
  const unpack = ({ clock, measured, path, bound, ...words }) => ({
    ...words, clock: column(clock), measured: column(measured), path: column(path), bound: column(bound),
  });
  return {
    ...scene,
    variants: scene.variants.map(({ name, runs }) => ({ name, runs: runs.map(unpack) })),
    field: scene.field && { ...scene.field, heights: new Uint16Array(copied(model.get("field"))) },
  };
}

// ---------------------------------------------------------------- timeline

/** The moments at which any run has a row, in order: the positions of the slider. */
function moments(scene) {
  const clocks = scene.variants.flatMap(({ runs }) => runs.flatMap((run) => [...run.clock]));
  return [...new Set(clocks)].sort((a, b) => a - b);
}

/** The last row that a run had reached at this moment. */
function rowAt({ clock }, moment) {
  let low = 0, high = clock.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (clock[middle] <= moment) low = middle; else high = middle - 1;
  }
  return low;
}

// ---------------------------------------------------------------- panels

const SHAPES = [ // circle, square, triangle, diamond, triangle down, star; the unit is the radius
  "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0z", "M-.9-.9H.9V.9H-.9z", "M0-1.2 1.1.8H-1.1z",
  "M0-1.3 1.3 0 0 1.3-1.3 0z", "M0 1.2 1.1-.8H-1.1z",
  "M0-1.5.4-.4 1.5 0 .4.4 0 1.5-.4.4-1.5 0-.4-.4z",
];
const colour = (i) => `var(--oe-run${i % SHAPES.length})`;
const clamp = (v, low, high) => Math.min(high, Math.max(low, v));
const tenth = (v) => Math.round(10 * v) / 10;
const capital = (word) => word[0].toUpperCase() + word.slice(1);

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

function node(name, attributes, parent, text = "") {
  const drawn = /^(svg|g|path|rect|circle|text|clipPath)$/.test(name);
  const made = document.createElementNS(`http://www.w3.org/${drawn ? "2000/svg" : "1999/xhtml"}`, name);
  set(made, attributes);
  made.textContent = text;
  parent?.append(made);
  return made;
}

/** A method's mark, drawn at the origin with radius 1 until it is placed. */
const mark = (i, parent) =>
  node("path", { class: "oe-mark", d: SHAPES[i % SHAPES.length], fill: colour(i) }, parent);
const place = (made, x, y, size) => set(made, { transform: `translate(${x} ${y}) scale(${size})` });

/** Lay groups and marks so that the first method is on top. */
function stack(drawn, inside, front) {
  for (const { group, head } of [...drawn].reverse()) {
    inside.append(group);
    front.append(head);
  }
}

/** Round numbers in [low, high], about five of them. */
function ticks(low, high) {
  const rough = (high - low) / 5, ten = 10 ** Math.floor(Math.log10(rough));
  const step = ten * [1, 2, 5, 10].find((s) => s * ten >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9), count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

const plain = (v) => String(v).replace("-", "−");
const power = (e) => `10${String(e).replace(/./g, (c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻")}`;
const number = (v) => (!v ? (v === 0 ? "0" : "–") : Number.isFinite(v) ? v.toExponential(2) : "∞");

/** An SVG path through the points up to one, those that are not finite left out. */
function polyline(points, to = points.length - 1) {
  const seen = points.slice(0, to + 1).filter((point) => point.every(Number.isFinite));
  return seen.length ? `M${seen.join("L")}` : "";
}

/** An empty drawing with its axes: layers behind, clipped to the box, and in front. */
function axes(svg, [width, height], box, [xTicks, yTicks], [xName, yName]) {
  svg.replaceChildren();
  set(svg, { width, height, viewBox: `0 0 ${width} ${height}` });
  const { left: x, top: y } = box, middle = x + box.width / 2, bottom = y + box.height;
  const back = node("g", {}, svg), clip = node("clipPath", { id: `${svg.id}-clip` }, svg);
  node("rect", { x, y, width: box.width, height: box.height }, clip);
  const word = (text, at, down, kind) => node("text", { x: at, y: down, class: `oe-${kind}` }, back, text);
  for (const [at, text] of xTicks) word(text, at, bottom + 16, "centred");
  for (const [at, text] of yTicks) word(text, x - 6, at + 4, "right");
  word(xName, middle, height - 4, "name oe-centred");
  word(yName, x, 13, "name");
  const inside = node("g", { "clip-path": `url(#${svg.id}-clip)` }, svg);
  return { back, inside, front: node("g", {}, svg) };
}

function panel(kind, id, host) {
  const element = node("div", { class: `oe-panel oe-${kind}` }, host);
  return { element, svg: node("svg", { role: "img", id: `${id}-${kind}` }, element) };
}

/** The map: contour bands on a canvas, paths on SVG above it. */
function mapPanel({ field }, host, id) {
  const [left, right, bottom, top] = field.extent;
  const { element, svg } = panel("map", id, host), raster = node("canvas", { "aria-hidden": "true" });
  element.prepend(raster);
  let box, size, paths;
  const x = (v) => tenth(box.left + ((v - left) / (right - left)) * box.width);
  const y = (v) => tenth(box.top + ((top - v) / (top - bottom)) * box.height);

  function layout(width) {
    box = { left: 40, top: 22, width: width - 46 };
    box.height = Math.round(box.width / clamp((right - left) / (top - bottom), 0.8, 1.6));
    size = [width, box.top + box.height + 36];
    for (const key of ["left", "top", "width", "height"]) raster.style[key] = `${box[key]}px`;
    paint();
    return size[1];
  }

  /** The height, in bands, at a point given in grid cells; NaN where f is not defined. */
  function height(u, v) {
    const { columns, rows, heights, outside } = field;
    const c = Math.min(Math.floor(u), columns - 2), r = Math.min(Math.floor(v), rows - 2);
    const a = u - c, b = v - r, o = r * columns + c, over = o + columns;
    const [h0, h1, h2, h3] = [heights[o], heights[o + 1], heights[over], heights[over + 1]];
    if (Math.max(h0, h1, h2, h3) === outside) return NaN;
    return (((h0 * (1 - a) + h1 * a) * (1 - b) + (h2 * (1 - a) + h3 * a) * b) / field.top) * field.bands;
  }

  /** Bands and lines, each pixel from its own height: sharp at any size. */
  function paint() {
    const scale = Math.min(2, window.devicePixelRatio || 1), { bands } = field;
    const w = (raster.width = Math.round(box.width * scale));
    const h = (raster.height = Math.round(box.height * scale));
    const style = getComputedStyle(element);
    const [low, high, ink] = ["low", "high", "contour"].map((name) => {
      const hex = style.getPropertyValue(`--oe-${name}`).trim();
      return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
    });
    const at = new Float32Array((w + 1) * (h + 1));
    for (let j = 0, o = 0; j <= h; j++) for (let i = 0; i <= w; i++, o++) {
      at[o] = height((i / w) * (field.columns - 1), (1 - j / h) * (field.rows - 1));
    }
    const context = raster.getContext("2d"), image = context.createImageData(w, h);
    for (let j = 0, p = 0; j < h; j++) for (let i = 0; i < w; i++, p += 4) {
      const o = j * (w + 1) + i, z = at[o], near = clamp(Math.round(z), 1, bands - 1);
      if (Number.isNaN(z)) continue; // stays transparent
      const slope = Math.hypot(at[o + 1] - z, at[o + w + 1] - z) + 1e-9;
      const line = clamp(0.5 + scale / 2 - Math.abs(z - near) / slope, 0, 1);
      const shade = Math.min(bands - 1, Math.floor(z)) / (bands - 1);
      for (let k = 0; k < 3; k++) {
        const band = low[k] + shade * (high[k] - low[k]);
        image.data[p + k] = band + line * (ink[k] - band);
      }
      image.data[p + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }

  function show(runs) {
    const named = [ticks(left, right).map((v) => [x(v), plain(v)]), ticks(bottom, top).map((v) => [y(v), plain(v)])];
    const { back, inside, front } = axes(svg, size, box, named, ["x₁", "x₂"]);
    node("path", { class: "oe-frame", d: `M${box.left} ${box.top}v${box.height}h${box.width}v${-box.height}z` }, back);
    if (field.minimizer) {
      const a = x(field.minimizer[0]), b = y(field.minimizer[1]);
      node("path", { class: "oe-minimum", d: `M${a - 6} ${b}h12M${a} ${b - 6}v12` }, inside);
      node("text", { class: "oe-halo", x: a + 8, y: b + 15 }, inside, "x*");
    }
    paths = runs.map((run, i) => {
      const points = Array.from({ length: run.path.length / 2 }, (_, k) => [x(run.path[2 * k]), y(run.path[2 * k + 1])]);
      const group = node("g", { stroke: colour(i) });
      const [under, line, dots] = ["under", "line", "dots"].map((kind) => node("path", { class: `oe-${kind}` }, group));
      inside.append(group);
      return { points, group, under, line, dots, head: mark(i) };
    });
    stack(paths, inside, front);
    const [[a, b], next] = paths[0].points, away = next && next[0] > a; // words beside the path, not on it
    node("circle", { class: "oe-start", cx: a, cy: b, r: 4 }, inside);
    node("text", { class: `oe-halo oe-${away ? "right" : "left"}`, x: a + (away ? -8 : 8), y: b + 4 }, inside, "x₀");
  }

  function draw(rows) {
    paths.forEach(({ points, under, line, dots, head }, i) => {
      const k = rows[i], [a, b] = points[k], d = polyline(points, k);
      set(under, { d });
      set(line, { d });
      set(dots, { d: k > 80 ? "" : points.slice(0, k + 1).map((p) => `M${p}h0`).join("") });
      const inX = clamp(a, box.left, box.left + box.width), inY = clamp(b, box.top, box.top + box.height);
      head.classList.toggle("oe-away", a !== inX || b !== inY);
      place(head, inX, inY, 6);
    });
  }

  return { layout, paint, show, draw, svg };
}

/** The curves: one per run, its bound dashed in the same colour, a mark that moves. */
function curvePanel(scene, host, id, last) {
  const { svg } = panel("curves", id, host);
  // One scale for all values of the second slider, so that they can be compared.
  const gather = (name) => scene.variants.flatMap(({ runs }) => runs.flatMap((run) => [...(run[name] ?? [])]));
  const usable = gather("measured").filter((v) => Number.isFinite(v) && (!scene.log || v > 0));
  const log = scene.log && usable.length > 0;
  let high = Math.max(...usable), low = Math.min(...usable);
  if (log) {
    high = Math.max(high, ...gather("bound").filter((v) => v < 100 * high));
    low = Math.max(low, high * 1e-17);
    if (high < 2 * low) [low, high] = [low / 1.5, high * 1.5];
  } else if (!(high > low)) [low, high] = usable.length ? [low - 1, high + 1] : [0, 1];
  const warp = log ? (v) => Math.log10(Math.max(v, low)) : (v) => v;
  const pad = 0.03 * (warp(high) - warp(low)), from = warp(low) - pad, to = warp(high) + pad;
  let box, size, curves, now;
  const x = (t) => tenth(box.left + (t / last) * box.width);
  const level = (w) => tenth(box.top + ((to - w) / (to - from)) * box.height);
  const y = (v) => level(warp(v));

  function layout(width, height) {
    size = [width, height || Math.round(clamp(width * 0.62, 230, 340))];
    box = { left: 46, top: 22, width: width - 58, height: size[1] - 58 };
  }

  function levels() {
    if (!log) return ticks(low, high).map((v) => [y(v), plain(v)]);
    const stride = Math.ceil((to - from) / 7), found = [];
    for (let e = Math.floor(from); e <= to; e++) {
      if (to - from < 2) found.push(...[1, 2, 5].map((m) => [e + Math.log10(m), plain(Number((m * 10 ** e).toPrecision(1)))]));
      else if (e % stride === 0) found.push([e, e ? power(e) : "1"]);
    }
    return found.filter(([w]) => w >= from && w <= to).map(([w, word]) => [level(w), word]);
  }

  function show(runs) {
    const named = [ticks(0, last).map((t) => [x(t), String(t)]), levels()];
    const { back, inside, front } = axes(svg, size, box, named, [scene.against, scene.quantity]);
    for (const [at] of named[1]) node("path", { class: "oe-grid", d: `M${box.left} ${at}h${box.width}` }, back);
    node("path", { class: "oe-frame", d: `M${box.left} ${box.top}v${box.height}h${box.width}` }, back);
    now = node("path", { class: "oe-now" }, back);
    const trail = (run, values) => Array.from(values, (v, k) => [x(run.clock[k]), y(v)]);
    curves = runs.map((run, i) => {
      const points = trail(run, run.measured), group = node("g", { stroke: colour(i) });
      if (run.bound) node("path", { class: "oe-bound", d: polyline(trail(run, run.bound)) }, group);
      node("path", { class: "oe-future", d: polyline(points) }, group);
      return { points, group, line: node("path", { class: "oe-line" }, group), head: mark(i) };
    });
    stack(curves, inside, front);
  }

  function draw(rows, moment) {
    set(now, { d: `M${x(moment)} ${box.top}v${box.height}` });
    curves.forEach(({ points, line, head }, i) => {
      const [px, py] = points[rows[i]];
      set(line, { d: polyline(points, rows[i]) });
      head.style.display = Number.isFinite(py) ? "" : "none";
      place(head, px, clamp(py || 0, box.top, box.top + box.height), 6);
    });
  }

  /** The moment under a pointer. */
  const momentAt = (event) =>
    ((event.clientX - svg.getBoundingClientRect().left - box.left) / box.width) * last;

  return { layout, show, draw, momentAt, svg };
}

const key = (host) => node("svg", { class: "oe-key", viewBox: "0 0 30 14", "aria-hidden": "true" }, host);

/** The table: the legend, and the numbers at this moment. */
function readout(scene, host) {
  const table = node("table", { class: "oe-readout" }, host);
  const head = node("tr", {}, node("thead", {}, table)), body = node("tbody", {}, table);
  const kinds = ["oe-method", "oe-number oe-clock", "oe-number", "oe-status"];
  ["Method", capital(scene.against), scene.quantity, "State"].forEach((word, c) =>
    node("th", { scope: "col", class: kinds[c] }, head, word));
  let cells;

  function show(runs) {
    body.replaceChildren();
    cells = runs.map((run, i) => {
      const row = node("tr", {}, body), name = node("th", { scope: "row", class: kinds[0] }, row);
      const legend = key(name);
      node("path", { class: "oe-line", d: "M1 7h28", stroke: colour(i) }, legend);
      place(mark(i, legend), 15, 7, 5);
      name.append(run.label);
      return kinds.slice(1).map((kind) => node("td", { class: kind }, row));
    });
  }

  /** Write the numbers; returns them as one sentence. */
  function draw(runs, rows) {
    return runs.map((run, i) => {
      const k = rows[i], state = k === run.clock.length - 1 ? run.status : "running";
      const words = [String(run.clock[k]), number(run.measured[k]), state];
      words.forEach((word, c) => { cells[i][c].textContent = word; });
      return `${run.label} ${words[1]}, ${state}`;
    }).join("; ");
  }

  return { show, draw };
}

// ---------------------------------------------------------------- controls

const ICONS = {
  play: "M3 1.5v11l9-5.5z", pause: "M3 2h3v10H3zM8 2h3v10H8z",
  back: "M11 2v10L4.5 7zM2.5 2h1.8v10H2.5z", forward: "M3 2v10l6.5-5zM9.7 2h1.8v10H9.7z",
};

function button(host, icon, name, click) {
  const made = node("button", { type: "button", class: `oe-${icon}` }, host);
  const drawn = node("path", {}, node("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" }, made));
  const word = node("span", {}, made);
  const label = (which, text) => { set(drawn, { d: ICONS[which] }); word.textContent = text; };
  label(icon, name);
  made.addEventListener("click", click);
  return label;
}

function slider(host, id, name, count, change) {
  const row = node("div", { class: "oe-row oe-slide" }, host);
  node("label", { for: id }, row, capital(name));
  const input = node("input", { id, type: "range", min: 0, max: count - 1, step: 1 }, row);
  const output = node("output", { for: id }, row);
  input.addEventListener("input", () => change(Number(input.value)));
  return { input, show(value, words) {
    input.value = value;
    set(input, { "aria-valuetext": words });
    output.textContent = words;
  } };
}

/** Pass words on at once, then the newest ones every `pause()` milliseconds. */
function throttle(say, pause) {
  let timer, newest;
  const pass = () => {
    timer = undefined;
    if (newest === undefined) return;
    say(newest);
    newest = undefined;
    timer = setTimeout(pass, pause());
  };
  return (words) => { newest = words; if (!timer) pass(); };
}

let views = 0; // the same figure may stand twice on a page

function render({ model, el }) {
  const scene = read(model), marks = moments(scene), last = marks.length - 1, end = marks[last] || 1;
  const id = `oe-${scene.id}-${++views}`;
  const root = node("section", { class: "oe-figure", "aria-label": scene.title, "aria-describedby": `${id}-alt` }, el);
  // The attribute and the stopped keys leave the arrow keys to the sliders in JupyterLab.
  set(root, { "data-lm-suppress-shortcuts": "true" });
  root.addEventListener("keydown", (event) => event.stopPropagation());
  node("p", { class: "oe-title" }, root, scene.title);
  node("p", { class: "oe-hidden", id: `${id}-alt` }, root, scene.alt);
  const body = node("div", { class: "oe-body" }, root);
  const panels = node("div", { class: "oe-panels" }, body);
  const controls = node("div", { class: "oe-controls" }, body);
  const map = scene.field && mapPanel(scene, panels, id), curves = curvePanel(scene, panels, id, end);
  const table = readout(scene, body);
  if (scene.variants.some(({ runs }) => runs.some((run) => run.bound))) {
    const note = node("p", { class: "oe-note" }, body);
    node("path", { class: "oe-bound", d: "M1 7h28" }, key(note));
    note.append("dashed: the proven bound");
  }
  const live = node("p", { class: "oe-hidden", role: "status", "aria-live": "polite" }, root);

  let runs, playing = 0, touched = false, width = 0;
  const announce = throttle((words) => { live.textContent = words; }, () => (playing ? 4000 : 500));
  const position = () => (model.get("position") < 0 ? last : Math.min(model.get("position"), last));
  const go = (k) => { touched = true; model.set("position", clamp(k, 0, last)); };
  const jump = (k) => { pause(); go(k); model.save_changes(); };

  const buttons = node("div", { class: "oe-row" }, controls), toggle = () => (playing ? pause() : play());
  const setPlay = button(buttons, "play", "Play", toggle);
  button(buttons, "back", "One step back", () => jump(position() - 1));
  button(buttons, "forward", "One step forward", () => jump(position() + 1));
  const time = slider(buttons, `${id}-k`, scene.against, marks.length, jump);
  const choice = scene.parameter && slider(controls, `${id}-p`, scene.parameter, scene.variants.length, (v) => {
    touched = true;
    model.set("variant", v);
    model.save_changes();
  });
  time.input.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    toggle();
  });

  function draw() {
    const k = position(), moment = marks[k], rows = runs.map((run) => rowAt(run, moment));
    const where = `${moment} of ${marks[last]}`;
    map?.draw(rows);
    curves.draw(rows, moment);
    time.show(k, where);
    if (map) set(map.svg, { "aria-label": `Contours of f with the paths up to ${scene.against} ${where}` });
    set(curves.svg, { "aria-label": `${scene.quantity} against ${scene.against}, at ${where}` });
    const sentence = table.draw(runs, rows);
    if (touched) announce(`${capital(scene.against)} ${where}: ${sentence}`);
  }

  function show() {
    const v = clamp(model.get("variant"), 0, scene.variants.length - 1);
    runs = scene.variants[v].runs;
    choice?.show(v, scene.variants[v].name);
    map?.show(runs);
    curves.show(runs);
    table.show(runs);
    draw();
  }

  function layout() {
    if (panels.clientWidth === width || panels.clientWidth < 60) return;
    width = panels.clientWidth;
    const beside = map && width >= 540, each = beside ? Math.floor((width - 16) / 2) : width;
    const height = map?.layout(each);
    curves.layout(each, beside ? height : 0);
    show();
  }

  function pause() {
    if (!playing) return;
    cancelAnimationFrame(playing);
    playing = 0;
    setPlay("play", "Play");
    model.save_changes();
  }

  function play() {
    if (position() === last) go(0);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const length = clamp(110 * last, 2500, 9000), from = position();
    let begun;
    const step = (clock) => {
      begun ??= clock;
      const share = calm // about ten still pictures instead of a film
        ? Math.floor((clock - begun) / 900) * Math.ceil(last / 10) : ((clock - begun) / length) * last;
      const k = Math.min(last, from + Math.floor(share));
      playing = requestAnimationFrame(step);
      if (k !== position()) go(k);
      if (k === last) pause();
    };
    setPlay("pause", "Pause");
    playing = requestAnimationFrame(step);
  }

  // The curves can be dragged, too.
  const drag = (event) => {
    if (!curves.svg.hasPointerCapture(event.pointerId)) return;
    const distance = marks.map((m) => Math.abs(m - curves.momentAt(event)));
    jump(distance.indexOf(Math.min(...distance)));
  };
  curves.svg.addEventListener("pointerdown", (event) => {
    curves.svg.setPointerCapture(event.pointerId);
    drag(event);
  });
  curves.svg.addEventListener("pointermove", drag);

  model.on("change:position", draw);
  model.on("change:variant", show);
  const sizes = new ResizeObserver(layout), themes = new MutationObserver(() => map?.paint());
  sizes.observe(panels);
  themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-light", "class"] });
  layout();

  return () => {
    pause();
    sizes.disconnect();
    themes.disconnect();
    model.off("change:position", draw);
    model.off("change:variant", show);
  };
}

export default { render };
