// Functions of native modules that programs declare: here they are functions of JavaScript.
import { expect, test } from "vitest";
import { runtimeLibrary } from "../../tests/engine/runtime-library.ts";
import type { LinkedCallback, LinkedFunction } from "../runtime/index.ts";
import { DiagnosticError, Engine, ProgramError, SourceFile, type EngineOptions } from "./index.ts";

const calls: (readonly (number | bigint)[])[] = [];

const linked: readonly LinkedFunction[] = [
  {
    name: "add",
    params: ["i64", "i64"],
    result: "i64",
    origin: "m",
    call: (a: number | bigint, b: number | bigint) => BigInt(a) + BigInt(b),
  },
  {
    name: "low",
    params: ["i8", "i8"],
    result: "i8",
    origin: "m",
    call: (a, b) => ((Number(a) + Number(b)) << 24) >> 24,
  },
  {
    name: "half",
    params: ["f32"],
    result: "f32",
    origin: "m",
    call: (x) => Math.fround(Number(x) / 2),
  },
  { name: "third", params: ["f64"], result: "f64", origin: "m", call: (x) => Number(x) / 3 },
  { name: "flip", params: ["bool"], result: "bool", origin: "m", call: (x) => Number(x) === 0 },
  {
    name: "note",
    params: ["i64", "f64", "bool"],
    result: "unit",
    origin: "m",
    call: (...args: readonly (number | bigint)[]) => {
      calls.push(args);
      return undefined;
    },
  },
  {
    name: "broken",
    params: [],
    result: "i32",
    origin: "m",
    call: () => {
      throw new Error("`broken` is gone");
    },
  },
];

const externs = `
extern fn add(a: i64, b: i64) -> i64
extern fn low(a: u8, b: i8) -> u8
extern fn half(x: f32) -> f32
extern fn third(x: f64) -> f64
extern fn flip(x: bool) -> bool
extern fn note(a: i64, b: f64, c: bool)
extern fn broken() -> i32
`;

function run(source: string, options: Partial<EngineOptions> = {}): string {
  let output = "";
  const engine = new Engine({
    verify: true,
    linked,
    write: (_, text) => {
      output += text;
    },
    clock: { monotonicNanos: () => process.hrtime.bigint(), unixMicros: () => 0n },
    ...options,
  });
  engine.load(new SourceFile("linked.spl", externs + source)).run();
  return output;
}

test.each(["auto", "jit", "interpret"] as const)("calls of every type in mode %s", (mode) => {
  const source = `
fn work(n: i64) -> i64:
    var sum = 0
    for i in 0..n: sum = add(sum, add(i, -1))
    sum
print work(3000)
print add(add(1, add(2, 3)), add(b: 4, a: 5) * 2)
print add(9223372036854775807, 1)
print low(250, -3)
print half(0.1)
print third(1.0)
print "{flip(true)} {flip(1 > 2)}"
`;
  expect(run(source, { mode })).toBe(
    "4495500\n24\n-9223372036854775808\n247\n0.05\n0.3333333333333333\nfalse true\n",
  );
});

test.each(["auto", "jit", "interpret"] as const)(
  "a call that was prevented leaves nothing to the next one, in mode %s",
  (mode) => {
    const both: LinkedFunction = {
      name: "both",
      params: ["i64", "ptr"],
      result: "i64",
      origin: "m",
      call: () => 0,
    };
    const source = `
extern fn both(n: i64, f: fn(i64) -> i64) -> i64
describe "calls":
    it "fails": print both(5, \\x: x * 2)
    it "works": print add(1, 2)
`;
    const results: unknown[] = [];
    const output = run(source, {
      mode,
      linked: [...linked, both],
      library: runtimeLibrary,
      onExample: ({ error }) => results.push(error?.message),
    });
    expect(output).toBe("3\n");
    expect(results).toEqual(["functions cannot be given to native code here", undefined]);
  },
);

test.each(["jit", "interpret"] as const)("arguments come in order, once, in mode %s", (mode) => {
  calls.length = 0;
  const source = `
var at = 0
fn next() -> i64:
    note(100 + at, 0.5, false)
    at = at + 1
    at
note(next(), third(3.0 * 3.0), next() == 2)
`;
  run(source, { mode });
  const numbers = calls.map((args) => args.map(Number));
  expect(numbers).toEqual([
    [100, 0.5, 0],
    [101, 0.5, 0],
    [1, 3, 1],
  ]);
});

