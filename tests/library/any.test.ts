// Values with their type in them: equality, order, arithmetic, indexing, conversions from text.
import { describe, expect, test } from "vitest";
import { anyTags, ProgramError, typeIds } from "../../src/runtime/index.ts";
import { layoutOf, TestHeap } from "./heap.ts";
import { libraryImage } from "./image.ts";

const point = layoutOf(0, ["i64", "f64", "ref"], "fields");
const thing = layoutOf(1, ["i64"], "identity");
const heap = new TestHeap(libraryImage(), { layouts: [point, thing], budget: 16 << 20 });

/** Everything stays alive: the tests make few objects. */
function keep(object: number): number {
  heap.push(object);
  return object;
}
const text = (value: string): bigint => BigInt(keep(heap.text(value)));
const int = (value: number): bigint => heap.any(BigInt(value));
const float = (value: number): bigint => heap.any(value);
function box(type: keyof typeof typeIds, value: bigint): bigint {
  const object = keep(heap.ref("rt_new", typeIds[type], 16));
  heap.setI64(object + 8, value);
  return BigInt(object);
}
function f32(value: number): bigint {
  return box("box_f32", BigInt(new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0));
}
function array(code: number, values: readonly bigint[]): bigint {
  const object = keep(heap.ref("rt_array_new", code, 0n));
  for (const value of values) {
    const at = heap.ref("rt_array_grow", object);
    if (code === 11) heap.setU32(at, Number(value));
    else heap.setI64(at, value);
  }
  return BigInt(object);
}
function dict(kind: number, entries: readonly (readonly [bigint, bigint])[]): bigint {
  const object = keep(heap.ref("rt_dict_new", kind, 12));
  for (const [key, value] of entries) {
    const boxed = kind === 0 ? int(Number(key)) : key;
    heap.call("rt_any_set_index", BigInt(object), boxed, value);
  }
  return BigInt(object);
}
function struct(a: bigint, b: number, c: bigint): bigint {
  const object = keep(heap.ref("rt_new", point.id, point.size));
  heap.setI64(object + 8, a);
  heap.views.f64[(object + 16) >> 3] = b;
  heap.setU32(object + 24, Number(c));
  return BigInt(object);
}
function some(value: bigint): bigint {
  return box("some", value);
}
const equal = (a: bigint, b: bigint): boolean => heap.call("rt_any_equal", a, b) === 1;
const arithmetic = (op: string, a: bigint, b: bigint): bigint =>
  BigInt.asUintN(
    64,
    heap.wide("rt_any_arithmetic", ["+", "-", "*", "/", "%", "**"].indexOf(op), a, b),
  );
const bits = (value: bigint): bigint => BigInt.asUintN(64, value);

const wide = 2n ** 60n;
const samples: readonly (readonly [string, bigint, string])[] = [
  ["nil", 0n, "nil"],
  ["true", (BigInt(anyTags.bool) << 32n) | 1n, "true"],
  ["false", BigInt(anyTags.bool) << 32n, "false"],
  ["5", int(5), "5"],
  ["5u8", box("box_u8", 5n), "5"],
  ["-1", int(-1), "-1"],
  ["-1i32", box("box_i32", -1n), "-1"],
  ["max u64", box("box_u64", -1n), "max"],
  ["wide", box("box_i64", wide), "wide"],
  ["wide u64", box("box_u64", wide), "wide"],
  ["5.0", float(5), "5.0"],
  ["5.0f32", f32(5), "5.0"],
  ["0.0", float(0), "0.0"],
  ["-0.0", float(-0), "0.0"],
  ["a", text("a"), "a"],
  ["a again", text("a"), "a"],
  ["5 as text", text("5"), "text 5"],
  ["[1, 2]", array(7, [1n, 2n]), "[1, 2]"],
  ["[1, 2] any", array(12, [int(1), int(2)]), "[1, 2]"],
  ["[1, 3]", array(7, [1n, 3n]), "[1, 3]"],
  ["[] i64", array(7, []), "[]"],
  ["[] texts", array(11, []), "[]"],
  ["[a]", array(11, [text("a")]), "[a]"],
  ["[a] any", array(12, [text("a")]), "[a]"],
  ["[wide]", array(7, [wide]), "[wide]"],
  ["[wide] any", array(12, [box("box_i64", wide)]), "[wide]"],
  ["{1: a}", dict(0, [[1n, text("a")]]), "{1: a}"],
  ["{1: a} any", dict(2, [[int(1), text("a")]]), "{1: a}"],
  [
    "{a: 1, b: 2}",
    dict(1, [
      [text("a"), int(1)],
      [text("b"), int(2)],
    ]),
    "{a: 1, b: 2}",
  ],
  [
    "{b: 2, a: 1}",
    dict(1, [
      [text("b"), int(2)],
      [text("a"), int(1)],
    ]),
    "{a: 1, b: 2}",
  ],
  ["struct", struct(1n, 2, text("x")), "struct"],
  ["struct again", struct(1n, 2, text("x")), "struct"],
  ["other struct", struct(1n, 2, text("y")), "other struct"],
  ["Some(5)", some(int(5)), "5"],
  ["Some(Some(5))", some(some(int(5))), "5"],
  ["Some(nil)", some(0n), "Some(nil)"],
  ["thing", BigInt(keep(heap.ref("rt_new", thing.id, thing.size))), "thing"],
  ["other thing", BigInt(keep(heap.ref("rt_new", thing.id, thing.size))), "other thing"],
];

