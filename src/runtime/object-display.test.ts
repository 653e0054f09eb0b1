import { describe, expect, it } from "vitest";
import { decodeUtf8, encodeUtf8, measureUtf8 } from "../base/index.ts";
import {
  adaptedFunctionField,
  anyKind,
  anyOfBool,
  anyOfF64,
  anyOfI64,
  arrayLayout,
  arrayTypeId,
  boolOfAny,
  bufferLayout,
  canonicalInt,
  dictLayout,
  f64OfAny,
  firstProgramType,
  intOfAny,
  MemoryViews,
  ObjectDisplay,
  parseFormatSpec,
  storageCode,
  storageSizes,
  storeSlot,
  typeIds,
  writeStaticText,
  type FormatSpec,
  type IntValue,
  type ObjectLayout,
  type StorageType,
} from "./index.ts";
import fc from "fast-check";

const layouts: readonly ObjectLayout[] = [
  {
    kind: "object",
    name: "Point",
    fields: [
      { name: "x", type: "i64", offset: 8 },
      { name: "next", type: "any", offset: 16 },
    ],
  },
  { kind: "closure", name: "double", fields: [{ name: null, type: "u32", offset: 8 }] },
  { kind: "tuple", name: "", fields: [] },
  {
    kind: "closure",
    name: "lambda",
    fields: [
      { name: null, type: "u32", offset: 8 },
      { name: adaptedFunctionField, type: "ref", offset: 12 },
    ],
  },
];

/** A memory that objects are written into by hand. */
class Memory {
  readonly views = new MemoryViews({ buffer: new ArrayBuffer(1 << 24) });
  readonly display = new ObjectDisplay(this.views, layouts);
  #next = 64;

  take(size: number): number {
    const start = this.#next;
    this.#next += Math.ceil(size / 16) * 16;
    return start;
  }

  text(value: string): number {
    return writeStaticText(this.views, value, (size) => this.take(size));
  }

  object(type: number, size = 32): number {
    const address = this.take(size);
    this.views.i32[address >> 2] = type;
    return address;
  }

  word(address: number, value: number): void {
    this.views.i32[address >> 2] = value;
  }

  buffer(type: StorageType, values: readonly IntValue[]): number {
    const buffer = this.object(typeIds.buffer_raw, 16 + 8 * values.length);
    values.forEach((value, index) => {
      const at = buffer + bufferLayout.data + index * storageSizes[type];
      if (storageSizes[type] === 1) this.views.u8[at] = Number(value);
      else if (storageSizes[type] === 2) this.views.i16[at >> 1] = Number(value);
      else storeSlot(this.views, at, type, value);
    });
    return buffer;
  }

  array(type: StorageType, values: readonly IntValue[]): number {
    const array = this.object(arrayTypeId(type));
    this.word(array + arrayLayout.buffer, this.buffer(type, values));
    this.word(array + arrayLayout.length, values.length);
    return array;
  }
}

function spec(text: string): FormatSpec {
  const parsed = parseFormatSpec(text);
  if (parsed === null) throw new Error(text);
  return parsed;
}

