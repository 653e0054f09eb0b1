// The tier report of a function that gets hot: node examples/native/fibonacci.mjs, after a build. Needs clang and libLLVM.
import { fileURLToPath } from "node:url";
import { compileC, findClang, Jit } from "anneal/jit";

const source = fileURLToPath(new URL("fibonacci.c", import.meta.url));
const clang = findClang(Jit.llvmVersion());
if (clang === undefined) throw new Error("clang was not found");
const { bitcode } = compileC(clang, source);

// When the levels change: one call after the other, none of them recursive.
const changes = [];
const jit = Jit.create({ onEvent: (event) => changes.push(event) });
jit.loadMemory(bitcode, "fibonacci");
const fib = jit.find("fib");
for (let call = 1; call <= 2000; call += 1) fib.call(1);

// How fast each level is: the same function, compiled at the level.
const n = 27;
const calls = 2 * Number(fib.call(n + 1)) - 1;
const speeds = Jit.create({ automatic: false, top: 3 });
speeds.loadMemory(bitcode, "fibonacci");
const timed = speeds.find("fib");
const times = [0, 1, 2, 3].map((level) => {
  if (level > 0) speeds.recompile("fib", level);
  const runs = Array.from({ length: 15 }, () => {
    const start = performance.now();
    timed.call(n);
    return performance.now() - start;
  });
  return runs.toSorted((a, b) => a - b)[7];
});

const widths = [8, 14, 14, 14, 12, 8];
const row = (...cells) => {
  const line = cells.map((cell, i) => String(cell).padEnd(widths[i])).join("");
  process.stdout.write(`${line.trimEnd()}\n`);
};
row("level", "from", "ns per call", "against O0", "compile ms", "bytes");
times.forEach((time, level) => {
  const change = changes.find(({ to }) => to === level);
  row(
    `O${level}`,
    change === undefined ? "asked for" : change.reason,
    ((time * 1e6) / calls).toFixed(2),
    `${(times[0] / time).toFixed(2)} x`,
    change === undefined ? "" : change.compileTime.toFixed(2),
    change === undefined ? "" : change.codeBytes,
  );
});
jit.destroy();
speeds.destroy();
