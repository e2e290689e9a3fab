// The reader's hand on a panel: the start is dragged or moved by keys, the window zoomed and shifted.
// In place of the start it may be one of many points:
//   {name, keys, where() -> x, move(x), words() -> text, choose(at), next(step), many}
// A view says where a point stands in the panel and which point stands at a place:
//   {box, place(x) -> [left, top], point(left, top) -> x, zooms}
import { clamp, later, node, set, short } from "./tools.js";

const NEAR = 30; // pixels around the start in which a finger takes hold of it
const CLOSE = 16; // around one of many points, a mouse
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEPS = { PageDown: 1, PageUp: -1 };
const ZOOMS = { "+": 0.8, "=": 0.8, "-": 1.25, _: 1.25 };

export const coordinates = (x) => Array.from(x, (v, c) => `x${"₁₂₃₄₅₆₇₈₉"[c]} = ${short(v)}`).join(", ");

/** Scale a window about a point of it, and shift it. */
export function zoomed(extent, about, factor, shift = [0, 0]) {
  return extent.map((edge, i) => about[i >> 1] + (edge - about[i >> 1]) * factor + shift[i >> 1]);
}

const theStart = (figure) => ({
  name: "Start x₀",
  keys: `${figure.id}-keys`,
  where: () => figure.startOf(),
  move: (x) => figure.moveStart(x),
  words: () => coordinates(figure.startOf()),
  choose() {},
});

export function hand(figure, element, view, held = theStart(figure)) {
  const handle = node(
    "div",
    {
      class: "oe-handle",
      role: "slider",
      tabindex: 0,
      "aria-label": held.name,
      "aria-describedby": held.keys,
    },
    element,
  );
  const pointers = new Map();
  let mode = "";
  let grip = [0, 0];
  let begun;

  const settle = later(() => {
    figure.moving = false;
    figure.change();
  }, 160);
  function look(extent) {
    const home = figure.problem().extent;
    const size = (extent[1] - extent[0]) / (home[1] - home[0]);
    if (!(size > 1e-7 && size < 1e4)) return;
    figure.moving = true;
    figure.state.windows[figure.state.problem] = extent;
    settle();
    figure.change();
  }
  function reset() {
    delete figure.state.windows[figure.state.problem];
    figure.change();
  }
  const zoom = (factor, at = middle()) =>
    view.zooms && look(zoomed(figure.extent(), view.point(...at, true), factor));
  const middle = () => [view.box.left + view.box.width / 2, view.box.top + view.box.height / 2];
  const inside = ([a, b], { left, top, width, height } = view.box) => [
    clamp(a, left, left + width),
    clamp(b, top, top + height),
  ];
  const placeOf = (event) => {
    const { left, top } = element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const start = (at) => figure.canMove() && held.move(view.point(...inside(at)));
  /** The start stays in sight when keys move it out of the window. */
  function follow() {
    const at = view.place(held.where());
    const [a, b] = inside(at);
    if (!view.zooms || (a === at[0] && b === at[1])) return;
    const from = view.point(a, b, true);
    const to = view.point(...at, true);
    look(
      zoomed(
        figure.extent(),
        from,
        1,
        from.map((v, c) => to[c] - v),
      ),
    );
  }

  function down(event) {
    if (event.button > 1 || (event.target !== handle && event.target.closest("button,.oe-handle"))) return;
    const at = placeOf(event);
    const finger = event.pointerType === "touch";
    if (!pointers.size) held.choose(at);
    const stands = view.place(held.where());
    const far = Math.hypot(at[0] - stands[0], at[1] - stands[1]);
    const { left, top, width, height } = view.box;
    const outside = at[0] < left || at[0] > left + width || at[1] < top || at[1] > top + height;
    if (held.many ? far > (finger ? NEAR : CLOSE) || pointers.size : far > NEAR && outside) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, at);
    begun = { at, extent: figure.extent() };
    if (pointers.size > 1) {
      mode = "pinch";
      begun.points = [...pointers.values()];
      return;
    }
    mode = event.shiftKey || event.button === 1 ? "pan" : finger && far > NEAR ? "tap" : "drag";
    if (!finger) event.preventDefault();
    handle.focus({ preventScroll: true });
    show();
    if (mode !== "drag") return;
    grip = held.many || far < (finger ? NEAR : 12) ? [stands[0] - at[0], stands[1] - at[1]] : [0, 0];
    if (!grip[0] && !grip[1]) start(at);
  }

  function move(event) {
    if (!pointers.has(event.pointerId)) return;
    const at = placeOf(event);
    pointers.set(event.pointerId, at);
    if (mode === "drag") start([at[0] + grip[0], at[1] + grip[1]]);
    else if (mode === "pan") shift(begun.at, at, 1);
    else if (mode === "pinch" && pointers.size === 2) {
      const [a, b] = begun.points;
      const [c, d] = [...pointers.values()];
      const gap = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1]);
      const centre = (p, q) => [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2];
      shift(centre(a, b), centre(c, d), gap(a, b) / Math.max(10, gap(c, d)));
    }
  }
  /** What stood at one place when the gesture began now stands at another, scaled. */
  function shift(from, to, factor) {
    if (!view.zooms) return;
    const now = figure.extent();
    figure.state.windows[figure.state.problem] = begun.extent;
    const held = view.point(...from, true);
    const there = view.point(...to, true);
    figure.state.windows[figure.state.problem] = now;
    look(
      zoomed(
        begun.extent,
        held,
        factor,
        held.map((v, c) => (v - there[c]) * factor),
      ),
    );
  }

  function up(event) {
    const at = pointers.get(event.pointerId);
    if (
      at &&
      mode === "tap" &&
      event.type === "pointerup" &&
      Math.hypot(at[0] - begun.at[0], at[1] - begun.at[1]) < 8
    )
      start(at);
    pointers.delete(event.pointerId);
    if (!pointers.size) mode = "";
  }

  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) element.addEventListener(name, up);
  // A finger that holds the start, or two of them, do not scroll the page.
  element.addEventListener(
    "touchmove",
    (event) => {
      if (event.cancelable && (mode === "drag" || mode === "pinch")) event.preventDefault();
    },
    { passive: false },
  );
  element.addEventListener(
    "wheel",
    (event) => {
      if (!(event.ctrlKey || event.metaKey) || !view.zooms) return;
      event.preventDefault();
      zoom(Math.exp(clamp(event.deltaY * 0.01, -0.25, 0.25)), inside(placeOf(event)));
    },
    { passive: false },
  );
  handle.addEventListener("keydown", (event) => {
    const way = KEYS[event.key];
    const far = event.shiftKey ? 0.1 : 0.01;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key];
    if (way && figure.canMove()) {
      const [a, b] = view.place(held.where());
      held.move(view.point(a + way[0] * far * view.box.width, b + way[1] * far * view.box.height));
      follow();
    } else if (held.many && step) {
      held.next(step);
      show();
    } else if (ZOOMS[event.key]) zoom(ZOOMS[event.key]);
    else if (event.key === "0" && view.zooms) reset();
    else return;
    event.preventDefault();
  });

  /** Stand where the start stands. */
  function show() {
    const x = held.where();
    const [a, b] = inside(view.place(x)).map(Math.round);
    handle.style.transform = `translate(${a}px,${b}px)`;
    handle.classList.toggle("oe-fixed", !figure.canMove());
    set(handle, {
      "aria-valuenow": x[0],
      "aria-valuetext": held.words(),
      "aria-disabled": !figure.canMove(),
    });
  }
  return { show, zoom, reset, handle };
}