test.each(["jit", "interpret"] as const)(
  "what a call throws is the program's error, in mode %s",
  (mode) => {
    let error: unknown;
    try {
      run("print broken()\n", { mode });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ProgramError);
    expect(error).toMatchObject({
      code: "fail",
      message: "`broken` is gone",
      trace: [{ line: 9 }],
    });
  },
);

test("a declaration must be as the module has it", () => {
  const load = (text: string) => {
    try {
      new Engine({
        linked,
        write: () => undefined,
        clock: { monotonicNanos: () => 0n, unixMicros: () => 0n },
      }).load(new SourceFile("a.spl", text));
    } catch (error) {
      if (error instanceof DiagnosticError) return error.diagnostics.map(({ message }) => message);
      throw error;
    }
    return [];
  };
  expect(load("extern fn add(a: u64, b: i64) -> u64\n")).toEqual([]);
  expect(load("extern fn add(a: i64) -> i64\n")).toEqual([
    "`add` is `(i64, i64) -> i64` in m, found `(i64) -> i64`",
  ]);
  expect(load("extern fn third(x: f32) -> f64\n")).toEqual([
    "`third` is `(f64) -> f64` in m, found `(f32) -> f64`",
  ]);
  expect(load("extern fn note(a: i64, b: f64, c: bool) -> i64\n")).toEqual([
    "`note` is `(i64, f64, bool) -> unit` in m, found `(i64, f64, bool) -> i64`",
  ]);
});

test("a name that resembles a linked one is a warning with that", () => {
  const engine = new Engine({
    linked,
    write: () => undefined,
    clock: { monotonicNanos: () => 0n, unixMicros: () => 0n },
  });
  const { warnings } = engine.load(new SourceFile("a.spl", "extern fn thirb(x: f64) -> f64\n"));
  expect(warnings.map(({ message, help }) => [message, help])).toEqual([
    ["the host has no function `thirb`", expect.stringContaining("third")],
  ]);
});

test.each(["auto", "jit", "interpret"] as const)("arrays are lent in mode %s", (mode) => {
  const functions: readonly LinkedFunction[] = [
    {
      name: "running",
      params: ["[i16]", "[f64]", "i64"],
      result: "i64",
      origin: "m",
      call: (from: Int16Array, to: Float64Array, scale: number | bigint) => {
        let sum = 0;
        from.forEach((value, i) => {
          sum += value;
          to[i] = sum / Number(scale);
        });
        return from.length;
      },
    },
  ];
  const source = `
extern fn running(from: [u16], to: [f64], scale: i64) -> i64
fn work(count: i64) -> f64:
    var from: [u16] = []
    var to: [f64] = []
    var last = 0.0
    for i in 0..count:
        val made = running(from, to, 2)
        if made > 0: last = to[made - 1]
        from.push(i as u16)
        to.push(0.0)
    last
print work(100)
print running([7u16], [0.0], 1)
`;
  expect(
    run(source, { mode, linked: functions, library: runtimeLibrary, collectAlways: true }),
  ).toBe("2425.5\n1\n");
  const both = { linked: [...linked, ...functions] };
  expect(() => run("extern fn running(from: [i32], to: [f64], scale: i64) -> i64\n", both)).toThrow(
    /`\(\[i16\], \[f64\], i64\) -> i64` in m, found `\(\[i32\], /,
  );
});

test("function pointers: one for equal closures, and the oldest give way", () => {
  const released: number[] = [];
  const made: LinkedCallback[] = [];
  const take: LinkedFunction = {
    name: "take",
    params: ["ptr"],
    result: "ptr",
    origin: "m",
    call: (address: number | bigint) => BigInt(address),
  };
  const source = `
extern fn take(f: fn(u8, f32) -> bool) -> i64
fn known(a: u8, b: f32) -> bool: (a as f32) > b
print take(known) == take(known)
fn capture(n: i64): \\a, b: (a as i64) == n - 4872
for i in 0..5000: take(capture(i))
`;
  const output = run(source, {
    mode: "interpret",
    library: runtimeLibrary,
    linked: [...linked, take],
    functionPointers: (signature, call) => {
      expect(signature).toEqual({ params: ["i8", "f32"], result: "bool" });
      const address = made.push(call);
      return { address, release: () => released.push(address) };
    },
  });
  expect(output).toBe("true\n");
  expect(made.length).toBe(5001);
  expect(released).toEqual(Array.from({ length: 5001 - 4096 }, (_, i) => i + 1));
  expect([made[5000]?.(127, 0), made[5000]?.(-128, 0)]).toEqual([1, 0]);
});
