/* oxlint-disable unicorn/no-thenable -- HIR nodes have a field of that name, and none is awaited */
import { describe, expect, it } from "vitest";
import { runHeapHir, runHeapMir, runHeapWasm } from "../../tests/lower/heap-harness.ts";
import type { LowerWay } from "../../tests/lower/harness.ts";
import {
  firstLayout,
  HirBuilder,
  storageSize,
  verifyHir,
  type Expr,
  type HirFunction,
  type HirLayout,
  type HirLocal,
  type HirModule,
  type IntType,
  type Stmt,
  type Type,
  type ValueType,
} from "../ir/hir/index.ts";
import {
  arrayLayout,
  hostFunctions,
  libraryFunctions,
  type HostFunction,
} from "../runtime/index.ts";

const h = new HirBuilder();
const { span } = h;

const nil = (type: "ref" | "any" = "ref"): Expr => ({ kind: "nil", type, span });
const text = (value: string): Expr => ({ kind: "text", type: "ref", value, span });
const singleton = (layout: number): Expr => ({ kind: "singleton", type: "ref", layout, span });
const load = (type: ValueType, base: Expr, offset: number): Expr => ({
  kind: "load",
  type,
  base,
  offset,
  span,
});
const store = (type: ValueType, base: Expr, offset: number, value: Expr): Stmt => ({
  kind: "store",
  type,
  base,
  offset,
  value,
  span,
});
const element = (type: ValueType, array: Expr, index: Expr): Expr => ({
  kind: "element",
  type,
  array,
  index,
  span,
});
const setElement = (type: ValueType, array: Expr, index: Expr, value: Expr): Stmt => ({
  kind: "set_element",
  type,
  array,
  index,
  value,
  span,
});
const make = (layout: number, ...fields: Expr[]): Expr => ({
  kind: "new",
  type: "ref",
  layout,
  fields,
  span,
});
const array = (type: ValueType, ...elements: Expr[]): Expr => ({
  kind: "new_array",
  type: "ref",
  element: type,
  elements,
  span,
});
const slot = (callee: number): Expr => ({ kind: "function_slot", type: "u32", callee, span });
const callClosure = (type: Type, closure: Expr, ...args: Expr[]): Expr => ({
  kind: "call_closure",
  type,
  closure,
  args,
  span,
});
const format = (...parts: Expr[]): Expr => ({
  kind: "format",
  type: "ref",
  parts: parts.map((value) => ({ kind: "value", value })),
  span,
});
const box = (operand: Expr): Expr => ({ kind: "box", type: "any", operand, span });
const unbox = (type: Exclude<ValueType, "any">, operand: Expr): Expr => ({
  kind: "unbox",
  type,
  operand,
  span,
});
const length = (of: Expr): Expr => h.convert("i64", load("u32", of, arrayLayout.length));
const push = (type: ValueType, to: Expr, value: Expr): Stmt =>
  store(type, h.host("rt_array_grow", "u32", to), 0, value);
const add = (left: Expr, right: Expr): Expr => h.binary("add", left, right);

const ref = (local: number): Expr => h.local(local, "ref");

/** A program of one function, init, with these locals. */
function program(
  locals: readonly ValueType[],
  body: readonly Stmt[],
  rest: {
    readonly layouts?: readonly HirLayout[];
    readonly functions?: readonly FunctionParts[];
    readonly globals?: readonly ValueType[];
  } = {},
): HirModule {
  const { layouts = [], functions = [], globals = [] } = rest;
  const vars = locals.map((type, index): HirLocal => ({ name: `l${index}`, type }));
  return h.module(
    [...functions, { name: ".init", vars, result: "i64", body: [...body, h.return(h.int(0))] }],
    globals.map((type, index) => ({ symbol: `g${index}`, name: `g${index}`, type })),
    layouts,
  );
}

type FunctionParts = Pick<HirFunction, "name" | "result" | "body"> & {
  readonly params?: readonly HirLocal[];
  readonly vars?: readonly HirLocal[];
};

