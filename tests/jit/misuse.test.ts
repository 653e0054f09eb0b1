// Callers without a type checker: what does not fit is refused with a message, and nothing has changed.
import { afterAll, describe, expect, test } from "vitest";
import { compileC, Jit, JitError } from "../../src/jit/index.ts";
import { fibonacci, openJit, whyNoJit } from "./modules.ts";

type Loose = (...args: readonly unknown[]) => unknown;

type Called =
  | "autoOptimize"
  | "callback"
  | "find"
  | "functionInfo"
  | "loadFile"
  | "loadMemory"
  | "recompile"
  | "recordCall"
  | "unload";

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof JitError) return error.message;
    throw error;
  }
  return "not refused";
}

describe.skipIf(whyNoJit !== "")(`arguments of the interface that do not fit${whyNoJit}`, () => {
  const { jit } = whyNoJit === "" ? openJit() : {};
  const call = (name: Called): Loose => jit?.[name].bind(jit) as Loose;
  afterAll(() => jit?.destroy());

  test("levels, cycles, modules", () => {
    call("loadMemory")(fibonacci, "fib");
    const before = jit?.functionInfo("fib");
    for (const [level, shown] of [
      [4, "4"],
      [-1, "-1"],
      [1.5, "1.5"],
      [Number.NaN, "NaN"],
      ["2", "the text `2`"],
      [2n, "2"],
      [undefined, "undefined"],
      [{}, "an object"],
    ] as const) {
      expect(refusal(() => call("recompile")("fib", level))).toBe(
        `the level must be 0, 1, 2 or 3, found ${shown}`,
      );
    }
    for (const cycles of [-1, -1n, 1.5, Number.NaN, undefined, null]) {
      expect(refusal(() => call("recordCall")("fib", cycles))).toBe(
        `cycles must be an integer that is not negative, found ${cycles}`,
      );
    }
    expect(refusal(() => call("loadMemory")(5, "five"))).toBe(
      "`five` must be bytes or a text, found 5",
    );
    expect(refusal(() => call("loadMemory")())).toBe(
      "`module` must be bytes or a text, found undefined",
    );
    expect(jit?.lastError).toBe("`module` must be bytes or a text, found undefined");
    expect(refusal(() => call("unload")(null))).toBe("the module is not loaded");
    expect(refusal(() => call("unload")({ name: "fib" }))).toBe("`fib` is not loaded");
    expect(jit?.functionInfo("fib")).toEqual(before);
  });

  test("options", () => {
    for (const [options, message] of [
      [{ first: 7 }, "the first level must be 0, 1, 2 or 3, found 7"],
      [{ top: -1 }, "the highest level must be 0, 1, 2 or 3, found -1"],
      [{ first: 3, top: 1 }, "the first level, 3, is above the highest, 1"],
      [{ thresholds: [1] }, "thresholds are `o1`, `o2` and `o3`, found `0`"],
      [{ thresholds: { o1: 0 } }, "the threshold `o1` must be a number from 1, found 0"],
      [{ pools: { code: -1 } }, "the size of the pool `code` must be a number from 1, found -1"],
      [{ mostBytes: Number.NaN }, "`mostBytes` must be a number from 1, found NaN"],
      [{ mostFunctions: "9" }, "`mostFunctions` must be a number from 1, found the text `9`"],
      [{ background: "yes" }, "`background` must be true or false, found the text `yes`"],
      [{ pools: { code: 1e15 } }, /^cannot reserve \d+ bytes of address space/],
    ] as const) {
      expect(refusal(() => (openJit as Loose)(options))).toMatch(message);
    }
    expect(refusal(() => (Jit.create as Loose)(null))).toBe(
      "options must be an object, found null",
    );
    expect(refusal(() => (Jit.create as Loose)({ onEvent: 5 }))).toBe(
      "`onEvent` must be a function, found 5",
    );
  });

  test("callbacks, and clang that was not found", () => {
    const callback = call("callback");
    const identity = (x: number): number => x;
    const needed = "a callback has `params`, a list of types, and `result`, a type or `unit`";
    for (const signature of [null, {}, { params: "f64", result: "f64" }, { params: ["f64"] }])
      expect(refusal(() => callback(signature, identity))).toBe(needed);
    for (const signature of [
      { params: ["double"], result: "f64" },
      { params: ["f64"], result: "double" },
    ])
      expect(refusal(() => callback(signature, identity))).toBe(
        "the text `double` is no type of a callback",
      );
    expect(refusal(() => callback({ params: [], result: "unit" }, 5))).toBe(
      "native code calls functions, found 5",
    );
    expect(refusal(() => compileC(undefined, "kernel.c"))).toContain("`kernel.c` needs clang");
  });

  test("names and files", () => {
    for (const name of ["find", "functionInfo", "recompile", "recordCall", "autoOptimize"] as const)
      expect(refusal(() => call(name)(5, 1))).toBe("a function is found by its name, found 5");
    expect(refusal(() => call("loadFile")(3))).toBe("a file is named by its path, found 3");
    expect(refusal(() => call("loadFile")("kernel.c"))).toBe("`kernel.c` is a source");
    expect(refusal(() => call("loadFile")("/dev/zero"))).toBe(
      "`zero` has more than 67108864 bytes, which is the limit",
    );
  });

  test("modules whose data layout is that of another machine", () => {
    const load = (layout: string): string =>
      refusal(() =>
        call("loadMemory")(`target datalayout = "${layout}"\ndefine i64 @size() { ret i64 4 }`),
      );
    expect(load("e-m:e-p:32:32-i64:64")).toMatch(
      /^`module` was made for the data layout `e-m:e-p:32:32/,
    );
    expect(load("E-m:e-i64:64")).toMatch(/^`module` was made for the data layout/);
    expect(load("e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-n8:16:32:64-S128")).toBe(
      "not refused",
    );
  });
});
