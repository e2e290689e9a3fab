// The map: contours, the path of each run, the start that the reader drags.
import { axes, panel } from "./axes.js";
import { hand } from "./hand.js";
import { paths, startMark } from "./paths.js";
import { background, cross, plane } from "./plane.js";
import { node, set, tenth } from "./tools.js";

export default function map(figure, host) {
  const { element, svg } = panel("map", figure, host);
  const drawing = axes(svg);
  const view = plane(figure);
  const ground = background(figure, element, view);
  const [rim, corners] = ["rim", "corners"].map((kind) => node("path", { class: `oe-${kind}` }, drawing.inside));
  const minimum = cross(drawing.inside);
  const where = ({ iterates }, k) => view.place(iterates.subarray(2 * k, 2 * k + 2));
  const tracks = paths(figure, drawing, view, where);
  const start = startMark(figure, drawing, view, where);
  const held = hand(figure, element, view);

  function outline() {
    const problem = figure.problem();
    const points = (problem.rim ?? []).map((x) => view.place(x).map(tenth).join(" "));
    set(rim, { d: points.length ? `M${points.join("L")}z` : "" });
    set(corners, { d: problem.corners ? points.map((point) => `M${point}h0`).join("") : "" });
  }
  function show() {
    view.showAxes(drawing);
    ground();
    outline();
    const { minimizer } = figure.problem();
    minimum(minimizer && view.place(minimizer));
    tracks.show();
    start();
    held.show();
  }
  function draw() {
    tracks.draw();
    set(svg, { "aria-label": `Contours of f with the paths up to ${figure.where()}` });
  }
  return { layout: view.layout, show, draw, zoom: held };
}
