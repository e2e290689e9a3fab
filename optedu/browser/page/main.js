// The living figure. Layers, each of which knows only those before it:
//   scene     what Python sent           source  who computes: module, kernel, recorded runs
//   model     state and runs             panels  drawing
//   controls  buttons, sliders, menus    main    one frame: compute, then draw
import { readAddress, link, writeAddress } from "./address.js";
import { makeModel } from "./model.js";
import { iconButton, button, menu, range } from "./parts.js";
import { pythonCode } from "./python.js";
import { readout } from "./readout.js";
import { readScene, nearest } from "./scene.js";
import { settings } from "./settings.js";
import { sliders } from "./sliders.js";
import { isPublished, openSource } from "./source.js";
import { capital, clamp, display, later, node, put, set, throttle, write } from "./tools.js";

const KEYS =
  "Arrow keys move the start, with shift in large steps. Plus and minus zoom, 0 shows the whole window again.";
let views = 0; // the same figure may stand twice on a page

async function render({ model, el }, forms) {
  const scene = readScene(model);
  const published = isPublished(model, el);
  const source = await openSource(model, scene, el, () => figure.change());
  const figure = makeModel(scene, source);
  Object.assign(figure, {
    id: `oe-${scene.id}-${++views}`,
    theme: 0,
    moving: false,
    touched: false,
    nearest,
    change,
    go,
    say: (words) => {
      remark = `${words}. `;
      announce(remark);
    },
    againstLabel: () => scene.againsts.find(({ key: name }) => name === figure.state.against).label,
    where: () => `${figure.againstLabel()} ${figure.moment} of ${figure.last}`,
    isComputing: () => figure.state.chosen.some((i) => i >= 0 && figure.isAlive(i)),
    canMove: () => figure.isComputing(),
    front: () => figure.shown.find(({ method }) => method === figure.state.front) ?? figure.shown[0],
    moveStart(x) {
      figure.touched = true;
      figure.state.starts[figure.state.problem] = x;
      change();
    },
    moveData(field, value) {
      figure.touched = true;
      figure.setDatum(field, value);
      change();
    },
  });
  const { id } = figure;
  const told = published ? readAddress(figure) : null;
  if (told) figure.state = told;

  const root = node(
    "section",
    { class: "oe-figure", "aria-label": scene.title, "aria-describedby": `${id}-alt` },
    el,
  );
  // The attribute and the stopped keys leave the arrow keys to the figure in JupyterLab.
  set(root, { "data-lm-suppress-shortcuts": "true" });
  root.addEventListener("keydown", (event) => event.stopPropagation());
  const head = node("div", { class: "oe-head" }, root);
  node("p", { class: "oe-title" }, head, scene.title);
  const objective =
    scene.problems.length > 1 &&
    menu(
      head,
      `${id}-objective`,
      "objective",
      scene.problems.map(({ label }, j) => [j, label]),
      (j) => {
        pause();
        Object.assign(figure.state, { problem: Number(j), moment: null });
        figure.touched = true;
        change();
      },
    );
  node("p", { class: "oe-hidden", id: `${id}-alt` }, root, scene.alt);
  node("p", { class: "oe-hidden", id: `${id}-keys` }, root, KEYS);
  const body = node("div", { class: "oe-body" }, root);
  const stage = node("div", { class: "oe-panels" }, body);
  const controls = node("div", { class: "oe-controls" }, body);
  const live = node("p", { class: "oe-hidden", role: "status", "aria-live": "polite" }, root);
  const announce = throttle(
    (words) => {
      write(live, words);
    },
    () => (playing ? 4000 : 700),
  );

  const panels = scene.panels.filter((name) => forms[name]).map((name) => forms[name](figure, stage));
  const buttons = node("div", { class: "oe-row" }, controls);
  const setPlay = iconButton(buttons, "play", "Play", () => (playing ? pause() : play()));
  iconButton(buttons, "back", "One step back", () => jump(figure.neighbour(-1)));
  iconButton(buttons, "forward", "One step forward", () => jump(figure.neighbour(1)));
  const timeRow = node("div", { class: "oe-row oe-slide" }, buttons);
  const timeName = node("label", { for: `${id}-k`, class: "oe-label" }, timeRow);
  const time = range(timeRow, `${id}-k`, 2, (k) => jump(k));
  const timeInput = timeRow.querySelector("input");
  const timeWords = node("output", { for: `${id}-k` }, timeRow);
  timeInput.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    if (playing) pause();
    else play();
  });
  const first = node("div", { class: "oe-sliders" }, controls);
  const table = readout(figure, body);
  const note = node("p", { class: "oe-note" }, body);
  const noteKey = node("svg", { class: "oe-key", viewBox: "0 0 30 14", "aria-hidden": "true" }, note);
  const noteWords = node("span", {}, note);
  node("path", { class: "oe-bound", d: "M1 7h28" }, noteKey);
  const trouble = node("p", { class: "oe-note oe-trouble" }, body);
  const foot = node("div", { class: "oe-foot" }, root);
  const more = settings(
    figure,
    foot,
    panels.find(({ zoom }) => zoom)?.zoom,
    panels.some(({ detail }) => detail),
  );
  const hyper = sliders(figure, first, more.more);
  const acts = node("div", { class: "oe-row oe-acts" }, foot);
  const copy = copier(root, figure.say);
  button(acts, "Copy as Python", (event) => copy(event, pythonCode(figure), "the Python code"));
  if (published) button(acts, "Copy link", (event) => copy(event, link(figure), "the link"));
  const undo = button(acts, "Reset", () => {
    pause();
    figure.state = figure.authored();
    change();
  });

  let remark = "";
  let playing = 0;
  let width = 0;
  let arranged = -1;
  let frame = 0;
  let all = true;
  const address = later(() => published && writeAddress(figure), 400);

  function change() {
    all = true;
    frame ||= requestAnimationFrame(work);
    address();
  }
  function go(moment) {
    figure.touched = true;
    figure.state.moment = moment >= figure.last ? null : Math.max(0, moment);
    frame ||= requestAnimationFrame(work);
    if (!playing) address();
  }
  const jump = (moment) => {
    pause();
    go(moment);
  };

  function work() {
    frame = 0;
    if (!width) return;
    // Where nothing can be computed or played, the still picture stays, with the reason under it.
    const useless = source.isUseless();
    root.classList.toggle("oe-useless", useless);
    if (el.closest(".optedu-live")) el.closest(".optedu-figure")?.classList.toggle("is-live", !useless);
    if (useless) {
      display(trouble, true);
      write(trouble, source.trouble() || scene.pairs.flat()[0].reason);
      return;
    }
    if (all) {
      all = false;
      figure.update(change);
      if (arranged !== figure.state.problem) arrange();
      for (const panel of panels) panel.show();
      if (objective) objective(figure.state.problem);
      hyper.show();
      more.show();
      set(timeInput, { max: figure.last });
      write(timeName, capital(figure.againstLabel()));
      tell();
    } else figure.settle();
    for (const panel of panels) panel.draw();
    const where = `${figure.moment} of ${figure.last}`;
    time(figure.moment, where);
    write(timeWords, where);
    const sentence = table.draw();
    if (figure.touched) announce(`${remark}${capital(figure.where())}: ${sentence}`);
    remark = "";
  }

  /** The lines under the table: what is dashed, and what cannot be moved here. */
  function tell() {
    const sources = [
      ...new Set(figure.shown.filter(({ bound }) => bound).map(({ pair }) => pair.bound.source)),
    ];
    display(note, sources.length);
    write(noteWords, `dashed: the proven bound (${sources.join("; ")})`);
    const recorded = figure.runs.filter(({ method }) => figure.kind(method) === "recorded");
    const why = [
      ...new Set(recorded.map(({ pair, label }) => pair.reason && `${capital(label)}: ${pair.reason}`)),
    ].filter(Boolean);
    const words = [
      ...panels.map((panel) => panel.note),
      source.trouble(),
      recorded.length ? "Recorded runs are played, nothing is computed here." : "",
      ...why,
    ]
      .filter(Boolean)
      .join(" ");
    display(trouble, words);
    write(trouble, words);
    put(undo, { disabled: JSON.stringify(figure.state) === JSON.stringify(figure.authored()) });
  }

  function layout() {
    if (stage.clientWidth === width || stage.clientWidth < 60) return;
    width = stage.clientWidth;
    arrange();
    all = true;
    cancelAnimationFrame(frame);
    work();
  }

  /** Give the panels their sizes, which depend on the width and on the objective. */
  function arrange() {
    arranged = figure.state.problem;
    const beside = panels.length > 1 && width >= 540;
    const each = beside ? Math.floor((width - 16) / 2) : width;
    for (let i = 0; i < panels.length; i += 2) {
      const pair = panels.slice(i, i + 2);
      const alone = pair.length === 1 && beside;
      const heights = pair.map((panel) => panel.layout(alone && panel.stretches ? width : each));
      if (!beside || alone) continue;
      const fixed = pair.findIndex(({ stretches }) => !stretches);
      const height = fixed < 0 ? Math.max(...heights) : heights[fixed];
      for (const panel of pair) if (panel.stretches) panel.layout(each, height);
    }
  }

  function pause() {
    if (!playing) return;
    cancelAnimationFrame(playing);
    playing = 0;
    setPlay("play", "Play");
    address();
  }

  function play() {
    if (figure.moment >= figure.last) figure.state.moment = 0;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const from = figure.state.moment ?? 0;
    const length = clamp(110 * figure.last, 2500, 9000);
    let begun;
    const step = (clock) => {
      begun ??= clock;
      const { last } = figure;
      const share = calm // about ten still pictures instead of a film
        ? Math.floor((clock - begun) / 900) * Math.ceil(last / 10)
        : ((clock - begun) / length) * last;
      const moment = Math.min(last, from + Math.floor(share));
      playing = requestAnimationFrame(step);
      if (moment !== figure.moment) go(moment);
      if (moment >= last) pause();
    };
    setPlay("pause", "Pause");
    playing = requestAnimationFrame(step);
    go(from);
  }

  function hear() {
    const state = readAddress(figure);
    if (!state) return;
    figure.state = state;
    change();
  }
  if (published) addEventListener("hashchange", hear);
  const repaint = () => {
    figure.theme += 1;
    change();
  };
  const sizes = new ResizeObserver(layout);
  const themes = new MutationObserver(repaint);
  sizes.observe(stage);
  themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  themes.observe(document.body, { attributeFilter: ["data-jp-theme-light", "class"] });
  layout();
  if (told) root.scrollIntoView({ block: "center" });

  return () => {
    pause();
    cancelAnimationFrame(frame);
    address.cancel();
    sizes.disconnect();
    themes.disconnect();
    removeEventListener("hashchange", hear);
    source.close();
  };
}

/** Put text on the clipboard; where the browser refuses, show it, selected. */
function copier(root, say) {
  const area = node(
    "textarea",
    { class: "oe-text", readonly: "", rows: 7, "aria-label": "Text to copy", hidden: "" },
    root,
  );
  return async ({ currentTarget: pressed }, text, name) => {
    try {
      await navigator.clipboard.writeText(text);
      area.hidden = true;
      say(`Copied ${name}`);
      pressed.classList.add("oe-done");
      setTimeout(() => pressed.classList.remove("oe-done"), 1500);
    } catch {
      area.value = text;
      area.hidden = false;
      area.select();
      say(`Press Ctrl+C to copy ${name}`);
    }
  };
}

/** A widget with these live forms: a function per panel, by its name; see bundle.py. */
export default function living(forms) {
  return { render: (given) => render(given, forms) };
}
