// What a module may be given as: bitcode as LLVM writes it, in the container `LLBC`, or text.
import { closeSync, openSync, readSync } from "node:fs";
import { BitcodeError, decodeContainer, isBitcode, isContainer } from "../object/bitcode/index.ts";
import { JitError, unreadable } from "./error.ts";

/** A module before LLVM has read it; the name is for messages. */
export type ModuleSource = { readonly name: string; readonly entry: string | undefined } & (
  | { readonly kind: "bitcode"; readonly bytes: Uint8Array }
  | { readonly kind: "text"; readonly text: string }
);

const chunkSize = 1 << 20;

/** Longest module in bytes unless the caller says otherwise. */
export const defaultMostBytes = 64 * 1024 ** 2;

/** The bytes of a file, and no more than one behind the limit. Throws `JitError`. */
export function readModule(file: string, mostBytes = defaultMostBytes): Uint8Array {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, "r");
    const chunks: Uint8Array[] = [];
    for (let size = 0; size <= mostBytes;) {
      const chunk = new Uint8Array(Math.min(chunkSize, mostBytes + 1 - size));
      const count = readSync(descriptor, chunk);
      if (count === 0) break;
      chunks.push(chunk.subarray(0, count));
      size += count;
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Finds out what bytes are. Throws `JitError` if they cannot be a module. */
export function recognise(
  bytes: Uint8Array,
  { name, mostBytes = defaultMostBytes }: { readonly name: string; readonly mostBytes?: number },
): ModuleSource {
  if (bytes.length > mostBytes) {
    throw new JitError(`\`${name}\` has more than ${mostBytes} bytes, which is the limit`);
  }
  if (isContainer(bytes)) return unpack(bytes, name);
  if (isBitcode(bytes)) return { kind: "bitcode", name, entry: undefined, bytes };
  return { kind: "text", name, entry: undefined, text: decodeText(bytes, name) };
}

function unpack(bytes: Uint8Array, file: string): ModuleSource {
  try {
    const { name, entry, bitcode } = decodeContainer(bytes);
    return { kind: "bitcode", name, entry, bytes: bitcode };
  } catch (error) {
    if (!(error instanceof BitcodeError)) throw error;
    throw new JitError(`cannot read \`${file}\`: ${error.message}`);
  }
}

function decodeText(bytes: Uint8Array, name: string): string {
  const forms = "bitcode (`BC` at its start), `LLBC`, or LLVM's text";
  if (bytes.length === 0) throw new JitError(`\`${name}\` is empty`, `a module is ${forms}`);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // Said below.
  }
  throw new JitError(`\`${name}\` is not a module`, `a module is ${forms}`);
}
