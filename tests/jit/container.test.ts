// The container LLBC, and the outline of bitcode.
import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BitcodeError,
  bitcodeFunctions,
  decodeContainer,
  encodeContainer,
  isBitcode,
  isContainer,
} from "../../src/object/bitcode/index.ts";
import { mutate, mutations } from "../native/mutate.ts";

const fixture = new Uint8Array(
  readFileSync(path.join(import.meta.dirname, "fixtures/fibonacci.bc")),
);
const wrapped = encodeContainer({ name: "fibonacci", entry: "fib", bitcode: fixture });
const runs = Number(process.env["BITCODE_FUZZ_RUNS"] ?? 3000);

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof BitcodeError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** A container with other bytes at an offset. */
function withBytes(at: number, ...bytes: number[]): Uint8Array {
  const changed = wrapped.slice();
  changed.set(bytes, at);
  return changed;
}

describe("the outline of bitcode", () => {
  test("lists the functions that are defined, in the order of their code", () => {
    expect(isBitcode(fixture)).toBe(true);
    const functions = bitcodeFunctions(fixture);
    expect(functions.map(({ name }) => name)).toEqual(["fib", "twice"]);
    // The code of a function starts at a word, with how many blocks it has (record 1).
    for (const { offset } of functions) expect(offset % 4).toBe(0);
  });

  test("a wrapper moves everything behind it", () => {
    const header = new Uint8Array(20);
    const view = new DataView(header.buffer);
    [0x0b17_c0de, 0, 20, fixture.length, 7].forEach((word, i) => view.setUint32(4 * i, word, true));
    const inside = new Uint8Array([...header, ...fixture]);
    expect(bitcodeFunctions(inside)).toEqual(
      bitcodeFunctions(fixture).map(({ name, offset }) => ({ name, offset: offset + 20 })),
    );
    view.setUint32(12, fixture.length + 1, true);
    expect(refusal(() => bitcodeFunctions(new Uint8Array([...header, ...fixture])))).toContain(
      "wrapper",
    );
  });

  test("says what is wrong", () => {
    expect(refusal(() => bitcodeFunctions(new Uint8Array(0)))).toContain("which starts with `BC`");
    expect(refusal(() => bitcodeFunctions(fixture.subarray(0, 4)))).toContain("without a module");
    expect(refusal(() => bitcodeFunctions(fixture.subarray(0, 400)))).toContain("behind the end");
  });
});

describe("the container", () => {
  test("has the layout of the C struct", () => {
    const view = new DataView(wrapped.buffer);
    expect(String.fromCharCode(...wrapped.subarray(0, 4))).toBe("LLBC");
    expect(String.fromCharCode(...wrapped.subarray(4, 36))).toBe("fibonacci".padEnd(32, "\0"));
    expect(view.getUint32(36, true)).toBe(fixture.length);
    expect(view.getUint32(40, true)).toBe(bitcodeFunctions(fixture)[0]?.offset);
    expect(wrapped.subarray(44)).toEqual(fixture);
  });

  test("gives back what was put in", () => {
    expect(isContainer(wrapped)).toBe(true);
    expect(decodeContainer(wrapped)).toEqual({ name: "fibonacci", entry: "fib", bitcode: fixture });
    const plain = encodeContainer({ name: "é", entry: undefined, bitcode: fixture });
    expect(decodeContainer(plain)).toEqual({ name: "é", entry: undefined, bitcode: fixture });
  });

  test("takes nothing that does not fit", () => {
    const encode = (name: string, entry?: string, bitcode = fixture) =>
      refusal(() => encodeContainer({ name, entry, bitcode }));
    expect(encode("")).toContain("1 to 31 bytes");
    expect(encode("x".repeat(32))).toContain("found 32");
    expect(encode("a\0b")).toContain("no zero");
    expect(encode("a", "below")).toContain("does not define `below`");
    expect(encode("a", undefined, Uint8Array.of(1, 2, 3, 4))).toContain("which starts with `BC`");
  });

  test("is refused if it is not well formed", () => {
    const decode = (bytes: Uint8Array) => refusal(() => decodeContainer(bytes));
    expect(decode(fixture)).toContain("which starts with `LLBC`");
    expect(decode(wrapped.subarray(0, 40))).toContain("ends in its header");
    expect(decode(wrapped.subarray(0, wrapped.length - 1))).toContain(
      `says ${fixture.length} bytes`,
    );
    expect(decode(withBytes(4, 0))).toContain("is empty");
    expect(decode(withBytes(4, ...Array.from({ length: 32 }, () => 0x61)))).toContain(
      "does not end",
    );
    expect(decode(withBytes(4, 0xff))).toContain("not UTF-8");
    expect(decode(withBytes(40, 1, 0, 0, 0))).toContain("no function starts at 1");
    expect(decode(withBytes(44, 0))).toContain("holds no bitcode");
  });

  test(`${runs} damaged containers are read or refused`, () => {
    let read = 0;
    // Header, then the tables in front of the code and those behind it, then all.
    const structure = [
      [0, 44],
      [44, 2600],
      [wrapped.length - 400, wrapped.length],
    ] as const;
    fc.assert(
      fc.property(mutations, ({ list }) => {
        const damaged = mutate(wrapped, structure, list);
        const actions = [
          () => decodeContainer(damaged),
          () => bitcodeFunctions(damaged.subarray(Math.min(44, damaged.length))),
        ];
        for (const action of actions) {
          try {
            action();
            read += 1;
          } catch (error) {
            if (!(error instanceof BitcodeError)) throw error;
          }
        }
      }),
      { numRuns: runs },
    );
    // Damage in the code of functions is not seen here.
    expect(read).toBeGreaterThan(0);
  });
});
