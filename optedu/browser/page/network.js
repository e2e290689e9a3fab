// A two-layer ReLU network on the plane of its data: what it says, and where each unit switches.
// The iterate has a row of weights for each unit; the first half of the rows is added, the last is
// subtracted.
import { axes, panel } from "./axes.js";
import { fit, palette } from "./contours.js";
import { plane } from "./plane.js";
import { clamp, display, node, place, set, tenth } from "./tools.js";

const CELLS = 84; // the grid that is shaded, across
const KINDS = ["0", "1"]; // added, subtracted
const WEIGHTS = [
  ["thin", 0],
  ["mid", 0.12],
  ["thick", 0.4],
]; // of a unit, as a share of the heaviest
const HAIR = 9; // pixels, towards the side on which a unit is active
const MARKS = ["M-.8-.8H.8V.8H-.8z", "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0z"]; // negative, positive

/** The units of an iterate, the heaviest first: {row, sign, norm}; the weights of a point of data. */
export function unitsOf(x, columns) {
  const rows = x.length / columns;
  const found = [];
  for (let i = 0; i < rows; i++) {
    const row = x.subarray(i * columns, (i + 1) * columns);
    const norm = Math.hypot(...row);
    if (norm > 0) found.push({ row, sign: i < rows / 2 ? 1 : -1, norm });
  }
  return found.sort((a, b) => b.norm - a.norm);
}

/** The iterate of the run in front at the moment. */
export function iterateOf(figure) {
  const front = figure.front();
  if (!front) return null;
  const size = figure.source.size(figure.state.problem);
  return front.run.iterates.subarray(front.row * size, (front.row + 1) * size);
}

/** Values on a grid, row by row from the top left, at the middles of the cells. */
export function shades(units, [left, right, bottom, top], columns, rows, bias) {
  const values = new Float32Array(columns * rows);
  const across = (right - left) / columns;
  const down = (bottom - top) / rows;
  for (const { row, sign } of units)
    for (let r = 0, o = 0; r < rows; r++) {
      let z = row[0] * (left + across / 2) + row[1] * (top + down * (r + 0.5)) + (row[2] ?? 0) * bias;
      for (let c = 0; c < columns; c++, o++, z += row[0] * across) if (z > 0) values[o] += sign * z;
    }
  return values;
}

/** Where a grid passes a level, as pieces of a path in units of cells. */
export function levelLines(values, columns, rows, level) {
  let path = "";
  const at = (c, r) => values[r * columns + c] - level;
  const between = (a, b) => tenth(10 * (a / (a - b))) / 10;
  for (let r = 0; r + 1 < rows; r++)
    for (let c = 0; c + 1 < columns; c++) {
      const [a, b, d, e] = [at(c, r), at(c + 1, r), at(c, r + 1), at(c + 1, r + 1)];
      const cuts = [];
      if (a > 0 !== b > 0) cuts.push([c + between(a, b), r]);
      if (b > 0 !== e > 0) cuts.push([c + 1, r + between(b, e)]);
      if (d > 0 !== e > 0) cuts.push([c + between(d, e), r + 1]);
      if (a > 0 !== d > 0) cuts.push([c, r + between(a, d)]);
      for (let i = 0; i + 1 < cuts.length; i += 2) path += `M${cuts[i].join(" ")}L${cuts[i + 1].join(" ")}`;
    }
  return path;
}

/** The ends of the line a u + b v + c = 0 in a window, or null; by its two furthest crossings. */
export function ends([a, b, c], [left, right, bottom, top]) {
  const found = [];
  for (const u of [left, right]) if (b) found.push([u, -(a * u + c) / b]);
  for (const v of [bottom, top]) if (a) found.push([-(b * v + c) / a, v]);
  const slack = 1e-9 * (right - left + top - bottom);
  const seen = found.filter(
    ([u, v]) => u >= left - slack && u <= right + slack && v >= bottom - slack && v <= top + slack,
  );
  if (seen.length < 2) return null;
  const far = seen.slice(1).reduce((p, q) => (distance(q, seen[0]) > distance(p, seen[0]) ? q : p));
  return distance(far, seen[0]) > slack ? [seen[0], far] : null;
}
const distance = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1]);

