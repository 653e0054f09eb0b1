// Compilation through libLLVM: what objects hold, mistakes as errors, nothing kept.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../src/base/index.ts";
import {
  llvmArchitectures,
  LlvmCompiler,
  LlvmError,
  printLlvmModule,
} from "../../src/codegen/llvm/index.ts";
import { parseModule, type MirModule } from "../../src/ir/mir/index.ts";
import { findSection, parseElf } from "../../src/object/elf/index.ts";
import { libraryCandidates, loadLlvm, majorOfName } from "../../src/libllvm/index.ts";
import { llvm, whyNoLlvm } from "./llvm.ts";
import { leastGrowth } from "./resident.ts";

function read(text: string): MirModule {
  const sink = new DiagnosticSink();
  const module = parseModule(new SourceFile("test.mir", text), sink);
  expect(sink.all).toEqual([]);
  return module;
}

const sums = read(`func @sum(i32, i32) -> i64 {
  loc0 = "a.spl" 1 1 "sum"
block0(v0: i32, v1: i32):
  v2 = iconst.i64 0
  v3 = iconst.i32 0
  jump block1(v3, v2)
block1(v4: i32, v5: i64):
  v6 = icmp slt v4, v1
  brif v6, block2, block3
block2:
  v7 = iconst.i32 3
  v8 = ishl v4, v7
  v9 = iadd v0, v8
  v10 = load.i64 v9
  v11 = iadd v5, v10
  v12 = iconst.i32 1
  v13 = iadd v4, v12
  jump block1(v13, v11)
block3:
  return v5
}
func @ratio(i64, i64) -> i64 {
  loc0 = "a.spl" 7 2 "ratio"
block0(v0: i64, v1: i64):
  v2 = sdiv v0, v1 !loc0
  return v2
}
func @twice(i64) -> i64 {
  loc0 = "b.spl" 3 4 "twice"
block0(v0: i64):
  v1 = call @ratio(v0, v0) !loc0
  return v1
}
`);
const common = { name: "test", abiHash: "hash" };

