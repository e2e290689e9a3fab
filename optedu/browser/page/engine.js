// Runs the book's methods: a WebAssembly module made from their Python text, and how to call it.
// The module knows nothing of the page. Arguments lie in its memory in slots of eight bytes, in the
// order that the interface lists them; oracles are called through the module's function table.

const PAGE = 65536, MOST_BYTES = 64 * 2 ** 20;
export const FUEL = 5e6; // oracle calls and allocations that one run may spend: about a second

const CODES = ["max_iter", "converged", "max_iter", "time_limit", "stalled", "diverged", "nonfinite",
  "infeasible", "unbounded", "interrupted"];

// Numba's own exceptions for arithmetic that breaks down end a run in Python, too.
const BREAKDOWN = /^(LinAlgError|ZeroDivisionError|OverflowError): ?/;

const MATHEMATICS = Object.fromEntries(
  Object.getOwnPropertyNames(Math).filter((name) => typeof Math[name] === "function").map((name) => [name, Math[name]]));

/** Compressed bytes, as gzip packed them. */
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

export async function openEngine(bytes, contract) {
  const module = await WebAssembly.compile(await inflate(bytes));
  let engine = await start(module, contract);
  const written = new Map();
  /** After a trap the module's stack is not what it was: begin anew. */
  function guarded(name, failed) {
    return (...args) => {
      try {
        return engine[name](...args);
      } catch (error) {
        if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) throw error;
        const spent = engine.isSpent();
        engine = reopen(module, contract);
        for (const one of written.values()) engine.write(...one);
        return failed(spent ? "budget" : "failed", spent ? SPENT : `the module stopped: ${error.message}`, ...args);
      }
    };
  }
  const nothing = (status, message, { x0 }) => ({
    status, message, steps: 0, rows: 1, iterations: Float64Array.of(0), values: Float64Array.of(NaN),
    certificates: Float64Array.of(NaN), calls: new Float64Array(contract.oracles.length), iterates: Float64Array.from(x0),
  });
  return {
    run: guarded("run", nothing),
    values: guarded("values", (status, message, j, points) =>
      new Float64Array(points.length / size(contract.problems[j].shape)).fill(NaN)),
    oracle: guarded("oracle", () => null),
    /** Change a problem's data: its value in a slot, a number or as many numbers as are there. */
    write(...one) {
      written.set(`${one[0]},${one[1]}`, one);
      engine.write(...one);
    },
  };
}

/** How many numbers an oracle answers for d coordinates and m outputs; others give a point. */
const LENGTHS = {
  value: () => 1, component_value: () => 1, barrier: () => 1, duality_gap: () => 1,
  coordinate_gradient: () => 1, coordinate_prox: () => 1,
  hessian: (d) => d * d, barrier_hessian: (d) => d * d, component_hessian: (d) => d * d,
  gauss_newton: (d) => d * d, fisher: (d) => d * d,
  lagrangian_hessian: (d) => d * d, residual: (d, m) => m, linear_map: (d, m) => m,
  constraint: (d, m) => m, jacobian_column: (d, m) => m, output_curvature: (d, m) => m,
  jacobian: (d, m) => m * d, constraint_jacobian: (d, m) => m * d,
  output_hessian: (d, m) => m * m, plan: (d, m) => m * (d - m),
};
const OF_OUTPUTS = ["adjoint", "dual_prox"]; // oracles that take a vector of outputs and no point
const COUNT = -1; // the component that asks for the number of outputs
const SPENT = "stopped: it spent what one run may use of the page's time and memory";
const size = (shape) => shape.reduce((product, length) => product * length, 1);

function imports() {
  const fatal = () => { throw new WebAssembly.RuntimeError("a call to a linear algebra routine was wrong"); };
  return { env: { ...MATHEMATICS, fmod: (a, b) => a % b, Py_FatalError: fatal, numba_fatal_error: fatal } };
}

const start = async (module, contract) => wake(await WebAssembly.instantiate(module, imports()), contract);
const reopen = (module, contract) => wake(new WebAssembly.Instance(module, imports()), contract);

