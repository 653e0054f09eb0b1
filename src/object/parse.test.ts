import { describe, expect, it } from "vitest";
import { describeObject } from "./describe.ts";
import { encodeDylink, type Dylink } from "./dylink.ts";
import { encodeLines } from "./lines.ts";
import { customSections, sectionIds, type WasmImport } from "./module.ts";
import { parseObject } from "./parse.ts";
import { printWasm } from "./print.ts";
import {
  TypeTable,
  writeAbiSection,
  writeCustomSection,
  writeExportSection,
  writeHeader,
  writeImportSection,
  writeNameSection,
  writeSection,
  writeTypeSection,
} from "./sections.ts";
import { ByteWriter } from "./writer.ts";

const imports: readonly WasmImport[] = [
  {
    module: "env",
    field: "memory",
    kind: "memory",
    limits: { minimum: 1, maximum: null },
    shared: false,
  },
  { module: "GOT.func", field: "other", kind: "global", type: "i32", mutable: false },
  { module: "GOT.mem", field: "count", kind: "global", type: "i32", mutable: false },
  {
    module: "env",
    field: "rt_text_i64",
    kind: "function",
    type: { params: ["i64"], results: [] },
  },
];

const dylink: Dylink = {
  memorySize: 12,
  memoryAlign: 3,
  tableSize: 2,
  tableAlign: 0,
  needed: ["libm"],
};

/** An object with one function `twice` and every section that we write. */
function sample(): Uint8Array {
  const out = new ByteWriter();
  const types = new TypeTable();
  const type = { params: ["i64"], results: ["i64"] } as const;
  writeHeader(out);
  writeCustomSection(out, customSections.dylink, () => out.append(encodeDylink(dylink)));
  const importSection = new ByteWriter();
  writeImportSection(importSection, imports, types);
  types.index(type);
  writeTypeSection(out, types.types);
  out.append(importSection);
  const functions = new ByteWriter();
  functions.uleb(1);
  functions.uleb(types.index(type));
  writeSection(out, sectionIds.function, () => out.append(functions));
  writeExportSection(out, [{ name: "twice", kind: "function", index: 1 }]);
  const code = new ByteWriter();
  code.uleb(1);
  const body = Uint8Array.from([0, 0x20, 0, 0x20, 0, 0x7c, 0x0b]);
  code.uleb(body.length);
  code.bytes(body);
  writeSection(out, sectionIds.code, () => out.append(code));
  writeNameSection(out, { module: "sample", functions: new Map([[1, "twice"]]) });
  const location = { file: "a.spl", line: 3, column: 1, function: "twice", caller: -1 };
  writeCustomSection(out, customSections.lines, () =>
    out.append(
      encodeLines({ locations: [location], entries: [{ offset: 99, location: 0, trap: -1 }] }),
    ),
  );
  writeAbiSection(out, { hash: "h1", slots: [{ symbol: "other", type }] }, types);
  return out.finish();
}

describe("parseObject", () => {
  it("gives back what was written", () => {
    const object = parseObject(sample());
    expect(object.dylink).toEqual(dylink);
    expect(object.imports).toEqual(imports);
    expect(object.exports).toEqual([{ name: "twice", kind: "function", index: 1 }]);
    expect(object.abi).toEqual({
      hash: "h1",
      slots: [{ symbol: "other", type: { params: ["i64"], results: ["i64"] } }],
    });
    expect(object.names?.module).toBe("sample");
    expect(object.lines?.entries).toEqual([{ offset: 99, location: 0, trap: -1 }]);
    expect(object.bodies).toHaveLength(1);
  });

  it.each([
    ["empty", [], 0, "not a wasm module"],
    ["ELF", [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0], 0, "not a wasm module"],
    ["version 2", [0, 0x61, 0x73, 0x6d, 2, 0, 0, 0], 4, "unknown version of wasm"],
    ["section 99", [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 99, 0], 8, "unknown section 99"],
    ["cut section", [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 9], 10, "9 bytes pass the end"],
    ["order", [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 3, 1, 0, 1, 1, 0], 11, "section 1 out of order"],
    [
      "functions without bodies",
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0],
      18,
      "1 functions, 0 bodies",
    ],
  ])("refuses %s", (_, bytes, offset, reason) => {
    expect(() => parseObject(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ name: "ObjectError", offset, reason }),
    );
  });

  it("refuses every object that is cut off", () => {
    const bytes = sample();
    const cuts: number[] = [];
    for (let size = 0; size < bytes.length; size += 1) {
      try {
        parseObject(bytes.slice(0, size));
        cuts.push(size);
      } catch (error) {
        expect(error).toMatchObject({ name: "ObjectError" });
      }
    }
    // Between sections a cut object may still be one: behind the code, where only custom sections follow, or
    // before there is a function to miss a body.
    for (const size of cuts) expect(() => parseObject(bytes.slice(0, size))).not.toThrow();
    expect(cuts.length).toBeLessThan(10);
  });
});

describe("listings", () => {
  it("describe an object", () => {
    expect(describeObject(sample())).toBe(`object sample, 230 bytes
abi
  h1
placed
  12 bytes of data, aligned to 8
  2 table elements
  needs libm
imports
  memory memory
  slot other(i64) -> i64
  address count
  host rt_text_i64(i64)
exports
  function twice(i64) -> i64, 7 bytes
sections
  custom dylink.0, 14 bytes
  type, 10 bytes
  import, 68 bytes
  function, 2 bytes
  export, 9 bytes
  code, 9 bytes
  custom name, 19 bytes
  custom anneal.lines, 24 bytes
  custom anneal.abi, 11 bytes
lines
  1 entries, 1 locations, 0 inlined
  file a.spl
`);
  });

  it("print the code", () => {
    expect(printWasm(sample())).toBe(`func twice(i64) -> i64 {
  local.get 0
  local.get 0
  i64.add
}
`);
  });
});
