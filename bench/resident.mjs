// Whether compiling leaves memory behind: `node bench/resident.mjs [--count N]` compiles N different functions (10,000 if not given) with
// libLLVM in one process, each at one of the four levels, links each into its slot in place of the one before, calls it and unloads
// that one; prints resident memory ten times, and says pass or fail (exit code 1). Needs a build in dist/ and libLLVM.
//
// The base is the size after a fifth: until then V8 optimises its own code, and the heaps of V8 and of the C library grow to the
// size that they keep. Each reading is taken after a collection, so that what nobody uses any more does not count.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { NativeRig, openBackend } from "./native-rig.mjs";

const readings = 10;
const base = 1;
const most = 0.05;
const slots = 50;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** Functions with bodies that differ in constants, in length and in what they do; `first` numbers them. */
function sourceOf(first) {
  const functions = Array.from({ length: slots }, (_, slot) => {
    const number = first + slot;
    // Every third has a loop.
    const indent = number % 3 === 0 ? "        " : "    ";
    const steps = Array.from(
      { length: 1 + (number % 4) },
      (_, step) => `${indent}x = (x * ${number + 3} + n * ${step + 2}) ^ ${1_000_003 + number}`,
    );
    return [
      `fn f${slot}(n: i64) -> i64:`,
      `    var x = ${number}`,
      ...(number % 3 === 0 ? ["    for i in 0..n:"] : []),
      ...steps,
      `    if x < ${number % 1000}: x + n else: x - n / ${1 + (number % 9)}`,
    ].join("\n");
  });
  return `${functions.join("\n")}\n`;
}

/** Bytes. */
function resident() {
  collect();
  collect();
  return process.memoryUsage().rss;
}

function compileRound(rig, first, count, installed) {
  const facts = rig.analyse(sourceOf(first));
  const functions = facts.module.functions.filter(({ name }) => /^f\d+$/.test(name));
  for (const fn of functions.slice(0, count)) {
    const level = (first + fn.id) % 4;
    const { loaded, call } = rig.install(rig.compile(facts, fn, { level }), fn);
    const before = installed.get(fn.symbol);
    if (before !== undefined) rig.release(before);
    installed.set(fn.symbol, loaded);
    if (typeof call(10n) !== "bigint") throw new Error(`${fn.name} gives no integer`);
  }
}

const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1);

async function main(args) {
  const at = args.indexOf("--count");
  const count = at < 0 ? 10_000 : Number(args[at + 1]);
  const backend = await openBackend();
  const rig = await NativeRig.open(backend);
  const installed = new Map();
  const sizes = [];
  console.log(`${backend.description}, node ${process.version}`);
  console.log("compiled  resident MiB  V8 heap MiB  code KiB");
  for (let done = 0; done < count;) {
    const next = Math.ceil(((sizes.length + 1) * count) / readings);
    const size = Math.min(slots, next - done);
    compileRound(rig, done, size, installed);
    done += size;
    if (done < next) continue;
    sizes.push(resident());
    const heap = mebibytes(process.memoryUsage().heapUsed);
    const code = (rig.poolsInUse().code / 1024).toFixed(0);
    const cells = [String(done).padStart(8), mebibytes(sizes.at(-1)).padStart(12)];
    console.log([...cells, heap.padStart(11), code.padStart(8)].join("  "));
  }
  rig.close();
  const reference = sizes[base];
  const furthest = sizes
    .slice(base)
    .reduce((worst, size) =>
      Math.abs(size - reference) > Math.abs(worst - reference) ? size : worst,
    );
  const change = furthest / reference - 1;
  const passed = Math.abs(change) <= most;
  const percent = `${change < 0 ? "" : "+"}${(100 * change).toFixed(1)} %`;
  const from = Math.ceil(((base + 1) * count) / readings);
  console.log(
    `${passed ? "pass" : "FAIL"}: from compilation ${from} on at most ${percent} from ${mebibytes(reference)} MiB, ±${100 * most} % allowed`,
  );
  process.exitCode = passed ? 0 : 1;
}

await main(process.argv.slice(2));
