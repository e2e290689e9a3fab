// How far the iterates are from the solution along each eigenvector of the Hessian there.
import { axes, lay, panel, pool } from "./axes.js";
import { sizeOf } from "./scene.js";
import { clamp, colour, node, plain, powers, set, short, tenth, ticks } from "./tools.js";

const DECADES = 12;
const MOST = 64;
const STEP = 1e-5;

/** Eigenvalues and eigenvectors (rows) of a symmetric matrix, by Jacobi's rotations, in order. */
export function eigen(matrix, n) {
  const a = Float64Array.from(matrix);
  const v = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) ? 0 : 1));
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const apq = a[p * n + q];
        off += apq * apq;
        if (Math.abs(apq) < 1e-300) continue;
        const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(1, theta));
        const c = 1 / Math.hypot(1, t);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const x = a[k * n + p];
          const y = a[k * n + q];
          [a[k * n + p], a[k * n + q]] = [c * x - s * y, s * x + c * y];
        }
        for (let k = 0; k < n; k++) {
          const x = a[p * n + k];
          const y = a[q * n + k];
          const z = v[p * n + k];
          const w = v[q * n + k];
          [a[p * n + k], a[q * n + k], v[p * n + k], v[q * n + k]] = [
            c * x - s * y,
            s * x + c * y,
            c * z - s * w,
            s * z + c * w,
          ];
        }
      }
    if (off < 1e-28) break;
  }
  return Array.from({ length: n }, (_, i) => ({
    value: a[i * (n + 1)],
    vector: v.subarray(i * n, (i + 1) * n),
  })).sort((one, other) => one.value - other.value);
}

export default function spectrum(figure, host) {
  const { svg } = panel("spectrum", figure, host);
  const drawing = axes(svg);
  const sorry = node("text", { class: "oe-centred" }, drawing.front);
  const bases = new Map();
  const slots = pool((slot) => {
    const group = lay(node("g", { stroke: colour(slot) }), drawing.inside, slot);
    const [future, line, dots] = ["future", "line", "dots"].map((kind) =>
      node("path", { class: `oe-${kind}` }, group),
    );
    return { future, line, dots, all: [group] };
  });
  let size;
  let box;
  let basis;
  let drawn = [];
  let top = 1;

  /** The Hessian at the solution; from differences of gradients where there is no oracle. */
  function basisOf(j) {
    const problem = figure.scene.problems[j];
    const x = problem.minimizer && Float64Array.from(problem.minimizer);
    const n = sizeOf(problem);
    const { oracle } = figure.source;
    if (!x || n > MOST) return null;
    const moved = (i, by) =>
      oracle(
        j,
        "gradient",
        x.map((v, c) => (c === i ? v + by : v)),
      );
    let hessian = oracle(j, "hessian", x);
    if (!hessian) {
      if (!moved(0, 0)) return null;
      const rows = Array.from(x, (_, i) => {
        const [up, down] = [moved(i, STEP), moved(i, -STEP)];
        return up.map((v, c) => (v - down[c]) / (2 * STEP));
      });
      hessian = Float64Array.from(
        { length: n * n },
        (_, o) => (rows[Math.floor(o / n)][o % n] + rows[o % n][Math.floor(o / n)]) / 2,
      );
    }
    return eigen(hessian, n);
  }

  function layout(width, height) {
    size = [width, height || Math.round(clamp(width * 0.7, 240, 340))];
    box = { left: 46, top: 22, width: width - 58, height: size[1] - 58 };
    return size[1];
  }

  /** A run's components at a row, as places in the panel. */
  function places({ run }, row) {
    const n = basis.length;
    const { minimizer } = figure.problem();
    return basis.map(({ vector }, i) => {
      let total = 0;
      for (let c = 0; c < n; c++) total += vector[c] * (run.iterates[row * n + c] - minimizer[c]);
      const e = clamp(Math.log10(Math.abs(total) + 1e-300), top - DECADES - 1, top + 3);
      return `${tenth(across(i))} ${tenth(box.top + ((top - e) / DECADES) * box.height)}`;
    });
  }
  const warp = (v) =>
    basis[0].value > 0 && basis[basis.length - 1].value > 20 * basis[0].value ? Math.log10(v) : v;
  function across(i) {
    const [low, high] = [warp(basis[0].value), warp(basis[basis.length - 1].value)];
    const room = 0.06 * (high - low) || 1;
    return box.left + ((warp(basis[i].value) - low + room) / (high - low + 2 * room)) * box.width;
  }

  function show() {
    const j = figure.state.problem;
    if (!bases.has(j)) bases.set(j, basisOf(j));
    basis = figure.problem().minimizer && bases.get(j);
    set(sorry, { x: box.left + box.width / 2, y: box.top + box.height / 2 });
    sorry.textContent = basis ? "" : "needs a known solution and a compiled gradient";
    drawn = slots(basis ? figure.shown : []);
    if (!basis) return;
    const { minimizer } = figure.problem();
    const far = Math.max(
      ...figure.shown.map(({ run }) => Math.hypot(...minimizer.map((v, c) => run.iterates[c] - v))),
      1e-12,
    );
    top = Math.ceil(Math.log10(far));
    const shown = [
      ...new Set(
        ticks(0, basis.length - 1 || 1, 4)
          .filter(Number.isInteger)
          .filter((i) => i < basis.length),
      ),
    ];
    drawing.show(
      size,
      box,
      shown.map((i) => [tenth(across(i)), plain(short(basis[i].value, 2))]),
      powers(top - DECADES, top).map(([e, word]) => [
        tenth(box.top + ((top - e) / DECADES) * box.height),
        word,
      ]),
      ["eigenvalue of the Hessian at x*", "|component of x − x*|"],
      true,
    );
    figure.shown.forEach((entry, i) => set(drawn[i].future, { d: `M${places(entry, 0).join("L")}` }));
  }
  function draw() {
    if (!basis) return;
    figure.shown.forEach((entry, i) => {
      const found = places(entry, entry.row);
      set(drawn[i].line, { d: `M${found.join("L")}` });
      set(drawn[i].dots, { d: found.map((p) => `M${p}h0`).join("") });
    });
    set(svg, {
      "aria-label": `Components of x minus the solution along the eigenvectors of the Hessian, at ${figure.where()}`,
    });
  }
  return { layout, show, draw, stretches: true };
}
