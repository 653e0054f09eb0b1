// Objects that refer to each other and are loaded as one: which definition a name stands for, what is refused, line tables.
import { describe, expect, test } from "vitest";
import {
  loadNative,
  NativePools,
  NativeSymbolTable,
  unloadNative,
  type LoadedNative,
} from "../../src/loader/native/index.ts";
import { lookupLine } from "../../src/object/index.ts";
import { buildObject, type BuiltObject, type BuiltSymbol } from "./builder.ts";
import { FixedMemory } from "./fixed-memory.ts";
import { loadFixtures } from "./fixtures.ts";

function program(address?: (name: string) => number | undefined) {
  const memory = new FixedMemory(0x7f12_0000_0000);
  const size = 1 << 16;
  const pools = new NativePools(memory, { code: size, metadata: size, data: size });
  const symbols = new NativeSymbolTable();
  const process = address === undefined ? undefined : { address };
  const load = (files: readonly Uint8Array[]) =>
    loadNative(files, { machine: "x86_64", pools, symbols, process });
  const loaded = (files: readonly Uint8Array[]): LoadedNative => {
    const result = load(files);
    if (result.kind === "refused") throw new Error(result.message);
    return result;
  };
  const reasons = (files: readonly Uint8Array[]): readonly string[] => {
    const result = load(files);
    expect(memory.committed).toBe(0);
    return result.kind === "refused" ? result.reasons : [];
  };
  return { memory, pools, loaded, reasons };
}

/** A function of six bytes that calls `target`. */
function calling(symbols: readonly BuiltSymbol[], target: string, machine = 62): Uint8Array {
  const relocations = [{ offset: 1, type: 4, symbol: target, addend: -4 }];
  const code = { name: ".text", flags: 6, bytes: [0xe8, 0, 0, 0, 0, 0xc3], align: 16, relocations };
  const named = symbols.some(({ name }) => name === target);
  return buildObject({
    machine,
    sections: [code],
    symbols: named ? symbols : [...symbols, { name: target }],
  });
}

function defined(name: string, binding = 1): BuiltSymbol {
  return { name, section: 0, type: 2, size: 6, binding };
}

/** Where the call in the function at an address goes. */
function callee(memory: FixedMemory, at: number): number {
  const bytes = memory.read(at, 6);
  return at + 5 + new DataView(bytes.buffer).getInt32(1, true);
}

const data = (symbols: readonly BuiltSymbol[]): BuiltObject => ({
  sections: [{ name: ".data", flags: 3, bytes: [1, 2, 3, 4] }],
  symbols,
});

