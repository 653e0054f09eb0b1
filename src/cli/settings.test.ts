import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatByteSize,
  oneOf,
  parseBackend,
  parseByteSize,
  parseHeapSize,
  parseMode,
  parseSwitch,
  setting,
  wholeNumber,
} from "./settings.ts";
import { UsageError } from "./usage.ts";

const flag = (value: string | undefined) => ({ name: "--mode", value });

describe("setting", () => {
  it("prefers the flag, then the variables in order", () => {
    const environment = { FIRST: "interpret", SECOND: "hybrid" };
    const read = (value: string | undefined, names: string[]) =>
      setting(flag(value), names, environment, parseMode);
    expect(read("jit", ["FIRST"])).toBe("jit");
    expect(read(undefined, ["FIRST", "SECOND"])).toBe("interpret");
    expect(read(undefined, ["MISSING", "SECOND"])).toBe("hybrid");
    expect(read(undefined, ["MISSING"])).toBeUndefined();
  });

  it("skips an empty variable", () => {
    expect(setting(flag(undefined), ["A"], { A: "" }, parseMode)).toBeUndefined();
  });

  it("does not look at a variable when the flag is given", () => {
    expect(setting(flag("jit"), ["A"], { A: "nonsense" }, parseMode)).toBe("jit");
  });

  it("names what was wrong", () => {
    const read = () => setting(flag(undefined), ["ANNEAL_MODE"], { ANNEAL_MODE: "x" }, parseMode);
    expect(read).toThrow(UsageError);
    expect(read).toThrow("`ANNEAL_MODE` takes auto, jit, interpret, hybrid, found `x`");
  });
});

describe("values", () => {
  const parse = <T>(parser: (given: { name: string; value: string }) => T, value: string): T =>
    parser({ name: "--x", value });

  it("whole numbers stay in their range", () => {
    const parser = wholeNumber(1, 100);
    expect(parse(parser, "1")).toBe(1);
    expect(parse(parser, "100")).toBe(100);
    for (const value of ["0", "101", "", "1.5", "1e1", "0x10", "-3", " 3", "9".repeat(40)]) {
      expect(() => parse(parser, value)).toThrow("a whole number from 1 to 100");
    }
  });

  it("heaps have a least and a greatest size", () => {
    expect(parse(parseHeapSize, "64MiB")).toBe(64 * 2 ** 20);
    expect(parse(parseHeapSize, "1GiB")).toBe(2 ** 30);
    expect(parse(parseHeapSize, "1048576")).toBe(2 ** 20);
    for (const value of ["1MB", "0", "3GiB", "64XB", "", "-1"]) {
      expect(() => parse(parseHeapSize, value)).toThrow("a size from 1MiB to 2GiB");
    }
  });

  it("back ends that are only planned are said to be so", () => {
    expect(parse(parseBackend, "wasm")).toBe("wasm");
    expect(() => parse(parseBackend, "cranelift")).toThrow("is not available in this version");
    expect(() => parse(parseBackend, "gcc")).toThrow("takes auto, wasm");
  });

  it("switches", () => {
    expect(["1", "true", "yes", "on"].map((value) => parse(parseSwitch, value))).not.toContain(
      false,
    );
    expect(["0", "false", "no", "off"].map((value) => parse(parseSwitch, value))).not.toContain(
      true,
    );
    expect(() => parse(parseSwitch, "2")).toThrow("1 or 0");
  });

  it.each([
    ["1", 1],
    ["512KiB", 524_288],
    ["16MiB", 16_777_216],
    ["16m", 16_777_216],
    ["10MB", 10_000_000],
    ["1.5 KiB", 1536],
  ])("size %s is %d bytes", (text, bytes) => {
    expect(parse(parseByteSize, text)).toBe(bytes);
  });

  it.each(["", "0", "MiB", "-1", "1 TiB", "1GiB", "16 Mi B"])("%j is no size", (text) => {
    expect(() => parse(parseByteSize, text)).toThrow("a size up to 512MiB");
  });

  it("a formatted size reads back within its rounding", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 512 * 1024 ** 2 }), (bytes) => {
        const read = parse(parseByteSize, formatByteSize(bytes));
        expect(Math.abs(read - bytes) / bytes).toBeLessThan(0.051);
      }),
    );
  });

  it("one of a list", () => {
    expect(parse(oneOf(["a", "b"]), "b")).toBe("b");
    expect(() => parse(oneOf(["a", "b"]), "c")).toThrow("`--x` takes a, b, found `c`");
  });
});
