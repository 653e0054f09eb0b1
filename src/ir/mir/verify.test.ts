// What text cannot say; the other rules have filetests (tests/filetests/mir/verify_*.mir).
import { describe, expect, it } from "vitest";
import { createBlock, createFunction, FunctionBuilder } from "./builder.ts";
import type { Immediate, Inst, MirFunction, MirModule, Value } from "./function.ts";
import type { MirType, Opcode } from "./opcodes.ts";
import { renderVerifyErrors } from "./verify-render.ts";
import { verifyFunction, verifyModule } from "./verify.ts";

function moduleOf(fn: MirFunction): MirModule {
  return { functions: [fn], declarations: [], data: [], externalData: [] };
}

function messages(fn: MirFunction): string[] {
  return verifyModule(moduleOf(fn)).map(({ message }) => message);
}

function withConstant(op: Opcode, type: MirType | null, imm: Immediate): MirFunction {
  const fn = createFunction("f", { params: [], results: [] });
  const builder = new FunctionBuilder(fn);
  fn.valueTypes.push(type ?? "i32");
  builder.append(op, type, [], imm, [], [0 as Value]);
  builder.effect("return", null, []);
  return fn;
}

describe("verifyModule", () => {
  it.each<[Opcode, MirType | null, Immediate]>([
    ["iconst", "i32", 5],
    ["iconst", "i32", null],
    ["iconst", "i64", 2n ** 63n],
    ["fconst", "f64", "1"],
    ["fconst", "f32", 0.1],
    ["fconst", "f64", 1n],
    ["fconst", "f32", 0x7ff8000000000001n],
    ["symbol_addr", null, 5],
    ["symbol_addr", null, "missing"],
  ])("refuses the immediate of %s %s: %s", (op, type, imm) => {
    expect(messages(withConstant(op, type, imm))).toHaveLength(1);
  });

  it.each<[Opcode, MirType | null, Immediate]>([
    ["iconst", "i32", -1n],
    ["iconst", "i64", -(2n ** 63n)],
    ["fconst", "f32", Math.fround(0.1)],
    ["fconst", "f32", Number.NaN],
    ["fconst", "f32", 0xffc00001n],
    ["fconst", "f64", 0x7ff8000000000001n],
  ])("takes the immediate of %s %s: %s", (op, type, imm) => {
    expect(messages(withConstant(op, type, imm))).toEqual([]);
  });

  it("refuses a controlling type where there is none, and none where there is one", () => {
    const fn = createFunction("f", { params: ["i32"], results: [] });
    const builder = new FunctionBuilder(fn);
    const [param] = fn.blocks[0]?.params ?? [];
    if (param === undefined) throw new Error("no parameter");
    fn.valueTypes.push("i64", "i32");
    builder.append("sextend", "i64", [param], null, [], [1 as Value]);
    builder.append("iclz", null, [param], null, [], [2 as Value]);
    builder.effect("return", null, []);
    expect(messages(fn)).toEqual([
      "`sextend` has no controlling type, found i64",
      "`iclz` takes i32 or i64, found no type",
    ]);
  });

  it("refuses block ids past `nextBlock` and values without a type", () => {
    const fn = createFunction("f", { params: [], results: [] });
    const builder = new FunctionBuilder(fn);
    builder.append("iconst", "i32", [], 1n, [], [9 as Value]);
    builder.effect("return", null, []);
    fn.nextBlock = 0;
    expect(messages(fn)).toEqual([
      "block0 is not below the next free id 0",
      "v9 has no type in the function",
    ]);
  });

  it("is linear enough for long chains of blocks", () => {
    const fn = createFunction("f", { params: ["i32"], results: [] });
    const builder = new FunctionBuilder(fn);
    for (let count = 0; count < 20_000; count += 1) {
      const next = createBlock(fn);
      builder.jump(next);
      fn.blocks.push(next);
      builder.block = next;
    }
    builder.effect("return", null, []);
    expect(messages(fn)).toEqual([]);
  });
});

describe("verifyFunction", () => {
  it("looks at one function only", () => {
    const good = withConstant("iconst", "i32", 1n);
    const bad = createFunction("bad", { params: [], results: [] });
    const module = { ...moduleOf(good), functions: [good, bad] };
    expect(verifyFunction(good, module)).toEqual([]);
    expect(verifyFunction(bad, module)).toHaveLength(1);
  });
});

describe("renderVerifyErrors", () => {
  it("points at the lines", () => {
    const fn = withConstant("iconst", "i32", 1n << 40n);
    const extra: Inst | undefined = fn.blocks[0]?.insts.pop();
    expect(extra?.op).toBe("return");
    expect(renderVerifyErrors(verifyModule(moduleOf(fn)))).toBe(
      [
        "@f is not well-formed: 2 errors",
        "func @f() {",
        "block0:",
        "  v0 = iconst.i32 1099511627776",
        "  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: the block does not end in a terminator",
        "  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error: 1099511627776 is not a canonical integer of the type of `iconst`",
        "}",
      ].join("\n"),
    );
  });
});
