// Divisions of i64 by constants, which `facts` does by multiplication where it knows how large the dividend is: around
// multiples of the divisor and at the ends of the range they agree with the division.
import fc from "fast-check";
import { expect, it } from "vitest";
import { MirInterpreter } from "../../src/interp/index.ts";
import { createFunction, FunctionBuilder, type MirModule } from "../../src/ir/mir/index.ts";
import { runPasses } from "../../src/opt/index.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 150);
const seed = Number(process.env["FUZZ_SEED"] ?? 1);
const divisions = ["sdiv", "srem", "udiv", "urem"] as const;

/** `(x shift count) / divisor` in all its kinds. */
function moduleOf(shift: "sshr" | "ushr", count: bigint, divisor: bigint): MirModule {
  const results = divisions.map(() => "i64" as const);
  const fn = createFunction("f", { params: ["i64"], results });
  const builder = new FunctionBuilder(fn);
  const x = fn.blocks[0]?.params[0];
  if (x === undefined) throw new Error("no parameter");
  const by = builder.value("iconst", "i64", [], count);
  const dividend = builder.value(shift, "i64", [x, by]);
  const right = builder.value("iconst", "i64", [], divisor);
  const quotients = divisions.map((op) => builder.value(op, "i64", [dividend, right]));
  builder.effect("return", null, quotients);
  return { functions: [fn], declarations: [], data: [], externalData: [] };
}

it("divisions by constants agree with multiplications", { timeout: 60_000 + runs * 20 }, () => {
  const magnitude = fc
    .integer({ min: 1, max: 62 })
    .chain((bits) => fc.bigInt(1n, 1n << BigInt(bits)));
  const inputs = fc.record({
    shift: fc.constantFrom("sshr", "ushr"),
    count: fc.bigInt(1n, 62n),
    divisor: fc.tuple(magnitude, fc.constantFrom(1n, -1n)).map(([size, sign]) => size * sign),
    multiples: fc.array(fc.bigInt(-(1n << 62n), 1n << 62n), { minLength: 4, maxLength: 12 }),
  });
  const property = fc.property(inputs, ({ shift, count, divisor, multiples }) => {
    const plain = new MirInterpreter([moduleOf(shift, count, divisor)]);
    const module = moduleOf(shift, count, divisor);
    runPasses(module, ["fold", "facts", "fold", "dce"]);
    const optimised = new MirInterpreter([module]);
    const top = 1n << (63n - count);
    const ends = [0n, 1n, -1n, top - 1n, top, -top, 1n - top, 2n * top - 1n];
    const near = multiples.flatMap((multiple) => {
      const dividend = ((multiple % top) / divisor) * divisor;
      return [dividend - 1n, dividend, dividend + 1n];
    });
    for (const dividend of [...ends, ...near]) {
      const x = BigInt.asIntN(64, dividend << count);
      expect([x, ...optimised.call("f", [x])]).toEqual([x, ...plain.call("f", [x])]);
    }
  });
  fc.assert(property, { numRuns: runs, seed });
});
