import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../base/index.ts";
import { createFunction, FunctionBuilder } from "./builder.ts";
import type { MirModule } from "./function.ts";
import {
  formatFloat,
  formatSymbol,
  parseFloatText,
  quoteBytes,
  unquoteBytes,
  unquoteText,
  quoteText,
} from "./literal.ts";
import { parseModule, parseModuleWithPlaces } from "./parse.ts";
import { printFunction, printModule } from "./print.ts";

function read(text: string): MirModule {
  const sink = new DiagnosticSink();
  const module = parseModule(new SourceFile("test.mir", text), sink);
  expect(sink.all).toEqual([]);
  return module;
}

const emptyModule: MirModule = { functions: [], declarations: [], data: [], externalData: [] };

describe("literals", () => {
  it("read back every double bit for bit", () => {
    const property = fc.property(fc.double({ noNaN: true }), (value) => {
      const text = formatFloat(value, "f64");
      const words: Record<string, number> = { inf: Infinity, "-inf": -Infinity };
      expect(words[text] ?? parseFloatText(text, "f64")).toBe(value);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it("read back every single, and print it no longer than its double", () => {
    const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
    const property = fc.property(finite, (value) => {
      const text = formatFloat(value, "f32");
      expect(parseFloatText(text, "f32")).toBe(value);
      expect(text.length).toBeLessThanOrEqual(formatFloat(value, "f64").length);
    });
    fc.assert(property, { numRuns: 2000 });
    expect(formatFloat(Math.fround(0.1), "f32")).toBe("0.1");
  });

  it("read back every name, also with lone surrogates", () => {
    const property = fc.property(fc.string({ unit: "binary" }), (name) => {
      expect(unquoteText(quoteText(name).slice(1, -1))).toBe(name);
    });
    fc.assert(property);
    expect(unquoteText(quoteText("\ud800").slice(1, -1))).toBe("\ud800");
    expect(formatSymbol("größe.$x_1")).toBe("@größe.$x_1");
    expect(formatSymbol("")).toBe('@""');
  });

  it("read back all bytes", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    expect(unquoteBytes(quoteBytes(bytes).slice(1, -1))).toEqual(bytes);
  });
});

describe("modules", () => {
  it("keep symbols, data and locations through the text", () => {
    const property = fc.property(
      fc.uniqueArray(fc.string({ unit: "binary" }), { minLength: 3, maxLength: 3 }),
      fc.uint8Array(),
      (names, bytes) => {
        const [slot = "", data = "", symbol = ""] = names;
        const fn = createFunction(symbol, { params: [], results: [] });
        fn.locations.push({ file: data, line: 1, column: 2, function: slot, caller: -1 });
        const builder = new FunctionBuilder(fn);
        builder.location = 0;
        builder.effect("return", null, []);
        const module: MirModule = {
          functions: [fn],
          declarations: [
            { symbol: slot, linkage: "slot", signature: { params: ["f32"], results: ["i64"] } },
          ],
          data: [{ symbol: data, bytes, align: 4 }],
          externalData: [],
        };
        expect(read(printModule(module, { locations: true }))).toEqual(module);
      },
    );
    fc.assert(property);
  });

  it("keep the numbers of values and blocks, with gaps", () => {
    const text = `func @f(i32) -> i32 {
block5(v7: i32):
  v3 = iadd v7, v7
  jump block2(v3)
block2(v9: i32):
  return v9
}
`;
    const module = read(text);
    expect(printModule(module)).toBe(text);
    expect(module.functions[0]?.nextBlock).toBe(6);
    expect(module.functions[0]?.valueTypes.length).toBe(10);
  });

  it("print and read the empty module", () => {
    expect(read(printModule(emptyModule))).toEqual(emptyModule);
  });
});

describe("the reader", () => {
  it("infers types across blocks in any order of the text", () => {
    const module = read(`func @f(i32) {
block0(v0: i32):
  jump block2
block1:
  v3 = icmp slt v2, v2
  v4 = select v3, v2, v2
  return
block2:
  v1 = sextend v0
  v2 = iadd v1, v1
  jump block1
}
`);
    expect(module.functions[0]?.valueTypes).toEqual(["i32", "i64", "i64", "i32", "i64"]);
    expect(module.functions[0]?.blocks[1]?.insts[0]?.type).toBe("i64");
  });

  it("ends on values that depend on themselves alone", () => {
    const module = read(`func @f() {
block0:
  v0 = fadd v1, v1
  v1 = fadd v0, v0
  return
}
`);
    expect(module.functions[0]?.valueTypes).toEqual(["f32", "f32"]);
  });

  it("goes on after errors and says where each is", () => {
    const sink = new DiagnosticSink();
    const file = new SourceFile(
      "bad.mir",
      "func @f() {\nblock0:\n  v0 = oops\n  return\n}\nwhat\n",
    );
    const { module, places } = parseModuleWithPlaces(file, sink);
    const found = sink.all.map(({ code, span }) => [code, file.position(span?.start ?? 0)]);
    expect(found).toEqual([
      ["mir/unknown-opcode", { line: 3, column: 8 }],
      ["mir/unexpected-token", { line: 6, column: 1 }],
    ]);
    const inst = module.functions[0]?.blocks[0]?.insts[0];
    expect(inst?.op).toBe("return");
    expect(inst === undefined ? undefined : places.insts.get(inst)?.start).toBe(
      file.text.indexOf("return"),
    );
  });

  it("ends on any text", () => {
    const pieces = ["func", "@f", "(", ")", "{", "}", "\n", "block0", ":", "v0", "=", "iadd", "."];
    const more = ["iconst", "i32", "5", ",", "brif", "[", "]", "!", "loc0", '"', "->", "call", ";"];
    const texts = fc.array(fc.constantFrom(...pieces, ...more), { maxLength: 60 });
    const property = fc.property(texts, (words) => {
      const sink = new DiagnosticSink();
      const text = printModule(parseModule(new SourceFile("x", words.join(" ")), sink));
      expect(printModule(read(text))).toBe(text);
    });
    fc.assert(property, { numRuns: 1000 });
  });
});

describe("renumbering", () => {
  it("does not depend on the numbers in memory", () => {
    const text = (a: number, b: number): string => `func @f(i32) -> i32 {
block${a}(v${b}: i32):
  jump block${a + 3}(v${b})
block${a + 3}(v${b + 2}: i32):
  return v${b + 2}
}
`;
    const printed = [text(0, 0), text(7, 40)].map((each) => {
      const fn = read(each).functions[0];
      return fn === undefined ? "" : printFunction(fn, { renumber: true });
    });
    expect(printed[0]).toBe(printed[1]);
  });
});
