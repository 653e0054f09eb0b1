// Measures the kernels (docs/kernels.md) and prints the tables of that page: `node tools/kernels.mjs`, and with `--write` it puts them there.
// Rounds of short runs take turns, and time is the processor's, since the machine may be busy; shown is the fastest run of each, so what the
// machine can do.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DiagnosticSink, SourceFile } from "../dist/base/index.js";
import { createLlvmBackend, Engine, libraryLoader } from "../dist/engine/index.js";
import { parseModule } from "../dist/ir/mir/index.js";
import { compileC, findClang, Jit } from "../dist/jit/index.js";
import { folderCache, Kernels, userCacheFolder } from "../dist/kernels/index.js";
import { loadLlvm } from "../dist/libllvm/index.js";
import { openNativeHost } from "../dist/native-host/index.js";

const root = path.join(import.meta.dirname, "..");
const page = path.join(root, "docs/kernels.md");
const size = 512;
const rounds = 20;
/** Milliseconds that a run of one contender takes at least. */
const slice = 4;

/** Nothing but multiplications and additions, on so few elements that they are in the nearest cache. */
const peakSize = 512;
const peakSteps = 4;
const peak = {
  name: "peak",
  source: `
fn strip(x: u32, n: u32):
    var j = 0u32
    while j < n:
        var v = load_f32(x + (j << 2))
${"        v = v * 0.5f32 + 1.0f32\n".repeat(peakSteps)}
        store_f32(x + (j << 2), v)
        j = j + 1

fn peak(x: u32, n: u32, repeat: u32):
    var round = 0u32
    while round < repeat:
        strip(x, n)
        round = round + 1
`,
  arrays: [{ name: "x", element: "f32", sizes: ["n"], written: true }],
  sizes: ["n", "repeat"],
};
const peakRepeat = 1000;

/** The same in C, where clang may make one instruction of a multiplication and an addition. */
const fusedPeak = `
#pragma clang fp contract(fast)
void peak(float *x, long n, long repeat) {
  for (long round = 0; round < repeat; round++)
    for (long j = 0; j < n; j++) {
      float v = x[j];
      ${"v = v * 0.5f + 1.0f;".repeat(peakSteps)}
      x[j] = v;
    }
}
`;

/** The plain loops as a kernel: no tiles. */
function plainKernel(type) {
  const [load, store, sum, add, shift, last] =
    type === "f32"
      ? ["load_f32", "store_f32", "load_f32", "", 2, "f32"]
      : ["load_i8", "store_i32", "load_i32", " as i32", 0, "i32"];
  return {
    name: "plain",
    source: `
fn row(b: u32, c: u32, n: u32, x: ${last}):
    var j = 0u32
    while j < n:
        ${store}(c + (j << 2), ${sum}(c + (j << 2)) + x * (${load}(b + (j << ${shift}))${add}))
        j = j + 1

fn plain(a: u32, b: u32, c: u32, m: u32, n: u32, k: u32):
    memory_fill(c, 0, (m * n) << 2)
    var i = 0u32
    while i < m:
        var x = 0u32
        while x < k:
            row(b + ((x * n) << ${shift}), c + ((i * n) << 2), n, ${load}(a + ((i * k + x) << ${shift}))${add})
            x = x + 1
        i = i + 1
`,
    arrays: [
      { name: "a", element: type, sizes: ["m", "k"], written: false },
      { name: "b", element: type, sizes: ["k", "n"], written: false },
      { name: "c", element: type === "f32" ? "f32" : "i32", sizes: ["m", "n"], written: true },
    ],
    sizes: ["m", "n", "k"],
  };
}

/** An ordinary program with the plain loops; it prints the microseconds of each product. */
const program = `
extern fn rt_time_now_micros() -> i64
fn multiply(a: [f32], b: [f32], c: [f32], n: i64):
    for i in 0..n:
        for j in 0..n: c[i * n + j] = 0.0f32
        for k in 0..n:
            val x = a[i * n + k]
            for j in 0..n: c[i * n + j] = c[i * n + j] + x * b[k * n + j]
fn matrix(n: i64) -> [f32]:
    var out: [f32] = []
    for i in 0..n * n: out.push((i % 17) as f32)
    out
val a = matrix(${size})
val b = matrix(${size})
val c = matrix(${size})
for repetition in 0..40:
    val start = rt_time_now_micros()
    multiply(a, b, c, ${size})
    print rt_time_now_micros() - start
`;

function fastest(times) {
  return times.reduce((least, time) => Math.min(least, time));
}

/** Milliseconds that this process has computed: others' turns do not count. */
function computed() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function timeOf(run, count) {
  const start = computed();
  for (let i = 0; i < count; i += 1) run();
  return computed() - start;
}

/** Milliseconds of one call of each contender, by name. */
function race(contenders) {
  const entries = contenders.map(({ name, run }) => {
    let count = 1;
    while (timeOf(run, count) < slice) count *= 2;
    return { name, run, count, times: [] };
  });
  for (let round = 0; round < rounds; round += 1) {
    for (const { run, count, times } of entries) times.push(timeOf(run, count) / count);
  }
  return new Map(entries.map(({ name, times }) => [name, fastest(times)]));
}

