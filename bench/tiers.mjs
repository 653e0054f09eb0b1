// The tier report of native code: a function that gets hot, from the interpreter to O3: `node bench/tiers.mjs [--runs N] [--no-write]`
// measures and writes docs/tiers.md. Needs a build in dist/ and libLLVM.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { NativeRig, openBackend, root } from "./native-rig.mjs";
import { measureObserved, observedSection } from "./observed.mjs";
import { describeMachine, table } from "./report.mjs";
import { median } from "./stats.mjs";

const page = path.join(root, "docs", "tiers.md");
const launcher = path.join(root, "bin", "anneal.js");
const threadClock = path.join(import.meta.dirname, "thread-clock.cjs");

const fib = `
fn fib(n: i64) -> i64:
    var a = 0
    var b = 1
    for i in 0..n:
        val c = a + b
        a = b
        b = c
    a
`;
const recursive = `
fn fibr(n: i64) -> i64: if n < 2: n else: fibr(n - 1) + fibr(n - 2)
`;
/**
 * At first calls are short, and the program waits now and then, so that each tier is there before the next is due. It computes while
 * it waits, since asleep it would not get older by the clock of its thread.
 */
const waits = 60;
const waitMicros = 20_000;
const firstNumber = 30;
/** Then they are longer, and the program computes for so many milliseconds. */
const laterNumber = 3000;
const busyTime = 5000;
/** So many calls in each iteration: the function gets hot by its calls before the loops around it do. */
const callsPerIteration = 100;

function climbingProgram() {
  const calls = (number) =>
    Array.from(
      { length: callsPerIteration },
      (_, i) => `    total = total ^ fib(${number + (i % 3)})`,
    );
  return [
    "extern fn rt_time_now_micros() -> i64",
    fib,
    "var total = 0",
    "fn pause(micros: i64):",
    "    val end = rt_time_now_micros() + micros",
    "    while rt_time_now_micros() < end: total = total ^ 1",
    `for wait in 0..${waits}:`,
    ...calls(firstNumber),
    `    pause(${waitMicros})`,
    `val end = rt_time_now_micros() + ${busyTime * 1000}`,
    "while rt_time_now_micros() < end:",
    ...calls(laterNumber).slice(0, 10),
    "print total < 0",
    "",
  ].join("\n");
}