export default function network(figure, host) {
  const { element, svg } = panel("network", figure, host);
  const drawing = axes(svg);
  const view = plane(figure);
  const canvas = node("canvas", { "aria-hidden": "true" });
  svg.before(canvas);
  const levels = node("path", { class: "oe-level" }, node("g", {}, drawing.inside));
  const border = node("path", { class: "oe-border" }, drawing.inside);
  const lines = KINDS.map((kind) =>
    WEIGHTS.map(([weight]) =>
      node("path", { class: `oe-unit oe-${weight}`, stroke: `var(--oe-run${kind})` }, drawing.inside),
    ),
  );
  const dots = node("g", {}, drawing.inside);
  let made = -1;

  function show() {
    const { network } = figure.problem();
    view.showAxes(drawing);
    if (made !== figure.state.problem) {
      made = figure.state.problem;
      dots.replaceChildren(
        ...network.targets.map((y) =>
          node("path", { class: "oe-mark", d: MARKS[Number(y > 0)], fill: `var(--oe-run${y > 0 ? 0 : 1})` }),
        ),
      );
    }
    network.points.forEach((point, i) => place(dots.children[i], ...view.place(point), 5));
  }

  /** Blue where the network says more than 0, orange where it says less; the rim of the grid is not shown. */
  function paint(values, columns, rows, most) {
    const [low, down, up] = palette(element, ["low", "run1", "run0"]);
    const image = new ImageData(columns, rows);
    fit(canvas, view.box);
    set(canvas, { width: columns, height: rows });
    for (let i = 0; i < columns * rows; i++) {
      const value = values[(1 + Math.floor(i / columns)) * (columns + 2) + 1 + (i % columns)];
      const share = 0.5 * Math.min(1, Math.abs(value) / most) ** 0.8;
      const ink = value < 0 ? down : up;
      for (let k = 0; k < 3; k++) image.data[4 * i + k] = low[k] + share * (ink[k] - low[k]);
      image.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  function strokes(units, bias) {
    const paths = KINDS.map(() => WEIGHTS.map(() => ""));
    const most = units[0]?.norm ?? 1;
    for (const { row, sign, norm } of units) {
      const found = ends([row[0], row[1], (row[2] ?? 0) * bias], figure.extent());
      if (!found) continue;
      const [p, q] = found.map(view.place);
      const weight = WEIGHTS.findLastIndex(([, least]) => norm >= least * most);
      const middle = [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2];
      const length = Math.hypot(row[0], row[1]);
      const hair = [middle[0] + (HAIR * row[0]) / length, middle[1] - (HAIR * row[1]) / length];
      paths[sign > 0 ? 0 : 1][weight] +=
        `M${p.map(tenth).join(" ")}L${q.map(tenth).join(" ")}M${middle.map(tenth).join(" ")}L${hair.map(tenth).join(" ")}`;
    }
    paths.forEach((each, kind) => each.forEach((d, weight) => set(lines[kind][weight], { d })));
  }

  function draw() {
    const x = iterateOf(figure);
    const { network, shape } = figure.problem();
    display(svg, x);
    if (!x) return;
    const units = unitsOf(x, shape[1]);
    const { box } = view;
    const columns = CELLS;
    const rows = Math.round((CELLS * box.height) / box.width);
    const [left, right, bottom, top] = figure.extent();
    const [across, up] = [(right - left) / columns, (top - bottom) / rows];
    const wider = [left - across, right + across, bottom - up, top + up]; // so that lines reach the frame
    const values = shades(units, wider, columns + 2, rows + 2, network.bias);
    const lineOf = (level) => levelLines(values, columns + 2, rows + 2, level);
    paint(values, columns, rows, network.most);
    const scale = [box.width / columns, box.height / rows];
    const moved = `translate(${box.left - scale[0] / 2} ${box.top - scale[1] / 2}) scale(${scale.join(" ")})`;
    for (const made of [levels, border]) set(made, { transform: moved });
    set(border, { d: lineOf(0) });
    set(levels, {
      d: [-1, -0.5, 0.5, 1].map((share) => lineOf(share * network.most)).join(""),
    });
    strokes(units, network.bias);
    const served = network.points.filter(([a, b], i) => {
      const said = units.reduce(
        (total, { row, sign }) =>
          total + sign * Math.max(0, row[0] * a + row[1] * b + (row[2] ?? 0) * network.bias),
        0,
      );
      return said * network.targets[i] > 0;
    }).length;
    const words = `${units.length} ${units.length === 1 ? "unit" : "units"}`;
    drawing.title(words);
    set(svg, {
      "aria-label": `The network of ${figure.front().label} at ${figure.where()}: ${words}, ${served} of ${network.points.length} points on the right side of zero`,
    });
  }
  return {
    layout: view.layout,
    show,
    draw,
    detail: true,
    note: "A line is where a unit switches on, the short stroke points to where it is active; blue units are added, orange ones subtracted, and the network is 0 on the dark border.",
  };
}
