// Native code that runs in this process: loaded, called, replaced and unloaded.
import { describe, expect, test } from "vitest";
import {
  loadNative,
  NativePools,
  NativeSymbolTable,
  unloadNative,
  type LoadedNative,
} from "../../src/loader/native/index.ts";
import type { NativeHost } from "../../src/loader/native/index.ts";
import { openNativeHost } from "../../src/native-host/index.ts";
import { loadFixtures } from "./fixtures.ts";

const opened = openNativeHost(import.meta.url);
const reason = opened.kind === "host" ? "" : ` (${opened.reason})`;

function host(): NativeHost {
  if (opened.kind === "absent") throw new Error(opened.reason);
  return opened;
}

function define(symbols: NativeSymbolTable, name: string, address: number): void {
  symbols.define({ name, address, kind: "function", size: 0, origin: "test" });
}

function load(bytes: Uint8Array, pools: NativePools, symbols: NativeSymbolTable): LoadedNative {
  const { machine, process } = host();
  const loaded = loadNative(bytes, { machine, pools, symbols, process });
  if (loaded.kind === "refused") throw new Error(loaded.message);
  return loaded;
}

/** Calls functions of an object by name. */
function caller(loaded: LoadedNative) {
  return (name: string, result: string, parameters: readonly string[]) => {
    const symbol = loaded.symbols.get(name);
    if (symbol === undefined) throw new Error(`no ${name}`);
    return host().callable(symbol.address, result, parameters);
  };
}

const fixtures = loadFixtures().filter(
  ({ name }) => opened.kind === "host" && name.startsWith(opened.machine) && !name.includes("as-"),
);

