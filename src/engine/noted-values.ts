// What the notes of a unit say: values that are always the same, and how often the function is called.
import type { Expected, Noted, NotedValue } from "../compiler/index.ts";
import { anyKind, type AnyKind, type MemoryViews } from "../runtime/index.ts";

/** Bytes of the word in front of a block of notes. */
const wordSize = 4;

/** What an `any` with these bits is. */
function anyKindOf(bits: bigint): AnyKind {
  const value = Number(bits);
  return anyKind(Number.isSafeInteger(value) ? value : bits);
}

/** A value that was noted again and again. */
class Summary {
  readonly #first: bigint;
  readonly #isAny: boolean;
  #isSame = true;
  #isKindSame = true;

  constructor({ type }: NotedValue, bits: bigint) {
    this.#first = bits;
    this.#isAny = type === "any";
  }

  add(bits: bigint): void {
    if (bits === this.#first) return;
    this.#isSame = false;
    if (this.#isAny && anyKindOf(bits) !== anyKindOf(this.#first)) this.#isKindSame = false;
  }

  /** What it always was; null if it was not. */
  expected({ type, place }: NotedValue): Expected | null {
    const bits = this.#first;
    if (this.#isAny) {
      const is = anyKindOf(bits);
      if (this.#isSame && is !== "ref") return { kind: "value", bits };
      return this.#isKindSame ? { kind: "any", is } : null;
    }
    if (!this.#isSame) return null;
    if (type === "ref" || place.kind === "class") return { kind: "class", typeId: Number(bits) };
    // A NaN has many forms.
    if ((type === "f64" || type === "f32") && isNaNOf(type, bits)) return null;
    return { kind: "value", bits };
  }
}

/** One block of notes, read again and again. */
export class NotesReader {
  readonly noted: Noted;
  readonly #views: MemoryViews;
  readonly #summaries: (Summary | undefined)[] = [];
  #notes = 0;
  #calls = 0;

  constructor(noted: Noted, views: MemoryViews) {
    this.noted = noted;
    this.#views = views;
    this.restart();
  }

  /** Has the code write notes. */
  restart(): void {
    this.#views.i32[this.noted.address / wordSize] = this.noted.notes;
  }

  /** Notes that were read. */
  get notes(): number {
    return this.#notes;
  }

  /** Calls that there were meanwhile. */
  get calls(): number {
    return this.#calls;
  }

  /** Reads what was written since the last time. */
  read(): void {
    const { address, notes, head, size, values } = this.noted;
    const left = this.#views.i32[address / wordSize] ?? 0;
    const calls = Math.max(0, notes - left);
    this.#calls += calls;
    const count = Math.min(calls, notes);
    this.#notes += count;
    for (let n = notes; n > notes - count; n -= 1) {
      const note = address + head + (n % notes) * size * values.length;
      values.forEach((value, i) => this.#add(i, value, this.#bits(note + i * size, value)));
    }
    this.restart();
  }

  #add(index: number, value: NotedValue, bits: bigint): void {
    const summary = this.#summaries[index];
    if (summary === undefined) this.#summaries[index] = new Summary(value, bits);
    else summary.add(bits);
  }

  #bits(address: number, { type }: NotedValue): bigint {
    const low = this.#views.i32[address / wordSize] ?? 0;
    if (type === "i32" || type === "f32" || type === "ref") return BigInt(low);
    const high = this.#views.i32[address / wordSize + 1] ?? 0;
    return (BigInt(high) << 32n) | BigInt(low >>> 0);
  }

  /** What the value of an index always was; null if it was not, or there are fewer notes. */
  expected(index: number, leastNotes: number): Expected | null {
    const value = this.noted.values[index];
    if (value === undefined || this.#notes < leastNotes) return null;
    return this.#summaries[index]?.expected(value) ?? null;
  }
}

function isNaNOf(type: "f64" | "f32", bits: bigint): boolean {
  const exponent = type === "f64" ? 0x7ffn << 52n : 0xffn << 23n;
  const fraction = type === "f64" ? 2n ** 52n - 1n : 2n ** 23n - 1n;
  return (bits & exponent) === exponent && (bits & fraction) !== 0n;
}
