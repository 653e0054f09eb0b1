import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emitObject } from "../codegen/wasm/index.ts";
import { DiagnosticSink, SourceFile } from "../base/index.ts";
import { parseModule } from "../ir/mir/index.ts";
import { ObjectError, lookupLine, parseObject } from "../object/index.ts";
import { dataStart, pageSize } from "../runtime/index.ts";
import { LoadError, loadObject, type LoadEnvironment, type LoadedObject } from "./load.ts";
import { SymbolTable, type ProgramSymbol } from "./symbols.ts";
import { hostWebAssembly } from "./webassembly.ts";

const text = `
declare host @rt_text_i64(i64)
declare slot @other(i64) -> i64
data @greeting align 8 = "hello"
extern data @count

func @twice(i64) -> i64 {
  loc0 = "a.spl" 4 2 "twice"
block0(v0: i64):
  v1 = call_slot @other(v0) !loc0
  v2 = iadd v1, v1
  return v2
}

func @letter(i32) -> i32 {
block0(v0: i32):
  v1 = symbol_addr @greeting
  v2 = iadd v1, v0
  v3 = load8_u v2
  return v3
}

func @bump(i64) -> i64 {
  loc0 = "a.spl" 7 5 "bump"
block0(v0: i64):
  v1 = symbol_addr @count
  v2 = load.i64 v1
  v3 = srem v2, v0 !loc0
  store.i64 v1, v3
  call_host @rt_text_i64(v3)
  return v3
}
`;

const wasmHeader = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

function object(source = text): Uint8Array {
  const sink = new DiagnosticSink();
  const module = parseModule(new SourceFile("test.mir", source), sink);
  expect(sink.all).toEqual([]);
  return emitObject(module, { name: "unit", abiHash: "abi1" });
}

const int64 = { params: ["i64"], results: ["i64"] } as const;

const other: ProgramSymbol = {
  kind: "function",
  name: "other",
  slot: 3,
  signature: int64,
  origin: "a",
};
const count: ProgramSymbol = { kind: "data", name: "count", address: dataStart, origin: "a" };

interface TestProgram extends LoadEnvironment {
  readonly written: string[];
  readonly allocated: [size: number, align: number][];
}

function program(symbols: readonly ProgramSymbol[] = [other, count]): TestProgram {
  const { Memory, Table } = hostWebAssembly();
  const table = new SymbolTable();
  for (const symbol of symbols) table.define(symbol);
  const written: string[] = [];
  const allocated: [number, number][] = [];
  if (table.lookup("rt_text_i64") === undefined) {
    table.define({
      kind: "host",
      name: "rt_text_i64",
      signature: { params: ["i64"], results: [] },
      implementation: (value) => void written.push(String(value)),
      origin: "host",
    });
  }
  const functions = new Table({ initial: 8, element: "anyfunc" });
  return {
    memory: new Memory({ initial: Math.ceil(dataStart / pageSize) + 1 }),
    table: functions,
    symbols: table,
    abiHash: "abi1",
    written,
    allocated,
    allocateData: (size, align) => {
      allocated.push([size, align]);
      return dataStart + 64;
    },
    allocateTable: (elements) => functions.grow(elements),
  };
}

function reasonsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof LoadError) return error.reasons;
    throw error;
  }
  return [];
}

