// Two hyperparameters at once: what is reached for each pair of them, one run per point.
// A method with one hyperparameter has it across, and the iterations upwards.
import { axes, panel } from "./axes.js";
import { paint } from "./contours.js";
import { inDetail, slices } from "./slices.js";
import { isMeasurable, measure, nearest, valueAt } from "./scene.js";
import { clamp, mark, node, place, plain, powers, set, tenth, ticks } from "./tools.js";

const PASSES = [11, 31, 81]; // points across
const MOST_DECADES = 16;

export default function heatmap(figure, host) {
  const { element, svg } = panel("heatmap", figure, host);
  const drawing = axes(svg);
  const begin = slices();
  const canvas = node("canvas", { "aria-hidden": "true" });
  const whole = [0, 1, 0, 1];
  element.prepend(canvas);
  const marks = new Map();
  let size;
  let box;
  let scales = [];
  let grid = null;
  let painted = "";

  function layout(width, height) {
    size = [width, height || Math.round(clamp(width * 0.8, 240, 340))];
    box = { left: 54, top: 22, width: width - 66, height: size[1] - 58 };
    return size[1];
  }

  /** A slider as a scale from 0 to 1; so are the iterations. */
  const scaleOf = (slider) => {
    const { low, high, scale } = slider;
    const log = scale === "log" && low > 0;
    const share = (v) => (log ? Math.log(v / low) / Math.log(high / low) : (v - low) / (high - low));
    const at = (u) => (log ? low * (high / low) ** u : low + u * (high - low));
    const named = log
      ? powers(Math.log10(low), Math.log10(high)).map(([e, word]) => [share(10 ** e), word])
      : ticks(low, high).map((v) => [share(v), plain(v)]);
    return { slider, share, at: (u) => (slider.integer ? Math.round(at(u)) : at(u)), named };
  };

  /** What is reached, in decades; NaN where the run left. */
  function reached(run, row, key) {
    if (row >= run.rows && run.status !== "converged") return NaN;
    const v = measure(run, key, figure.problem())[Math.min(row, run.rows - 1)];
    return run.status === "diverged" || run.status === "nonfinite" ? NaN : Math.log10(Math.max(v, 1e-300));
  }

  function* work(request, key, [across, up]) {
    for (const columns of PASSES) {
      const rows = Math.round((columns * box.height) / box.width);
      const found = new Float32Array(columns * rows);
      const running = (fields) =>
        figure.source.engine.run({ ...request, fields: { ...request.fields, ...fields } });
      for (let c = 0; c < columns; c++) {
        const first = { [across.slider.field]: across.at(c / (columns - 1)) };
        const column = up.slider.field ? null : running(first);
        for (let r = 0; r < rows; r++) {
          const v = up.at(r / (rows - 1));
          const run = column ?? running({ ...first, [up.slider.field]: v });
          found[r * columns + c] = reached(run, column ? Math.round(v) : run.rows - 1, key);
          if (!column) yield;
        }
        yield;
      }
      const finite = found.filter(Number.isFinite).sort();
      const high = Math.ceil(finite[finite.length - 1] ?? 0);
      const low = Math.max(Math.floor(finite[0] ?? -1), high - MOST_DECADES);
      grid = {
        name: Math.random(),
        extent: whole,
        columns,
        rows,
        bands: Math.max(2, high - low),
        heights: found.map((v) => Math.max(0, (Number.isNaN(v) ? high : v) - low)),
        outside: found.map((v) => (Number.isNaN(v) ? 1 : -1)),
      };
      color();
      drawing.title(`${figure.quantity().label}, a line per decade`);
    }
  }
  function color() {
    const name = JSON.stringify([grid.name, box, figure.theme]);
    if (name !== painted) paint(canvas, grid, whole, box, true);
    painted = name;
  }

  function show() {
    const request = inDetail(figure);
    const sliders = (request ? figure.pair(request.method).sliders : []).filter(
      ({ field }) => !figure.isShared(request.method, field), // each cell would be another problem
    );
    svg.style.visibility = canvas.style.visibility = sliders.length ? "" : "hidden";
    if (!sliders.length) return;
    const steps = { low: 0, high: request.steps, scale: "linear", integer: true, label: "iteration" };
    scales = [sliders[0], sliders[1] ?? steps].map(scaleOf);
    const fields = Object.fromEntries(
      Object.entries(request.fields).filter(([field]) => !scales.some(({ slider }) => slider.field === field)),
    );
    const asked = figure.quantity().key;
    const key = asked === "value" ? (isMeasurable("gap", figure.problem()) ? "gap" : "gradient_norm") : asked;
    const name = JSON.stringify([{ ...request, fields }, key, scales, box]);
    begin(name, () => work(request, key, scales));
    const label = ({ slider }) => slider.label;
    drawing.show(
      size,
      box,
      scales[0].named.map(([u, word]) => [tenth(box.left + u * box.width), word]),
      scales[1].named.map(([u, word]) => [tenth(box.top + (1 - u) * box.height), word]),
      scales.map(label),
    );
    if (grid) color();
  }

  function draw() {
    const front = figure.front();
    if (!front || !scales.length) return;
    for (const [slot, made] of marks) made.style.display = slot === front.slot ? "" : "none";
    if (!marks.has(front.slot)) marks.set(front.slot, mark(front.slot, drawing.front));
    const [u, v] = scales.map(({ slider, share }) =>
      clamp(share(slider.field ? front.fields[slider.field] : front.row), 0, 1),
    );
    place(marks.get(front.slot), box.left + u * box.width, box.top + (1 - v) * box.height, 7);
    set(svg, {
      "aria-label": `What ${front.label} reaches for each ${scales.map(({ slider }) => slider.label).join(" and ")}`,
    });
  }

  // A press or a drag takes the values under the pointer.
  function take(event) {
    if (!svg.hasPointerCapture(event.pointerId)) return;
    const { left, top } = svg.getBoundingClientRect();
    const front = figure.front();
    const shares = [
      (event.clientX - left - box.left) / box.width,
      1 - (event.clientY - top - box.top) / box.height,
    ].map((u) => clamp(u, 0, 1));
    scales.forEach(({ slider, at }, c) => {
      const value = at(shares[c]);
      if (!slider.field) return figure.go(value);
      const group = figure
        .sliders()
        .find((each) => each.slider.field === slider.field && each.members.some(({ i }) => i === front.method));
      figure.moveSlider(group, valueAt(slider, nearest(slider, value), group.preset));
    });
    figure.touched = true;
    figure.change();
  }
  svg.addEventListener("pointerdown", (event) => {
    svg.setPointerCapture(event.pointerId);
    take(event);
  });
  svg.addEventListener("pointermove", take);

  return {
    layout,
    show,
    draw,
    stretches: true,
    detail: true,
    note: "Two hyperparameters: the fainter, the better; a run that diverges is hatched.",
  };
}