test("equality: by value within a class of types, by content, and equal hashes", () => {
  for (const [nameA, a, classA] of samples) {
    for (const [nameB, b, classB] of samples) {
      expect(`${nameA} == ${nameB}: ${equal(a, b)}`).toBe(
        `${nameA} == ${nameB}: ${classA === classB}`,
      );
      if (classA === classB) expect(heap.call("rt_any_hash", a)).toBe(heap.call("rt_any_hash", b));
    }
  }
  const nan = float(NaN);
  expect(equal(nan, nan)).toBe(false);
  expect(heap.call("rt_ref_equal", 0, 0)).toBe(1);
  expect(heap.call("rt_ref_equal", Number(text("q")), 0)).toBe(0);
});

test("truth", () => {
  const falsy = ["nil", "false", "0.0", "-0.0", "[] i64", "[] texts"];
  for (const [name, value] of samples) {
    expect(`${name} ${heap.call("rt_any_truthy", value)}`).toBe(
      `${name} ${falsy.includes(name) ? 0 : 1}`,
    );
  }
  expect(heap.call("rt_any_truthy", text(""))).toBe(0);
  expect(heap.call("rt_any_truthy", int(0))).toBe(0);
});

test("order", () => {
  const compare = (a: bigint, b: bigint): number => heap.call("rt_any_compare", a, b);
  expect(compare(int(1), int(2))).toBe(-1);
  expect(compare(int(-1), box("box_u64", -1n))).toBe(-1);
  expect(compare(box("box_u64", -1n), int(-1))).toBe(1);
  expect(compare(int(1), float(0.5))).toBe(1);
  expect(compare(text("a"), text("b"))).toBe(-1);
  expect(compare(float(NaN), int(1))).toBe(2);
  expect(() => compare(text("a"), int(1))).toThrow("there is no order between `text` and `i64`");
});

describe("arithmetic", () => {
  test("integers keep their types and wrap", () => {
    expect(arithmetic("+", int(2), int(3))).toBe(bits(int(5)));
    expect(arithmetic("-", int(2), int(3))).toBe(bits(int(-1)));
    expect(arithmetic("/", int(-17), int(5))).toBe(bits(int(-3)));
    expect(arithmetic("%", int(-17), int(5))).toBe(bits(int(-2)));
    expect(arithmetic("**", int(2), int(10))).toBe(bits(int(1024)));
    const byte = arithmetic("+", box("box_u8", 255n), box("box_u8", 1n));
    expect(heap.u32(Number(byte))).toBe(typeIds.box_u8);
    expect(heap.i64(Number(byte) + 8)).toBe(0n);
    const mixed = arithmetic("+", box("box_u8", 1n), box("box_i32", -2n));
    expect(heap.u32(Number(mixed))).toBe(typeIds.box_u32);
    expect(heap.i64(Number(mixed) + 8)).toBe(0xffffffffn);
    const large = arithmetic("*", int(2 ** 40), int(2 ** 20));
    expect(heap.u32(Number(large))).toBe(typeIds.box_i64);
    expect(heap.i64(Number(large) + 8)).toBe(2n ** 60n);
    const half = arithmetic("/", box("box_u64", -1n), box("box_u64", 2n));
    expect(heap.i64(Number(half) + 8)).toBe(2n ** 63n - 1n);
  });

  test("floats", () => {
    expect(arithmetic("+", int(1), float(0.5))).toBe(bits(float(1.5)));
    expect(arithmetic("/", float(1), int(0))).toBe(bits(float(Infinity)));
    expect(arithmetic("%", float(5.5), int(2))).toBe(bits(float(1.5)));
    const sum = arithmetic("+", f32(0.1), f32(0.2));
    expect(heap.u32(Number(sum))).toBe(typeIds.box_f32);
    expect(heap.views.f32[(Number(sum) + 8) >> 2]).toBe(
      Math.fround(Math.fround(0.1) + Math.fround(0.2)),
    );
    expect(bits(heap.wide("rt_any_negate", float(2)))).toBe(bits(float(-2)));
    expect(bits(heap.wide("rt_any_negate", int(2)))).toBe(bits(int(-2)));
  });

  test("texts and arrays", () => {
    const show = (value: bigint): string => heap.read(Number(value));
    expect(show(arithmetic("+", text("a"), int(5)))).toBe("a5");
    expect(show(arithmetic("+", float(1.5), text("a")))).toBe("1.5a");
    expect(show(arithmetic("+", text("x"), 0n))).toBe("xnil");
    expect(show(arithmetic("*", text("ab"), int(3)))).toBe("ababab");
    const both = arithmetic("+", array(7, [1n]), array(12, [text("b")]));
    expect(heap.length(Number(both))).toBe(2);
    expect(equal(both, array(12, [int(1), text("b")]))).toBe(true);
  });

  test("errors", () => {
    expect(() => arithmetic("/", int(1), int(0))).toThrow("division by zero");
    expect(() => arithmetic("%", int(1), int(0))).toThrow("modulo by zero");
    expect(() => arithmetic("%", box("box_u8", 1n), box("box_u8", 0n))).toThrow("modulo by zero");
    expect(() => arithmetic("%", float(1), float(0))).toThrow("modulo by zero");
    expect(() => arithmetic("**", int(2), int(-1))).toThrow("negative exponent");
    expect(() => arithmetic("-", text("a"), int(1))).toThrow(
      "`-` does not work on `text` and `i64`",
    );
    expect(() => heap.wide("rt_any_negate", 0n)).toThrow("`-` does not work on `nil`");
    expect(() => heap.wide("rt_any_length", int(1))).toThrow(ProgramError);
  });
});

