import { describe, expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../../base/index.ts";
import {
  parseModule,
  printModule,
  renderVerifyErrors,
  verifyModule,
  type MirFunction,
  type MirModule,
} from "../../ir/mir/index.ts";
import { noteEntry, NoteRoom, noteSites, specialise, specialiseSites } from "./index.ts";

function read(text: string): { readonly module: MirModule; readonly fn: MirFunction } {
  const sink = new DiagnosticSink();
  const module = parseModule(new SourceFile("test.mir", text), sink);
  const [fn] = module.functions;
  if (fn === undefined || sink.hasErrors) throw new Error("the text is not well-formed");
  return { module, fn };
}

/** The lines of a module, which is well-formed. */
function print(module: MirModule): string[] {
  expect(renderVerifyErrors(verifyModule(module))).toBe("");
  return printModule(module)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

const room = (size = 4096): NoteRoom => new NoteRoom({ address: 4096, size });

/** Divides by its second parameter; the third decides nothing. */
const digits = `func @digits(i64, i64, i64) -> i64 {
block0(v0: i64, v1: i64, v2: i64):
  jump block1(v0, v2)
block1(v3: i64, v4: i64):
  v5 = sdiv v3, v1
  v6 = iadd v4, v2
  v7 = ireduce v5
  brif v7, block1(v5, v6), block2
block2:
  return v6
}
`;

describe("values at the entry", () => {
  it("are noted where the function decides by them", () => {
    const { module, fn } = read(digits);
    const noted = noteEntry(fn, false, room());
    expect(noted?.values).toEqual([
      { place: { kind: "param", index: 0 }, type: "i64" },
      { place: { kind: "param", index: 1 }, type: "i64" },
    ]);
    const lines = print(module);
    expect(lines.slice(1, 19)).toEqual([
      "block0(v0: i64, v1: i64, v2: i64):",
      "v8 = iconst.i32 4096",
      "v9 = load.i32 v8",
      "v10 = iconst.i32 1",
      "v11 = isub v9, v10",
      "store.i32 v8, v11",
      "v12 = iconst.i32 0",
      "v13 = icmp sgt v9, v12",
      "brif v13, block4, block3",
      "block4:",
      "v14 = iconst.i32 15",
      "v15 = band v9, v14",
      "v16 = iconst.i32 16",
      "v17 = imul v15, v16",
      "v18 = iadd v8, v17",
      "store.i64 v18+8, v0",
      "store.i64 v18+16, v1",
      "jump block3",
    ]);
    expect(noteEntry(read(digits).fn, false, room(100))).toBeNull();
  });

  it("get a body of their own behind a guard", () => {
    const { module, fn } = read(digits);
    const guards = [
      { place: { kind: "param", index: 1 }, expected: { kind: "value", bits: 10n } },
      { place: { kind: "param", index: 2 }, expected: { kind: "value", bits: 1n } },
    ] as const;
    expect(specialise(fn, false, { guards, failures: 64 })).toEqual([guards[0]]);
    expect(print(module)).toEqual([
      "func @digits(i64, i64, i64) -> i64 {",
      "block0(v0: i64, v1: i64, v2: i64):",
      "v18 = iconst.i64 10",
      "v19 = icmp eq v1, v18",
      "brif v19, block7, block8",
      "block7:",
      "v13 = iconst.i64 10",
      "jump block4",
      "block4:",
      "jump block5(v0, v2)",
      "block5(v8: i64, v9: i64):",
      "v10 = sdiv v8, v13",
      "v11 = iadd v9, v2",
      "v12 = ireduce v10",
      "brif v12, block5(v10, v11), block6",
      "block6:",
      "return v11",
      "block8:",
      "v14 = iconst.i32 64",
      "v15 = load.i32 v14",
      "v16 = iconst.i32 1",
      "v17 = iadd v15, v16",
      "store.i32 v14, v17",
      "jump block3",
      "block3:",
      "jump block1(v0, v2)",
      "block1(v3: i64, v4: i64):",
      "v5 = sdiv v3, v1",
      "v6 = iadd v4, v2",
      "v7 = ireduce v5",
      "brif v7, block1(v5, v6), block2",
      "block2:",
      "return v6",
      "}",
    ]);
  });

  it("of a loop function are the locals in its frame", () => {
    const { module, fn } = read(`func @f$loop0(i32, i32, i32) -> i32 {
block0(v0: i32, v1: i32, v2: i32):
  v3 = load.i64 v0+16
  v4 = load.i64 v0+24
  v5 = iconst.i64 1
  jump block1(v3)
block1(v6: i64):
  v7 = urem v6, v4
  v8 = iadd v7, v5
  v9 = ireduce v7
  brif v9, block1(v8), block2
block2:
  store.i64 v0+16, v8
  v10 = iconst.i32 0
  return v10
}
`);
    const guards = [
      { place: { kind: "local", offset: 24 }, expected: { kind: "value", bits: 7n } },
    ] as const;
    expect(specialise(fn, true, { guards, failures: 64 })).toEqual(guards);
    const lines = print(module);
    expect(lines.slice(2, 6).map((line) => line.replace(/^v\d+ = /, ""))).toEqual([
      "load.i64 v0+16",
      "load.i64 v0+24",
      "iconst.i64 7",
      "icmp eq v4, v22",
    ]);
    expect(lines.filter((line) => /urem/.test(line))).toEqual([
      "v13 = urem v12, v17",
      "v7 = urem v6, v4",
    ]);
  });

  it("know the class of an object and what an `any` is", () => {
    const { module, fn } = read(`func @f(ref, any) -> i32 {
block0(v0: ref, v1: any):
  v2 = load.i32 v0
  v3 = iconst.i32 64
  v4 = icmp eq v2, v3
  v5 = iconst.i32 65
  v6 = icmp eq v2, v5
  v7 = bor v4, v6
  v8 = any_bits v1
  v9 = iconst.i64 48
  v10 = ushr v8, v9
  v11 = ireduce v10
  brif v11, block1, block2
block1:
  return v7
block2:
  return v11
}
`);
    const guards = [
      { place: { kind: "param", index: 0 }, expected: { kind: "class", typeId: 65 } },
      { place: { kind: "param", index: 1 }, expected: { kind: "any", is: "int" } },
    ] as const;
    expect(specialise(fn, false, { guards, failures: 64 })).toEqual(guards);
    const lines = print(module);
    // The type id in the second body, and once in the guard.
    expect(lines.filter((line) => / = iconst.i32 65$/.test(line))).toHaveLength(4);
    expect(lines.filter((line) => / = load.i32 v0$/.test(line))).toHaveLength(1);
    expect(lines.some((line) => / = iconst.i64 281474976710656$/.test(line))).toBe(true);
  });
});

const calls = `declare table @type(ref, i64) -> i64

func @f(ref, i32, i64) -> i64 {
block0(v0: ref, v1: i32, v2: i64):
  v3 = call_table @type(v1, v0, v2)
  v4 = iadd v3, v2
  return v4
}

func @g(ref, i64) -> i64 {
block0(v0: ref, v1: i64):
  return v1
}

func @h(ref, i32) -> i64 {
block0(v0: ref, v1: i32):
  v2 = uextend v1
  return v2
}
`;

describe("sites", () => {
  it("call the target that is expected directly", () => {
    const { module, fn } = read(calls);
    const call = { kind: "call", site: 0, slot: 9, symbol: "g", failures: 64 } as const;
    const others = [
      { ...call, site: 1 },
      { ...call, symbol: "h" },
      { ...call, symbol: "none" },
    ];
    expect(specialiseSites(fn, module, others)).toEqual([]);
    expect(specialiseSites(fn, module, [call])).toEqual([call]);
    expect(print(module).slice(1, 21)).toEqual([
      "func @f(ref, i32, i64) -> i64 {",
      "block0(v0: ref, v1: i32, v2: i64):",
      "v5 = iconst.i32 9",
      "v6 = icmp eq v1, v5",
      "brif v6, block2, block3",
      "block2:",
      "v7 = call @g(v0, v2)",
      "jump block1(v7)",
      "block3:",
      "v8 = iconst.i32 64",
      "v9 = load.i32 v8",
      "v10 = iconst.i32 1",
      "v11 = iadd v9, v10",
      "store.i32 v8, v11",
      "v12 = call_table @type(v1, v0, v2)",
      "jump block1(v12)",
      "block1(v3: i64):",
      "v4 = iadd v3, v2",
      "return v4",
      "}",
    ]);
  });

  it("note the slot that is called", () => {
    const { module, fn } = read(calls);
    expect(noteSites(fn, room()).map(({ values }) => values)).toEqual([
      [{ place: { kind: "call", site: 0 }, type: "i32" }],
    ]);
    expect(print(module).some((line) => /^store.i32 v\d+\+8, v1$/.test(line))).toBe(true);
  });

  it("ask for the class that is expected first", () => {
    const { module, fn } = read(`func @area(ref) -> i64 {
block0(v0: ref):
  v1 = load.i32 v0
  v2 = iconst.i32 64
  v3 = icmp eq v1, v2
  brif v3, block1, block2
block1:
  v4 = iconst.i64 1
  return v4
block2:
  v5 = iconst.i32 65
  v6 = icmp eq v1, v5
  brif v6, block3, block4
block3:
  v7 = iconst.i64 2
  return v7
block4:
  v8 = iconst.i32 66
  v9 = icmp eq v1, v8
  brif v9, block5, block6
block5:
  v10 = iconst.i64 3
  return v10
block6:
  trap unreachable
}
`);
    const [noted] = noteSites(read(printModule(module)).fn, room());
    expect(noted?.values).toEqual([{ place: { kind: "class", site: 0 }, type: "i32" }]);
    const site = (typeId: number) => ({ kind: "class", site: 0, typeId }) as const;
    expect(specialiseSites(fn, module, [site(80)])).toEqual([]);
    expect(specialiseSites(fn, module, [site(66)])).toEqual([site(66)]);
    expect(print(module).slice(1, 6)).toEqual([
      "block0(v0: ref):",
      "v1 = load.i32 v0",
      "v11 = iconst.i32 66",
      "v12 = icmp eq v1, v11",
      "brif v12, block5, block7",
    ]);
  });
});