/** The plain loops of an ordinary program in the native tier; its clock is the processor's time. */
function programTime() {
  const native = nativeBackend();
  let output = "";
  const engine = new Engine({
    mode: "jit",
    backend: "llvm",
    optLevel: 3,
    native: () => native,
    library: libraryLoader(() => readFileSync(path.join(root, "dist/bin/library.wasm"))),
    write: (_, text) => {
      output += text;
    },
    clock: { monotonicNanos: () => BigInt(Math.round(computed() * 1e6)), unixMicros: () => 0n },
  });
  const loaded = engine.load(new SourceFile("plain.spl", program));
  loaded.run();
  loaded.close();
  return fastest(output.trim().split("\n").map(Number)) / 1000;
}

function nativeBackend() {
  const text = readFileSync(path.join(root, "dist/bin/library.mir"), "utf8");
  const module = () => parseModule(new SourceFile("library.mir", text), new DiagnosticSink());
  return createLlvmBackend({
    llvm: loadLlvm(import.meta.url).library,
    host: openNativeHost(import.meta.url),
    library: { module, version: text },
    cache: folderCache(userCacheFolder()),
  });
}

function filled(array) {
  return array.map((_, i) => ((i * 7919) % 13) - 6);
}

function copyInto(array, values) {
  array.set(values);
  return array;
}

function matrices(kernels, type, [m, n, k]) {
  const input = (length) => {
    const array = kernels.array(type, length);
    return copyInto(array, filled(array));
  };
  const result = kernels.array(type === "f32" ? "f32" : "i32", m * n);
  return [input(m * k), input(k * n), result];
}

const leastOf = { x64: "x86-64", arm64: "generic" };

function measureMatmul(kernels, least) {
  const shape = { m: size, n: size, k: size };
  const contenders = [];
  const add = (name, run) => contenders.push({ name, run });
  const x = kernels.array("f32", peakSize);
  const top = kernels.prepare(peak, { n: peakSize, repeat: peakRepeat });
  add("peak", () => top.run(x));
  const fused = openFused();
  if (fused !== undefined) add("fused", fused.run);
  for (const type of ["f32", "i8"]) {
    const arrays = matrices(kernels, type, [size, size, size]);
    const plain = plainKernel(type);
    const any = { name: "matmul", type };
    const plainAny = kernels.prepareGeneric(plain);
    const tiledAny = kernels.prepareGeneric(any);
    const made = {
      plainShape: kernels.prepare(plain, shape),
      tiledShape: kernels.matmul(type, shape),
      scalar: kernels.matmul(type, shape, { vectorise: false }),
      least: least.matmul(type, shape),
      ...(type === "f32" ? { reordered: kernels.matmul(type, shape, { reassociate: true }) } : {}),
    };
    add(`${type} plainAny`, () => plainAny.runWith(shape, ...arrays));
    add(`${type} tiledAny`, () => tiledAny.runWith(shape, ...arrays));
    for (const [name, kernel] of Object.entries(made)) {
      add(`${type} ${name}`, () => kernel.run(...arrays));
    }
  }
  const times = race(contenders);
  fused?.close();
  return times;
}

const vectorSizes = [256, 512];

function measureMatvec(kernels) {
  const contenders = [];
  for (const type of ["f32", "i8"]) {
    for (const n of vectorSizes) {
      const shape = { m: n, k: n };
      const [a, x, y] = matrices(kernels, type, [n, 1, n]);
      const any = kernels.prepareGeneric({ name: "matvec", type });
      const anyReordered = kernels.prepareGeneric({ name: "matvec", type }, { reassociate: true });
      const one = kernels.matvec(type, shape);
      const reordered = kernels.matvec(type, shape, { reassociate: true });
      const scalar = kernels.matvec(type, shape, { vectorise: false });
      const all = {
        any: () => any.runWith(shape, a, x, y),
        one: () => one.run(a, x, y),
        scalar: () => scalar.run(a, x, y),
        anyReordered: () => anyReordered.runWith(shape, a, x, y),
        reordered: () => reordered.run(a, x, y),
      };
      for (const [name, run] of Object.entries(all)) {
        contenders.push({ name: `${type} ${n} ${name}`, run });
      }
    }
  }
  return race(contenders);
}

/** The peak with fused operations, and its end; undefined without clang. */
function openFused() {
  const clang = findClang(Jit.llvmVersion());
  if (clang === undefined) return undefined;
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-kernels-"));
  const jit = Jit.create({ first: 3, top: 3, automatic: false });
  const file = path.join(folder, "peak.c");
  writeFileSync(file, fusedPeak);
  jit.loadMemory(compileC(clang, file, {}).bitcode, "peak.c");
  rmSync(folder, { recursive: true });
  const fn = jit.find("peak");
  const x = new Float32Array(peakSize);
  return { run: () => fn.call(x, peakSize, peakRepeat), close: () => jit.destroy() };
}

const peakOperations = 2 * peakSteps * peakSize * peakRepeat;
const speed = (milliseconds, operations) => operations / milliseconds / 1e6;

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "--:"))), ...rows.map(line)];
}

