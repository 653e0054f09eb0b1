// Laws of the text form on generated modules: printing is a fixed point of parsing, and nothing of the meaning is lost.
import fc from "fast-check";
import { expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../src/base/index.ts";
import { parseModule, printModule, verifyModule, type MirModule } from "../../src/ir/mir/index.ts";
import { generateModule } from "../fuzz/mir-generator.ts";
import { Tape } from "../fuzz/mir-tape.ts";

const tapes = fc.array(fc.nat({ max: 99_999 }), { minLength: 20, maxLength: 400, size: "max" });

function read(text: string): MirModule {
  const sink = new DiagnosticSink();
  const module = parseModule(new SourceFile("generated.mir", text), sink);
  expect(sink.all).toEqual([]);
  return module;
}

it("printed and read, a module has the same blocks, instructions and locations", () => {
  const property = fc.property(tapes, (numbers) => {
    const module = generateModule(new Tape(numbers));
    const text = printModule(module, { locations: true });
    const again = read(text);
    expect(printModule(again, { locations: true })).toBe(text);
    module.functions.forEach((fn, index) => {
      expect(again.functions[index]?.blocks).toEqual(fn.blocks);
      expect(again.functions[index]?.locations).toEqual(fn.locations);
    });
  });
  fc.assert(property, { numRuns: 60, seed: 1 });
});

it("renumbered, it is well-formed and its own renumbering", () => {
  const property = fc.property(tapes, (numbers) => {
    const options = { renumber: true, locations: true };
    const text = printModule(generateModule(new Tape(numbers)), options);
    const again = read(text);
    expect(verifyModule(again)).toEqual([]);
    expect(printModule(again, options)).toBe(text);
    expect(printModule(again, { locations: true })).toBe(text);
  });
  fc.assert(property, { numRuns: 60, seed: 2 });
});
