// Modules that import functions as values.
import { describe, expect, it } from "vitest";
import { withFunctionValues } from "./function-values.ts";
import type { FunctionType, WasmImport } from "./module.ts";
import { parseObject } from "./parse.ts";
import { sectionIds } from "./module.ts";
import {
  TypeTable,
  writeCustomSection,
  writeExportSection,
  writeForward,
  writeHeader,
  writeImportSection,
  writeSection,
  writeTypeSection,
} from "./sections.ts";
import { ByteWriter } from "./writer.ts";

interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Record<string, (...args: unknown[]) => unknown> };
}
const { Module, Instance } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;

const plain: FunctionType = { params: ["i64", "f64"], results: ["f64"] };
const memory: WasmImport = {
  module: "env",
  field: "memory",
  kind: "memory",
  limits: { minimum: 1, maximum: null },
  shared: false,
};
const base: WasmImport = {
  module: "env",
  field: "base",
  kind: "global",
  type: "i32",
  mutable: false,
};

/** A module whose functions hand their arguments to the imports of the same number. */
function moduleOf(count: number, more: readonly WasmImport[] = []): Uint8Array {
  const out = new ByteWriter();
  const types = new TypeTable();
  types.index({ params: [], results: [] });
  const functions = Array.from({ length: count }, (_, index): WasmImport => ({
    module: "env",
    field: `f${index}`,
    kind: "function",
    type: plain,
  }));
  const number = types.index(plain);
  writeHeader(out);
  writeTypeSection(out, types.types);
  writeImportSection(out, [...functions.slice(0, 1), ...more, ...functions.slice(1)], types);
  writeSection(out, sectionIds.function, () => {
    out.uleb(count);
    for (let index = 0; index < count; index += 1) out.uleb(number);
  });
  writeExportSection(
    out,
    functions.map((_, index) => ({ name: `g${index}`, kind: "function", index: count + index })),
  );
  writeSection(out, sectionIds.code, () => {
    out.uleb(count);
    for (let index = 0; index < count; index += 1)
      writeForward(out, 2, () => {
        out.u8(0x10);
        out.uleb(index);
      });
  });
  writeCustomSection(out, "more", () => out.text("kept"));
  return out.finish();
}

/** Functions of wasm that give their second argument, from a module that adds nothing. */
function givers(count: number): Record<string, unknown> {
  const source = { f0: (_: bigint, value: number) => value };
  const scaled = Array.from({ length: count }, (_, index) => {
    const { exports } = new Instance(new Module(moduleOf(1)), {
      env: {
        f0: (first: bigint, second: number) =>
          source.f0(first, second) * (index + 1) + Number(first),
      },
    });
    return [`f${index}`, exports["g0"]];
  });
  return Object.fromEntries(scaled) as Record<string, unknown>;
}

describe("functions as values", () => {
  it.each([1, 2, 40, 64])(
    "%i imports are called by their numbers, and code is found further back",
    (count) => {
      const bytes = moduleOf(count, [memory, base]);
      const object = parseObject(bytes);
      const made = withFunctionValues(object);
      if (made === null) throw new Error("not made");
      const env = { ...givers(count), memory: undefined, base: 0 };
      const { Memory } = (
        globalThis as unknown as { WebAssembly: { Memory: new (of: object) => object } }
      ).WebAssembly;
      const { exports } = new Instance(new Module(made.bytes), {
        env: { ...env, memory: new Memory({ initial: 1 }) },
      });
      for (let index = 0; index < count; index += 1)
        expect(exports[`g${index}`]?.(3n, 0.5)).toBe(0.5 * (index + 1) + 3);
      for (const { start, end } of object.bodies)
        expect(made.bytes.subarray(start + made.shift, end + made.shift)).toEqual(
          bytes.subarray(start, end),
        );
      expect(Buffer.from(made.bytes).includes("kept")).toBe(true);
    },
  );

  it("are not made of what has numbers that would change", () => {
    expect(withFunctionValues(parseObject(moduleOf(0)))).toBeNull();
    expect(withFunctionValues(parseObject(moduleOf(65)))).toBeNull();
    const table: WasmImport = {
      module: "env",
      field: "t",
      kind: "table",
      limits: { minimum: 0, maximum: null },
    };
    expect(withFunctionValues(parseObject(moduleOf(2, [table])))).toBeNull();
  });
});
