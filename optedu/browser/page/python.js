// The Python that computes what the figure shows, to be pasted and run.

/** A number as Python reads it back, exactly. */
const literal = (v) =>
  Number.isNaN(v)
    ? "np.nan"
    : Math.abs(v) === Infinity
      ? `${v < 0 ? "-" : ""}np.inf`
      : Object.is(v, -0)
        ? "-0.0"
        : String(v);

/** A flat list in the shape of the iterate, row by row. */
function nested(numbers, shape) {
  if (shape.length < 2) return `[${Array.from(numbers, literal).join(", ")}]`;
  const each = numbers.length / shape[0];
  return `[${Array.from({ length: shape[0] }, (_, i) => nested(numbers.slice(i * each, (i + 1) * each), shape.slice(1))).join(", ")}]`;
}

export function methodCode(figure, i) {
  const { values, given, fixed = {} } = figure.pair(i);
  const fields = figure.fieldsOf(i);
  const texts = new Map(Object.entries(fixed));
  for (const name of Object.keys(values)) {
    if (figure.isShared(i, name)) continue;
    if (name in given || fields[name] !== values[name]) texts.set(name, literal(fields[name]));
  }
  return `${figure.scene.methods[i].code}(${[...texts].map(([name, text]) => `${name}=${text}`).join(", ")})`;
}

/** The problem, with what the reader changed of it. */
function problemCode(figure) {
  const { code, data } = figure.problem();
  const changed = Object.entries(figure.dataOf()).map(
    ([field, value]) =>
      `${field}=${typeof value === "number" ? literal(value) : nested(value, data[field].shape)}`,
  );
  return changed.length ? `${code}._replace(${changed.join(", ")})` : code;
}

export function pythonCode(figure) {
  const { scene, state } = figure;
  const problem = figure.problem();
  const chosen = state.chosen.filter((i) => i >= 0 && figure.kind(i));
  const options = [`max_iter=${state.steps}`, `tol=${literal(scene.tol)}`];
  if (scene.random) options.push(`seed=${state.seed}`);
  const every = Math.max(1, ...chosen.map((i) => figure.requestOf(i).every));
  if (every > 1) options.push(`record_every=${every}`);
  const methods = chosen.map((i) => methodCode(figure, i));
  const one = methods.length === 1;
  const text = [
    `problem = ${problemCode(figure)}`,
    "",
    ...(one
      ? [`oe.run(${methods[0]}, problem, ${nested(figure.startOf(), problem.shape)}, ${options.join(", ")})`]
      : [
          "oe.race([",
          ...methods.map((method) => `    ${method},`),
          `], problem, ${nested(figure.startOf(), problem.shape)}, ${options.join(", ")})`,
        ]),
  ].join("\n");
  return `${/\bnp\./.test(text) ? "import numpy as np\n" : ""}import optedu as oe\n\n${text}\n`;
}
