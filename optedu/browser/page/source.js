// Where runs come from: the module of this figure, else a kernel, else what Python recorded.
import { openEngine } from "./engine.js";
import { bytesOf, sizeOf } from "./scene.js";

const PATIENCE = 3000; // a kernel that has not answered by then is none
const COLUMNS = ["iterations", "values", "certificates", "calls", "iterates"];

/** The loader of a published page has no kernel behind it, and its host says so. */
export const isPublished = (model, host) =>
  model.get("_static") === true || Boolean(host.closest(".optedu-live"));

export async function openSource(model, scene, host, changed) {
  const bytes = bytesOf(model.get("module"));
  const contract = model.get("interface");
  let engine = null;
  let trouble = "";
  let data = {};
  if (bytes) {
    try {
      engine = await openEngine(bytes, contract);
    } catch (error) {
      trouble = `This browser could not start the figure's WebAssembly module (${error.message}).`;
    }
  }
  const kernel = openKernel(model, !isPublished(model, host), changed);
  const recordOf = (i, j) => scene.recorded.find((run) => run.method === i && run.problem === j);

  /** How a pair is computed: "module", "kernel", "recorded", or null. */
  function kind(i, j) {
    if (engine && contract.pairs[i][j]) return "module";
    if (kernel.isAwake() && scene.pairs[i][j].possible !== false) return "kernel";
    return recordOf(i, j) ? "recorded" : null;
  }

  const isUseless = () => !scene.methods.some((_, i) => scene.problems.some((_, j) => kind(i, j)));

  /** Run, and hand the result on: at once from the module, later from a kernel. */
  function run(slot, request, then) {
    const { method: i, problem: j } = request;
    const how = kind(i, j);
    if (how === "module") return then({ ...engine.run(request), oracles: contract.oracles });
    if (recordOf(i, j) && how !== "module") then(recordOf(i, j));
    if (how === "kernel")
      kernel.ask(`run${slot}`, { kind: "run", ...request, x0: [...request.x0] }, (answer, columns) =>
        then({ ...answer, ...Object.fromEntries(COLUMNS.map((name, c) => [name, columns[c]])) }),
      );
  }

  /** Put what the reader changed of a problem, and all else that could be, into the module. */
  function setData(j, changed) {
    if (inModule(j))
      for (const [field, { slot, value }] of Object.entries(scene.problems[j].data ?? {}))
        engine.write(j, slot, changed[field] ?? value);
    data = changed;
  }

  const inModule = (j) => Boolean(engine && contract.problems[j]);
  /** f at many points; `then` is called at once, later, or never. */
  function values(j, points, then) {
    if (inModule(j)) then(engine.values(j, points));
    else if (kernel.isAwake())
      kernel.ask("values", { kind: "values", problem: j, points: [...points], data }, (_, [found]) => then(found));
  }

  /** An oracle of a problem at x, or null where the module cannot tell. */
  function oracle(j, name, ...given) {
    return inModule(j) && contract.problems[j].oracles.includes(name) ? engine.oracle(j, name, ...given) : null;
  }

  return {
    kind,
    isUseless,
    run,
    values,
    oracle,
    setData,
    inModule,
    engine,
    trouble: () => trouble,
    size: (j) => sizeOf(scene.problems[j]),
    close: kernel.close,
  };
}

/** Questions to Python: of each sort one at a time, and then only the newest. */
function openKernel(model, possible, changed) {
  let awake = possible && typeof model.send === "function";
  let heard = false;
  let count = 0;
  const asked = new Map();
  const waiting = new Map();
  const timers = new Set();
  function giveUp() {
    if (heard || !awake) return;
    awake = false;
    asked.clear();
    waiting.clear();
    changed();
  }
  function send(sort, message, then) {
    const id = ++count;
    asked.set(sort, { id, then });
    model.send({ ...message, id });
    if (!heard) timers.add(setTimeout(giveUp, PATIENCE));
  }
  function ask(sort, message, then) {
    if (asked.has(sort)) waiting.set(sort, [message, then]);
    else send(sort, message, then);
  }
  function hear(answer, buffers = []) {
    heard = true;
    for (const [sort, { id, then }] of asked) {
      if (id !== answer.id) continue;
      asked.delete(sort);
      const next = waiting.get(sort);
      waiting.delete(sort);
      if (next) send(sort, ...next);
      then(
        answer,
        buffers.map((view) => new Float64Array(bytesOf(view)?.buffer ?? 0)),
      );
    }
  }
  if (awake) model.on("msg:custom", hear);
  const close = () => {
    timers.forEach(clearTimeout);
    model.off("msg:custom", hear);
  };
  return { ask, close, isAwake: () => awake };
}
