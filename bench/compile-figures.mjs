// What compiling costs, by target and optimisation level: `node bench/compile-figures.mjs [--rounds N] [--no-write]` measures and
// writes docs/compile-figures.md. Needs a build in dist/ and libLLVM; without libLLVM there is our own wasm back end alone.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readOptions } from "./options.mjs";
import { describeMachine, table } from "./report.mjs";
import { median } from "./stats.mjs";

const page = path.join(import.meta.dirname, "..", "docs", "compile-figures.md");
const programsFolder = path.join(import.meta.dirname, "programs");
const load = (layer) => import(`../dist/${layer}/index.js`);
const levels = [0, 1, 2, 3];

/** The functions of the benchmark programs: `{ facts, fn }` each. */
async function readFunctions() {
  const [{ DiagnosticSink, SourceFile }, compiler] = await Promise.all(
    ["base", "compiler"].map(load),
  );
  const files = readdirSync(programsFolder).filter((name) => name.endsWith(".spl"));
  return files.flatMap((name) => {
    const text = readFileSync(path.join(programsFolder, name), "utf8");
    const module = compiler.frontend(new SourceFile(name, text), new DiagnosticSink());
    const facts = new compiler.ModuleFacts(module);
    return module.functions.map((fn) => ({ facts, fn }));
  });
}

/** Each function is a unit of its own and calls the others through slots, as in the lower tiers. */
function build({ facts, fn }, level, compiler) {
  const request = { kind: "function", function: fn.id, counted: false, outlined: false };
  return compiler.buildMir(facts, [request], { name: fn.name, level });
}

/** Bytes of machine code in a relocatable object. */
function codeSize(object, elf) {
  if (object[0] === 0x7f) {
    const sections = elf.parseElf(object).sections;
    return sections.reduce((sum, { name, size }) => sum + (name.startsWith(".text") ? size : 0), 0);
  }
  const codeSection = 10;
  let at = 8;
  while (at < object.length) {
    const id = object[at];
    let size = 0;
    let shift = 0;
    do {
      at += 1;
      size |= (object[at] & 0x7f) << shift;
      shift += 7;
    } while (object[at] >= 0x80);
    at += 1;
    if (id === codeSection) return size;
    at += size;
  }
  return 0;
}

/** Back ends: a name, their levels, and a function from MIR to an object. */
async function findBackends(missing) {
  const compiler = await load("compiler");
  const own = {
    name: "wasm, own back end",
    levels: [0, 1, 2],
    emit: (module, name) => compiler.emitUnit(module, { name }),
  };
  const { loadLlvm } = await load("libllvm");
  const found = loadLlvm(import.meta.url);
  if (found.kind !== "found") {
    missing.push(`LLVM: ${found.reason}`);
    return [own];
  }
  const abiHash = compiler.currentAbi();
  const { LlvmCompiler, llvmArchitectures } = await load("codegen/llvm");
  const native = llvmArchitectures.map((architecture) => {
    const llvm = new LlvmCompiler(found.library, { architecture });
    return {
      name: architecture === "wasm32" ? "wasm32, LLVM" : architecture,
      levels,
      emit: (module, name, level) => llvm.compile(module, { name, level, abiHash }),
    };
  });
  return [...native, own];
}

/** Milliseconds that this process has computed for: other work of the machine does not count. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Samples by back end and level: `{ back, level, mir, code, object }`, milliseconds of each round and bytes of all functions. */
async function measure(rounds, missing) {
  const [compiler, elf] = await Promise.all(["compiler", "object/elf"].map(load));
  const functions = await readFunctions();
  const cells = (await findBackends(missing)).flatMap((back) =>
    back.levels.map((level) => ({ back, level, mir: [], emit: [], code: 0, object: 0 })),
  );
  // One round more, in which everything is made for the first time.
  for (let round = 0; round <= rounds; round += 1) {
    for (const cell of cells) {
      const { back, level } = cell;
      const start = cpuTime();
      const modules = functions.map((one) => build(one, level, compiler));
      const between = cpuTime();
      const objects = modules.map((module, i) => back.emit(module, functions[i].fn.name, level));
      const end = cpuTime();
      cell.code = objects.reduce((sum, object) => sum + codeSize(object, elf), 0);
      cell.object = objects.reduce((sum, { length }) => sum + length, 0);
      if (round === 0) continue;
      cell.mir.push((between - start) / functions.length);
      cell.emit.push((end - between) / functions.length);
    }
  }
  return { count: functions.length, cells };
}

function rowsOf(cells, count, text) {
  const names = [...new Set(cells.map(({ back }) => back.name))];
  return names.map((name) => [
    name,
    ...levels.map((level) => {
      const cell = cells.find((one) => one.back.name === name && one.level === level);
      return cell === undefined ? "–" : text(cell, count);
    }),
  ]);
}

function render({ count, cells }, { rounds, missing, machine }) {
  const head = ["target", ...levels.map((level) => `O${level}`)];
  const milliseconds = ({ mir, emit }) => (median(mir) + median(emit)).toFixed(2);
  const share = levels.map((level) => {
    const all = cells.filter((cell) => cell.level === level).flatMap(({ mir }) => mir);
    return median(all).toFixed(2);
  });
  const bytes = (figure) => (cell) => String(Math.round(cell[figure] / count));
  return [
    "# Compile figures",
    "",
    "Written by `npm run bench:compile`; do not edit.",
    "",
    `The ${count} functions of the benchmark programs, each a unit of its own, from HIR to a relocatable object. Mean of a function.`,
    "",
    "## Milliseconds per function",
    "",
    ...table(head, rowsOf(cells, count, milliseconds)),
    "",
    "Of that, HIR to optimised MIR, the same for all targets:",
    "",
    ...table(head, [["MIR", ...share]]),
    "",
    "## Bytes of machine code per function",
    "",
    ...table(head, rowsOf(cells, count, bytes("code"))),
    "",
    "## Bytes of an object",
    "",
    "With its symbols, relocations, line table and hash of the ABI, of which a loader keeps little.",
    "",
    ...table(head, rowsOf(cells, count, bytes("object"))),
    "",
    "## Machine and method",
    "",
    ...machine,
    ...missing.map((line) => `- not measured: ${line}`),
    `- Time that the process computed for, other processes left out. Medians of ${rounds} rounds in one process, all targets and levels in`,
    "  each, after one round that is not counted.",
    "- Targets of LLVM are the least processor of the architecture. Our own back end has the passes of O2 at O3 and no others, so it has no O3.",
    "- Native code of a function includes its entry from JavaScript.",
    "",
  ].join("\n");
}

async function main(args) {
  const { count: rounds, writes } = readOptions(args, "rounds");
  const missing = [];
  const figures = await measure(rounds, missing);
  const text = render(figures, { rounds, missing, machine: describeMachine({}) });
  if (writes) writeFileSync(page, text);
  console.log(text);
}

await main(process.argv.slice(2));
