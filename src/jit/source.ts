// What a module may be given as: bitcode as LLVM writes it, in the container `LLBC`, or text.
import { BitcodeError, decodeContainer, isBitcode, isContainer } from "../object/bitcode/index.ts";
import { JitError } from "./error.ts";

/** A module before LLVM has read it; the name is for messages. */
export type ModuleSource = { readonly name: string; readonly entry: string | undefined } & (
  | { readonly kind: "bitcode"; readonly bytes: Uint8Array }
  | { readonly kind: "text"; readonly text: string }
);

/** Longest module in bytes unless the caller says otherwise. */
export const defaultMostBytes = 64 * 1024 ** 2;

/** Finds out what bytes are. Throws `JitError` if they cannot be a module. */
export function recognise(
  bytes: Uint8Array,
  { name, mostBytes = defaultMostBytes }: { readonly name: string; readonly mostBytes?: number },
): ModuleSource {
  if (bytes.length > mostBytes) {
    throw new JitError(`\`${name}\` has ${bytes.length} bytes, the limit is ${mostBytes}`);
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
