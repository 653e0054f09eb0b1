// What code that is made for observed values gains, for the tier report: programs that time themselves, with the code of the
// highest level as the engine makes it, and with `--opt 3`, at which nothing is observed.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./native-rig.mjs";
import { table } from "./report.mjs";

const launcher = path.join(root, "bin", "anneal.js");

/** How long a program runs, in seconds of the wall clock. */
const seconds = 8;

/** Programs whose `work` takes a millisecond or some; `watched` is the function whose tier is shown. */
const cases = [
  {
    title: "remainders by an argument",
    watched: "power",
    declarations: `
var modulus = 1
fn power(base: i64, exponent: i64, m: i64) -> i64:
    var result = 1
    var b = base % m
    var e = exponent
    while e > 0:
        if e % 2 == 1: result = result * b % m
        b = b * b % m
        e = e / 2
    result
fn work() -> i64:
    var s = 0
    for i in 0..3000: s = s + power(i + 3, 1000 + i % 7, modulus)
    s
modulus = 1000000007
`,
  },
  {
    title: "calls of a closure out of an array",
    watched: "sum_of",
    declarations: `
fn square(x: i64) -> i64: x * x
fn cube(x: i64) -> i64: x * x * x
fn sum_of(f: fn(i64) -> i64, n: i64) -> i64:
    var s = 0
    for i in 0..n: s = s + f(i)
    s
val fs: [fn(i64) -> i64] = [square, cube]
fn work() -> i64:
    var s = 0
    for i in 0..100: s = s + sum_of(fs[0], 10000)
    s
`,
  },
  {
    title: "calls of a trait, the last of six classes",
    watched: "total",
    declarations: `
trait Shape:
    fn area() -> i64
${["One", "Two", "Three", "Four", "Five", "Six"]
  .map(
    (name, i) =>
      `class ${name}:\n    side: i64\nimpl Shape for ${name}:\n    fn area() -> i64: self.side * ${i + 1}\n`,
  )
  .join("")}
fn total(shapes: [dyn Shape], n: i64) -> i64:
    var s = 0
    for i in 0..n:
        for shape in shapes: s = s + shape.area()
    s
var shapes: [dyn Shape] = []
for i in 0..100: shapes.push(Six(side: i))
if rt_time_now_micros() < 0: shapes = [One(side: 1), Two(side: 1), Three(side: 1), Four(side: 1), Five(side: 1)]
fn work() -> i64:
    var s = 0
    for i in 0..100: s = s + total(shapes, 100)
    s
`,
  },
  {
    title: "a short loop up to an argument",
    watched: "smooth",
    declarations: `
fn smooth(xs: [i64], at: i64, radius: i64) -> i64:
    var s = 0
    for i in (at - radius)..(at + radius + 1): s = s + xs[i]
    s
var radius = 0
val xs: [i64] = []
for i in 0..1000: xs.push(i * i % 97)
fn work() -> i64:
    var s = 0
    for k in 0..100:
        for i in 1..999: s = s + smooth(xs, i, radius)
    s
radius = 1
`,
  },
];

const program = (declarations) => `
extern fn rt_time_now_micros() -> i64
${declarations}
var best = 1000000000
var sum = 0
val end = rt_time_now_micros() + ${seconds * 1_000_000}
while rt_time_now_micros() < end:
    val start = rt_time_now_micros()
    sum = sum ^ work()
    val spent = rt_time_now_micros() - start
    if spent < best: best = spent
print best
`;

function run(file, options) {
  const args = [launcher, "run", file, "--backend", "llvm", "--stats=json", ...options];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    cwd: root,
  });
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}${stdout}`);
  const { events } = JSON.parse(stderr.trim().split("\n").at(-1));
  return { micros: Number(stdout), events };
}

/** What a unit's reason says behind the samples. */
const expected = /% of \d+ samples, (?!observed)(.*)$/;

/** For each case the fastest `work` in both ways, in microseconds, and what the code was made for. */
export function measureObserved(folder, runs) {
  return cases.map(({ title, watched, declarations }) => {
    const file = path.join(folder, "observed.spl");
    writeFileSync(file, program(declarations));
    const made = Array.from({ length: runs }, () => run(file, []));
    const plain = Array.from({ length: runs }, () => run(file, ["--opt", "3"]));
    const least = (all) => Math.min(...all.map(({ micros }) => micros));
    const reasons = made.flatMap(({ events }) =>
      events.flatMap(({ reason }) => expected.exec(reason)?.[1] ?? []),
    );
    const own = reasons.find((reason) => reason.includes(watched)) ?? reasons[0] ?? "nothing";
    return { title, own, plain: least(plain), made: least(made) };
  });
}

/** The section of the report. `noting` is the percentage that notes add to calls while they are written. */
export function observedSection(rows, noting) {
  return [
    "## Code for what was observed",
    "",
    "Before O3 a unit observes what it works on, and O3 is made for what was always the same. The fastest of many repetitions, in programs that run for",
    `${seconds} seconds; beside it the same at O3 with nothing observed (\`--opt 3\`).`,
    "",
    ...table(
      ["program", "made for", "O3, µs", "made for it, µs", "gain"],
      rows.map(({ title, own, plain, made }) => [
        title,
        own,
        String(plain),
        String(made),
        `${(plain / made).toFixed(2)} ×`,
      ]),
    ),
    "",
    "Guards are comparisons at the entry of a function; where one does not hold the code is that of any O3. While a unit observes, for some three looks at",
    `the samples, a fifth of a second, calls of a recursive function that does little else take ${noting.toFixed(1)} % longer; afterwards there is nothing of it.`,
    "",
  ];
}