function wake({ exports: wasm }, contract) {
  const oracles = contract.oracles;
  let bytes = new DataView(wasm.memory.buffer);
  /** The memory's buffer is another one after it has grown. */
  function memory() {
    if (bytes.buffer !== wasm.memory.buffer) bytes = new DataView(wasm.memory.buffer);
    return bytes;
  }
  const doubles = (at, length) => new Float64Array(memory().buffer, at, length);
  const writeInteger = (at, value) => memory().setBigInt64(at, BigInt(value), true);
  const readInteger = (at) => Number(memory().getBigInt64(at, true));

  /** Memory that stays between runs. */
  function keep(length) {
    const at = Number(wasm.optedu_keep(BigInt(length)));
    if (!at) throw new RangeError("out of memory");
    return at;
  }

  function unpack({ data, base64, shape }) {
    if (data) return data;
    const raw = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    return new Float64Array(raw.buffer, 0, size(shape));
  }

  /** Put an array of the interface into memory that stays. */
  function store(kind, entries) {
    const at = keep(8 * entries.length);
    entries.forEach((entry, i) => {
      if (kind === "floats") memory().setFloat64(at + 8 * i, entry, true);
      else if (kind === "integers") writeInteger(at + 8 * i, entry);
      else memory().setUint8(at + i, entry);
    });
    return at;
  }

  /** Write one value into its slots; return the place behind them. */
  function put(at, kind, value) {
    if (kind === "float") memory().setFloat64(at, value, true);
    else if (kind === "integer") writeInteger(at, Math.round(value));
    else {
      writeInteger(at, value.at ?? store(kind, unpack(value)));
      value.shape.forEach((length, i) => writeInteger(at + 8 * (i + 1), length));
    }
    return at + bytesOf(value);
  }

  const bytesOf = (value) => 8 * (1 + (value.shape?.length ?? 0));
  const bytesOfAll = (values) => values.reduce((sum, value) => sum + bytesOf(value), 0);

  wasm.optedu_begin(BigInt(wasm.__heap_base.value), BigInt(MOST_BYTES));
  const table = wasm.__indirect_function_table;
  const problems = contract.problems.map((problem) => problem && {
    ...problem,
    size: size(problem.shape),
    block: 0,
    places: oracles.map((name) => {
      if (!problem.oracles.includes(name)) return 0;
      const place = table.grow(1);
      table.set(place, wasm[`${problem.name}_${name}`]);
      return place;
    }),
  });
  for (const problem of problems) {
    if (!problem) continue;
    problem.block = keep(bytesOfAll(problem.data));
    problem.data.reduce((at, value, i) => put(at, problem.kinds[i], value), problem.block);
  }

  function write(j, slot, value) {
    const { block, data, kinds } = problems[j], at = block + bytesOfAll(data.slice(0, slot));
    if (typeof value === "number") put(at, kinds[slot], value);
    else doubles(readInteger(at), value.length).set(value);
  }

  const words = keep(48), counts = keep(8 * oracles.length), watch = keep(24), result = keep(24);
  // A point, and a second one behind it.
  const largest = Math.max(1, ...problems.map((problem) => problem?.size ?? 0));
  const point = keep(16 * largest);
  let answer = 0, longest = 0;
  let room = 0, columns;
  /** Columns for so many rows; a figure asks for the largest number once. */
  function reserve(rows, length) {
    if (rows * (length + oracles.length + 2) <= room) return;
    room = rows * (length + oracles.length + 2);
    columns = keep(8 * room);
  }

  // Behind a method's own slots come the same ones for all methods: see `method_block` in Python.
  const SHARED = 8 * (1 + oracles.length + 2 + 1 + 2 + 4 + 2 + 2 + 2 + 3 + 3 + 2 + 8);
  const blocks = new Map();
  function blockOf(i, j) {
    const pair = contract.pairs[i][j], key = `${i},${j}`;
    if (!blocks.has(key)) {
      const { fields } = contract.methods[pair.run], places = {};
      const at = keep(bytesOfAll(pair.data) + SHARED);
      const rest = fields.reduce((place, [name, kind], k) => {
        places[name] = { at: place, kind, value: pair.data[k] };
        return put(place, kind, pair.data[k]);
      }, at);
      blocks.set(key, { at, rest, places });
    }
    return blocks.get(key);
  }

  const isSpent = () => readInteger(wasm.optedu_fuel.value) < 0;
  /** The sentence of what was raised: an exception's address, or that of a failed oracle. */
  function sentence(address) {
    const told = readInteger(wasm.optedu_failure.value);
    const from = told > 1 ? told : Number(address);
    if (from <= 1) return "an exception that says nothing";
    const start = memory().getUint32(from, true), length = memory().getUint32(from + 4, true);
    return new TextDecoder().decode(new Uint8Array(memory().buffer, start, length));
  }

  function run({ method: i, problem: j, fields = {}, x0, seed = 0, steps, every = 1, tol = 1e-6, data, fuel = FUEL }) {
    const pair = contract.pairs[i][j], problem = problems[j], d = problem.size;
    const most = Math.floor(steps / every) + 3;
    const block = blockOf(i, j);
    reserve(most, d);
    const at = { values: columns, certificates: columns + 8 * most, calls: columns + 16 * most };
    at.iterates = at.calls + 8 * most * oracles.length;
    for (const [name, { at: place, kind, value }] of Object.entries(block.places)) {
      if (typeof value === "number") put(place, kind, fields[name] ?? value);
    }
    doubles(point, d).set(x0);
    writeInteger(watch, 0);
    writeInteger(watch + 8, 0);
    writeInteger(watch + 16, pair.patience);
    const array = (place, ...shape) => ["floats", { at: place, shape }];
    const integer = (value) => ["integer", value], float = (value) => ["float", value];
    [
      integer(problem.block), ...problem.places.map(integer),
      array(counts, oracles.length), array(point, ...problem.shape), array(words, 6),
      integer(steps), integer(every), float(tol), float((data ? null : pair.minimum) ?? NaN), array(watch, 3),
      array(at.values, most), array(at.certificates, most), array(at.calls, most, oracles.length),
      array(at.iterates, most, d), array(result, 3),
    ].reduce((place, [kind, value]) => put(place, kind, value), block.rest);

    const call = () => {
      new Uint8Array(memory().buffer, counts, 8 * oracles.length).fill(0);
      writeInteger(wasm.optedu_failure.value, 0);
      wasm.optedu_reset(BigInt(fuel));
      if (contract.methods[pair.run].random) wasm.optedu_seed(BigInt(seed), words);
      return wasm[pair.run](BigInt(block.at));
    };
    const raised = call();
    let taken = readInteger(result), rows = readInteger(result + 8), status = CODES[readInteger(result + 16)], message = "";
    if (raised) {
      // What was reached before: take the same steps again over columns that show what was written.
      new Uint8Array(memory().buffer, at.calls, 8 * most * oracles.length).fill(255);
      message = sentence(call());
      rows = 0;
      while (rows < most && memory().getInt32(at.calls + 8 * rows * oracles.length, true) !== -1) rows += 1;
      taken = Math.max(0, (rows - 1) * every);
      status = isSpent() ? "budget" : BREAKDOWN.test(message) ? "nonfinite" : "failed";
      message = isSpent() ? SPENT : `step ${taken + 1} failed: ${message.replace(BREAKDOWN, "")}`;
    }
    const low = new Int32Array(memory().buffer, at.calls, 2 * rows * oracles.length);
    const iterations = new Float64Array(rows), calls = new Float64Array(rows * oracles.length);
    for (let k = 0; k < rows; k++) iterations[k] = k * every;
    for (let k = 0; k < calls.length; k++) calls[k] = low[2 * k];
    if (rows > 1) iterations[rows - 1] = Math.min(iterations[rows - 1], taken);
    return {
      status, message, steps: taken, rows, iterations, calls,
      values: doubles(at.values, rows).slice(), certificates: doubles(at.certificates, rows).slice(),
      iterates: doubles(at.iterates, rows * d).slice(),
    };
  }

  function call(problem, name, x, second, number, component, out) {
    wasm.optedu_reset(BigInt(FUEL));
    return wasm[`${problem.name}_${name}`](BigInt(problem.block), BigInt(component), BigInt(x), BigInt(second), number, BigInt(out));
  }

  const BATCH = 1024; // points at a time
  let batch = 0;
  function values(j, points) {
    const problem = problems[j], d = problem.size, answers = new Float64Array(points.length / d).fill(NaN);
    batch ||= keep(8 * BATCH * (largest + 1));
    const most = BATCH, out = batch + 8 * BATCH * largest;
    for (let k = 0; k < answers.length; k += most) {
      const count = Math.min(most, answers.length - k);
      doubles(batch, count * d).set(points.subarray(k * d, (k + count) * d));
      if (call(problem, "values", batch, 0, 0, count, out)) { // one of them failed: find out which
        for (let i = 0; i < count; i++) {
          if (!call(problem, "value", batch + 8 * i * d, 0, 0, 0, out)) answers[k + i] = doubles(out, 1)[0];
        }
      } else answers.set(doubles(out, count), k);
    }
    return answers;
  }

  /** An oracle of a problem; `given` as in Python: (x), (x, t), (x, v), (x, v, t), (i, x), (i, x, t), (y), (y, t), (x, y). */
  function oracle(j, name, ...given) {
    const problem = problems[j], d = problem.size;
    const number = given.length > 1 && typeof given.at(-1) === "number" ? given.pop() : 0;
    const which = typeof given[0] === "number" ? given.shift() : 0;
    const [x, second] = OF_OUTPUTS.includes(name) ? [null, given[0]] : given;
    const ofOutputs = x === null || name === "lagrangian_hessian";
    const beside = second && keep(8 * second.length);
    if (x) doubles(point, d).set(x);
    if (second) doubles(beside, second.length).set(second);
    const ask = (component, length) => {
      if (length > longest) [answer, longest] = [keep(8 * length), length];
      const raised = call(problem, name, x ? point : beside, beside ?? point, number, component, answer);
      return raised ? null : doubles(answer, length).slice();
    };
    const count = name === "dual_prox" ? () => second.length : LENGTHS[name] ?? (() => d);
    const outputs = count.length > 1 ? ask(COUNT, 1) : [0];
    return outputs && ask(ofOutputs ? second.length : which, count(d, outputs[0]));
  }

  return { run, values, oracle, write, isSpent };
}