function layout(
  index: number,
  fields: readonly ValueType[],
  more: Partial<HirLayout> = {},
): HirLayout {
  let size = 8;
  const placed = fields.map((type, field) => {
    const bytes = storageSize(type);
    const offset = Math.ceil(size / bytes) * bytes;
    size = offset + bytes;
    return { name: `f${field}`, type, offset };
  });
  return {
    id: firstLayout + index,
    kind: "object",
    name: `Layout${index}`,
    fields: placed,
    size,
    equality: "fields",
    ...more,
  };
}

const ints: readonly IntType[] = ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64"];

const extremes: Readonly<Record<IntType, readonly (number | bigint)[]>> = {
  i8: [-128, 127, -1],
  u8: [0, 255, 128],
  i16: [-32768, 32767, -1],
  u16: [0, 65535, 32768],
  i32: [-2147483648, 2147483647, -1],
  u32: [0, 4294967295, 2147483648],
  i64: [-(2n ** 63n), 2n ** 63n - 1n, -1],
  u64: [0, 2n ** 64n - 1n, 2n ** 63n],
};

/** Three values of a type. */
function samples(type: ValueType): Expr[] {
  if (type === "bool") return [h.bool(true), h.bool(false), h.bool(true)];
  if (type === "f32") return [h.float(0.5, "f32"), h.float(-0, "f32"), h.float(Infinity, "f32")];
  if (type === "f64") return [h.float(0.1), h.float(Number.NaN), h.float(-1e300)];
  if (type === "ref") return [text("a"), text("ä€😀"), text("")];
  if (type === "any") return [box(h.int(7)), nil("any"), box(h.float(2.5))];
  return extremes[type].map((value) => h.int(value, type));
}

const every: readonly ValueType[] = ["bool", ...ints, "f32", "f64", "ref", "any"];

const one = h.int(1);
const i = h.local(0);
const countUp = h.set(0, add(i, one));