describe("a group of objects", () => {
  test("may call each other in a circle, and local names of one are not seen by the other", () => {
    const { memory, pools, loaded } = program();
    const f = calling([defined("own", 0), defined("f")], "g");
    const g = calling([defined("own", 0), defined("g")], "f");
    const result = loaded([f, g]);
    const [atF = 0, atG = 0] = ["f", "g"].map((name) => result.symbols.get(name)?.address);
    expect(callee(memory, atF)).toBe(atG);
    expect(callee(memory, atG)).toBe(atF);
    expect(result.symbols.has("own")).toBe(false);
    expect(result.functions.filter(({ name }) => name === "own")).toHaveLength(2);
    expect(result.imports).toEqual([]);
    unloadNative(result, pools);
    expect(memory.committed).toBe(0);
  });

  test("prefers strong to weak definitions, and has one of several weak ones", () => {
    const { memory, loaded } = program();
    const weak = calling([defined("h", 2), defined("first")], "h");
    const other = calling([defined("h", 2), defined("second")], "h");
    const strong = calling([defined("h"), defined("third")], "h");
    const address = (result: LoadedNative, name: string): number =>
      result.symbols.get(name)?.address ?? 0;
    const both = loaded([weak, other]);
    expect(callee(memory, address(both, "second"))).toBe(address(both, "first"));
    const all = loaded([weak, other, strong]);
    for (const name of ["first", "second", "third"]) {
      expect(callee(memory, address(all, name))).toBe(address(all, "third"));
    }
  });

  test("has one common symbol of the largest size, and none where a definition is", () => {
    const { pools, loaded } = program();
    const common = (size: number, value: number): BuiltSymbol => ({
      name: "table",
      section: "common",
      type: 1,
      size,
      value,
    });
    const files = [data([common(100, 4)]), data([common(600, 64)])].map(buildObject);
    const result = loaded(files);
    expect(result.symbols.get("table")).toMatchObject({ size: 600 });
    expect((result.symbols.get("table")?.address ?? 1) % 64).toBe(0);
    expect(result.figures.data).toBe(664);
    unloadNative(result, pools);
    const definition = buildObject(data([{ name: "table", section: 0, type: 1, size: 4 }]));
    expect(loaded([...files, definition]).figures.data).toBe(12);
  });

  test("has once what compilers put into groups with the same signature", () => {
    const { memory, loaded } = program();
    const inGroup = (name: string, flag: number): Uint8Array => {
      const relocations = [{ offset: 1, type: 4, symbol: "shared", addend: -4 }];
      const call = [0xe8, 0, 0, 0, 0, 0xc3];
      return buildObject({
        sections: [
          { name: ".text", flags: 6, bytes: call, align: 16, relocations },
          // The members: the next section, and the relocations behind the symbols and their names.
          { name: ".group", type: 17, flags: 0, bytes: [flag, 0, 0, 0, 3, 0, 0, 0], info: 2 },
          { name: ".text.shared", flags: 6, bytes: call, align: 16, relocations },
        ],
        symbols: [
          defined(name),
          { ...defined("shared"), section: 2 },
          { ...defined("own", 0), section: 2 },
        ],
      });
    };
    const result = loaded([inGroup("f", 1), inGroup("g", 1)]);
    const [f = 0, g = 0, shared = 0] = ["f", "g", "shared"].map(
      (name) => result.symbols.get(name)?.address,
    );
    expect([f, g, shared].map((at) => callee(memory, at))).toEqual([shared, shared, shared]);
    expect(result.figures).toMatchObject({ code: 38, relocations: 3 });
    expect(result.functions.filter(({ name }) => name === "own")).toHaveLength(1);
    expect(program().reasons([inGroup("f", 0), inGroup("g", 0)])).toEqual([
      "`shared` is defined by each of object 1, object 2",
    ]);
  });

  test("takes from the process what none defines", () => {
    const { memory, loaded } = program((name) => (name === "out" ? 0x7f12_0100_0000 : undefined));
    const result = loaded([calling([defined("f")], "out"), calling([defined("g")], "out")]);
    expect(result.imports).toEqual(["out"]);
    expect(callee(memory, result.symbols.get("g")?.address ?? 0)).toBe(0x7f12_0100_0000);
  });

  test("is refused for names that two define, other machines, and what cannot be read", () => {
    const { reasons } = program();
    const f = calling([defined("f")], "f");
    expect(reasons([f, f])).toEqual(["`f` is defined by each of object 1, object 2"]);
    expect(reasons([f, calling([defined("g")], "f", 183)])).toEqual([
      "objects for x86_64 and for aarch64 together",
    ]);
    expect(reasons([f, Uint8Array.of(1, 2, 3)])[0]).toMatch(/^object 2: .*no ELF file/);
    expect(reasons([calling([defined("g")], "none"), f])).toEqual(["no symbol `none`"]);
    expect(reasons([])).toEqual(["no object"]);
    const own = loadFixtures().find(({ name }) => name === "x86_64-anneal.o");
    expect(reasons([f, own?.bytes ?? f])[0]).toMatch(
      /^an object with `\.anneal\.\w+` is loaded alone$/,
    );
  });
});

test("the line tables of a group are those of its objects", () => {
  const names = ["x86_64-gcc-pic.o", "x86_64-clang-pic.o"];
  const files = names.map((name) => {
    const found = loadFixtures().find((fixture) => fixture.name === name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found.bytes;
  });
  const placesOf = (loaded: LoadedNative): Map<string, string> => {
    const places = new Map<string, string>();
    for (const { name, address, size } of loaded.functions) {
      const shown: string[] = [];
      for (let at = 0; at < size && loaded.lines !== null; at += 1) {
        const frame = lookupLine(loaded.lines, address - loaded.codeAddress + at)?.frames[0];
        shown.push(frame === undefined ? "none" : `${frame.function} ${frame.file}:${frame.line}`);
      }
      places.set(name, shown.join("\n"));
    }
    return places;
  };
  const outside = (): number => 0x7f12_0100_0000;
  const together = placesOf(program(outside).loaded(files));
  const alone = files.map((file) => placesOf(program(outside).loaded([file])));
  expect(together.get("choose")).toMatch(/mixed\.c:\d+/);
  expect(together.get("branchy")).toMatch(/calls\.c:\d+/);
  expect(together).toEqual(new Map(alone.flatMap((places) => [...places])));
});
