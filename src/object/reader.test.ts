import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ObjectError } from "./error.ts";
import { ByteReader } from "./reader.ts";
import { ByteWriter } from "./writer.ts";

function written(write: (out: ByteWriter) => void): ByteReader {
  const out = new ByteWriter(1);
  write(out);
  return new ByteReader(out.finish());
}

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe("numbers", () => {
  it("come back as they were written", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat({ max: 0xffff_ffff }), int64, (i32, u32, i64) => {
        const reader = written((out) => {
          out.sleb(i32);
          out.uleb(u32);
          out.sleb64(i64);
          out.u32le(u32);
        });
        expect([reader.sleb(), reader.uleb(), reader.sleb64(), reader.u32le()]).toEqual([
          i32,
          u32,
          i64,
          u32,
        ]);
        expect(reader.atEnd).toBe(true);
      }),
    );
  });

  it.each([
    [0, [0x00]],
    [63, [0x3f]],
    [64, [0xc0, 0x00]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [-0x8000_0000, [0x80, 0x80, 0x80, 0x80, 0x78]],
    [0x7fff_ffff, [0xff, 0xff, 0xff, 0xff, 0x07]],
  ])("encodes %i as the standard says", (value, bytes) => {
    const out = new ByteWriter();
    out.sleb(value);
    expect([...out.finish()]).toEqual(bytes);
  });

  it("writes the raw bits of a NaN", () => {
    const out = new ByteWriter();
    out.f32(0x7fa0_0001n);
    out.f64(0x7ff4_0000_0000_0001n);
    expect([...out.finish()]).toEqual([1, 0, 0xa0, 0x7f, 1, 0, 0, 0, 0, 0, 0xf4, 0x7f]);
  });

  it.each([
    ["uleb", [0x80, 0x80, 0x80, 0x80, 0x10]],
    ["uleb", [0xff, 0xff, 0xff, 0xff, 0xff, 0x00]],
    ["uleb", [0x80]],
    ["sleb", [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ["sleb", [0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
    ["sleb64", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ["u32le", [1, 2, 3]],
    ["u8", []],
  ] as const)("%s refuses %j", (method, bytes) => {
    expect(() => new ByteReader(Uint8Array.from(bytes))[method]()).toThrow(ObjectError);
  });
});

describe("texts", () => {
  it("come back as they were written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(written((out) => out.text(text)).text()).toBe(text);
      }),
    );
  });

  it("are the UTF-8 of the standard encoder", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const out = new ByteWriter();
        out.text(text);
        const bytes = new TextEncoder().encode(text);
        expect(out.finish().subarray(out.length - bytes.length)).toEqual(bytes);
      }),
    );
  });

  it("writes a lone surrogate as U+FFFD", () => {
    expect(written((out) => out.text("a\ud800b")).text()).toBe("a\ufffdb");
  });

  it.each([
    ["continuation alone", [0x80]],
    ["overlong", [0xc0, 0x80]],
    ["overlong of three", [0xe0, 0x80, 0x80]],
    ["surrogate", [0xed, 0xa0, 0x80]],
    ["above the last point", [0xf4, 0x90, 0x80, 0x80]],
    ["cut", [0xe2, 0x82]],
  ])("refuses malformed UTF-8: %s", (_, bytes) => {
    const reader = new ByteReader(Uint8Array.from([bytes.length, ...bytes]));
    expect(() => reader.text()).toThrow("text is not UTF-8");
  });

  it("refuses a length past the end", () => {
    expect(() => new ByteReader(Uint8Array.from([5, 65])).text()).toThrow(
      "malformed object at byte 0: text of 5 bytes passes the end",
    );
  });
});

it("a count cannot promise more than there is", () => {
  const reader = new ByteReader(Uint8Array.from([0xff, 0xff, 0xff, 0x0f, 0]));
  expect(() => reader.count("types", 1_000_000_000)).toThrow("do not fit in 1 bytes");
});