const programs: Readonly<Record<string, HirModule>> = {
  "objects with a field of every type": program(
    ["ref"],
    [0, 1, 2].flatMap((sample) => [
      h.set(
        0,
        make(firstLayout, ...every.flatMap((type) => samples(type).slice(sample, sample + 1))),
      ),
      h.print(ref(0)),
      ...layout(0, every).fields.flatMap(({ type, offset }) => {
        const next = samples(type)[(sample + 1) % 3] ?? nil();
        return [h.print(load(type, ref(0), offset)), store(type, ref(0), offset, next)];
      }),
      h.print(ref(0)),
    ]),
    { layouts: [layout(0, every)] },
  ),
  "arrays of every type": program(
    ["ref"],
    every.flatMap((type) => {
      const values = samples(type);
      const [first = nil(), second = nil(), third = nil()] = values;
      return [
        h.set(0, array(type, ...values)),
        h.print(ref(0), " ", length(ref(0))),
        h.print(element(type, ref(0), h.int(2)), " ", element(type, ref(0), h.int(-3))),
        setElement(type, ref(0), h.int(-1), second),
        setElement(type, ref(0), h.int(0), third),
        push(type, ref(0), first),
        push(type, ref(0), second),
        h.print(ref(0)),
        h.set(0, array(type)),
        push(type, ref(0), third),
        h.print(ref(0)),
      ];
    }),
  ),
  "a loop to the length of an array": program(
    ["i64", "ref", "i64"],
    [
      h.set(0, h.int(0)),
      h.set(1, array("i64")),
      h.while(0, h.compare("lt", i, h.int(20)), [
        push("i64", ref(1), h.binary("mul", i, i)),
        countUp,
      ]),
      h.set(0, h.int(0)),
      h.set(2, h.int(0)),
      h.while(1, h.compare("lt", i, length(ref(1))), [
        h.set(2, add(h.local(2), element("i64", ref(1), i))),
        setElement("i64", ref(1), i, h.local(2)),
        countUp,
      ]),
      h.print(h.local(2), " ", ref(1)),
    ],
  ),
  "a loop that makes its array longer": program(
    ["i64", "ref"],
    [
      h.set(0, h.int(0)),
      h.set(1, array("i64", one)),
      h.while(0, h.compare("lt", i, length(ref(1))), [
        h.if(h.compare("lt", length(ref(1)), h.int(9)), [
          push("i64", ref(1), add(element("i64", ref(1), i), h.int(10))),
        ]),
        setElement("i64", ref(1), i, add(element("i64", ref(1), i), i)),
        countUp,
      ]),
      h.print(ref(1)),
    ],
  ),
  "a loop whose array is another one each time": program(
    ["i64", "ref", "ref"],
    [
      h.set(0, h.int(0)),
      h.set(2, array("i64", h.int(5), h.int(6), h.int(7), h.int(8))),
      h.set(1, array("i64", h.int(1), h.int(2))),
      h.while(0, h.compare("lt", i, length(ref(1))), [
        h.print(element("i64", ref(1), i)),
        h.set(1, ref(2)),
        countUp,
      ]),
    ],
  ),
  "an index out of range": program(
    ["i64", "ref"],
    [
      h.set(0, h.int(0)),
      h.set(1, array("f64", h.float(1), h.float(2))),
      h.while(0, h.bool(true), [h.print(element("f64", ref(1), i)), countUp]),
    ],
  ),
  "an index below the range": program(
    ["i64", "ref"],
    [
      h.set(0, h.int(0)),
      h.set(1, array("u8", h.int(1, "u8"), h.int(2, "u8"))),
      h.while(0, h.bool(true), [
        h.print(element("u8", ref(1), i)),
        h.set(0, h.binary("sub", i, one)),
      ]),
    ],
  ),
  "the value of an element is evaluated before its index is checked": program(
    ["ref"],
    [h.set(0, array("ref")), setElement("ref", ref(0), h.int(3), element("ref", ref(0), h.int(4)))],
  ),
  "texts and singletons": program(
    ["ref", "ref"],
    [
      h.set(0, text("x\0ß")),
      h.print(h.compare("eq", ref(0), text("x\0ß")), h.compare("ne", ref(0), text("y"))),
      h.set(1, singleton(firstLayout)),
      h.print(
        h.compare("eq", ref(1), singleton(firstLayout)),
        h.compare("eq", ref(1), singleton(firstLayout + 1)),
        h.compare("ne", ref(1), singleton(firstLayout + 1)),
        h.compare("eq", ref(1), nil()),
      ),
      h.print(ref(0), ref(1), singleton(firstLayout + 1)),
      h.set(0, format(text("<"), h.int(-5), h.float(0.1), h.bool(true), ref(1), text(">"))),
      h.print(ref(0), " ", format(ref(0), ref(0))),
      h.fail("no ", ref(0)),
    ],
    {
      layouts: [
        layout(0, [], { kind: "variant", name: "Color::Red" }),
        layout(1, [], { kind: "variant", name: "Color::Blue" }),
      ],
    },
  ),
  closures: program(
    ["ref", "ref"],
    [
      h.set(0, make(firstLayout, slot(0), h.int(100), text("captured"))),
      h.set(1, make(firstLayout + 1, slot(1))),
      h.print(callClosure("i64", ref(0), h.int(5), h.float(0.5))),
      h.expr(callClosure("unit", ref(1))),
      h.print(callClosure("i64", ref(0), h.int(-100), h.float(-0.5)), ref(1)),
    ],
    {
      layouts: [
        layout(0, ["u32", "i64", "ref"], { kind: "closure", name: "adder" }),
        layout(1, ["u32"], { kind: "closure", name: "greeter" }),
      ],
      functions: [
        {
          name: "adder",
          params: [
            { name: "self", type: "ref" },
            { name: "n", type: "i64" },
            { name: "x", type: "f64" },
          ],
          result: "i64",
          body: [
            h.print(load("ref", ref(0), 24), " ", h.local(2, "f64")),
            h.return(add(load("i64", ref(0), 16), h.local(1))),
          ],
        },
        {
          name: "greeter",
          params: [{ name: "self", type: "ref" }],
          result: "unit",
          body: [h.print("hello")],
        },
      ],
    },
  ),
  "boxes of every type": program(
    ["any"],
    [
      ...(["bool", ...ints, "f32", "f64", "ref"] as const).flatMap((type) =>
        samples(type).flatMap((value) => [
          h.set(0, box(value)),
          h.print(h.local(0, "any"), " ", unbox(type, h.local(0, "any"))),
        ]),
      ),
      ...[2n ** 47n - 1n, 2n ** 47n, -(2n ** 47n), -(2n ** 47n) - 1n, 0n].flatMap((value) => [
        h.set(0, box(h.int(value > -(2n ** 53n) && value < 2n ** 53n ? Number(value) : value))),
        h.print(h.local(0, "any"), " ", unbox("i64", h.local(0, "any"))),
      ]),
      h.print(
        h.compare("eq", box(h.int(3)), box(h.int(3))),
        h.compare("ne", box(h.int(3)), box(h.float(3))),
        h.compare("eq", box(nil()), nil("any")),
        h.compare("eq", box(h.bool(false)), nil("any")),
      ),
    ],
  ),
  "bytes by address": program(
    ["ref", "u32"],
    [
      h.set(0, array("u8", ...[1, 2, 3, 4, 5, 6].map((value) => h.int(value, "u8")))),
      h.set(1, add(load("u32", ref(0), arrayLayout.buffer), h.int(16, "u32"))),
      {
        kind: "memory_copy",
        to: add(h.local(1, "u32"), h.int(1, "u32")),
        from: h.local(1, "u32"),
        size: h.int(3, "u32"),
        span,
      },
      h.print(
        ref(0),
        load("u16", h.local(1, "u32"), 4),
        load("u8", add(h.local(1, "u32"), h.int(6, "u32")), -1),
      ),
      {
        kind: "memory_fill",
        to: h.local(1, "u32"),
        value: h.int(200, "u8"),
        size: h.int(2, "u32"),
        span,
      },
      store("i16", h.local(1, "u32"), 2, h.int(-2, "i16")),
      h.print(ref(0)),
    ],
  ),
  "references and any values in variables, loops and conditions": program(
    ["i64", "ref", "any", "ref"],
    [
      h.set(0, h.int(0)),
      h.set(1, nil()),
      h.set(2, nil("any")),
      h.setGlobal(0, text("start")),
      h.setGlobal(1, box(h.int(1))),
      h.while(0, h.compare("lt", i, h.int(6)), [
        h.set(
          1,
          h.choose(
            h.compare("lt", i, h.int(3)),
            make(firstLayout, ref(1), h.local(2, "any")),
            load("ref", ref(1), 8),
          ),
        ),
        h.set(2, h.choose(h.compare("eq", ref(1), nil()), h.global(1, "any"), box(i))),
        h.set(3, format(h.global(0, "ref"), h.local(2, "any"))),
        h.setGlobal(0, ref(3)),
        h.while(1, h.compare("ne", ref(3), nil()), [
          h.print(ref(3), " ", ref(1)),
          h.set(3, h.choose(h.compare("eq", ref(3), ref(1)), nil(), ref(1))),
        ]),
        countUp,
      ]),
      h.print(h.global(0, "ref"), h.global(1, "any")),
    ],
    { layouts: [layout(0, ["ref", "any"])], globals: ["ref", "any"] },
  ),
};

const signatures: Readonly<Record<string, HostFunction>> = {
  ...hostFunctions,
  ...libraryFunctions,
};

const ways: Readonly<Record<string, LowerWay>> = {
  plain: {},
  optimised: { optimized: true },
  "loop functions": { outlined: true, fuel: 3 },
  "optimised loop functions": { outlined: true, fuel: 7, optimized: true },
};

describe("programs with a heap do the same as in tier 0", () => {
  it.each(Object.entries(programs))("%s", (_, module) => {
    expect(verifyHir(module, (symbol) => signatures[symbol])).toEqual([]);
    const expected = runHeapHir(module);
    expect(expected.join("\n").length).toBeGreaterThan(10);
    for (const [name, way] of Object.entries(ways)) {
      expect(runHeapMir(module, way), `MIR interpreter, ${name}`).toEqual(expected);
      expect(runHeapWasm(module, way), `wasm, ${name}`).toEqual(expected);
    }
  });
});
