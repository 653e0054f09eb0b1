// Writes docs/ir-opcodes.md from the built opcode table; `--check` fails if the page is stale instead.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { opcodes } from "../dist/ir/mir/index.js";

const page = fileURLToPath(new URL("../docs/ir-opcodes.md", import.meta.url));

const immediates = {
  int: "integer",
  float: "float",
  icond: "condition",
  fcond: "condition",
  symbol: "@symbol",
  offset: "+offset",
  trap: "trap code",
  object: "type:size",
};

function form(name, { args, result, suffix, imm, targets }) {
  const left = result === "none" ? "" : result === "callee" ? "v… = " : "v = ";
  const values = typeof args === "string" ? ["v…"] : args.map(() => "v");
  if (imm === "offset") values[0] += "+offset";
  const leading = imm !== undefined && imm !== "offset" ? immediates[imm] : undefined;
  const goals =
    targets === "many"
      ? ["[target, …]", "target"]
      : Array.from({ length: targets ?? 0 }, () => "target");
  const operands = [...values, ...goals].join(", ");
  const text =
    args === "callee"
      ? `${leading}(v, …)`
      : imm === "icond" || imm === "fcond"
        ? `${leading} ${operands}`
        : [leading, operands].filter((part) => part !== undefined && part !== "").join(", ");
  return `${left}${name}${suffix ? ".T" : ""}${text === "" ? "" : ` ${text}`}`;
}

function typing({ args, result, types }) {
  const left =
    typeof args === "string"
      ? args === "callee"
        ? "callee's"
        : "function's results"
      : args.join(", ");
  const right = result === "none" ? "" : ` → ${result === "callee" ? "callee's" : result}`;
  const where = types.length === 0 ? "" : `; T: ${types.join(", ")}`;
  return `(${left})${right}${where}`;
}

function traits({ effects = {}, terminator, commutes }) {
  const names = Object.keys(effects).filter((name) => effects[name]);
  if (terminator) names.push("terminator");
  if (commutes) names.push("commutes");
  return names.join(", ");
}

const rows = Object.entries(opcodes).map(
  ([name, spec]) => `| \`${form(name, spec)}\` | ${typing(spec)} | ${traits(spec)} | ${spec.doc} |`,
);
const text = `# MIR opcodes

Generated from \`src/ir/mir/opcodes.ts\` by \`node tools/gen-opcodes.mjs\`; do not edit. \`T\` is the controlling type: it is written
as a suffix where the operands do not fix it. An *address* is an \`i32\`, or the \`ref\` of an object whose field is meant. Passes take
fields of objects to be other memory than what is accessed by \`i32\` addresses, and fields at different offsets to be different.

| form | types | traits | meaning |
|---|---|---|---|
${rows.join("\n")}
`;

if (process.argv.includes("--check")) {
  if (readFileSync(page, "utf8") !== text) {
    console.error("docs/ir-opcodes.md is stale: run node tools/gen-opcodes.mjs");
    process.exit(1);
  }
} else {
  writeFileSync(page, text);
}
