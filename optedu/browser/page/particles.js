// Many runs at once, as a cloud that moves: many seeds of a random method, else many starts.
import { axes, panel } from "./axes.js";
import { fit, palette } from "./contours.js";
import { hand } from "./hand.js";
import { startMark } from "./paths.js";
import { background, cross, plane } from "./plane.js";
import { inDetail, slices } from "./slices.js";
import { clamp, node, set } from "./tools.js";

const COUNT = 300;
const FRAMES = 120;
const BINS = 40;
const HIGHEST = 46; // runs; rows kept of each; the histogram
const SPREAD = 0.06; // of the window's width, where starts differ

/** Points that look normal and are the same in every browser. */
function cloud(count) {
  return Array.from({ length: count }, (_, n) => {
    const angle = n * 2.399963;
    const radius = Math.sqrt(-2 * Math.log(1 - (n + 0.5) / count));
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

export default function particles(figure, host) {
  const { element, svg } = panel("particles", figure, host);
  const drawing = axes(svg);
  const view = plane(figure);
  const begin = slices();
  const ground = background(figure, element, view);
  const canvas = node("canvas", { "aria-hidden": "true" });
  svg.before(canvas);
  const minimum = cross(drawing.inside);
  const offsets = cloud(COUNT);
  const scattered = figure.scene.random;
  const where = ({ iterates }, k) => view.place(iterates.subarray(2 * k, 2 * k + 2));
  const start = startMark(figure, drawing, view, where);
  const held = hand(figure, element, view);
  let runs = [];
  let every = 1;

  function* work(request, width) {
    runs = [];
    every = Math.ceil(request.steps / FRAMES);
    for (let n = 0; n < COUNT; n++) {
      const changes = scattered
        ? { seed: request.seed + n }
        : { x0: request.x0.map((v, c) => v + SPREAD * width * offsets[n][c]) };
      const { iterates, rows } = figure.source.engine.run({ ...request, ...changes, every });
      runs.push({ iterates: Float32Array.from(iterates), rows });
      if (n % 8 === 7) {
        yield;
        draw();
      }
    }
    draw();
  }

  function show() {
    view.showAxes(drawing);
    ground();
    const request = inDetail(figure);
    const [left, right] = figure.problem().extent;
    if (request) begin(JSON.stringify(request), () => work(request, right - left));
    const { minimizer } = figure.problem();
    minimum(minimizer && view.place(minimizer));
    start();
    held.show();
  }

  function draw() {
    const front = figure.front();
    if (!front || !view.box) return;
    const [w, h, scale] = fit(canvas, view.box);
    const context = canvas.getContext("2d");
    const k = front.run.iterations[front.row] / every;
    const [ink] = palette(element, [`run${front.slot}`]);
    const bins = new Uint16Array(BINS);
    const { left, top, width, height } = view.box;
    context.resetTransform(); // a canvas of the same size keeps its scale
    context.clearRect(0, 0, w, h);
    context.scale(scale, scale);
    context.fillStyle = `rgba(${ink}, 0.5)`;
    for (const run of runs) {
      const row = Math.min(Math.floor(k), run.rows - 1);
      const [a, b] = where(run, row);
      if (!(a >= left && a <= left + width && b >= top && b <= top + height)) continue;
      context.fillRect(a - left - 1.7, b - top - 1.7, 3.4, 3.4);
      bins[clamp(Math.floor(((a - left) / width) * BINS), 0, BINS - 1)] += 1;
    }
    const most = Math.max(1, ...bins);
    context.fillStyle = `rgba(${ink}, 0.3)`;
    bins.forEach((count, n) =>
      context.fillRect(
        (n * width) / BINS,
        height - (HIGHEST * count) / most,
        width / BINS - 1,
        (HIGHEST * count) / most,
      ),
    );
    drawing.title(`${runs.length} ${scattered ? "seeds" : "starts"}, ${front.label}`);
    set(svg, {
      "aria-label": `${runs.length} runs of ${front.label} from ${scattered ? "one start with different seeds" : "starts near each other"}, at ${figure.where()}`,
    });
  }
  return {
    layout: view.layout,
    show,
    draw,
    zoom: held,
    detail: true,
    note: "The bars count the cloud's points along x₁.",
  };
}
