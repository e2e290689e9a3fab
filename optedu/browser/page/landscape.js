// A function of one variable with the iterates on it, the tangent and the parabola above it.
import { axes, panel } from "./axes.js";
import { coordinates, hand } from "./hand.js";
import { paths, startMark } from "./paths.js";
import { cross } from "./plane.js";
import { clamp, colour, node, plain, round, set, tenth, ticks } from "./tools.js";

const PER_PIXEL = 0.7;

export default function landscape(figure, host) {
  const { element, svg } = panel("landscape", figure, host);
  const drawing = axes(svg);
  const view = {
    box: null,
    zooms: true,
    place: ([x]) => at(x, heightAt(x)),
    point: (a, b, exact) => [exact ? xOf(a) : round(xOf(a), unit())],
  };
  const [curve, tangent, parabola] = ["graph", "tangent", "majorizer"].map((kind) =>
    node("path", { class: `oe-${kind}` }, drawing.inside),
  );
  const where = ({ iterates, values }, k) => at(iterates[k], values[k]);
  const minimum = cross(drawing.inside);
  const tracks = paths(figure, drawing, view, where);
  const start = startMark(figure, drawing, view, where);
  const held = hand(figure, element, view);
  let size;
  let heights = new Float64Array(0);
  let sampled = "";
  let low = 0;
  let high = 1;

  const unit = () => (figure.extent()[1] - figure.extent()[0]) / view.box.width;
  const xOf = (a) => figure.extent()[0] + (a - view.box.left) * unit();
  const y = (v) => view.box.top + ((high - v) / (high - low)) * view.box.height;
  const at = (x, v) => [view.box.left + (x - figure.extent()[0]) / unit(), y(v)];
  /** f between the samples, as the drawn line has it. */
  function heightAt(x) {
    const [left, right] = figure.extent();
    const u = clamp(((x - left) / (right - left)) * (heights.length - 1), 0, heights.length - 1);
    const i = Math.min(Math.floor(u), heights.length - 2);
    return heights[i] + (u - i) * (heights[i + 1] - heights[i]);
  }

  function layout(width, height) {
    size = [width, height || Math.round(clamp(width * 0.7, 240, 340))];
    view.box = { left: 46, top: 22, width: width - 58, height: size[1] - 58 };
    return size[1];
  }

  function sample() {
    const { field } = figure.problem();
    const [left, right] = figure.extent();
    const j = figure.state.problem;
    const count = Math.round(view.box.width * PER_PIXEL);
    const name = JSON.stringify([j, left, right, count, figure.dataOf()]);
    if (name === sampled) return;
    sampled = name;
    const points = Float64Array.from({ length: count }, (_, i) => left + ((right - left) * i) / (count - 1));
    const take = (found) => {
      heights = found;
      const finite = found.filter(Number.isFinite);
      [low, high] = [
        finite.reduce((a, b) => Math.min(a, b), Infinity),
        finite.reduce((a, b) => Math.max(a, b), -Infinity),
      ];
      const room = 0.06 * (high - low) || 1;
      [low, high] = [low - room, high + room];
    };
    if (field) take(field.heights);
    else
      figure.source.values(j, points, (found) => {
        take(found);
        if (!figure.source.inModule(j)) figure.change();
      });
  }

  function show() {
    sample();
    const [left, right] = figure.extent();
    const n = heights.length - 1;
    drawing.show(
      size,
      view.box,
      ticks(left, right).map((v) => [tenth(at(v, 0)[0]), plain(v)]),
      ticks(low, high).map((v) => [tenth(y(v)), plain(v)]),
      ["x", "f(x)"],
    );
    const points = Array.from(heights, (v, i) => at(left + ((right - left) * i) / n, v)).filter(([, b]) =>
      Number.isFinite(b),
    );
    set(curve, { d: points.length ? `M${points.map((p) => p.map((v) => tenth(clamp(v, -9999, 9999))).join(" ")).join("L")}` : "" });
    const { minimizer } = figure.problem();
    minimum(minimizer && view.place(minimizer));
    tracks.show();
    start();
    held.show();
  }

  /** The tangent at the iterate, and f + f'(y - x) + L (y - x)^2 / 2, of the run in detail. */
  function model() {
    const front = figure.front();
    const run = front?.run;
    const { smoothness } = figure.problem();
    const x = run && run.iterates.slice(front.row, front.row + 1);
    const slope = run && figure.source.oracle(figure.state.problem, "gradient", x);
    const drawn = slope && Number.isFinite(slope[0]) && Number.isFinite(x[0]);
    const line = (bend) => {
      const [left, right] = figure.extent();
      const f = run.values[front.row];
      const points = [];
      for (let i = 0; i <= 60; i++) {
        const step = left + ((right - left) * i) / 60 - x[0];
        points.push(
          at(x[0] + step, f + slope[0] * step + (bend / 2) * step * step)
            .map((v) => tenth(clamp(v, -9999, 9999)))
            .join(" "),
        );
      }
      return `M${points.join("L")}`;
    };
    set(tangent, { d: drawn ? line(0) : "" });
    set(parabola, {
      d: drawn && smoothness ? line(smoothness) : "",
      stroke: front ? colour(front.slot) : "none",
    });
  }

  function draw() {
    tracks.draw();
    model();
    set(svg, {
      "aria-label": `f with the iterates up to ${figure.where()}, start ${coordinates(figure.startOf())}`,
    });
  }
  return {
    layout,
    show,
    draw,
    zoom: held,
    stretches: true,
    detail: true,
    note: "On the graph: the tangent dashed, the parabola of curvature L dotted.",
  };
}