/** The figures of one process. `clock` is `wall`, or `thread`: the time that the program's thread has computed. */
function climb(file, clock) {
  const args = [launcher, "run", file, "--backend", "llvm", "--stats=json"];
  const options = clock === "thread" ? ["--require", threadClock] : [];
  // The option of the process holds for its threads as well.
  const environment = { ...process.env, NODE_OPTIONS: options.join(" ") };
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    env: environment,
    cwd: root,
  });
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}${stdout}`);
  return JSON.parse(stderr.trim().split("\n").at(-1));
}

/** Milliseconds that this process has computed for. */
function computed() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function timed(work) {
  const start = computed();
  work();
  return computed() - start;
}

/** The least milliseconds of each of several works, which take turns. */
function fastest(works, rounds) {
  const best = works.map(() => Infinity);
  for (let round = 0; round < rounds; round += 1) {
    works.forEach((work, i) => {
      best[i] = Math.min(best[i], timed(work));
    });
  }
  return best;
}

const steps = 2_000_000;
const recursion = 27;
const slower = 200;

/** Calls that `fibr(n)` makes of itself, with the first. */
function callsOf(n) {
  let [calls, before] = [1, 1];
  for (let i = 2; i <= n; i += 1) [calls, before] = [calls + before + 1, calls];
  return calls;
}

/** Nanoseconds at each level: of an iteration of `fib`, of a call of `fibr`; the interpreter first. */
async function measureSpeeds(rig, rounds) {
  const facts = rig.analyse(fib + recursive);
  const named = (name) => facts.module.functions.find((fn) => fn.name === name);
  const [loop, calls] = [named("fib"), named("fibr")];
  const levels = [0, 1, 2, 3].map((level) => {
    const code = [loop, calls].map((fn) => rig.install(rig.compile(facts, fn, { level }), fn).call);
    // The calls of its unit go past the slot, so that each level has its own.
    return { loop: code[0], calls: code[1] };
  });
  const works = levels.flatMap((code) => [
    () => code.loop(BigInt(steps)),
    () => code.calls(BigInt(recursion)),
  ]);
  const times = fastest(works, rounds);
  const native = levels.map((_, i) => ({
    loop: (1e6 * times[2 * i]) / steps,
    calls: (1e6 * times[2 * i + 1]) / callsOf(recursion),
  }));
  return [await interpreted(rounds), ...native];
}

async function interpreted(rounds) {
  const [{ Engine }, { SourceFile }] = await Promise.all([
    import("../dist/engine/index.js"),
    import("../dist/base/index.js"),
  ]);
  const run = (text) => {
    const engine = new Engine({
      mode: "interpret",
      clock: { monotonicNanos: () => process.hrtime.bigint(), unixMicros: () => 0n },
      write: () => {},
    });
    const program = engine.load(new SourceFile("fib.spl", text));
    return () => program.run();
  };
  const few = Math.round(steps / slower);
  const texts = [`${fib}fib(${few})\n`, `${recursive}fibr(16)\n`];
  const times = texts.map((text) =>
    Math.min(...Array.from({ length: rounds }, () => timed(run(text)))),
  );
  return { loop: (1e6 * times[0]) / few, calls: (1e6 * times[1]) / callsOf(16) };
}

/** Kernels that are calls through slots and little else: the worst case of counters. They are those of the wasm tier's figure. */
const counterKernels = [
  { program: "fib", kernel: "fib", argument: 24n },
  { program: "calls", kernel: "kernel", argument: 2n },
  { program: "primes", kernel: "kernel", argument: 10_000n },
];
const sampleMilliseconds = 4;

/** The kernel of a benchmark program, every function of which is a unit of its own. */
function kernelOf(rig, { program, kernel }, options) {
  const text = readFileSync(path.join(import.meta.dirname, "programs", `${program}.spl`), "utf8");
  const facts = rig.analyse(text);
  // What prints is not called.
  const functions = facts.module.functions.filter(({ name }) => !/^(main|top level)$/.test(name));
  const codes = functions.map((fn) => rig.install(rig.compile(facts, fn, options), fn).call);
  return codes[functions.findIndex(({ name }) => name === kernel)];
}

/** Times that a kernel is put into memory: its speed depends on where it lies. */
const placements = 4;

/** Percent of time that counters at a level add to each kernel. A rig for each way, as slots hold one code. */
async function measureCounters(backend, level, rounds) {
  const rigs = await Promise.all([NativeRig.open(backend), NativeRig.open(backend)]);
  const rows = counterKernels.map((one) => {
    const times = Array.from({ length: placements }, () => {
      const works = [false, true].map((counted, i) => {
        const call = kernelOf(rigs[i], one, { level, counted });
        return () => call(one.argument);
      });
      return fastest(works, Math.ceil(rounds / placements));
    });
    const [plain, counted] = [0, 1].map((i) => Math.min(...times.map((pair) => pair[i])));
    return { program: one.program, percent: 100 * (counted / plain - 1) };
  });
  for (const rig of rigs) rig.close();
  return rows;
}

/** Percent of time that samples add to code at O2. */
function measureSamples(rig, rounds) {
  const facts = rig.analyse(recursive);
  const fn = facts.module.functions.find(({ name }) => name === "fibr");
  const { call } = rig.install(rig.compile(facts, fn, { level: 2 }), fn);
  const times = [Infinity, Infinity];
  for (let round = 0; round < rounds; round += 1) {
    for (const on of [0, 1]) {
      const sampling = on === 1 ? rig.host.sample(sampleMilliseconds) : null;
      times[on] = Math.min(
        times[on],
        timed(() => call(BigInt(recursion + 8))),
      );
      sampling?.take();
      sampling?.stop();
    }
  }
  return 100 * (times[1] / times[0] - 1);
}

/** Percent of time that notes add to calls of a recursive function at O2. */
async function measureNotes(backend, rounds) {
  const rigs = await Promise.all([NativeRig.open(backend), NativeRig.open(backend)]);
  const works = rigs.map((rig, i) => {
    const facts = rig.analyse(recursive);
    const fn = facts.module.functions.find(({ name }) => name === "fibr");
    const observing = {
      room: rig.room(4096),
      entries: [{ symbol: fn.symbol, isLoop: false }],
      sites: [],
    };
    const options = i === 0 ? { level: 2 } : { level: 2, observing };
    const { call } = rig.install(rig.compile(facts, fn, options), fn);
    return () => call(BigInt(recursion));
  });
  const [plain, noting] = fastest(works, rounds);
  for (const rig of rigs) rig.close();
  return 100 * (noting / plain - 1);
}

/** The rows of the climb: the median over the runs of each step of `fib`. */
function climbRows(runs, speeds) {
  const names = ["interpreter", "llvm O0", "llvm O1", "llvm O2", "llvm O3"];
  const first = speeds[0];
  return names.map((name, i) => {
    const events = runs.flatMap(({ events }) =>
      events.filter((event) => event.function === "fib" && event.to === name).slice(0, 1),
    );
    const figure = (of, digits) =>
      events.length === 0 ? "" : median(events.map(of)).toFixed(digits);
    const speed = speeds[i];
    return [
      name.replace("llvm ", ""),
      i === 0 ? "at the start" : (events[0]?.reason ?? "not in this time"),
      figure(({ time }) => time, 0),
      figure(({ compileTime }) => compileTime, 1),
      figure(({ codeBytes }) => codeBytes, 0),
      speed.loop.toFixed(2),
      speed.calls.toFixed(2),
      `${(first.loop / speed.loop).toFixed(0)} ×`,
      `${(first.calls / speed.calls).toFixed(0)} ×`,
    ];
  });
}

function pauseRow(title, runs) {
  const longest = runs.map(({ pauses }) => pauses.longest);
  const of = (figure) => figure.toFixed(2);
  return [
    title,
    median(runs.map(({ pauses }) => pauses.count)).toFixed(0),
    of(median(runs.map(({ pauses }) => pauses.total))),
    of(Math.min(...longest)),
    of(median(longest)),
    of(Math.max(...longest)),
  ];
}

const percent = (value) => `${value.toFixed(1)} %`;

function overheadSection({ counters, samples }) {
  return [
    "## What profiling costs",
    "",
    "A function counts 100 calls at O0 and 1000 at O1, so counters cost it some microseconds in all. What they add while they are there is that of",
    "kernels that are calls through slots and little else, every function a unit of its own. From O2 on there are samples alone.",
    "",
    ...table(
      ["what", "added time"],
      [
        ...counters.map((rows, level) => [
          `counters at O${level}: ${rows.map(({ program, percent: one }) => `${program} ${percent(one)}`).join(", ")}`,
          percent(Math.max(...rows.map((row) => row.percent))),
        ]),
        [
          `samples each ${sampleMilliseconds} ms at O2, where there are no counters`,
          percent(samples),
        ],
      ],
    ),
    "",
  ];
}

function render({ wall, thread, speeds, overheads, observed, backend }) {
  const { taken, native } = wall[0].samples ?? { taken: 0, native: 0 };
  return [
    "# Native tiers",
    "",
    "Written by `npm run bench:tiers`; do not edit.",
    "",
    "A program calls a function again and again that computes a Fibonacci number in a loop, with `--backend llvm`: when the function",
    "changes its tier, and how fast it is in each.",
    "",
    ...table(
      [
        "tier",
        "why",
        "at ms",
        "compiled in ms",
        "bytes",
        "ns per iteration",
        "ns per call, recursive",
        "against the interpreter",
        "recursive",
      ],
      climbRows(wall, speeds),
    ),
    "",
    "The iterations are those of the function above, 2,000,000 in a call; the calls those of the recursive definition, which the engine",
    "takes to O2 at once, as its calls of itself are direct and nothing counts them. Times of compilation are those of the other thread.",
    `In a run ${taken} samples were taken, ${taken === 0 ? 0 : Math.round((100 * native) / taken)} % of them in native code of the program.`,
    "",
    "## Pauses",
    "",
    "How long the program stood still: all that its own thread did to ask for code and to install it.",
    "",
    ...table(
      ["clock", "pauses", "in all, ms", "longest: least", "median", "most"],
      [
        pauseRow("computing time of the thread", thread),
        pauseRow("wall clock, with whatever else the machine did", wall),
      ],
    ),
    "",
    ...observedSection(observed.rows, observed.noting),
    ...overheadSection(overheads),
    "## Machine and method",
    "",
    ...describeMachine({ LLVM: backend.description }),
    `- Steps and pauses: medians of ${wall.length} processes for each clock. Speeds and added times: the fastest of many short runs in turns, in the time that the`,
    "  process computed for.",
    "",
  ].join("\n");
}

async function main(args) {
  const at = args.indexOf("--runs");
  const runs = at < 0 ? 5 : Number(args[at + 1]);
  const backend = await openBackend();
  const folder = mkdtempSync(path.join(tmpdir(), "anneal-tiers-"));
  const file = path.join(folder, "climb.spl");
  const [wall, thread] = [[], []];
  const observed = { rows: [], noting: 0 };
  try {
    writeFileSync(file, climbingProgram());
    for (let run = 0; run < runs; run += 1) {
      wall.push(climb(file, "wall"));
      thread.push(climb(file, "thread"));
    }
    observed.rows = measureObserved(folder, Math.min(runs, 3));
  } finally {
    rmSync(folder, { recursive: true });
  }
  const rig = await NativeRig.open(backend);
  const speeds = await measureSpeeds(rig, 15);
  const counters = [];
  for (const level of [0, 1]) counters.push(await measureCounters(backend, level, 40));
  const overheads = { counters, samples: measureSamples(rig, 15) };
  rig.close();
  observed.noting = await measureNotes(backend, 40);
  const text = render({ wall, thread, speeds, overheads, observed, backend });
  if (!args.includes("--no-write")) writeFileSync(page, text);
  console.log(text);
}

await main(process.argv.slice(2));
