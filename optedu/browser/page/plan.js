// Sources and targets in the plane, which the reader drags, and what the iterate moves between them.
import { axes, panel } from "./axes.js";
import { fit, palette } from "./contours.js";
import { coordinates, hand } from "./hand.js";
import { plane } from "./plane.js";
import { clamp, display, node, place, set, shape, sum, tenth } from "./tools.js";

const SIDES = [
  { field: "X", word: "source", form: shape(0) },
  { field: "Y", word: "target", form: shape(1) },
];
const LARGEST = 8; // radius of the mark with the largest mass
const WIDEST = 7; // width of a line that carries all that one mark may
const USED = 0.01; // of that; less is not drawn
const NEAR = 30;

export default function plan(figure, host) {
  const { element, svg } = panel("plan", figure, host);
  const keys = `${figure.id}-plan-keys`;
  node(
    "p",
    { class: "oe-hidden", id: keys },
    element,
    "Arrow keys move a point, with shift in large steps. Page down takes the next point, page up the one before.",
  );
  const canvas = node("canvas", { "aria-hidden": "true" });
  svg.before(canvas);
  const drawing = axes(svg);
  const view = Object.assign(plane(figure), { zooms: false });
  const hint = node("text", { class: "oe-halo oe-centred" }, drawing.front, "drag");
  let chosen = 0;
  let points = [];
  let drawn = [];

  /** All points, the sources first: side, number in it, mass, where. */
  function read() {
    const { masses } = figure.problem();
    points = SIDES.flatMap((side) => {
      const flat = figure.datum(side.field);
      return Array.from({ length: flat.length / 2 }, (_, i) => ({ side, i, x: [flat[2 * i], flat[2 * i + 1]] }));
    });
    const most = Math.max(...masses);
    points.forEach((point, n) => {
      point.mass = masses[n];
      point.radius = LARGEST * Math.sqrt(masses[n] / most);
    });
    chosen = Math.min(chosen, points.length - 1);
  }
  const held = {
    many: true,
    name: "Points, sources and then targets",
    keys,
    where: () => points[chosen].x,
    words() {
      const { side, i, x } = points[chosen];
      return `${side.word} ${i + 1}, ${coordinates(x)}`;
    },
    choose(at) {
      const far = points.map(({ x }) => Math.hypot(...view.place(x).map((v, c) => v - at[c])));
      const nearest = far.indexOf(Math.min(...far));
      if (far[nearest] <= NEAR) chosen = nearest;
    },
    next(step) {
      chosen = (chosen + step + points.length) % points.length;
    },
    move(to) {
      const { side, i } = points[chosen];
      const [left, right, bottom, top] = figure.extent();
      const flat = [...figure.datum(side.field)];
      flat[2 * i] = clamp(to[0], left, right);
      flat[2 * i + 1] = clamp(to[1], bottom, top);
      figure.moveData(side.field, flat);
      points[chosen].x = flat.slice(2 * i, 2 * i + 2);
    },
  };
  const grip = hand(figure, element, view, held);
  svg.addEventListener("pointermove", ({ clientX, clientY }) => {
    const { left, top } = svg.getBoundingClientRect();
    const near = points.some(({ x }) => {
      const [a, b] = view.place(x);
      return Math.hypot(a + left - clientX, b + top - clientY) < 2 * LARGEST;
    });
    svg.style.cursor = near && figure.canMove() ? "grab" : "";
  });

  /** A mark per point: its outline says what it has or wants, its filling what the plan moves. */
  function marks() {
    if (drawn.length === points.length && drawn.every(({ side }, n) => side === points[n].side)) return;
    for (const { group } of drawn) group.remove();
    drawn = points.map(({ side }) => {
      const group = node("g", { class: `oe-${side.word}` }, drawing.inside);
      const [under, filling, outline] = ["oe-ground", "oe-filling", "oe-outline"].map((kind) =>
        node("path", { class: kind, d: side.form }, group),
      );
      return { side, group, under, filling, outline };
    });
    hint.parentNode.append(hint);
  }

  function show() {
    read();
    marks();
    view.showAxes(drawing);
    points.forEach(({ x, radius }, n) => {
      const { under, outline } = drawn[n];
      for (const path of [under, outline]) place(path, ...view.place(x), radius);
    });
    const [a, b] = points.map(({ x }) => view.place(x)).reduce((p, q) => (q[1] < p[1] ? q : p)); // the highest
    display(hint, figure.canMove() && !figure.touched);
    set(hint, { x: tenth(a), y: tenth(b - 13) });
    grip.show();
  }

  function draw() {
    const front = figure.front();
    const box = view.box;
    if (!front || !box) return;
    const size = points.length;
    const x = front.run.iterates.slice(front.row * size, (front.row + 1) * size);
    const moved = figure.source.oracle(figure.state.problem, "plan", x);
    const [sources, targets] = SIDES.map((side) => points.filter((point) => point.side === side));
    const full = Math.min(...[sources, targets].map((side) => Math.max(...side.map(({ mass }) => mass))));
    const used = moved ? lines(moved, sources, targets, full) : 0;
    const sums = points.map(({ side, i }) =>
      !moved ? 0 : side === SIDES[0]
        ? sum(moved.slice(i * targets.length, (i + 1) * targets.length))
        : sum(sources.map((_, s) => moved[s * targets.length + i])),
    );
    points.forEach(({ x: at, mass, radius }, n) => {
      const filled = Math.sqrt(clamp(sums[n] / mass, 0, 4) || 0);
      place(drawn[n].filling, ...view.place(at), radius * filled);
    });
    const words = moved ? `${used} of ${moved.length} ways in use` : "";
    drawing.title(words);
    set(svg, {
      "aria-label": `The plan of ${front.label} from ${sources.length} sources to ${targets.length} targets, at ${figure.where()}: ${words}`,
    });
  }

  /** Draw what goes from where to where; returns how many lines these are. */
  function lines(moved, sources, targets, full) {
    const { left, top } = view.box;
    const [width, height, scale] = fit(canvas, view.box);
    const context = canvas.getContext("2d");
    context.resetTransform();
    const inks = palette(element, ["source", "target"]);
    const at = (point) => view.place(point.x).map((v, c) => v - [left, top][c]);
    let used = 0;
    context.clearRect(0, 0, width, height);
    context.scale(scale, scale);
    context.lineCap = "round";
    sources.forEach((source, i) => {
      const from = at(source);
      targets.forEach((target, j) => {
        const share = moved[i * targets.length + j] / full;
        if (!(share >= USED)) return;
        used += 1;
        const to = at(target);
        const ink = context.createLinearGradient(...from, ...to);
        inks.forEach((colour, end) => ink.addColorStop(end, `rgb(${colour})`));
        context.globalAlpha = clamp(0.2 + 0.7 * share, 0, 0.9);
        context.strokeStyle = ink;
        context.lineWidth = clamp(WIDEST * share, 0.7, 1.4 * WIDEST);
        context.beginPath();
        context.moveTo(...from);
        context.lineTo(...to);
        context.stroke();
      });
    });
    return used;
  }
  return {
    layout: view.layout,
    show,
    draw,
    detail: true,
    note: "Circles are sources, squares targets; a mark is full when the plan takes or brings what it should. A line is as wide as its mass, and none is drawn below a hundredth of the widest. Arrow keys move a point, Page Down takes the next.",
  };
}
