// Bencode as nREPL uses it: byte strings are UTF-8 text, integers are small, dictionaries have text as keys.
//
// The packages for it read whole values from one buffer, by recursion and without limits; a server reads pieces of them from
// peers that it does not trust.

/** A decoded value. */
export type BencodeValue = string | number | readonly BencodeValue[] | BencodeDict;
/** A dictionary as it is read. */
export type BencodeDict = ReadonlyMap<string, BencodeValue>;

/** What can be encoded; entries that are undefined are left out. */
export type Encodable = string | number | readonly Encodable[] | EncodableDict;
/** A dictionary to encode. */
export interface EncodableDict {
  readonly [key: string]: Encodable | undefined;
}

/** Limits of what a decoder accepts. */
export interface DecoderLimits {
  /** Bytes of one value on the wire. */
  readonly bytes: number;
  /** Lists and dictionaries inside each other. */
  readonly depth: number;
  /** Values in one value, all levels together. */
  readonly values: number;
}

/** Enough for the largest source files. */
export const defaultDecoderLimits: DecoderLimits = {
  bytes: 32 * 2 ** 20,
  depth: 32,
  values: 100_000,
};

/** The input is not bencode, or exceeds a limit. A decoder that has thrown it is of no more use. */
export class BencodeError extends Error {
  override readonly name = "BencodeError";
}

/** The bytes of a value; keys of dictionaries are sorted, as the format demands. */
export function encode(value: Encodable): Buffer {
  const parts: string[] = [];
  append(parts, value);
  return Buffer.from(parts.join(""), "utf8");
}