function matmulTable(times, program) {
  const operations = 2 * size ** 3;
  const best = speed(times.get("peak"), peakOperations);
  const fused = speed(times.get("fused"), peakOperations);
  const of = (type, name) => {
    const time = times.get(`${type} ${name}`);
    return time === undefined ? undefined : speed(time, operations);
  };
  const row = (label, f32, i8, share = true) => [
    label,
    f32 === undefined ? "" : f32.toFixed(1),
    f32 === undefined || !share ? "" : (f32 / best).toFixed(2),
    i8 === undefined ? "" : i8.toFixed(1),
  ];
  const pair = (label, name) => row(label, of("f32", name), of("i8", name));
  return table(
    ["", "f32", "of the peak", "i8"],
    [
      row("peak: multiplications and additions only", best, undefined),
      ...(times.has("fused") ? [row("peak with fused multiply-add, in C", fused)] : []),
      row("plain loops of an ordinary program, LLVM at O3", speed(program, operations), undefined),
      pair("plain loops as a kernel, sizes as arguments", "plainAny"),
      pair("plain loops as a kernel, sizes as constants", "plainShape"),
      pair("`matmul`, no SIMD, sizes as constants", "scalar"),
      pair(`\`matmul\`, SIMD of \`${leastOf[process.arch]}\`, sizes as constants`, "least"),
      pair("`matmul`, SIMD of this processor, sizes as arguments", "tiledAny"),
      pair("**`matmul`, SIMD of this processor, sizes as constants**", "tiledShape"),
      pair("the same with `reassociate`", "reordered"),
    ],
  );
}

function matvecTable(times) {
  const columns = ["f32", "i8"].flatMap((type) => vectorSizes.map((n) => [type, n]));
  const row = (label, name, types) => [
    label,
    ...columns.map(([type, n]) =>
      types.includes(type) ? speed(times.get(`${type} ${n} ${name}`), 2 * n * n).toFixed(1) : "",
    ),
  ];
  const all = ["f32", "i8"];
  return table(
    ["", ...columns.map(([type, n]) => `${type}, ${n} × ${n}`)],
    [
      row("no SIMD, sizes as constants", "scalar", all),
      row("sizes as arguments", "any", all),
      row("**sizes as constants**", "one", all),
      row("`reassociate`, sizes as arguments", "anyReordered", ["f32"]),
      row("`reassociate`, sizes as constants", "reordered", ["f32"]),
    ],
  );
}

/** What the first request of a kernel takes, and the next ones. */
function cacheTable() {
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-kernels-"));
  const shape = { m: size, n: size, k: size };
  const options = { cache: folderCache(folder) };
  const timed = (run) => {
    const start = computed();
    run();
    return computed() - start;
  };
  const [first, fromFolder, again] = [[], [], []];
  try {
    for (let i = 0; i < 5; i += 1) {
      const cold = Kernels.open();
      first.push(timed(() => cold.matmul("f32", shape)));
      cold.close();
      const kernels = Kernels.open(options);
      kernels.matmul("f32", shape);
      kernels.close();
      const next = Kernels.open(options);
      fromFolder.push(timed(() => next.matmul("f32", shape)));
      again.push(timed(() => next.matmul("f32", shape)));
      const { compiled, fromCache, found } = next.statistics();
      const isRight = found === 1 && (i === 0 || (compiled === 0 && fromCache === 1));
      if (!isRight) throw new Error(`compiled ${compiled}, read ${fromCache}, found ${found}`);
      next.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];
  return table(
    ["request of `matmul` 512 × 512 × 512 for f32", "ms", "compiled"],
    [
      ["the first", median(first).toFixed(0), "1"],
      ["the first of another process, with the folder", median(fromFolder).toFixed(0), "0"],
      ["the next ones", median(again).toFixed(3), "0"],
    ],
  );
}

const kernels = Kernels.open();
const least = Kernels.open({ target: { cpu: leastOf[process.arch], features: "" } });
const programTimes = [programTime()];
const matmul = measureMatmul(kernels, least);
programTimes.push(programTime());
const matvec = measureMatvec(kernels);
programTimes.push(programTime());
const text = [
  `GFLOPS (for i8: GOPS), a multiplication and an addition counting as two. Matrices of ${size} × ${size}:`,
  "",
  ...matmulTable(matmul, Math.min(...programTimes)),
  "",
  "Products with a vector:",
  "",
  ...matvecTable(matvec),
  "",
  ...cacheTable(),
].join("\n");
kernels.close();
least.close();
console.log(text);
if (process.argv.includes("--write")) {
  const [start, end] = ["<!-- figures -->\n", "\n<!-- end of figures -->"];
  const old = readFileSync(page, "utf8");
  const [before, rest] = [
    old.slice(0, old.indexOf(start) + start.length),
    old.slice(old.indexOf(end)),
  ];
  if (!old.includes(start) || !old.includes(end)) throw new Error("the page has no place for them");
  writeFileSync(page, `${before}\n${text}\n${rest}`);
}