describe.skipIf(llvm === undefined)(`libLLVM${whyNoLlvm}`, () => {
  if (llvm === undefined) return;
  const library = llvm;
  const compilers = llvmArchitectures.map(
    (architecture) => new LlvmCompiler(library, { architecture }),
  );
  afterAll(() => compilers.forEach((compiler) => compiler.dispose()));

  it("works on a function that runs once only if it loops", () => {
    const { text, runsOnce } = printLlvmModule(sums, {
      ...common,
      architecture: "x86_64",
      runsOnce: "twice",
    });
    expect(text).toMatch(/@"fn:twice"\(.*\) #1 /);
    expect(text).toMatch(/@"fn:ratio"\(.*\) #0 /);
    expect(runsOnce).toBe(false);
    const looping = printLlvmModule(sums, { ...common, architecture: "x86_64", runsOnce: "sum" });
    expect(looping.text).not.toContain("optnone");
    const alone = read("func @one() -> i64 {\nblock0:\n  v0 = iconst.i64 1\n  return v0\n}\n");
    const once = { ...common, architecture: "x86_64", runsOnce: "one" } as const;
    expect(printLlvmModule(alone, once).runsOnce).toBe(true);
  });
  const [x86 = compilers[0], aarch64, i686, wasm32] = compilers;

  it.each([0, 1, 2, 3] as const)("makes objects for each architecture at O%i", (level) => {
    for (const compiler of [x86, aarch64, i686]) {
      if (compiler === undefined) continue;
      const object = parseElf(compiler.compile(sums, { ...common, level, verify: true }));
      expect(object.machine).toBe(compiler.target.architecture);
      const names = object.symbols.filter(({ section }) => section > 0).map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(["fn:sum", "enter:sum", "fn:ratio"]));
      for (const name of [".anneal.abi", ".anneal.lines", ".debug_line"]) {
        expect(findSection(object, name), name).not.toBeNull();
      }
    }
    const wasm = wasm32?.compile(sums, { ...common, level, verify: true });
    expect(wasm?.slice(0, 4)).toEqual(Uint8Array.of(0, 0x61, 0x73, 0x6d));
  });

  it("makes DWARF for debuggers", () => {
    const options = { ...common, level: 2, verify: true, locations: "dwarf" } as const;
    const object = parseElf(x86?.compile(sums, options) ?? new Uint8Array(0));
    expect(findSection(object, ".debug_info")).not.toBeNull();
    expect(findSection(object, ".anneal.lines")).toBeNull();
  });

  it("gives the same bytes for the same module", () => {
    const first = x86?.compile(sums, { ...common, level: 2 });
    expect(x86?.compile(sums, { ...common, level: 2 })).toEqual(first);
  });

  it("keeps objects of modules that come again, by all that they depend on but the name", () => {
    const divide = (number: number, line: number): MirModule =>
      read(
        `func @ratio(i64) -> i64 {\n  loc0 = "a.spl" ${line} 2 "ratio"\nblock0(v0: i64):\n` +
          `  v1 = iconst.i64 ${number}\n  v2 = sdiv v1, v0 !loc0\n  return v2\n}\n`,
      );
    const make = (module: MirModule, more: object = {}): Uint8Array | undefined =>
      x86?.compile(module, { ...common, level: 1, comesAgain: true, ...more });
    const first = make(divide(6, 7));
    expect(make(divide(6, 7), { name: "other" })).toBe(first);
    for (const other of [
      make(divide(7, 7)),
      make(divide(6, 8)),
      make(divide(6, 7), { level: 0 }),
      make(divide(6, 7), { comesAgain: false }),
      make(divide(6, 7), { abiHash: "other" }),
    ])
      expect(other).not.toBe(first);
    expect(make(divide(6, 8))).toEqual(
      x86?.compile(divide(6, 8), { ...common, level: 1, comesAgain: false }),
    );
    // What was not asked for the longest goes.
    for (let number = 100; number < 550; number += 1) make(divide(number, 7));
    const again = make(divide(6, 7));
    expect(again).toEqual(first);
    expect(again).not.toBe(first);
  });

  it("makes loops over memory SIMD from O2 on", () => {
    const loads = (level: 1 | 2): string => x86?.optimisedText(sums, { ...common, level }) ?? "";
    expect(loads(1)).not.toMatch(/load <\d+ x i64>/);
    expect(loads(2)).toMatch(/load <\d+ x i64>/);
  });

  it("reads and writes bitcode, and refuses what is none", () => {
    const bytes = x86?.bitcode(sums, { ...common, level: 1 }) ?? new Uint8Array(0);
    const context = library.createContext();
    const module = context.readBitcode(bytes, "sums.bc");
    expect(module.verify()).toBeUndefined();
    expect(module.print()).toContain("fn:sum");
    expect(module.writeBitcode().length).toBeGreaterThan(100);
    module.dispose();
    expect(() => context.readBitcode(Uint8Array.of(1, 2, 3, 4), "bad.bc")).toThrow(LlvmError);
    context.dispose();
  });

  it("tells of mistakes with LLVM's words", () => {
    const context = library.createContext();
    expect(() => context.parseIr("define i32 @f( {", "bad")).toThrow(/bad:1:\d+: error: /);
    const module = context.parseIr("define void @f() {\n  ret void\n}\n", "good");
    const options = {
      triple: "x86_64-unknown-linux-gnu",
      cpu: "",
      features: "",
      level: 0,
    } as const;
    const machine = library.createMachine({ ...options, relocation: "pic" });
    expect(() => module.runPasses(machine, { pipeline: "no-such-pass" })).toThrow(LlvmError);
    expect(() => library.createMachine({ ...options, triple: "pdp11", relocation: "pic" })).toThrow(
      LlvmError,
    );
    module.dispose();
    machine.dispose();
    context.dispose();
  });

  it("keeps no memory of what it has compiled", () => {
    const small = { ...sums, functions: sums.functions.slice(1) };
    const growth = leastGrowth(6, () => {
      for (let i = 0; i < 50; i += 1) x86?.compile(small, { ...common, level: 1 });
    });
    // Forgotten contexts would be some 75 MB.
    expect(growth).toBeLessThan(20 * 2 ** 20);
  });
});

describe("the search for libLLVM", () => {
  it.each([
    ["libLLVM-19.so", 19],
    ["libLLVM.so.19.1", 19],
    ["libLLVM-18.so.1", 18],
    ["libLLVM-14.0.6.so.1", 14],
    ["libLLVM.so", 0],
    ["libLLVM.dylib", 0],
    ["libLLVMCore.so", undefined],
    ["libLLVM-19.so.txt", undefined],
  ])("reads the version of %s", (name, major) => {
    expect(majorOfName(name)).toBe(major);
  });

  it("takes a given file alone, and says why it is not one", () => {
    const environment = { ANNEAL_LLVM: "/no/such/libLLVM.so" };
    expect(libraryCandidates(environment)).toEqual(["/no/such/libLLVM.so"]);
    const search = loadLlvm(import.meta.url, environment);
    expect(search.kind).toBe("absent");
    expect(search).toMatchObject({
      reason: "`ANNEAL_LLVM` is `/no/such/libLLVM.so`, which is not there",
    });
    const file = { ANNEAL_LLVM: fileURLToPath(import.meta.url) };
    expect(loadLlvm(import.meta.url, file)).toMatchObject({
      kind: "absent",
      reason: expect.stringContaining(`\`ANNEAL_LLVM\` is \`${file.ANNEAL_LLVM}\`: `),
    });
    const folder = { ANNEAL_LLVM: path.dirname(file.ANNEAL_LLVM) };
    expect(loadLlvm(import.meta.url, folder)).toMatchObject({
      kind: "absent",
      reason: `\`ANNEAL_LLVM\` is \`${folder.ANNEAL_LLVM}\`: no libLLVM of version 18 to 22 was found`,
    });
  });
});
