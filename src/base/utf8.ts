// UTF-8 without the host's TextEncoder, which core layers have no types for.

/** Code units that are turned into a string at once. */
const chunkSize = 4096;

/** Decodes UTF-8. What is not well-formed becomes U+FFFD, one for each byte that does not fit, whose place `onMalformed` is told. */
export function decodeUtf8(
  bytes: Uint8Array,
  start: number,
  end: number,
  onMalformed?: (at: number) => void,
): string {
  let text = "";
  let units: number[] = [];
  let at = start;
  while (at < end) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) {
      units.push(lead);
      at += 1;
    } else {
      const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
      const point = decodePoint(bytes, { at, end, length });
      if (point < 0) onMalformed?.(at);
      pushPoint(units, point < 0 ? 0xfffd : point);
      at += point < 0 ? 1 : length;
    }
    if (units.length >= chunkSize) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

/** The text, or the offset of the first byte that is not well-formed UTF-8. */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | number {
  let malformed: number | null = null;
  const text = decodeUtf8(bytes, start, end, (at) => {
    malformed ??= at;
  });
  return malformed ?? text;
}

function pushPoint(units: number[], point: number): void {
  if (point < 0x1_0000) units.push(point);
  else units.push(0xd7c0 + (point >> 10), 0xdc00 | (point & 0x3ff));
}

const leadMasks = [0, 0x7f, 0x1f, 0x0f, 0x07];
const leastPoints = [0, 0, 0x80, 0x800, 0x10000];

/** The code point of a sequence of two to four bytes, or -1. */
function decodePoint(
  bytes: Uint8Array,
  { at, end, length }: { at: number; end: number; length: number },
): number {
  if (length === 0 || at + length > end) return -1;
  let point = (bytes[at] ?? 0) & (leadMasks[length] ?? 0);
  for (let index = at + 1; index < at + length; index += 1) {
    const byte = bytes[index] ?? 0;
    if ((byte & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (byte & 0x3f);
  }
  const surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < (leastPoints[length] ?? 0) || point > 0x10ffff || surrogate ? -1 : point;
}

/** How much room a text takes: UTF-8 bytes, and code points. A half of a surrogate pair counts as U+FFFD. */
export function measureUtf8(text: string): { readonly bytes: number; readonly characters: number } {
  let bytes = 0;
  let characters = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    characters += 1;
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isPair(text, index)) {
      bytes += 4;
      index += 1;
    } else bytes += 3;
  }
  return { bytes, characters };
}

function isPair(text: string, index: number): boolean {
  const high = text.charCodeAt(index);
  const low = text.charCodeAt(index + 1);
  return high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
}

/** Writes a text as UTF-8 from `at` on, as many bytes as `measureUtf8` says; the offset behind it. */
export function encodeUtf8(text: string, bytes: Uint8Array, at: number): number {
  let to = at;
  for (let index = 0; index < text.length; index += 1) {
    let point = text.charCodeAt(index);
    if (point < 0x80) {
      bytes[to++] = point;
      continue;
    }
    if (isPair(text, index)) {
      point = text.codePointAt(index) ?? 0xfffd;
      index += 1;
    } else if (point >= 0xd800 && point < 0xe000) point = 0xfffd;
    to = encodePoint(point, bytes, to);
  }
  return to;
}

/** A text in bytes of its own. */
export function utf8Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(measureUtf8(text).bytes);
  encodeUtf8(text, bytes, 0);
  return bytes;
}

/** Writes a code point of two to four bytes; the offset behind it. */
function encodePoint(point: number, bytes: Uint8Array, at: number): number {
  let to = at;
  if (point < 0x800) {
    bytes[to++] = 0xc0 | (point >> 6);
  } else if (point < 0x1_0000) {
    bytes[to++] = 0xe0 | (point >> 12);
    bytes[to++] = 0x80 | ((point >> 6) & 0x3f);
  } else {
    bytes[to++] = 0xf0 | (point >> 18);
    bytes[to++] = 0x80 | ((point >> 12) & 0x3f);
    bytes[to++] = 0x80 | ((point >> 6) & 0x3f);
  }
  bytes[to++] = 0x80 | (point & 0x3f);
  return to;
}
