import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../src/base/index.ts";
import {
  createBlock,
  createFunction,
  FunctionBuilder,
  parseModule,
  type Block,
  type MirFunction,
  type MirModule,
  type Value,
} from "../../src/ir/mir/index.ts";
import { lookupLine, parseObject } from "../../src/object/index.ts";
import { loadModule, type WasmProgram } from "../fuzz/wasm-run.ts";
import { emitObject } from "../../src/codegen/wasm/index.ts";

const options = { name: "unit", abiHash: "abi" };

function parse(text: string): MirModule {
  const sink = new DiagnosticSink();
  const module = parseModule(new SourceFile("test.mir", text), sink);
  expect(sink.all).toEqual([]);
  return module;
}

function moduleOf(...functions: MirFunction[]): MirModule {
  return { functions, declarations: [], data: [], externalData: [] };
}

/** A function `f(i32, i64) -> i64` that `build` fills; `place` appends a block to the layout. */
function build(
  fill: (b: FunctionBuilder, place: (block: Block) => void, args: [Value, Value]) => void,
): WasmProgram {
  const fn = createFunction("f", { params: ["i32", "i64"], results: ["i64"] });
  const b = new FunctionBuilder(fn);
  const [c, v] = fn.blocks[0]?.params ?? [];
  if (c === undefined || v === undefined) throw new Error("no parameters");
  // `enter` looks for the block in the layout, which would make these tests quadratic.
  const place = (block: Block): void => {
    fn.blocks.push(block);
    b.block = block;
  };
  fill(b, place, [c, v]);
  return loadModule(moduleOf(fn));
}

describe("objects", () => {
  it("import nothing that they do not use", () => {
    const module = parse("func @f(i64) -> i64 {\nblock0(v0: i64):\n  return v0\n}\n");
    const object = parseObject(emitObject(module, options));
    expect(object.imports).toEqual([]);
    expect(object.exports).toEqual([{ name: "f", kind: "function", index: 0 }]);
    expect(object.names?.module).toBe("unit");
    expect(object.abi).toEqual({ hash: "abi", slots: [] });
  });

  it("are the same for the same module", () => {
    const module = parse("func @f(i64) -> i64 {\nblock0(v0: i64):\n  return v0\n}\n");
    expect(emitObject(module, options)).toEqual(emitObject(module, options));
  });

  it("have no line table if it is not wanted", () => {
    const module = parse("func @f() {\nblock0:\n  return\n}\n");
    expect(parseObject(emitObject(module, { ...options, lines: false })).lines).toBeNull();
    expect(parseObject(emitObject(module, options)).lines?.entries).toHaveLength(1);
  });

  it("place data items at their alignments", () => {
    const program = loadModule(
      parse(`
data @a align 1 = "xyz"
data @b align 8 = "hello"
func @f() -> i32, i32 {
block0:
  v0 = symbol_addr @a
  v1 = symbol_addr @b
  return v0, v1
}
`),
    );
    const [a, b] = program.call("f", []).map(Number);
    expect((b ?? 1) % 8).toBe(0);
    const bytes = new Uint8Array(program.memory.buffer);
    expect(String.fromCharCode(...bytes.slice(a, (a ?? 0) + 3))).toBe("xyz");
    expect(String.fromCharCode(...bytes.slice(b, (b ?? 0) + 5))).toBe("hello");
  });
});

/** `function:line` of every machine frame of an error, inlined calls included. */
function trace(program: WasmProgram, run: () => unknown): { message: string; frames: string[] } {
  const lines = program.object.lines;
  try {
    run();
  } catch (error) {
    if (!(error instanceof Error) || lines === null) throw error;
    const frames = [...(error.stack ?? "").matchAll(/wasm-function\[\d+\]:0x([0-9a-f]+)/g)];
    return {
      message: error.message,
      frames: frames.flatMap((match) => {
        const found = lookupLine(lines, Number.parseInt(match[1] ?? "", 16));
        return (found?.frames ?? []).map((frame) => `${frame.function}:${frame.line}`);
      }),
    };
  }
  throw new Error("did not fail");
}

describe("line tables", () => {
  it("tell the functions of a stack overflow", () => {
    const program = loadModule(
      parse(`
func @f(i64) -> i64 {
  loc0 = "a.spl" 1 1 "f"
  loc1 = "a.spl" 2 9 "f"
block0(v0: i64):
  v1 = iadd v0, v0 !loc0
  v2 = call @g(v1) !loc1
  v3 = iadd v2, v0 !loc0
  return v3
}
func @g(i64) -> i64 {
  loc0 = "a.spl" 5 3 "g"
block0(v0: i64):
  v1 = call @f(v0) !loc0
  v2 = iadd v1, v0
  return v2
}
`),
    );
    const { message, frames } = trace(program, () => program.call("f", [1n]));
    expect(message).toBe("Maximum call stack size exceeded");
    expect(frames.length).toBeGreaterThan(8);
    // The innermost frame stands at the start of its function.
    expect(new Set(frames.slice(1))).toEqual(new Set(["f:2", "g:5"]));
    expect(["f:1", "g:5"]).toContain(frames[0]);
  });

  it("hold inline chains", () => {
    const program = loadModule(
      parse(`
func @f(i32, i32) -> i32 {
  loc0 = "a.spl" 3 1 "main"
  loc1 = "a.spl" 9 1 "helper" caller loc0
block0(v0: i32, v1: i32):
  v2 = udiv v0, v1 !loc1
  return v2
}
`),
    );
    const { frames } = trace(program, () => program.call("f", [1, 0]));
    expect(frames).toEqual(["helper:9", "main:3"]);
  });
});