describe("loadObject", () => {
  it("resolves every kind of import", () => {
    const environment = program();
    const loaded = loadObject(object(), environment);
    const call = (symbol: string, value: number | bigint): unknown =>
      loaded.functions.get(symbol)?.code(value);
    const twice = loaded.functions.get("twice");
    expect(twice?.signature).toEqual(int64);
    // Nothing is installed: the slot that `twice` calls is filled here.
    expect(environment.table.get(3)).toBeNull();
    environment.table.set(3, loaded.functions.get("bump")?.code ?? null);
    const view = new DataView(environment.memory.buffer);
    view.setBigInt64(dataStart, 17n, true);
    expect(call("twice", 10n)).toBe(14n);
    expect(view.getBigInt64(dataStart, true)).toBe(7n);
    expect(environment.written).toEqual(["7"]);
    expect(call("letter", 4)).toBe("o".charCodeAt(0));
  });

  it("says what it loaded", () => {
    const environment = program();
    const bytes = object();
    const loaded = loadObject(bytes, environment);
    expect(loaded.name).toBe("unit");
    expect([...loaded.functions.keys()]).toEqual(["twice", "letter", "bump"]);
    expect(loaded.slotImports).toEqual(["other"]);
    expect(loaded.dataBytes).toBe(5);
    expect(environment.allocated).toEqual([[5, 8]]);
    expect(loaded.codeBytes).toBeGreaterThan(50);
    expect(loaded.codeBytes).toBeLessThan(bytes.length);
  });

  it("allocates nothing for an object without data", () => {
    const environment = program([]);
    loadObject(object("func @f() {\nblock0:\n  return\n}\n"), environment);
    expect(environment.allocated).toEqual([]);
  });

  it("gives a line table for the offsets in stack traces", () => {
    const environment = program();
    const loaded = loadObject(object(), environment);
    environment.table.set(3, loaded.functions.get("bump")?.code ?? null);
    expect(traceOf(loaded, () => loaded.functions.get("twice")?.code(0n))).toEqual([
      "modulo 7:5 bump",
      "call 4:2 twice",
    ]);
  });

  it("lists all missing names with similar ones", () => {
    const near: ProgramSymbol = { ...other, name: "othes" };
    const reasons = reasonsOf(() => loadObject(object(), program([near])));
    expect(reasons).toEqual(["no function `other` (defined: `othes`)", "no data symbol `count`"]);
  });

  it.each([
    [
      "slot of another signature",
      [{ ...other, signature: { params: ["i32"], results: [] } }, count],
      ["`other` is (i32) in a, the object takes it for (i64) -> i64"],
    ],
    [
      "host function of another signature",
      [
        other,
        count,
        {
          kind: "host",
          name: "rt_text_i64",
          signature: { params: ["f64"], results: [] },
          implementation: () => undefined,
          origin: "h",
        },
      ],
      ["`rt_text_i64` is (f64) in h, the object takes it for (i64)"],
    ],
    [
      "data in place of a function",
      [{ ...count, name: "other" }, count],
      ["`other` is a data symbol, the object takes it for a function"],
    ],
  ] as [string, ProgramSymbol[], string[]][])("refuses a %s", (_, symbols, reasons) => {
    expect(reasonsOf(() => loadObject(object(), program(symbols)))).toEqual(reasons);
  });

  it("refuses another ABI and names both", () => {
    const environment = { ...program(), abiHash: "abi2" };
    expect(reasonsOf(() => loadObject(object(), environment))).toEqual([
      "made for ABI `abi1`, the program has `abi2`",
    ]);
    expect(environment.allocated).toEqual([]);
  });

  it("refuses a wasm module that is not an object", () => {
    const plain = Uint8Array.from(wasmHeader);
    expect(reasonsOf(() => loadObject(plain, program()))).toEqual([
      "no `dylink.0` section",
      "no `anneal.abi` section",
    ]);
  });

  it("refuses a module from elsewhere with imports that the program does not have", () => {
    // (import "wasi" "f" (func)) (import "env" "memory" (global i32)) (import "GOT.mem" "count" (global (mut i32)))
    const name = (of: string): number[] => [of.length, ...new TextEncoder().encode(of)];
    const imports = [
      3,
      ...name("wasi"),
      ...name("f"),
      0,
      0,
      ...name("env"),
      ...name("memory"),
      3,
      0x7f,
      0,
      ...name("GOT.mem"),
      ...name("count"),
      3,
      0x7f,
      1,
    ];
    const bytes = Uint8Array.from([
      ...wasmHeader,
      1,
      4,
      1,
      0x60,
      0,
      0,
      2,
      imports.length,
      ...imports,
    ]);
    expect(reasonsOf(() => loadObject(bytes, program())).slice(2)).toEqual([
      "`wasi.f`: no such module to import from",
      "`env.memory` is a memory, the object takes it for a global",
      "`GOT.mem.count` must be imported as an immutable i32 global",
    ]);
  });

  it("stops listing at some point", () => {
    const symbols = Array.from({ length: 70 }, (_, i) => `s${i}`);
    const declarations = symbols.map((symbol) => `extern data @${symbol}`).join("\n");
    const uses = symbols.map(
      (symbol, i) => `  v${i} = symbol_addr @${symbol}\n  store.i32 v${i}, v${i}`,
    );
    const source = `${declarations}\nfunc @f() {\nblock0:\n${uses.join("\n")}\n  return\n}\n`;
    const reasons = reasonsOf(() => loadObject(object(source), program([])));
    expect(reasons).toHaveLength(51);
    expect(reasons.at(-1)).toBe("and 20 more");
  });

  it("refuses invalid code as a LoadError", () => {
    const bytes = object();
    const { bodies } = parseObject(bytes);
    const start = bodies[1]?.start ?? 0;
    bytes.fill(0x6a, start + 1, start + 6);
    expect(reasonsOf(() => loadObject(bytes, program()))[0]).toMatch(/^invalid code: /);
  });
});

/** The machine frames of an error that a call raises, as the line table shows them. */
function traceOf(loaded: LoadedObject, run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? "") : "";
    return [...stack.matchAll(/wasm-function\[\d+\]:0x([0-9a-f]+)/g)].map((match) => {
      const offset = Number.parseInt(match[1] ?? "", 16);
      const found = loaded.lines === null ? undefined : lookupLine(loaded.lines, offset);
      const frame = found?.frames[0];
      const what = found?.trap === 1 ? "modulo" : "call";
      return `${what} ${frame?.line}:${frame?.column} ${frame?.function}`;
    });
  }
  return [];
}

describe("hostile bytes", () => {
  const bytes = object();

  const survives = (mutated: Uint8Array): void => {
    try {
      loadObject(mutated, program());
    } catch (error) {
      if (!(error instanceof ObjectError) && !(error instanceof LoadError)) throw error;
    }
  };

  it("are loaded or refused: bytes changed", () => {
    const changes = fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(changes, (list) => {
        const mutated = bytes.slice();
        for (const [at, byte] of list) mutated[at] = byte;
        survives(mutated);
      }),
      { numRuns: 1000 },
    );
  });

  it("are loaded or refused: bytes cut out, repeated and inserted", () => {
    const place = fc.nat({ max: bytes.length });
    fc.assert(
      fc.property(place, place, fc.uint8Array({ maxLength: 12 }), (from, to, inserted) => {
        survives(Uint8Array.from([...bytes.slice(0, from), ...inserted, ...bytes.slice(to)]));
      }),
      { numRuns: 500 },
    );
  });

  it("are loaded or refused: any bytes behind the header", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (rest) => {
        survives(Uint8Array.from([...bytes.slice(0, 8), ...rest]));
      }),
      { numRuns: 500 },
    );
  });
});
