// All directions of a unit's weights as a map of the world, equal in area: each point of the data
// is a line on it, between two lines a pattern; the units of the iterate are dots.
import { panel } from "./axes.js";
import { iterateOf, unitsOf } from "./network.js";
import { display, node, set, tenth, write } from "./tools.js";

const FINE = 180; // points of a line
const MOST_DOTS = 60;
const SMALLEST = 2.5;
const LARGEST = 6; // pixels

/** Mollweide's map: of a direction, a place in [-2, 2] x [-1, 1]. */
export function mollweide([a, b, c]) {
  const size = Math.hypot(a, b, c);
  const sine = Math.max(-1, Math.min(1, b / size)); // the second weight goes upwards
  const across = Math.atan2(a, c); // a positive bias is in the middle
  const wanted = Math.PI * sine;
  let t = Math.asin(sine);
  for (let i = 0; i < 30; i++) {
    const slope = 2 + 2 * Math.cos(2 * t);
    if (slope < 1e-9) break;
    const step = (2 * t + Math.sin(2 * t) - wanted) / slope;
    t -= step;
    if (Math.abs(step) < 1e-9) break;
  }
  return [(2 / Math.PI) * across * Math.cos(t), Math.sin(t)];
}

/** Two directions at right angles to a vector and to each other. */
function across([a, b, c]) {
  const other = Math.abs(a) < Math.abs(b) ? [1, 0, 0] : [0, 1, 0];
  const cross = (p, q) => [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]];
  const unit = (p) => p.map((v) => v / Math.hypot(...p));
  const first = unit(cross([a, b, c], other));
  return [first, unit(cross([a, b, c], first))];
}

/** The great circle at right angles to a row, as pieces that do not jump over the rim. */
export function circle(row) {
  const [p, q] = across(row);
  const pieces = [[]];
  for (let i = 0; i <= FINE; i++) {
    const t = (2 * Math.PI * i) / FINE;
    const at = mollweide(p.map((v, k) => Math.cos(t) * v + Math.sin(t) * q[k]));
    const piece = pieces[pieces.length - 1];
    if (piece.length && Math.abs(at[0] - piece[piece.length - 1][0]) > 1) pieces.push([at]);
    else piece.push(at);
  }
  return pieces.filter((piece) => piece.length > 1);
}

export default function arrangement(figure, host) {
  const { svg } = panel("arrangement", figure, host);
  const title = node("text", { class: "oe-name", x: 6, y: 13 }, svg, "directions of a unit");
  const over = node("text", { class: "oe-right", y: 13 }, svg);
  const rim = node("path", { class: "oe-rim" }, svg);
  const lines = node("path", { class: "oe-level" }, svg);
  const dots = node("g", {}, svg);
  let size = [0, 0];
  let box;

  function layout(width, height) {
    const across = width - 12;
    size = [width, height || Math.round(across / 2) + 34];
    const tall = Math.min(across / 2, size[1] - 34);
    box = { middle: [width / 2, 22 + (size[1] - 34) / 2], unit: tall / 2 };
    return size[1];
  }
  const placed = ([u, v]) => [box.middle[0] + u * box.unit, box.middle[1] - v * box.unit].map(tenth).join(" ");

  function show() {
    const { rows } = figure.problem().network;
    set(svg, { width: size[0], height: size[1], viewBox: `0 0 ${size.join(" ")}` });
    set(title, { x: 6 });
    set(over, { x: size[0] - 6 });
    set(rim, {
      d: `M${placed([-2, 0])}A${2 * box.unit} ${box.unit} 0 1 0 ${placed([2, 0])}A${2 * box.unit} ${box.unit} 0 1 0 ${placed([-2, 0])}z`,
    });
    const pieces = rows.flatMap(circle).map((piece) => `M${piece.map(placed).join("L")}`);
    set(lines, { d: pieces.join("") });
  }

  function draw() {
    const x = iterateOf(figure);
    display(dots, x);
    if (!x) return;
    const all = unitsOf(x, figure.problem().shape[1]);
    const units = all.slice(0, MOST_DOTS);
    while (dots.children.length < units.length) node("circle", { class: "oe-mark" }, dots);
    units.forEach(({ row, sign, norm }, i) => {
      const [cx, cy] = placed(mollweide(row)).split(" ");
      const r = tenth(SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(norm / units[0].norm));
      set(dots.children[i], { cx, cy, r, fill: `var(--oe-run${sign > 0 ? 0 : 1})` });
    });
    [...dots.children].forEach((dot, i) => display(dot, i < units.length));
    const { patterns, rows } = figure.problem().network;
    write(over, `${patterns} patterns`);
    set(svg, {
      "aria-label": `All directions of a unit's weights as a map, cut by ${rows.length} lines, one for each point; ${all.length} units of ${figure.front().label} as dots at ${figure.where()}`,
    });
  }
  return { layout, show, draw, detail: true, stretches: true };
}
