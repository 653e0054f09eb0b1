// Where a program's text comes from, and every way in which that goes wrong.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DiagnosticError, SourceFile, type Span } from "../base/index.ts";
import { formatByteSize } from "./settings.ts";
import type { Source } from "./protocol.ts";

/** Longest source in bytes unless `--max-source` says otherwise. */
export const defaultMaxSource = 4 * 1024 ** 2;

const nameOfStdin = "<stdin>";
const nameOfCode = "<command line>";

function refuse(code: string, message: string, help?: string): DiagnosticError {
  return new DiagnosticError([
    { severity: "error", code, message, ...(help === undefined ? {} : { help }) },
  ]);
}

/** The program given with `-c`. */
export function readCode(text: string): Source {
  return { path: nameOfCode, text: `${text}\n` };
}

/** The program on standard input. */
export function readStdin(maxSource: number): Source {
  return decodeSource(nameOfStdin, readAll(0, nameOfStdin, { limit: maxSource, option: true }));
}

/** The program in a file. Throws `DiagnosticError` with an `input/…` code. */
export function readFile(path: string, maxSource: number): Source {
  return decodeSource(path, readUpTo(path, { limit: maxSource, option: true }));
}

/** The bytes of a file. Throws as `readFile` does. */
export function readBytes(path: string, limit: number): Uint8Array {
  return readUpTo(path, { limit, option: false });
}

/** How many bytes are read, and whether `--max-source` is that. */
interface Most {
  readonly limit: number;
  readonly option: boolean;
}

function readUpTo(path: string, most: Most): Uint8Array {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    throw cannotOpen(path, error);
  }
  try {
    const status = fstatSync(descriptor);
    if (status.isDirectory()) {
      throw refuse("input/directory", `\`${path}\` is a directory`, "name a .spl file in it");
    }
    if (status.size > most.limit) throw tooLarge(path, status.size, most);
    return readAll(descriptor, path, most);
  } finally {
    closeSync(descriptor);
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function cannotOpen(path: string, error: unknown): DiagnosticError {
  switch (errorCode(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return refuse("input/not-found", `no such file: \`${path}\``);
    case "EACCES":
    case "EPERM":
      return refuse("input/permission", `no permission to read \`${path}\``);
    case "EISDIR":
      return refuse("input/directory", `\`${path}\` is a directory`, "name a .spl file in it");
    default:
      return cannotRead(path, error);
  }
}

function cannotRead(path: string, error: unknown): DiagnosticError {
  const why = error instanceof Error ? error.message : String(error);
  return refuse("input/unreadable", `cannot read \`${path}\`: ${why}`);
}

function tooLarge(
  path: string,
  size: number | undefined,
  { limit, option }: Most,
): DiagnosticError {
  const found = size === undefined ? "" : `${formatByteSize(size)}, `;
  const wanted = 2 ** Math.ceil(Math.log2((size ?? limit * 2) / 1024 ** 2));
  return refuse(
    "input/too-large",
    `\`${path}\` is too large: ${found}the limit is ${formatByteSize(limit)}`,
    option ? `raise the limit with \`--max-source ${Math.max(1, wanted)}MiB\`` : undefined,
  );
}

/** Reads to the end, and no further than one byte past the limit. Pipes may be non-blocking. */
function readAll(descriptor: number, path: string, most: Most): Uint8Array {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const chunk = new Uint8Array(64 * 1024);
    const count = readSome(descriptor, chunk, path);
    if (count === 0) return Buffer.concat(chunks);
    size += count;
    if (size > most.limit) throw tooLarge(path, undefined, most);
    chunks.push(chunk.subarray(0, count));
  }
}

function readSome(descriptor: number, chunk: Uint8Array, path: string): number {
  for (;;) {
    try {
      return readSync(descriptor, chunk);
    } catch (error) {
      const code = errorCode(error);
      if (code === "EOF") return 0;
      if (code === "EISDIR") {
        throw refuse("input/directory", `\`${path}\` is a directory`, "name a .spl file in it");
      }
      if (code !== "EAGAIN") throw cannotRead(path, error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** UTF-8 to text without a byte order mark; a span on the first bad byte if it is no text. */
export function decodeSource(path: string, bytes: Uint8Array): Source {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (mark === 0xfffe || mark === 0xfeff) {
    throw refuse("input/not-utf8", `\`${path}\` is UTF-16, not UTF-8`, "save the file as UTF-8");
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    const message = `found a NUL byte at offset ${nul}: this is not a text file`;
    throw badByte("input/nul-byte", message, spanOfByte(path, bytes, nul));
  }
  try {
    return { path, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    const at = firstInvalidByte(bytes);
    const byte = (bytes[at] ?? 0).toString(16).padStart(2, "0");
    const message = `not valid UTF-8: byte 0x${byte} at offset ${at}`;
    throw badByte("input/not-utf8", message, spanOfByte(path, bytes, at));
  }
}

function badByte(code: string, message: string, span: Span): DiagnosticError {
  const help = code === "input/not-utf8" ? "save the file as UTF-8" : "name a Simple source file";
  return new DiagnosticError([{ severity: "error", code, message, span, help }]);
}

/** The byte's place in the text as far as it can be shown: what is not printable becomes U+FFFD. */
function spanOfByte(path: string, bytes: Uint8Array, at: number): Span {
  const lossy = new TextDecoder("utf-8", { ignoreBOM: false });
  // eslint-disable-next-line no-control-regex
  const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
  const text = lossy.decode(bytes).replace(/\r\n/g, "\n").replace(control, "\ufffd");
  const start = lossy.decode(bytes.subarray(0, at)).replace(/\r\n/g, "\n").length;
  return { file: new SourceFile(path, text), start, end: start + 1 };
}

/** Offset of the first byte that starts no valid sequence. */
function firstInvalidByte(bytes: Uint8Array): number {
  let offset = 0;
  while (offset < bytes.length) {
    const length = sequenceLength(bytes, offset);
    if (length === 0) return offset;
    offset += length;
  }
  return offset;
}

/** Length of the valid UTF-8 sequence at an offset, 0 if there is none (Unicode 15, table 3-7). */
function sequenceLength(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset] ?? 0;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  const second = bytes[offset + 1] ?? 0;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (length === 0 || second < least || second > most) return 0;
  for (let index = 2; index < length; index += 1) {
    if (((bytes[offset + index] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}