describe("large functions", () => {
  const size = 3000;

  it("nest branches deeply", () => {
    const program = build((b, place, [c, v]) => {
      const outs: Block[] = [];
      for (let i = 0; i < size; i += 1) {
        const inner = createBlock(b.fn);
        const out = createBlock(b.fn);
        b.branch(c, { block: inner.id, args: [] }, { block: out.id, args: [] });
        place(inner);
        outs.push(out);
      }
      for (const out of outs.toReversed()) {
        b.jump(out);
        place(out);
      }
      b.effect("return", null, [v]);
    });
    expect(program.call("f", [1, 5n])).toEqual([5n]);
  });

  it("leave to one block from everywhere", () => {
    const program = build((b, place, [c, v]) => {
      const exit = createBlock(b.fn, ["i64"]);
      for (let i = 0; i < size; i += 1) {
        const next = createBlock(b.fn);
        const number = b.value("iconst", "i32", [], BigInt(i));
        const here = b.value("icmp", "i32", [c, number], "eq");
        const result = b.value("iconst", "i64", [], BigInt(i * 2));
        b.branch(here, { block: exit.id, args: [result] }, { block: next.id, args: [] });
        place(next);
      }
      b.jump(exit, [v]);
      place(exit);
      b.effect("return", null, exit.params);
    });
    expect(program.call("f", [2500, 7n])).toEqual([5000n]);
    expect(program.call("f", [-1, 7n])).toEqual([7n]);
  });

  it("nest loops deeply", () => {
    const program = build((b, place, [c, v]) => {
      const headers: Block[] = [];
      for (let i = 0; i < 500; i += 1) {
        const header = createBlock(b.fn, ["i64"]);
        const last = headers.at(-1)?.params[0] ?? v;
        b.jump(header, [last]);
        place(header);
        headers.push(header);
      }
      let current = headers.at(-1)?.params[0] ?? v;
      const limit = b.value("iconst", "i64", [], 3n);
      for (const header of headers.toReversed()) {
        const exit = createBlock(b.fn, ["i64"]);
        const one = b.value("iconst", "i64", [], 1n);
        const next = b.value("iadd", "i64", [current, one]);
        const again = b.value("icmp", "i64", [next, limit], "slt");
        const both = b.value("band", "i32", [again, c]);
        b.branch(both, { block: header.id, args: [next] }, { block: exit.id, args: [next] });
        place(exit);
        current = exit.params[0] ?? v;
      }
      b.effect("return", null, [current]);
    });
    // Every loop adds one; the innermost goes around until the limit.
    expect(program.call("f", [1, 0n])).toEqual([502n]);
    expect(program.call("f", [0, 0n])).toEqual([500n]);
  });

  it("nest expressions deeply", () => {
    const program = build((b, _, [, v]) => {
      let x = v;
      for (let i = 0; i < size; i += 1) x = b.value("isub", "i64", [v, x]);
      b.effect("return", null, [x]);
    });
    expect(program.call("f", [0, 9n])).toEqual([9n]);
  });

  it("rotate many parameters around a loop", () => {
    const width = 200;
    const program = build((b, place, [c, v]) => {
      const header = createBlock(b.fn, [
        "i32",
        ...Array.from({ length: width }, () => "i64" as const),
      ]);
      const starts = Array.from({ length: width }, (_, i) => {
        const number = b.value("iconst", "i64", [], BigInt(i));
        return b.value("iadd", "i64", [v, number]);
      });
      b.jump(header, [c, ...starts]);
      place(header);
      const [count, ...params] = header.params;
      if (count === undefined) throw new Error("no parameters");
      const one = b.value("iconst", "i32", [], 1n);
      const left = b.value("isub", "i32", [count, one]);
      const exit = createBlock(b.fn);
      b.branch(
        left,
        { block: header.id, args: [left, ...params.slice(1), ...params.slice(0, 1)] },
        { block: exit.id, args: [] },
      );
      place(exit);
      b.effect("return", null, params.slice(0, 1));
    });
    expect(program.call("f", [1, 1000n])).toEqual([1000n]);
    expect(program.call("f", [8, 1000n])).toEqual([1007n]);
    expect(program.call("f", [207, 1000n])).toEqual([1006n]);
  });

  it("branch by a large table", () => {
    const program = build((b, place, [c, v]) => {
      const exit = createBlock(b.fn, ["i64"]);
      const cases = Array.from({ length: size }, () => createBlock(b.fn));
      const targets = cases.map(({ id }) => ({ block: id, args: [] }));
      b.append("br_table", null, [c], null, [...targets, { block: exit.id, args: [v] }], []);
      cases.forEach((block, i) => {
        place(block);
        b.jump(exit, [b.value("iconst", "i64", [], BigInt(i))]);
      });
      place(exit);
      b.effect("return", null, exit.params);
    });
    expect(program.call("f", [2999, 5n])).toEqual([2999n]);
    expect(program.call("f", [3000, 5n])).toEqual([5n]);
    expect(program.call("f", [-1, 5n])).toEqual([5n]);
  });
});
