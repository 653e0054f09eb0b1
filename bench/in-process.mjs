// Figures that are taken inside one process: the time from HIR to callable code, and the cost of call counters.
// `node in-process.mjs compile|counters ROUNDS` prints them as JSON.
import { readFileSync } from "node:fs";
import path from "node:path";
import { median } from "./stats.mjs";

const dist = (layer) => import(`../dist/${layer}/index.js`);
const clock = { monotonicNanos: () => process.hrtime.bigint(), unixMicros: () => 0n };

function source(name, size) {
  const file = path.join(import.meta.dirname, "programs", `${name}.spl`);
  return readFileSync(file, "utf8")
    .replace(/^const SIZE = \d+$/m, `const SIZE = ${size}`)
    .replace(/^const REPEAT = \d+$/m, "const REPEAT = 1");
}

/** Small sizes, so that a program is little more than the compilation of its functions. */
const compileSizes = {
  fib: 12,
  calls: 1,
  mandelbrot: 8,
  collatz: 50,
  primes: 50,
  series: 30,
  lcg: 2,
};

/**
 * Median milliseconds from a function's HIR to code in its slot, as the engine takes them when a function reaches tier
 * 1 on its own, over the functions of the benchmark programs; the first rounds warm the compiler up.
 */
async function measureCompile(rounds) {
  const { Engine } = await dist("engine");
  const { SourceFile } = await dist("base");
  const warm = [];
  const cold = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, size] of Object.entries(compileSizes)) {
      const engine = new Engine({
        mode: "auto",
        threshold: 1,
        clock,
        write: () => {},
        onTierEvent(event) {
          if (event.to !== "wasm tier 1" || event.compileTime === 0) return;
          (round === 0 ? cold : round >= rounds / 2 ? warm : []).push(event.compileTime);
        },
      });
      engine.load(new SourceFile(`${name}.spl`, source(name, size))).run();
    }
  }
  if (warm.length === 0) throw new Error("no function was compiled");
  return { median: median(warm), functions: warm.length, cold: median(cold) };
}

/** Memory, table and symbols of a program whose counters never run out. */
function linkEnvironment(module, { compiler, loader, runtime }) {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16 });
  const table = new WebAssembly.Table({ element: "anyfunc", initial: module.functions.length + 1 });
  const views = new runtime.MemoryViews(memory);
  const symbols = new loader.SymbolTable();
  const origin = "bench";
  let data = runtime.dataStart;
  const allocateData = (bytes) => {
    const address = data;
    data += (bytes + 15) & ~15;
    return address;
  };
  const define = (name) => {
    const address = allocateData(8);
    symbols.define({ kind: "data", name, origin, address });
    return address;
  };
  views.i32[runtime.shadowStackPointerAddress >> 2] = runtime.shadowStackStart;
  views.i32[runtime.shadowStackLimitAddress >> 2] = runtime.dataStart;
  for (const global of module.globals) define(global.symbol);
  for (const fn of module.functions) {
    const signature = compiler.signatureOf(fn);
    symbols.define({ kind: "function", name: fn.symbol, origin, slot: fn.id + 1, signature });
    views.i32[define(compiler.counterSymbol(fn)) >> 2] = 0x7fffffff;
  }
  const host = runtime.createHost({ clock, write: () => {}, memory: views });
  for (const [name, implementation] of Object.entries(host.wasm)) {
    const signature = compiler.hostSignature(name);
    symbols.define({ kind: "host", name, origin, signature, implementation });
  }
  const abiHash = compiler.currentAbi();
  return { memory, table, symbols, abiHash, allocateData, allocateTable: () => 0 };
}

/** The code of a program whose functions are tier-1 units of their own and call each other through slots. */
async function link(name, size, counted) {
  const [{ SourceFile, DiagnosticSink }, compiler, loader, runtime] = await Promise.all(
    ["base", "compiler", "loader", "runtime"].map(dist),
  );
  const module = compiler.frontend(new SourceFile(name, source(name, size)), new DiagnosticSink());
  const facts = new compiler.ModuleFacts(module);
  const environment = linkEnvironment(module, { compiler, loader, runtime });
  const codes = new Map();
  for (const fn of module.functions) {
    const request = { kind: "function", function: fn.id, counted, outlined: false };
    const object = compiler.compileUnit(facts, [request], { name: fn.name, level: 1 });
    const { code } = loader.loadObject(object, environment).functions.get(fn.symbol);
    environment.table.set(fn.id + 1, code);
    codes.set(fn.name, code);
  }
  return codes;
}

/** Kernels that are calls through slots and little else: the worst case for a counter. */
const counterKernels = [
  { program: "fib", kernel: "fib", argument: 27n },
  { program: "calls", kernel: "kernel", argument: 3n },
  { program: "primes", kernel: "kernel", argument: 20_000n },
];

/** Calls of a kernel before it is measured, with pauses in which V8 finishes its own optimisation of the wasm code. */
async function warmUp(code, argument) {
  for (let round = 0; round < 12; round += 1) {
    code(argument);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function timeOf(code, argument) {
  const start = performance.now();
  code(argument);
  return performance.now() - start;
}

/** For each kernel the milliseconds of its fastest of alternating runs, without and with counters in tier 1. */
async function measureCounters(rounds) {
  const rows = [];
  for (const { program, kernel, argument } of counterKernels) {
    const plain = (await link(program, 1, false)).get(kernel);
    const counted = (await link(program, 1, true)).get(kernel);
    await warmUp(plain, argument);
    await warmUp(counted, argument);
    const best = { plain: Infinity, counted: Infinity };
    for (let round = 0; round < rounds; round += 1) {
      best.plain = Math.min(best.plain, timeOf(plain, argument));
      best.counted = Math.min(best.counted, timeOf(counted, argument));
    }
    rows.push({ program, ...best });
  }
  return rows;
}

const [what, rounds] = process.argv.slice(2);
const measure = { compile: measureCompile, counters: measureCounters }[what];
console.log(JSON.stringify(await measure(Number(rounds))));
