// `anneal symbols`: what a wasm module or an ELF file defines and needs.
import { formatSignature, parseObject } from "../object/index.ts";
import { readHostSymbols } from "../object/elf/index.ts";
import { readBytes } from "./input.ts";
import { writeText } from "./output.ts";
import { UsageError } from "./usage.ts";

interface Listed {
  readonly name: string;
  readonly kind: string;
  readonly defined: boolean;
  /** Signature or size. */
  readonly detail: string;
}

/** Longest file. */
const mostBytes = 1024 ** 3;

const wasmMagic = [0, 0x61, 0x73, 0x6d];

/** Lists the symbols; the exit code. Throws `UsageError` or `DiagnosticError` if the file cannot be read. */
export function symbolsCommand(file: string, json: boolean): number {
  const symbols = listed(file, readBytes(file, mostBytes)).toSorted((left, right) =>
    left.name < right.name ? -1 : left.name > right.name ? 1 : 0,
  );
  if (json) writeText(1, `${JSON.stringify(symbols, null, 2)}\n`);
  else {
    const lines = symbols.map(
      ({ name, kind, defined, detail }) =>
        `${(defined ? kind : "needs").padEnd(9)} ${name}${detail === "" ? "" : `  ${detail}`}\n`,
    );
    writeText(1, lines.join(""));
  }
  return 0;
}

function listed(file: string, bytes: Uint8Array): Listed[] {
  try {
    return wasmMagic.every((byte, index) => bytes[index] === byte)
      ? wasmSymbols(bytes)
      : elfSymbols(bytes);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ObjectError") throw error;
    throw new UsageError(`\`${file}\`: ${error.message}`, "name a wasm module or an ELF file");
  }
}

function wasmSymbols(bytes: Uint8Array): Listed[] {
  const { exports, imports, functions } = parseObject(bytes);
  const own = exports.map(({ name, kind, index }): Listed => {
    const type = kind === "function" ? functions[index] : undefined;
    const detail = type === undefined ? "" : formatSignature(type);
    return { name, kind, defined: true, detail };
  });
  const needed = imports.map((item): Listed => {
    const detail = item.kind === "function" ? formatSignature(item.type) : item.kind;
    return { name: `${item.module}.${item.field}`, kind: item.kind, defined: false, detail };
  });
  return [...own, ...needed];
}

function elfSymbols(bytes: Uint8Array): Listed[] {
  return readHostSymbols(bytes).map(({ name, kind, defined, size }) => ({
    name,
    kind,
    defined,
    detail: defined && size > 0 ? `${size} bytes` : "",
  }));
}