describe("display forms", () => {
  it("arrays of every type", () => {
    const memory = new Memory();
    const shown = (type: StorageType, values: IntValue[]) =>
      memory.display.ref(memory.array(type, values));
    expect(shown("i64", [])).toBe("[]");
    expect(shown("i64", [-1, 2n ** 63n - 1n])).toBe("[-1, 9223372036854775807]");
    expect(shown("u64", [2n ** 64n - 1n])).toBe("[18446744073709551615]");
    expect(shown("i32", [-5])).toBe("[-5]");
    expect(shown("u32", [2 ** 32 - 1])).toBe("[4294967295]");
    expect(shown("i16", [-2])).toBe("[-2]");
    expect(shown("u16", [-2])).toBe("[65534]");
    expect(shown("i8", [255])).toBe("[-1]");
    expect(shown("u8", [255])).toBe("[255]");
    expect(shown("bool", [1, 0])).toBe("[true, false]");
    expect(shown("f64", [2])).toBe("[2.0]");
    expect(shown("f32", [0.1])).toBe("[0.1]");
    expect(shown("ref", [memory.text("a b"), 0])).toBe("[a b, nil]");
    expect(shown("any", [0, anyOfBool(true), anyOfF64(-0), memory.text("x")])).toBe(
      "[nil, true, -0.0, x]",
    );
  });

  it("dictionaries in order, without removed entries", () => {
    const memory = new Memory();
    const dict = memory.object(typeIds.dict_text, dictLayout.size);
    const keys = [memory.text("a"), memory.text("gone"), memory.text("c")];
    memory.word(dict + dictLayout.keys, memory.buffer("ref", keys));
    memory.word(dict + dictLayout.values, memory.buffer("f64", [1, 2, 3]));
    memory.word(dict + dictLayout.hashes, memory.buffer("u32", [7, 0, 9]));
    memory.word(dict + dictLayout.used, 3);
    memory.word(dict + dictLayout.live, 2);
    memory.word(dict + dictLayout.valueType, storageCode("f64"));
    expect(memory.display.ref(dict)).toBe("{a: 1.0, c: 3.0}");
  });

  it("objects, closures, boxes and nested options", () => {
    const memory = new Memory();
    const { display } = memory;
    const point = memory.object(firstProgramType);
    const box = memory.object(typeIds.box_u64);
    storeSlot(memory.views, box + 8, "u64", 2n ** 63n);
    const some = memory.object(typeIds.some);
    storeSlot(memory.views, some + 8, "any", box);
    storeSlot(memory.views, point + 16, "any", some);
    expect(display.ref(point)).toBe("Point(x: 0, next: 9223372036854775808)");
    expect(display.ref(memory.object(firstProgramType + 1))).toBe("<fn double>");
    expect(display.ref(memory.object(firstProgramType + 2))).toBe("()");
    const adapter = memory.object(firstProgramType + 3);
    expect(display.ref(adapter)).toBe("<fn lambda>");
    storeSlot(memory.views, adapter + 12, "ref", memory.object(firstProgramType + 1));
    expect(display.ref(adapter)).toBe("<fn double>");
    expect(display.any(0)).toBe("nil");
  });

  it("an object inside itself, but one twice beside itself", () => {
    const memory = new Memory();
    const point = memory.object(firstProgramType);
    const pair = memory.array("ref", [point, point]);
    storeSlot(memory.views, point + 16, "any", pair);
    expect(memory.display.ref(point)).toBe("Point(x: 0, next: [..., ...])");
    expect(memory.display.ref(pair)).toBe("[Point(x: 0, next: ...), Point(x: 0, next: ...)]");
    storeSlot(memory.views, point + 16, "any", 0);
    expect(memory.display.ref(pair)).toBe("[Point(x: 0, next: nil), Point(x: 0, next: nil)]");
  });

  it("a nesting deeper than the stack", () => {
    const memory = new Memory();
    let list = memory.array("ref", []);
    for (let depth = 1; depth < 100_000; depth += 1) list = memory.array("ref", [list]);
    expect(memory.display.ref(list)).toBe("[".repeat(100_000) + "]".repeat(100_000));
  });

  it("formats go by the value's own type", () => {
    const memory = new Memory();
    const { display } = memory;
    const text = memory.text("héllo");
    expect(display.formatRef(text, spec(">8"))).toBe("   héllo");
    expect(display.formatRef(text, spec(".2s"))).toBe("hé");
    expect(display.formatRef(memory.array("i64", [1, 2]), spec("*^10"))).toBe("**[1, 2]**");
    expect(display.formatAny(anyOfF64(2.5), spec(".2f"))).toBe("2.50");
    expect(display.formatAny(anyOfI64(255) ?? 0, spec("#x"))).toBe("0xff");
    expect(display.formatAny(anyOfBool(true), spec("6"))).toBe("true  ");
    expect(display.formatAny(0, spec("5"))).toBe("nil  ");
    const box = memory.object(typeIds.box_u8);
    memory.views.u8[box + 8] = 200;
    expect(display.formatRef(box, spec("05"))).toBe("00200");
    expect(() => display.formatAny(text, spec(".2f"))).toThrow(
      "format type `f` takes a number, found text",
    );
    expect(() => display.formatAny(anyOfF64(1), spec("x"))).toThrow("takes an integer");
  });

  it("is ready for the next value after an error", () => {
    const memory = new Memory();
    const huge = memory.array("ref", Array(9).fill(memory.text("x".repeat(2 ** 20))));
    let value = huge;
    for (let level = 0; level < 8; level += 1) value = memory.array("ref", Array(9).fill(value));
    expect(() => memory.display.ref(value)).toThrow("the text is too long to show");
    expect(memory.display.ref(memory.array("i64", [1]))).toBe("[1]");
  });
});

describe("any values", () => {
  it("floats read back", () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const any = anyOfF64(value);
        expect(anyKind(any)).toBe("float");
        expect(f64OfAny(any)).toBe(value);
        expect(any).toBe(canonicalInt(BigInt(any)));
      }),
    );
  });

  it("integers of 48 bits read back, others do not fit", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 47), max: 2 ** 47 - 1 }), (value) => {
        const any = anyOfI64(value);
        expect(any === null ? null : anyKind(any)).toBe("int");
        expect(intOfAny(Number(any))).toBe(value);
        expect(BigInt(any ?? 0) >> 48n).toBe(1n);
      }),
    );
    for (const value of [2 ** 47, -(2 ** 47) - 1, 2n ** 60n, -(2n ** 60n)])
      expect(anyOfI64(value)).toBeNull();
  });

  it("booleans and references", () => {
    for (const value of [true, false]) {
      expect(anyKind(anyOfBool(value))).toBe("bool");
      expect(boolOfAny(anyOfBool(value))).toBe(value);
    }
    expect([0, 16, 2 ** 32 - 1].map(anyKind)).toEqual(["ref", "ref", "ref"]);
  });
});

describe("UTF-8", () => {
  it("texts read back; halves of pairs become U+FFFD", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const { bytes, characters } = measureUtf8(text);
        const memory = new Uint8Array(bytes);
        encodeUtf8(text, memory, 0);
        expect(decodeUtf8(memory, 0, bytes)).toBe(text.replaceAll(/\p{Cs}/gu, "\ufffd"));
        expect(characters).toBe(Array.from(text).length);
      }),
    );
    expect(measureUtf8("\ud800x")).toEqual({ bytes: 4, characters: 2 });
  });
});