function append(parts: string[], value: Encodable): void {
  if (typeof value === "string") parts.push(`${Buffer.byteLength(value)}:${value}`);
  else if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not an integer`);
    parts.push(`i${value}e`);
  } else if (isList(value)) {
    parts.push("l");
    for (const item of value) append(parts, item);
    parts.push("e");
  } else {
    parts.push("d");
    for (const key of Object.keys(value).toSorted(byBytes)) {
      const item = value[key];
      if (item === undefined) continue;
      append(parts, key);
      append(parts, item);
    }
    parts.push("e");
  }
}

function isList(value: readonly Encodable[] | EncodableDict): value is readonly Encodable[] {
  return Array.isArray(value);
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

interface OpenList {
  readonly kind: "list";
  readonly items: BencodeValue[];
}

interface OpenDict {
  readonly kind: "dict";
  readonly entries: Map<string, BencodeValue>;
  /** Null where a key is expected next. */
  key: string | null;
}

const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const letterD = 0x64;
const letterE = 0x65;
const letterI = 0x69;
const letterL = 0x6c;
/** Digits of a length or an integer: as many as a safe integer has. */
const mostDigits = 16;
const firstCapacity = 4096;
/** A larger buffer is not kept once it is empty. */
const mostCapacity = 2 ** 20;

/** Reads a stream of values. */
export class BencodeDecoder {
  readonly #limits: DecoderLimits;
  #buffer: Buffer = Buffer.allocUnsafe(firstCapacity);
  /** The unread bytes of the buffer. */
  #start = 0;
  #end = 0;
  readonly #open: (OpenList | OpenDict)[] = [];
  /** Bytes that the value begun has had so far, and values in it. */
  #bytes = 0;
  #values = 0;
  /** Bytes of a string whose length has been read; -1 if there is none. */
  #textLength = -1;

  constructor(limits: DecoderLimits = defaultDecoderLimits) {
    this.#limits = limits;
  }

  /** Takes the next bytes of the stream; gives the values that are complete with them. Throws `BencodeError`. */
  push(chunk: Uint8Array): BencodeValue[] {
    this.#append(chunk);
    const complete: BencodeValue[] = [];
    for (;;) {
      const found = this.#step();
      if (found === null) break;
      if (found !== undefined) complete.push(found);
    }
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
      if (this.#buffer.length > mostCapacity) this.#buffer = Buffer.allocUnsafe(firstCapacity);
    }
    return complete;
  }

  /** Bytes that wait for the rest of their value. */
  get waiting(): number {
    return this.#end - this.#start + this.#bytes;
  }

  #append(chunk: Uint8Array): void {
    const unread = this.#end - this.#start;
    if (this.#end + chunk.length > this.#buffer.length) {
      const needed = unread + chunk.length;
      const target =
        2 * needed <= this.#buffer.length ? this.#buffer : Buffer.allocUnsafe(2 * needed);
      this.#buffer.copy(target, 0, this.#start, this.#end);
      this.#buffer = target;
      this.#start = 0;
      this.#end = unread;
    }
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Reads one token; a whole value if it ended one, null if its bytes are not there yet. */
  #step(): BencodeValue | null | undefined {
    if (this.#textLength >= 0) return this.#text();
    if (this.#start === this.#end) return null;
    const byte = this.#buffer[this.#start] ?? 0;
    if (byte >= zero && byte <= nine) return this.#length();
    const top = this.#open.at(-1);
    if (byte === letterE && top !== undefined) return this.#close(top);
    if (top?.kind === "dict" && top.key === null) throw invalid("a key", byte);
    if (byte === letterI) return this.#integer();
    if (byte !== letterL && byte !== letterD) throw invalid("a value", byte);
    this.#take(1);
    if (this.#open.length >= this.#limits.depth)
      throw new BencodeError(`more than ${this.#limits.depth} levels`);
    this.#count();
    this.#open.push(
      byte === letterL
        ? { kind: "list", items: [] }
        : { kind: "dict", entries: new Map(), key: null },
    );
    return undefined;
  }

  /** Digits up to a byte; null if it is not there yet. */
  #digits(from: number, end: number): string | null {
    for (let at = from; at < this.#end; at += 1) {
      const byte = this.#buffer[at] ?? 0;
      if (byte === end && at > from) return this.#buffer.toString("latin1", from, at);
      if (byte < zero || byte > nine) throw invalid("a digit", byte);
      if (at - from >= mostDigits) throw new BencodeError("a number is too long");
    }
    return null;
  }

  #length(): null | undefined {
    const digits = this.#digits(this.#start, colon);
    if (digits === null) return null;
    const length = Number(digits);
    if (length > this.#limits.bytes) throw this.#tooLarge();
    this.#take(digits.length + 1);
    this.#textLength = length;
    if (this.#bytes + length > this.#limits.bytes) throw this.#tooLarge();
    return undefined;
  }

  #text(): BencodeValue | null | undefined {
    const length = this.#textLength;
    if (this.#end - this.#start < length) return null;
    const text = this.#buffer.toString("utf8", this.#start, this.#start + length);
    this.#textLength = -1;
    this.#take(length);
    this.#count();
    return this.#add(text);
  }

  #integer(): BencodeValue | null | undefined {
    const first = this.#start + 1;
    const negative = first < this.#end && this.#buffer[first] === minus;
    const digits = this.#digits(negative ? first + 1 : first, letterE);
    if (digits === null) return null;
    const value = negative ? -Number(digits) : Number(digits);
    if (!Number.isSafeInteger(value)) throw new BencodeError("an integer is too large");
    this.#take(digits.length + (negative ? 3 : 2));
    this.#count();
    return this.#add(value === 0 ? 0 : value);
  }

  #close(top: OpenList | OpenDict): BencodeValue | undefined {
    if (top.kind === "dict" && top.key !== null)
      throw new BencodeError("a dictionary ends after a key");
    this.#take(1);
    this.#open.pop();
    return this.#add(top.kind === "list" ? top.items : top.entries);
  }

  /** Puts a value where it belongs; gives it back if that is at the top. */
  #add(value: BencodeValue): BencodeValue | undefined {
    const top = this.#open.at(-1);
    if (top === undefined) {
      this.#bytes = 0;
      this.#values = 0;
      return value;
    }
    if (top.kind === "list") top.items.push(value);
    else if (top.key === null) {
      if (typeof value !== "string") throw new BencodeError("a key is not a text");
      top.key = value;
    } else {
      top.entries.set(top.key, value);
      top.key = null;
    }
    return undefined;
  }

  #take(count: number): void {
    this.#start += count;
    this.#bytes += count;
    if (this.#bytes > this.#limits.bytes) throw this.#tooLarge();
  }

  #count(): void {
    this.#values += 1;
    if (this.#values > this.#limits.values)
      throw new BencodeError(`more than ${this.#limits.values} values`);
  }

  #tooLarge(): BencodeError {
    return new BencodeError(`a message of more than ${this.#limits.bytes} bytes`);
  }
}

function invalid(expected: string, byte: number): BencodeError {
  const shown = byte > 0x20 && byte < 0x7f ? `\`${String.fromCharCode(byte)}\`` : `byte ${byte}`;
  return new BencodeError(`expected ${expected}, found ${shown}`);
}
