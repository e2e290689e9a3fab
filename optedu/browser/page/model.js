// The state that the reader changes, and the runs that follow from it. Draws nothing.
import { SLOTS, clamp } from "./tools.js";
import { boundOf, clockOf, isMeasurable, measure, rowAt, valueAt, nearest } from "./scene.js";

const MOST_NUMBERS = 1e6; // numbers that one run may keep; longer runs keep every so many steps

export function makeModel(scene, source) {
  const authored = () => ({
    problem: scene.problem,
    chosen: Array.from({ length: SLOTS }, (_, slot) => scene.chosen[slot] ?? -1),
    starts: {},
    fields: {},
    data: {},
    windows: {},
    steps: scene.steps,
    seed: scene.seed,
    quantity: scene.quantity,
    against: scene.against,
    linear: false,
    together: true,
    front: null,
    moment: null,
  });
  const self = { scene, source, state: authored(), authored, runs: [] };

  /** What the reader changed of the problem itself; its minimum is then unknown. */
  const dataOf = () => self.state.data[self.state.problem] ?? {};
  const isChanged = () => Object.keys(dataOf()).length > 0;
  function problem() {
    const own = scene.problems[self.state.problem];
    return isChanged() ? { ...own, minimum: null, minimizer: null } : own;
  }
  const pair = (i) => scene.pairs[i][self.state.problem];
  const movedOf = (i) => self.state.fields[`${i},${self.state.problem}`] ?? {};
  const isShared = (i, field) => Boolean(pair(i).shared?.includes(field));
  const fieldsOf = (i) => ({
    ...pair(i).values,
    ...movedOf(i),
    ...Object.fromEntries(Object.entries(dataOf()).filter(([field]) => isShared(i, field))),
  });
  const startOf = () => self.state.starts[self.state.problem] ?? problem().start;
  const kind = (i) => source.kind(i, self.state.problem);
  const isAlive = (i) => ["module", "kernel"].includes(kind(i));

  function quantity() {
    const usable = scene.quantities.filter(({ key }) => isMeasurable(key, problem()));
    const found = usable.find(({ key }) => key === self.state.quantity) ?? usable[0];
    return { ...found, label: labelOf(found) };
  }
  const labelOf = ({ key, label }) =>
    ({
      gradient_norm: problem().certificate,
      best_gradient_norm: `smallest ${problem().certificate}`,
    })[key] ?? label;

  function requestOf(i) {
    const { steps, seed } = self.state;
    const width = source.size(self.state.problem) + 12;
    return {
      method: i,
      problem: self.state.problem,
      fields: fieldsOf(i),
      x0: Float64Array.from(startOf()),
      seed,
      steps,
      every: Math.ceil((steps * width) / MOST_NUMBERS),
      tol: scene.tol,
      ...(isChanged() ? { data: dataOf() } : {}),
    };
  }

  /** Bring the runs up to the state. A run that did not change is not taken again. */
  function update(arrived) {
    source.setData(self.state.problem, dataOf());
    self.runs = self.state.chosen.flatMap((i, slot) => {
      if (i < 0 || !kind(i)) return [];
      const request = requestOf(i);
      const name = JSON.stringify([kind(i), request]);
      const entry = self.runs.find((old) => old.slot === slot && old.method === i) ?? {
        slot,
        method: i,
        run: null,
      };
      if (entry.name !== name) {
        entry.name = name;
        let late = false;
        source.run(slot, request, (run) => {
          entry.run = run;
          if (late) arrived();
        });
        late = true;
      }
      return Object.assign(entry, { pair: pair(i), fields: request.fields, label: scene.methods[i].label });
    });
    const { key } = quantity();
    const against = self.state.against;
    self.shown = self.runs.filter(({ run }) => run?.rows);
    for (const entry of self.shown) {
      entry.clock = clockOf(entry.run, against);
      entry.measured = measure(entry.run, key, problem());
      entry.bound = isChanged() ? null : boundOf(entry, key, problem());
    }
    self.last = Math.max(1, ...self.shown.map(({ clock }) => clock[clock.length - 1]));
    settle();
  }

  /** The row of each run at the moment; a moment of null stays at the end of all runs. */
  function settle() {
    self.moment = self.state.moment === null ? self.last : clamp(self.state.moment, 0, self.last);
    for (const entry of self.shown) entry.row = rowAt(entry.clock, self.moment);
  }

  /** The next moment, in a direction, at which some run has a row. */
  function neighbour(direction) {
    const near = self.shown
      .map(
        ({ clock, row }) =>
          clock[clamp(direction > 0 ? row + 1 : clock[row] < self.moment ? row : row - 1, 0, clock.length - 1)],
      )
      .filter((at) => (at - self.moment) * direction > 0);
    return near.length ? near.reduce((a, b) => ((a - b) * direction < 0 ? a : b)) : self.moment;
  }

  /** Sliders of the chosen methods; those that mean the same move as one. */
  function sliders() {
    const lists = self.state.chosen.flatMap((i, slot) =>
      i < 0 || !kind(i) ? [] : [{ i, slot, all: pair(i).sliders }],
    );
    const found = [];
    for (let round = 0; lists.some(({ all }) => round < all.length); round++) {
      for (const { i, slot, all } of lists) {
        const slider = all[round];
        if (!slider) continue;
        const preset = pair(i).values[slider.field];
        const name = [slider.field, ...[slider.low, slider.high, preset].map((v) => v.toPrecision(9))].join();
        const together = self.state.together || isShared(i, slider.field);
        const old = together && found.find((group) => group.name === name);
        if (old) old.members.push({ i, slot });
        else found.push({ name, slider, preset, members: [{ i, slot }] });
      }
    }
    return found;
  }

  function change(field, value) {
    const all = { ...dataOf(), [field]: value };
    if (String(value) === String(problem().data[field].value)) delete all[field];
    self.state.data = { ...self.state.data, [self.state.problem]: all };
    if (!Object.keys(all).length) delete self.state.data[self.state.problem];
  }

  function moveSlider({ slider, members, preset }, value) {
    for (const { i } of members) {
      if (isShared(i, slider.field)) {
        change(slider.field, value);
        continue;
      }
      const all = (self.state.fields[`${i},${self.state.problem}`] ??= {});
      const own = pair(i).values[slider.field];
      if (value === preset || value === own) delete all[slider.field];
      else all[slider.field] = value;
    }
  }
  const notch = ({ slider, members }) => nearest(slider, fieldsOf(members[0].i)[slider.field]);
  const valueOf = ({ slider, preset }, position) => valueAt(slider, position, preset);

  return Object.assign(self, {
    problem,
    dataOf,
    datum: (field) => dataOf()[field] ?? problem().data[field].value,
    setDatum: change,
    isShared,
    pair,
    fieldsOf,
    movedOf,
    startOf,
    kind,
    isAlive,
    quantity,
    labelOf,
    requestOf,
    update,
    settle,
    neighbour,
    sliders,
    moveSlider,
    notch,
    valueOf,
    extent: () => self.state.windows[self.state.problem] ?? problem().extent,
  });
}