test("indexing", () => {
  const numbers = array(7, [10n, 2n ** 60n]);
  expect(heap.wide("rt_any_index", numbers, int(0))).toBe(int(10));
  expect(heap.i64(Number(heap.wide("rt_any_index", numbers, int(-1))) + 8)).toBe(2n ** 60n);
  expect(() => heap.wide("rt_any_index", numbers, int(2))).toThrow("index 2");
  heap.call("rt_any_set_index", numbers, int(0), int(7));
  expect(heap.ints(Number(numbers))[0]).toBe(7n);
  expect(() => heap.call("rt_any_set_index", numbers, int(0), float(1))).toThrow("cannot store in");
  expect(heap.read(Number(heap.wide("rt_any_index", text("héllo"), int(1))))).toBe("é");
  const map = dict(1, [[text("a"), int(1)]]);
  expect(heap.wide("rt_any_index", map, text("a"))).toBe(int(1));
  expect(heap.wide("rt_any_index", map, text("b"))).toBe(0n);
  expect(heap.wide("rt_any_index", map, int(1))).toBe(0n);
  expect(heap.wide("rt_any_length", map)).toBe(1n);
  expect(() => heap.wide("rt_any_index", int(1), int(1))).toThrow("cannot index `i64` with `i64`");
});

test("numbers from text", () => {
  const parse = (value: string): bigint => heap.wide("rt_text_parse_int", Number(text(value)));
  expect(parse("42")).toBe(int(42));
  expect(parse(" -42\n")).toBe(int(-42));
  expect(parse("+1_000")).toBe(int(1000));
  const boxed = Number(parse("9223372036854775807"));
  expect(heap.i64(boxed + 8)).toBe(2n ** 63n - 1n);
  expect(heap.i64(Number(parse("-9223372036854775808")) + 8)).toBe(-(2n ** 63n));
  for (const bad of [
    "",
    " ",
    "-",
    "1.5",
    "12a",
    "9223372036854775808",
    "_1",
    "1_",
    "1__2",
    "0x1",
  ]) {
    expect(`${bad}: ${parse(bad)}`).toBe(`${bad}: 0`);
  }
  const float64 = (value: string): bigint =>
    bits(heap.wide("rt_text_parse_float", Number(text(value))));
  for (const good of [
    "0",
    "-0",
    "1.5",
    "0.1",
    "123456789.123456",
    "1e10",
    "-2.5e-3",
    "179769313486231570000e289",
    "3.141592653589793238",
    "12.",
    ".5",
  ]) {
    expect(`${good}: ${float64(good)}`).toBe(`${good}: ${bits(float(Number(good)))}`);
  }
  for (const bad of ["", "-", ".", "1e", "abc", "1.2.3", "--1", "0x10", "1 2"]) {
    expect(`${bad}: ${float64(bad)}`).toBe(`${bad}: 0`);
  }
  expect(float64("inf")).toBe(bits(float(Infinity)));
});

test("copies of objects", () => {
  const original = struct(4n, 2.5, text("shared"));
  const copy = BigInt(heap.ref("rt_object_copy", Number(original)));
  expect(copy).not.toBe(original);
  expect(equal(original, copy)).toBe(true);
  heap.setI64(Number(copy) + 8, 5n);
  expect(heap.i64(Number(original) + 8)).toBe(4n);
});
