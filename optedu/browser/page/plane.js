// A window onto the plane: where points stand in a panel, and the function behind them.
import { clamp, display, node, plain, round, set, tenth, ticks } from "./tools.js";
import { gridPoints, levelsOf, paint } from "./contours.js";

const COARSE = 41;
const FINE = 121; // columns of the grid while the window moves, and at rest

export function plane(figure) {
  const view = { box: null, zooms: true, place, point };
  let size;
  function place(x) {
    const [left, right, bottom, top] = figure.extent();
    const { box } = view;
    return [
      box.left + ((x[0] - left) / (right - left)) * box.width,
      box.top + ((top - x[1]) / (top - bottom)) * box.height,
    ];
  }
  /** The point at a place, rounded to what a pixel can tell unless it must be exact. */
  function point(a, b, exact) {
    const [left, right, bottom, top] = figure.extent();
    const { box } = view;
    const units = [(right - left) / box.width, (top - bottom) / box.height];
    const x = [left + (a - box.left) * units[0], top - (b - box.top) * units[1]];
    return exact ? x : x.map((v, c) => round(v, units[c]));
  }
  function layout(width) {
    const [left, right, bottom, top] = figure.problem().extent;
    view.box = { left: 40, top: 22, width: width - 46 };
    view.box.height = Math.round(view.box.width / clamp((right - left) / (top - bottom), 0.8, 1.6));
    size = [width, view.box.top + view.box.height + 36];
    return size[1];
  }
  function showAxes(drawing) {
    const [left, right, bottom, top] = figure.extent();
    drawing.show(
      size,
      view.box,
      ticks(left, right).map((v) => [tenth(place([v, 0])[0]), plain(v)]),
      ticks(bottom, top).map((v) => [tenth(place([0, v])[1]), plain(v)]),
      ["x₁", "x₂"],
    );
  }
  return Object.assign(view, { layout, showAxes });
}

/** The contours behind a plane, evaluated by the problem itself. */
export function background(figure, element, view) {
  const canvas = node("canvas", { "aria-hidden": "true" });
  element.prepend(canvas);
  const levels = new Map();
  let grid = null;
  let asked = "";
  let painted = "";

  function heightsOf(j, values) {
    const problem = figure.scene.problems[j];
    if (!levels.has(j)) levels.set(j, levelsOf(values, problem));
    let heights = Float32Array.from(values, levels.get(j));
    const seen = heights.filter(Number.isFinite).sort();
    const low = seen[0];
    const high = seen[Math.floor(seen.length * 0.9)];
    if (!figure.moving && (high - low < problem.bands * 0.3 || high > problem.bands * 3)) {
      levels.set(j, levelsOf(values, { bands: problem.bands }));
      heights = Float32Array.from(values, levels.get(j));
    }
    return heights;
  }

  /** How far each point is outside the set that the problem is about. */
  function outsideOf(j, points, unit) {
    if (figure.scene.problems[j].feasible !== "project" || !figure.source.inModule(j)) return null;
    return Float32Array.from({ length: points.length / 2 }, (_, i) => {
      const x = points.subarray(2 * i, 2 * i + 2);
      const p = figure.source.oracle(j, "project", x);
      return p ? Math.max(Math.hypot(p[0] - x[0], p[1] - x[1]) - 0.3 * unit, 1e-9 - unit) : 0;
    });
  }

  function ask() {
    const j = figure.state.problem;
    const extent = figure.extent();
    const { field } = figure.problem();
    if (field) {
      grid = { ...field, name: `given ${j}` };
      return;
    }
    const live = figure.source.inModule(j);
    const columns = live ? (figure.moving ? COARSE : FINE) : 51;
    const rows = Math.round(((columns - 1) * view.box.height) / view.box.width) + 1;
    const name = JSON.stringify([j, extent, columns, rows, figure.dataOf()]);
    if (name === asked) return;
    asked = name;
    if (grid?.problem !== j) grid = null;
    const points = gridPoints(extent, columns, rows);
    figure.source.values(j, points, (values) => {
      if (values.length !== columns * rows) return;
      const unit = (extent[1] - extent[0]) / (columns - 1);
      grid = {
        name,
        problem: j,
        extent,
        columns,
        rows,
        bands: figure.scene.problems[j].bands,
        heights: heightsOf(j, values),
        outside: outsideOf(j, points, unit),
      };
      if (!live) draw();
    });
  }

  function draw() {
    const sharp = !figure.moving;
    const name = JSON.stringify([grid?.name, figure.extent(), view.box, sharp, figure.theme]);
    if (name === painted) return;
    painted = name;
    if (grid) paint(canvas, grid, figure.extent(), view.box, sharp);
    else canvas.width = 0;
  }
  return () => {
    ask();
    draw();
  };
}

/** The minimizer's cross, and its name beside it. */
export function cross(parent, name = "x*") {
  const lines = node("path", { class: "oe-minimum" }, parent);
  const word = node("text", { class: "oe-halo" }, parent, name);
  return (at) => {
    for (const made of [lines, word]) display(made, at);
    if (!at) return;
    const [a, b] = at.map(tenth);
    set(lines, { d: `M${a - 6} ${b}h12M${a} ${b - 6}v12` });
    set(word, { x: a + 8, y: b + 15 });
  };
}
