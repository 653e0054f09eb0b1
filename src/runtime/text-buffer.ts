// The text under construction behind `rt_text_*`: pieces are appended, then the whole is taken.

export class TextBuffer {
  #text = "";

  append(piece: string): void {
    this.#text += piece;
  }

  /** The text so far; the buffer is empty after it. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}

/** Decodes UTF-8; what is not well-formed becomes U+FFFD, one for each byte that does not fit. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let at = start;
  while (at < end) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const point = length === 1 ? lead : decodePoint(bytes, { at, end, length });
    text += point < 0 ? "\ufffd" : String.fromCodePoint(point);
    at += point < 0 ? 1 : length;
  }
  return text;
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
