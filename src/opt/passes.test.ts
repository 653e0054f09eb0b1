import { describe, expect, it } from "vitest";
import { createFunction, FunctionBuilder, type MirModule } from "../ir/mir/index.ts";
import {
  checkOrder,
  isPassName,
  kernelPasses,
  PassError,
  passes,
  pipelines,
  runPasses,
} from "./index.ts";

/** `f(x) = 2 + 3`, with a dead product of the parameter. */
function sumModule(): MirModule {
  const fn = createFunction("f", { params: ["i64"], results: ["i64"] });
  const builder = new FunctionBuilder(fn);
  const [x] = fn.blocks[0]?.params ?? [];
  if (x === undefined) throw new Error("no parameter");
  builder.value("imul", "i64", [x, x]);
  const two = builder.value("iconst", "i64", [], 2n);
  const three = builder.value("iconst", "i64", [], 3n);
  builder.effect("return", null, [builder.value("iadd", "i64", [two, three])]);
  return { functions: [fn], declarations: [], data: [], externalData: [] };
}

describe("passes", () => {
  it("run in order, each told to the hooks", () => {
    const module = sumModule();
    const verified: string[] = [];
    const dumped: string[] = [];
    let time = 0;
    const report = runPasses(module, ["fold", "gvn", "dce", "dce"], {
      verifyAfterEach: (_fn, pass) => verified.push(pass),
      dump: (_fn, pass, changed) => dumped.push(`${pass} ${changed}`),
      now: () => (time += 1),
    });
    expect(verified).toEqual(["fold", "dce"]);
    expect(dumped).toEqual(["fold true", "gvn false", "dce true", "dce false"]);
    expect(report.map(({ pass, changed, milliseconds }) => [pass, changed, milliseconds])).toEqual([
      ["fold", 1, 1],
      ["gvn", 0, 1],
      ["dce", 1, 1],
      ["dce", 0, 1],
    ]);
    const ops = module.functions[0]?.blocks[0]?.insts.map((inst) => inst.op);
    expect(ops).toEqual(["iconst", "return"]);
  });

  it("name themselves and the function in an error", () => {
    const module = sumModule();
    module.functions[0]?.blocks[0]?.insts.pop();
    module.functions[0]?.blocks[0]?.insts.splice(0);
    expect(() => runPasses(module, ["fold"])).toThrow(PassError);
    expect(() => runPasses(module, ["fold"])).toThrow("pass fold on f: ");
  });

  it("are in an order that the constraints allow in every pipeline", () => {
    for (const names of [...Object.values(pipelines), kernelPasses])
      expect(checkOrder(names)).toEqual([]);
    expect(checkOrder(["licm", "gvn"])).toHaveLength(1);
    expect(checkOrder(["gvn", "licm", "gvn"])).toEqual([]);
  });

  it("are found by name", () => {
    for (const name of Object.keys(passes)) expect(isPassName(name)).toBe(true);
    expect(isPassName("toString")).toBe(false);
  });
});
