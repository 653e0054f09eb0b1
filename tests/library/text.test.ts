// Texts of the runtime library against JavaScript's.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { displayF64, type LibrarySymbol } from "../../src/runtime/index.ts";
import { TestHeap } from "./heap.ts";
import { libraryImage } from "./image.ts";

const image = libraryImage();

const word = fc.string({
  unit: fc.constantFrom(
    "a",
    "b",
    "Z",
    " ",
    ",",
    "\n",
    "\r",
    "é",
    "ß",
    "ж",
    "€",
    "\u{1f600}",
    "\u00a0",
    "0",
  ),
  maxLength: 40,
});
const small = fc.string({ unit: fc.constantFrom("a", "b", ",", "é", "\u{1f600}"), maxLength: 3 });

/** Runs a function of texts and numbers; texts come back as strings. */
class Texts {
  readonly heap: TestHeap;
  constructor(stress: boolean) {
    this.heap = new TestHeap(image, { stress });
  }
  run(symbol: LibrarySymbol, ...args: (string | number | bigint)[]): number | bigint {
    const { heap } = this;
    const kept: number[] = [];
    const top = heap.u32(20);
    const values = args.map((arg) => {
      if (typeof arg !== "string") return arg;
      const text = heap.text(arg);
      kept.push(heap.push(text));
      return text;
    });
    try {
      return heap.code(symbol)(...values) as number | bigint;
    } finally {
      heap.setU32(20, top);
    }
  }
  text(symbol: LibrarySymbol, ...args: (string | number | bigint)[]): string {
    return this.heap.read(Number(this.run(symbol, ...args)) >>> 0);
  }
  list(symbol: LibrarySymbol, ...args: (string | number | bigint)[]): string[] {
    const array = Number(this.run(symbol, ...args)) >>> 0;
    return this.heap.refs(array).map((text) => this.heap.read(text));
  }
}

const chars = (text: string): string[] => Array.from(text);
const position = (text: string, at: number): bigint =>
  at < 0 ? -1n : BigInt(chars(text.slice(0, at)).length);
const bytesOrder = (a: string, b: string): number =>
  Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)));