describe.skipIf(opened.kind === "absent")(`native code runs${reason}`, () => {
  /** `outside_function` is a function of the C library, and the outside data are in a buffer. */
  function environment(where: "anywhere" | "low", labs: number, size?: number) {
    const sizes = size === undefined ? {} : { code: size, metadata: size, data: size };
    const pools = new NativePools(host().memory, { where, ...sizes });
    const block = pools.allocate("data", 64);
    if (block === null) throw new Error("no memory");
    const symbols = new NativeSymbolTable();
    define(symbols, "outside_function", labs);
    define(symbols, "outside_counter", block.address);
    define(symbols, "outside_table", block.address + 8);
    define(symbols, "outside_pointer", block.address + 16);
    const data = new DataView(host().view(block.address, 64).buffer);
    data.setInt32(8, 2, true);
    data.setInt32(12, 3, true);
    data.setBigUint64(16, BigInt(labs), true);
    return { pools, symbols, data };
  }

  const abs = opened.kind === "host" ? (opened.process.address("abs") ?? 0) : 0;

  for (const { name, bytes, low } of fixtures.filter(({ bytes: b }) => hasFunction(b, "choose"))) {
    test(`${name}: data, calls, jump tables, constants, the C library`, () => {
      const { pools, symbols, data } = environment(low ? "low" : "anywhere", abs);
      const call = caller(load(bytes, pools, symbols));
      expect(call("waves", "double", ["double"])(1)).toBe(Math.cos(1) * 2.5 + 5);
      const choose = call("choose", "int", ["int"]);
      expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((x) => choose(x))).toEqual([
        11, 7, 5, 9, 7, 5, 32, 8, 0, -1,
      ]);
      expect(call("bump", "int", [])()).toBe(6);
      expect(choose(1)).toBe(8);
      expect(data.getInt32(0, true)).toBe(1);
      const copy = Uint8Array.from([9, 9, 9, 9]);
      call("copy", "void", ["void *", "void *", "size_t"])(copy, Uint8Array.from([1, 2, 3]), 3);
      expect([...copy]).toEqual([1, 2, 3, 9]);
      expect(call("maybe", "int", ["int"])(3)).toBe(-2);
      expect(call("scale", "float", ["int"])(2)).toBe(Math.fround(3.5 * Math.fround(0.3)));
      expect(call("greeting", "str", [])()).toBe("hello from an object");
      const sum = call("sum", "long", ["void *", "int"]);
      expect(sum(new Int32Array([10, 20, 30]), 3)).toBe(10 * 2 + 20 * 3 + 30 * 2);
      pools.close();
    });
  }

  for (const { name, bytes, low } of fixtures.filter(({ bytes: b }) => hasFunction(b, "branchy"))) {
    test(`${name}: recursion, tail calls, calls through pointers`, () => {
      // Code of the tiny model reaches 1 MiB.
      const size = name.includes("tiny") ? 1 << 18 : undefined;
      const { pools, symbols } = environment(low ? "low" : "anywhere", abs, size);
      const call = caller(load(bytes, pools, symbols));
      expect(call("even", "int", ["uint"])(1001)).toBe(0);
      expect(call("tail", "int", ["int"])(-11)).toBe(10);
      expect(call("through", "int", ["int"])(-7)).toBe(7);
      expect(call("branchy", "int", ["int"])(2000)).toBe(2000);
      const apply = call("apply", "int", ["uint", "int"]);
      expect([apply(0, -6), apply(1, -6), apply(2, -6)]).toEqual([-12, 36, 6]);
      pools.close();
    });
  }

  for (const { name, bytes } of fixtures.filter(({ bytes: b }) => hasFunction(b, "measure"))) {
    test(`${name}: constructors, virtual functions, run-time types, guards, templates`, () => {
      const { machine, memory, process } = host();
      const symbols = new NativeSymbolTable();
      define(symbols, "outside_function", abs);
      define(symbols, "outside_memory", process.address("malloc") ?? 0);
      define(symbols, "outside_release", process.address("free") ?? 0);
      const pools = new NativePools(memory);
      const environment = { machine, pools, symbols, process };
      const refused = loadNative(bytes, environment);
      expect(refused.kind === "refused" && refused.message).toContain("which nothing runs");
      const loaded = loadNative(bytes, { ...environment, initializers: "list" });
      if (loaded.kind === "refused") throw new Error(loaded.message);
      const call = caller(loaded);
      expect(loaded.initializers).toHaveLength(1);
      for (const address of loaded.initializers) host().callable(address, "void", [])();
      const measure = call("measure", "int", ["int", "int"]);
      expect([measure(0, 5), measure(1, -9)]).toEqual([254, 40 + 3 + 116]);
      expect(call("guarded", "int", ["int"])(7)).toBe(494);
      // The ring holds what was measured, and zeros behind the first item, which is overwritten.
      expect(call("measured", "int", [])()).toBe(254 + 159 + 494 + 40 + 3);
      pools.close();
    });
  }

  test("calls that are too far away go through a stub, data of the process through the table", () => {
    const fixture = fixtures.find(
      ({ name, bytes }) => /clang-(pic|static)/.test(name) && hasFunction(bytes, "branchy"),
    );
    // Low memory is terabytes away from the C library.
    const { pools, symbols } = environment("low", abs);
    const loaded = load(fixture?.bytes ?? new Uint8Array(0), pools, symbols);
    expect(loaded.figures.stubs).toBe(1);
    expect(caller(loaded)("tail", "int", ["int"])(-11)).toBe(10);
    pools.close();
  });

  test("an object replaces another, and its memory is used again", () => {
    const { pools, symbols } = environment("anywhere", abs);
    const bytes = fixtures.find(({ bytes: b }) => hasFunction(b, "choose"))?.bytes;
    if (bytes === undefined) throw new Error("no fixture");
    const before = pools.figures().code.used;
    let last = 0;
    for (let i = 0; i < 50; i += 1) {
      const loaded = load(bytes, pools, symbols);
      const bump = caller(loaded)("bump", "int", []);
      // Each object has variables of its own, which start anew.
      expect([bump(), bump()]).toEqual([6, 7]);
      if (last !== 0) expect(loaded.codeAddress).toBe(last);
      last = loaded.codeAddress;
      unloadNative(loaded, pools);
    }
    expect(pools.figures().code.used).toBe(before);
    pools.close();
  });
});

function hasFunction(bytes: Uint8Array, name: string): boolean {
  return Buffer.from(bytes).includes(`\0${name}\0`);
}
