// The state in the page's address: #optedu-<id>=problem:1;methods:0,2;start:-3,2;0.step_size:0.1
// Figures share the address; each reads and writes its own part.
import { clamp } from "./tools.js";
import { isMeasurable } from "./scene.js";

const WORDS = { show: "quantity", against: "against" };
const COUNTS = { steps: 1, seed: 0, at: 0 };
const parts = () => location.hash.slice(1).split("&").filter(Boolean);
const own = (figure) => `optedu-${figure.scene.id}=`;

/** Only what differs from what the author chose. */
function encode({ state, scene, authored }) {
  const first = authored();
  const j = state.problem;
  const found = [];
  const tell = (name, value, usual) => {
    if (String(value) !== String(usual)) found.push(`${name}:${value}`);
  };
  tell("problem", j, first.problem);
  tell(
    "methods",
    state.chosen
      .map((i) => (i < 0 ? "" : i))
      .join()
      .replace(/,+$/, ""),
    first.chosen
      .map((i) => (i < 0 ? "" : i))
      .join()
      .replace(/,+$/, ""),
  );
  if (state.starts[j]) found.push(`start:${[...state.starts[j]]}`);
  for (const [field, value] of Object.entries(state.data[j] ?? {})) found.push(`problem.${field}:${value}`);
  for (const i of state.chosen) {
    for (const [field, value] of Object.entries(state.fields[`${i},${j}`] ?? {}))
      found.push(`${i}.${field}:${value}`);
  }
  tell("steps", state.steps, first.steps);
  tell("seed", state.seed, first.seed);
  for (const [word, name] of Object.entries(WORDS)) tell(word, state[name], first[name]);
  tell("detail", state.front, null);
  if (state.linear) found.push("linear");
  if (!state.together) found.push("apart");
  if (state.moment !== null) found.push(`at:${state.moment}`);
  if (state.windows[j]) found.push(`window:${state.windows[j].map((v) => Number(v.toPrecision(8)))}`);
  return found.join(";");
}

/** The state that a text tells of; what makes no sense is left out. */
export function decode(text, { scene, authored }) {
  const state = authored();
  const tokens = text.split(";").map((token) => token.split(":"));
  const told = Object.fromEntries(tokens.map(([name, value = ""]) => [name, value]));
  const numbers = (value) => value.split(",").map(Number);
  const index = (value, list) => (value !== "" && Number(value) in list ? Number(value) : -1);
  if (index(told.problem ?? "", scene.problems) >= 0) state.problem = Number(told.problem);
  const j = state.problem;
  const problem = scene.problems[j];
  if (told.methods !== undefined) {
    const chosen = told.methods.split(",").map((value) => index(value, scene.methods));
    state.chosen = state.chosen.map((_, slot) => (chosen.indexOf(chosen[slot]) === slot ? chosen[slot] : -1));
  }
  /** A number of the problem goes as far as the slider that moves it. */
  const within = (field, value) => {
    const sliders = scene.pairs.flatMap((row) => (row[j].shared?.includes(field) ? row[j].sliders : []));
    const slider = sliders.find((each) => each.field === field);
    return slider ? clamp(value, slider.low, slider.high) : problem.data[field].value;
  };
  const fits = (found, length) => found.length === length && found.every(Number.isFinite);
  const start = numbers(told.start ?? "");
  const window = numbers(told.window ?? "");
  if (told.start && fits(start, problem.start.length)) state.starts[j] = start;
  if (
    told.window &&
    problem.extent &&
    fits(window, problem.extent.length) &&
    window.every((v, c) => c % 2 === 0 || v > window[c - 1])
  )
    state.windows[j] = window;
  for (const [name, value = ""] of tokens) {
    const [, changed] = /^problem\.(\w+)$/.exec(name) ?? [];
    const own = Object.hasOwn(problem.data ?? {}, changed) && problem.data[changed];
    const found = numbers(value);
    if (!own || !value || !fits(found, own.shape ? own.value.length : 1)) continue;
    (state.data[j] ??= {})[changed] = own.shape ? found : within(changed, found[0]);
  }
  for (const [name, value] of tokens) {
    const [, i, field] = /^(\d+)\.(\w+)$/.exec(name) ?? [];
    const slider = scene.pairs[i]?.[j].sliders.find((each) => each.field === field);
    if (!slider || !value || !Number.isFinite(Number(value))) continue;
    (state.fields[`${i},${j}`] ??= {})[field] = clamp(
      slider.integer ? Math.round(value) : Number(value),
      slider.low,
      slider.high,
    );
  }
  for (const [name, low] of Object.entries(COUNTS)) {
    const value = Math.round(Number(told[name] || NaN));
    if (value >= low) state[name === "at" ? "moment" : name] = value;
  }
  state.steps = Math.min(state.steps, scene.most_steps);
  if (state.chosen.includes(index(told.detail ?? "", scene.methods))) state.front = Number(told.detail);
  const quantity = scene.quantities.find(({ key }) => key === told.show);
  if (quantity && isMeasurable(quantity.key, problem)) state.quantity = quantity.key;
  if (scene.againsts.some(({ key }) => key === told.against)) state.against = told.against;
  state.linear = "linear" in told;
  state.together = !("apart" in told);
  return state;
}

/** What the address says of this figure, or null. */
export function readAddress(figure) {
  const part = parts().find((each) => each.startsWith(own(figure)));
  return part ? decode(decodeURIComponent(part.slice(own(figure).length)), figure) : null;
}

export function writeAddress(figure) {
  const text = encode(figure);
  const others = parts().filter((each) => !each.startsWith(own(figure)));
  const hash = [...others, ...(text ? [own(figure) + text] : [])].join("&");
  if (hash !== location.hash.slice(1))
    history.replaceState(history.state, "", hash ? `#${hash}` : location.pathname + location.search);
}

/** The address of the page with this figure's state and no other. */
export const link = (figure) => `${location.href.split("#")[0]}#${own(figure)}${encode(figure)}`;
