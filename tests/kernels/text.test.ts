// What LLVM is told of a kernel, and what not.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { printLlvmModule } from "../../src/codegen/llvm/index.ts";
import { kernelMir } from "./oracle.ts";

function text(type: "f32" | "i8", name: "matmul" | "matvec", reassociate: boolean): string {
  const read = (file: string): string =>
    readFileSync(new URL(`../../src/kernels/${file}.spl`, import.meta.url), "utf8");
  const sources = [type, ...(name === "matmul" ? ["narrow"] : []), name];
  const module = kernelMir(sources.map(read).join(""), name, { m: 16, k: 8 });
  const kernel = { entry: name, arrays: [0, 1, 2], reassociate };
  const common = { name, abiHash: "", locations: "none", architecture: "x86_64" } as const;
  return printLlvmModule(module, { ...common, kernel }).text;
}

/** Instructions of an opcode, without operands. */
function heads(all: string, opcode: string): Set<string> {
  const found = all.matchAll(new RegExp(`= (${opcode}[a-z ]*) (?:i32|float) `, "g"));
  return new Set([...found].map(([, head = ""]) => head));
}

describe("a kernel's text", () => {
  it("lets sums be reordered only if that was asked for, and nothing else", () => {
    for (const opcode of ["fadd", "fmul"]) {
      expect(heads(text("f32", "matmul", false), opcode)).toEqual(new Set([opcode]));
      expect(heads(text("f32", "matmul", true), opcode)).toEqual(new Set([`${opcode} reassoc`]));
    }
  });

  it("says that addresses do not wrap, and that sums of elements may", () => {
    const all = text("i8", "matvec", true);
    expect(heads(all, "shl")).toEqual(new Set(["shl nuw"]));
    // Sums of addresses and indices; sums of products.
    expect(heads(all, "add")).toEqual(new Set(["add nuw", "add"]));
    const product = /(%v\d+) = mul i32 %v\d+, %v\d+/.exec(all)?.[1] ?? "";
    expect(all).toMatch(new RegExp(`= add i32 %v\\d+, ${product}\\n`));
  });

  it("does not say that differences do not wrap", () => {
    const source = `
fn back(x: u32, y: u32, n: u32, step: u32):
    var i = n - step
    while i < n:
        store_f64(y + (i << 3), load_f64(x + (i << 3)))
        i = i - step
`;
    const options = { name: "back", abiHash: "", locations: "none" } as const;
    const kernel = { entry: "back", arrays: [0, 1], reassociate: false };
    const module = kernelMir(source, "back", {});
    const all = printLlvmModule(module, { ...options, architecture: "x86_64", kernel }).text;
    expect(heads(all, "sub")).toEqual(new Set(["sub"]));
    expect(heads(all, "add")).toEqual(new Set(["add nuw"]));
  });

  it("tells its arrays apart", () => {
    const all = text("f32", "matmul", false);
    const tags = [...all.matchAll(/(load|store) float.*!tbaa !(\d+)/g)];
    expect(new Set(tags.map(([, verb, tag]) => `${verb} ${tag}`)).size).toBe(4);
    for (const array of ["array0", "array1", "array2"]) expect(all).toContain(`!"${array}"`);
    expect(all).not.toContain('!"part1"');
  });

  it("has one entry, and functions of its own", () => {
    const all = text("f32", "matmul", false);
    expect(all.match(/define dso_local void @"fn:matmul"/g)).toHaveLength(1);
    expect(all).toContain('define internal void @"fn:tile_4x4"');
    expect(all.match(/define void @"enter:/g)).toHaveLength(1);
  });
});