describe.each([false, true])("texts, collecting at every allocation: %s", (stress) => {
  const texts = new Texts(stress);
  const runs = { numRuns: stress ? 200 : 600 };

  test("concat, compare, equal, hash", () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(texts.text("rt_text_concat", a, b)).toBe(a + b);
        expect(texts.run("rt_text_compare", a, b)).toBe(bytesOrder(a, b));
        expect(texts.run("rt_text_equal", a, b)).toBe(a === b ? 1 : 0);
        expect(texts.run("rt_text_equal", a, a)).toBe(1);
        expect(texts.run("rt_text_hash", a)).toBe(texts.run("rt_text_hash", a));
      }),
      runs,
    );
  });

  test("slices", () => {
    const index = fc.integer({ min: -5, max: 45 });
    fc.assert(
      fc.property(word, index, index, fc.integer({ min: 1, max: 4 }), (a, from, to, step) => {
        const all = chars(a);
        const start = Math.max(0, from);
        const end = Math.max(0, to);
        expect(texts.text("rt_text_slice", a, BigInt(from), BigInt(to))).toBe(
          all.slice(start, Math.max(start, end)).join(""),
        );
        const picked = all.filter((_, i) => i >= start && i < end && (i - start) % step === 0);
        expect(texts.text("rt_text_slice_step", a, BigInt(start), BigInt(end), BigInt(step))).toBe(
          picked.join(""),
        );
        const back: string[] = [];
        const first = all.length - 1;
        for (let i = first; i > Math.min(to, first) && i >= 0; i -= step) back.push(all[i] ?? "");
        expect(
          texts.text(
            "rt_text_slice_step",
            a,
            BigInt(first),
            BigInt(Math.max(-1, Math.min(to, first))),
            BigInt(-step),
          ),
        ).toBe(back.join(""));
        expect(texts.text("rt_text_reverse", a)).toBe(all.toReversed().join(""));
        if (all.length === 0) return;
        const place = Math.abs(from) % all.length;
        expect(texts.text("rt_text_at", a, BigInt(place))).toBe(all[place]);
        expect(texts.text("rt_text_at", a, BigInt(place - all.length))).toBe(all[place]);
      }),
      runs,
    );
  });

  test("finding and replacing", () => {
    fc.assert(
      fc.property(word, small, small, (a, b, c) => {
        expect(texts.run("rt_text_contains", a, b)).toBe(a.includes(b) ? 1 : 0);
        expect(texts.run("rt_text_starts_with", a, b)).toBe(a.startsWith(b) ? 1 : 0);
        expect(texts.run("rt_text_ends_with", a, b)).toBe(a.endsWith(b) ? 1 : 0);
        expect(texts.run("rt_text_find", a, b)).toBe(position(a, a.indexOf(b)));
        expect(texts.run("rt_text_rfind", a, b)).toBe(position(a, a.lastIndexOf(b)));
        const replaced = b === "" ? ["", ...chars(a), ""].join(c) : a.replaceAll(b, c);
        expect(texts.text("rt_text_replace", a, b, c)).toBe(replaced);
        expect(texts.list("rt_text_split", a, b)).toEqual(b === "" ? chars(a) : a.split(b));
        expect(texts.list("rt_text_chars", a)).toEqual(chars(a));
        let byte = 0;
        for (const character of chars(a)) {
          expect(texts.text("rt_text_char_from", a, byte)).toBe(character);
          byte += Buffer.byteLength(character);
        }
      }),
      runs,
    );
  });

  test("floats are shown as the host shows them", () => {
    const decimals = fc
      .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.integer({ min: 0, max: 12 }))
      .map(([digits, places]) => digits / 10 ** places);
    const powers = fc.integer({ min: -8, max: 20 }).map((power) => 10 ** power);
    const near = powers.chain((power) => fc.constantFrom(power, -power, power * 1.1, power - 1));
    const floats = fc.oneof(decimals, near, fc.double(), fc.double({ min: -1e6, max: 1e6 }));
    const show = (value: number): void => {
      const text = Number(texts.heap.code("rt_text_of_f64")(value)) >>> 0;
      expect(texts.heap.read(text)).toBe(displayF64(value));
    };
    fc.assert(fc.property(floats, show), { numRuns: stress ? 500 : 5000 });
    const corners = [
      0,
      -0,
      NaN,
      Infinity,
      0.1 + 0.2,
      1e15,
      999999999999999,
      1e16,
      123456789.123456,
    ];
    for (const value of [...corners, 0.0001, 0.00001, 2251799813685249.5, 99999999.9999995]) {
      show(value);
      show(-value);
    }
  });

  test("eight bytes at a time: every letter and every place", () => {
    const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join("");
    for (let start = 0; start < 16; start += 1) {
      const text = ascii.slice(start) + ascii.slice(0, start);
      expect(texts.text("rt_text_upper", text)).toBe(text.toUpperCase());
      expect(texts.text("rt_text_lower", text)).toBe(text.toLowerCase());
      for (const wanted of ["@", "\0", "\u007f", "yz", "?@A"])
        expect(texts.run("rt_text_find", text, wanted)).toBe(BigInt(text.indexOf(wanted)));
      const row = `${"-".repeat(start)}ab-${"-".repeat(20 - start)}`;
      expect(texts.run("rt_text_find", row, "ab")).toBe(BigInt(start));
      expect(texts.run("rt_text_find", row, "b--")).toBe(BigInt(row.indexOf("b--")));
      expect(texts.run("rt_text_find", row, "abc")).toBe(-1n);
      expect(texts.run("rt_text_find", `${row}é`, "é")).toBe(BigInt(row.length));
      expect(texts.list("rt_text_split", row, "-")).toEqual(row.split("-"));
    }
  });

  test("decimal forms and parts", () => {
    const near = fc
      .tuple(fc.integer({ min: 0, max: 20 }), fc.bigInt({ min: -3n, max: 3n }))
      .map(([digits, more]) => BigInt.asIntN(64, 10n ** BigInt(digits) + more));
    const wide = fc.oneof(near, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    const { heap } = texts;
    fc.assert(
      fc.property(word, wide, fc.boolean(), (a, signed, flag) => {
        const unsigned = BigInt.asUintN(64, signed);
        expect(texts.text("rt_text_of_i64", signed)).toBe(String(signed));
        expect(texts.text("rt_text_of_u64", signed)).toBe(String(unsigned));
        expect(texts.run("rt_text_size_i64", signed)).toBe(String(signed).length);
        expect(texts.run("rt_text_size_u64", signed)).toBe(String(unsigned).length);
        const more = `${a}${signed}${unsigned}${flag}`;
        const bytes = BigInt(Buffer.byteLength(more));
        const part = heap.text(a);
        const head = heap.keeping([part], () => heap.text(a.repeat(5)));
        heap.keeping([part, head], () => {
          const write = (text: number, start: number): string => {
            let at = heap.u32(text + 12) + start;
            at = heap.ref("rt_text_put", at, part);
            at = heap.ref("rt_text_put_i64", at, signed);
            at = heap.ref("rt_text_put_u64", at, signed);
            at = heap.ref("rt_text_put_bool", at, flag ? 1 : 0);
            expect(at).toBe(heap.u32(text + 12) + heap.u32(text + 16));
            return heap.read(text);
          };
          const count = BigInt(chars(more).length);
          expect(write(heap.ref("rt_text_new", bytes, count), 0)).toBe(more);
          const longer = heap.ref("rt_text_extend", head, bytes, count);
          expect(write(longer, heap.u32(head + 16))).toBe(a.repeat(5) + more);
          heap.keeping([longer], () => {
            const start = heap.u32(longer + 16);
            const again = heap.ref("rt_text_extend", longer, bytes, count);
            expect(write(again, start)).toBe(a.repeat(5) + more + more);
            expect(heap.read(longer)).toBe(a.repeat(5) + more);
            expect(heap.u32(again + 20)).toBe(chars(a.repeat(5) + more + more).length);
          });
          expect(heap.read(head)).toBe(a.repeat(5));
        });
      }),
      runs,
    );
  });

  test("lines, whitespace, case, padding, repetition", () => {
    fc.assert(
      fc.property(word, small, fc.integer({ min: -2, max: 60 }), (a, fill, count) => {
        const lines = a
          .split("\n")
          .map((line, i, all) => (i < all.length - 1 ? line.replace(/\r$/, "") : line));
        if (lines.at(-1) === "") lines.pop();
        expect(texts.list("rt_text_lines", a)).toEqual(lines);
        expect(texts.list("rt_text_split_whitespace", a)).toEqual(
          a.split(/\s+/).filter((part) => part !== ""),
        );
        expect(texts.text("rt_text_trim", a, 3)).toBe(a.trim());
        expect(texts.text("rt_text_trim", a, 1)).toBe(a.trimStart());
        expect(texts.text("rt_text_trim", a, 2)).toBe(a.trimEnd());
        expect(texts.text("rt_text_upper", a)).toBe(a.toUpperCase());
        expect(texts.text("rt_text_lower", a)).toBe(a.toLowerCase());
        const missing = Math.max(0, count - chars(a).length);
        const filling = fill === "" ? "" : chars(fill.repeat(missing)).slice(0, missing).join("");
        expect(texts.text("rt_text_pad_left", a, BigInt(count), fill)).toBe(filling + a);
        expect(texts.text("rt_text_pad_right", a, BigInt(count), fill)).toBe(a + filling);
        expect(texts.text("rt_text_repeat", a, BigInt(count))).toBe(a.repeat(Math.max(0, count)));
      }),
      runs,
    );
  });

  test("bytes, code points", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), word, (bytes, a) => {
        const { heap } = texts;
        const array = heap.ref("rt_array_new", 2, BigInt(bytes.length));
        heap.keeping([array], () => {
          heap.call("rt_array_resize", array, BigInt(bytes.length));
          if (bytes.length > 0) heap.views.u8.set(bytes, heap.element(array, 0, 1));
          const text = heap.ref("rt_text_from_bytes", array);
          expect(heap.read(text)).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
        });
        const back = Number(texts.run("rt_text_bytes", a)) >>> 0;
        const found = Array.from(
          { length: heap.length(back) },
          (_, i) => heap.views.u8[heap.element(back, i, 1)],
        );
        expect(found).toEqual([...Buffer.from(a)]);
        const code = a.codePointAt(0) ?? 0;
        expect(texts.run("rt_text_ord", a)).toBe(BigInt(code));
        if (a !== "") expect(texts.text("rt_text_from_code", BigInt(code))).toBe(chars(a)[0]);
      }),
      runs,
    );
    for (const bad of [-1n, 0xd800n, 0x110000n])
      expect(texts.text("rt_text_from_code", bad)).toBe("\ufffd");
  });
});
