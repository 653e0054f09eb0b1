// Sizes and counts against the budgets. Lines are those that are neither blank nor comment, as in the linter's limits.
import { walk } from "./tree.mjs";

/** Only `max` fails the check; median and 90th percentile are goals. */
export const budgets = {
  file: { median: 200, p90: 450, max: 800 },
  function: { median: 8, p90: 30, max: 60 },
};

/** Tables that may be longer than a file should be. */
const exemptFiles = ["src/ir/mir/opcodes.ts"];

const functionTypes = ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"];

/** Statistics of the files that are no tests: file and function lines, comment share, escapes from the type checker. */
export function measure(sources) {
  const own = sources.filter((source) => !source.test);
  const totals = { code: 0, comment: 0, test: 0, any: 0, as: 0, bang: 0 };
  const files = [];
  const functions = [];
  for (const source of own) {
    const lines = classifyLines(source.text);
    const code = lines.filter((kind) => kind === "code").length;
    totals.code += code;
    totals.comment += lines.filter((kind) => kind === "comment").length;
    files.push({ name: source.path, size: code });
    const lineOf = lineFinder(source.text);
    walk(source.tree, (node) => {
      countEscapes(node, totals);
      if (!functionTypes.includes(node.type) || node.body?.type !== "BlockStatement") return;
      const first = lineOf(node.start);
      const span = lines.slice(first, lineOf(node.end) + 1);
      const size = span.filter((kind) => kind === "code").length;
      functions.push({ name: `${source.path}:${first + 1}`, size });
    });
  }
  for (const source of sources.filter(({ test }) => test)) {
    totals.test += classifyLines(source.text).filter((kind) => kind === "code").length;
  }
  return { files, functions, totals };
}

function countEscapes(node, totals) {
  if (node.type === "TSAnyKeyword") totals.any += 1;
  if (node.type === "TSNonNullExpression") totals.bang += 1;
  const isConst = node.typeAnnotation?.typeName?.name === "const";
  if (node.type === "TSAsExpression" && !isConst) totals.as += 1;
}

function classifyLines(text) {
  let inComment = false;
  return text.split("\n").map((line) => {
    const trimmed = line.trim();
    if (inComment || trimmed.startsWith("/*")) {
      inComment = !trimmed.includes("*/");
      return "comment";
    }
    if (trimmed.startsWith("//")) return "comment";
    return trimmed === "" ? "blank" : "code";
  });
}

/** Maps offsets to line numbers from 0. */
function lineFinder(text) {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
}

export function distribution(sizes) {
  const sorted = sizes.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), p90: at(0.9), max: at(1) };
}

/** What is larger than its budget allows at most. */
export function checkSizes({ files, functions }) {
  const over = (list, { max }) => list.filter(({ size }) => size > max);
  return [
    ...over(files, budgets.file).filter(({ name }) => !exemptFiles.includes(name)),
    ...over(functions, budgets.function),
  ].map(({ name, size }) => `${name}: ${size} lines`);
}

const refusedNames = ["utils", "util", "helper", "helpers", "common", "misc"];

/** A pass's file has the name of the pass as the text form and the command line write it: `simplify_cfg`. */
const passFile = /^src\/opt\/[a-z_]+(\.test)?\.ts$/;

/** Files whose names say nothing, or are not lower-case words joined by hyphens. */
export function checkNames(sources) {
  const problems = [];
  for (const { path } of sources) {
    const words = path.split("/").map((part) => part.replace(/(\.test)?\.ts$/, ""));
    const refused = words.find((word) => refusedNames.includes(word));
    if (refused !== undefined) problems.push(`${path}: \`${refused}\` is no name`);
    if (!passFile.test(path) && !words.every((word) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(word))) {
      problems.push(`${path}: not in lower-case words joined by hyphens`);
    }
  }
  return problems;
}
