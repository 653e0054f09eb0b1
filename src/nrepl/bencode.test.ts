// Bencode: values there and back in any pieces, and input that is not bencode.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BencodeDecoder,
  BencodeError,
  encode,
  type BencodeValue,
  type Encodable,
} from "./bencode.ts";

function decode(bytes: Uint8Array, pieces: readonly number[] = []): BencodeValue[] {
  const decoder = new BencodeDecoder();
  const values: BencodeValue[] = [];
  let start = 0;
  for (const size of pieces) {
    values.push(...decoder.push(bytes.subarray(start, start + size)));
    start += size;
  }
  values.push(...decoder.push(bytes.subarray(start)));
  return values;
}

function text(bytes: string): Uint8Array {
  return Buffer.from(bytes, "latin1");
}

/** As `encode` takes it. */
function plain(value: BencodeValue): Encodable {
  if (typeof value === "string" || typeof value === "number") return value;
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return [...(value as readonly BencodeValue[])].map(plain);
}

const values = fc.letrec<{ value: Encodable }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.string({ unit: "grapheme" }),
    fc.maxSafeInteger(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).value;

describe("bencode", () => {
  it("counts bytes, sorts keys, leaves out what is undefined", () => {
    const bytes = encode({ b: "é", a: [1, -2, 0], c: undefined, "": {} });
    expect(bytes.toString()).toBe("d0:de1:ali1ei-2ei0ee1:b2:ée");
  });

  it("gives back what was encoded, however it is cut", () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 3 }), fc.array(fc.nat(9)), (sent, pieces) => {
        const received = decode(Buffer.concat(sent.map(encode)), pieces);
        expect(received.map(plain)).toEqual(sent);
      }),
    );
  });

  it("keeps a character that is cut in two", () => {
    expect(decode(encode("aé€😀"), [3, 1, 1, 1, 1, 1])).toEqual(["aé€😀"]);
  });

  it("takes a key for what it is", () => {
    const [value] = decode(encode(Object.fromEntries([["__proto__", "x"]])));
    expect(value).toEqual(new Map([["__proto__", "x"]]));
  });

  it.each([
    ["x", "expected a value, found `x`"],
    ["\u0000", "expected a value, found byte 0"],
    ["e", "expected a value, found `e`"],
    ["di1ei2ee", "expected a key, found `i`"],
    ["dle", "expected a key, found `l`"],
    ["d1:ae", "a dictionary ends after a key"],
    ["iae", "expected a digit, found `a`"],
    ["ie", "expected a digit, found `e`"],
    ["i1.5e", "expected a digit, found `.`"],
    ["i99999999999999999e", "a number is too long"],
    ["i9999999999999999e", "an integer is too large"],
    ["99999999999999999:", "a number is too long"],
    ["12x", "expected a digit, found `x`"],
    ["99999999999:", "a message of more than 33554432 bytes"],
  ])("refuses %j", (bytes, message) => {
    expect(() => decode(text(bytes))).toThrow(new BencodeError(message));
  });

  it("bounds depth and size", () => {
    expect(() => decode(text("l".repeat(40)))).toThrow("more than 32 levels");
    const many = text(`l${"i1e".repeat(100_001)}`);
    expect(() => decode(many)).toThrow("more than 100000 values");
  });

  it("bounds a message that comes in small pieces", () => {
    const decoder = new BencodeDecoder({ bytes: 1000, depth: 4, values: 1000 });
    expect(() => {
      decoder.push(text("l"));
      for (let i = 0; i < 300; i += 1) decoder.push(text("3:abc"));
    }).toThrow("a message of more than 1000 bytes");
  });

  it("reads a long text in time that grows with its length", () => {
    const long = "x".repeat(8 * 2 ** 20);
    const bytes = encode(long);
    const pieces = Array.from({ length: bytes.length >> 10 }, () => 1024);
    expect(decode(bytes, pieces)).toEqual([long]);
  });

  // BENCODE_FUZZ_RUNS=1000000 for a long run.
  it("survives mutated messages", () => {
    const runs = Number(process.env["BENCODE_FUZZ_RUNS"] ?? 20_000);
    const random = generator(7);
    const seeds = [
      encode({ op: "eval", code: "1 + 2", id: "1", session: "s", line: 3 }),
      encode({ op: "clone" }),
      encode([1, [2, { a: { b: ["c"] } }], "text"]),
    ];
    let refused = 0;
    for (let run = 0; run < runs; run += 1) {
      const bytes = mutate(seeds[run % seeds.length] ?? Buffer.alloc(0), random);
      const cut = random(bytes.length + 1);
      try {
        for (const value of decode(bytes, [cut])) encode(plain(value));
      } catch (error) {
        if (!(error instanceof BencodeError)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(runs / 10);
  });
});

/** Whole numbers below a limit, the same ones each time. */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const bytesOfInterest = text("deli0123456789:-x\u0000\u00ff");

function mutate(seed: Uint8Array, random: (limit: number) => number): Uint8Array {
  const bytes = [...seed];
  for (let count = 1 + random(4); count > 0; count -= 1) {
    const at = random(bytes.length + 1);
    const byte = bytesOfInterest[random(bytesOfInterest.length)] ?? 0;
    const kind = random(4);
    if (kind === 0) bytes.splice(at, 1);
    else if (kind === 1) bytes.splice(at, 0, byte);
    else if (kind === 2) bytes[Math.min(at, bytes.length - 1)] = byte;
    else bytes.splice(at, 0, ...bytes.slice(random(bytes.length + 1), random(bytes.length + 1)));
  }
  return Uint8Array.from(bytes);
}
