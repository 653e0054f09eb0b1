// Compiles the runtime library: its files, behind the constants of the ABI, are one module of the low-level dialect.
import { DiagnosticSink, preludePath, SourceFile, type Diagnostic } from "../base/index.ts";
import { emitObject } from "../codegen/wasm/index.ts";
import { buildMir, currentAbi, ModuleFacts, type OptLevel } from "../compiler/index.ts";
import { compileLowLevel, lowLevelType } from "../frontend/simple/index.ts";
import type { HirFunction } from "../ir/hir/index.ts";
import type { MirModule } from "../ir/mir/index.ts";
import { libraryFunctions, type HostFunction } from "../runtime/index.ts";
import { libraryConstants } from "./constants.ts";

/** One file of the library. */
export interface LibrarySource {
  readonly name: string;
  readonly text: string;
}

/** How the library is compiled. */
export interface LibraryOptions {
  /** Default 2. */
  readonly level?: OptLevel;
  readonly verify?: boolean;
}

/** Name of the library's object. */
export const libraryName = "library";

/** Compiles the library to a wasm object. Throws with all messages if the sources have errors. */
export function compileLibrary(
  sources: readonly LibrarySource[],
  options: LibraryOptions = {},
): Uint8Array {
  // Errors name the caller, and nothing in the library traps: no line table.
  return emitObject(compileLibraryMir(sources, options), {
    name: libraryName,
    abiHash: currentAbi(),
    lines: false,
    sharedMemory: true,
  });
}

/** The library's MIR, ready for code generation. Throws with all messages if the sources have errors. */
export function compileLibraryMir(
  sources: readonly LibrarySource[],
  { level = 2, verify = false }: LibraryOptions = {},
): MirModule {
  const parts = [{ name: "constants", text: libraryConstants() }, ...sources];
  const file = new SourceFile(preludePath, parts.map(({ text }) => text).join(""));
  const sink = new DiagnosticSink();
  const module = compileLowLevel(file, sink);
  if (module === null || sink.all.length > 0) {
    throw new Error(sink.all.map((message) => describe(parts, message)).join("\n"));
  }
  const wrong = checkInterface(module.functions);
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
  const requests = module.functions
    .filter(({ id }) => id !== module.init)
    .map(
      ({ id }) => ({ kind: "function", function: id, counted: false, outlined: false }) as const,
    );
  const options = { name: libraryName, level, verify, safepoints: "none" } as const;
  return withoutUncalled(buildMir(new ModuleFacts(module), requests, options));
}

/** Without the functions that are neither part of the interface nor called any more, because they were inlined. */
function withoutUncalled(module: MirModule): MirModule {
  const bySymbol = new Map(module.functions.map((fn) => [fn.symbol, fn]));
  const needed = new Set<string>();
  const open = Object.keys(libraryFunctions);
  for (let symbol = open.pop(); symbol !== undefined; symbol = open.pop()) {
    const fn = bySymbol.get(symbol);
    if (fn === undefined || needed.has(symbol)) continue;
    needed.add(symbol);
    for (const { insts } of fn.blocks) {
      for (const { op, imm } of insts) if (op === "call" && typeof imm === "string") open.push(imm);
    }
  }
  return { ...module, functions: module.functions.filter(({ symbol }) => needed.has(symbol)) };
}

/** What is wrong with the functions that programs call, by the table of the ABI. */
function checkInterface(functions: readonly HirFunction[]): string[] {
  const wanted = new Map(Object.entries<HostFunction>(libraryFunctions));
  const found = new Map(functions.map((fn) => [fn.symbol, fn]));
  const extra = functions
    .filter(({ symbol }) => symbol.startsWith("rt_") && !wanted.has(symbol))
    .map(({ symbol }) => `\`${symbol}\` is not in the table of the library's functions`);
  const wrong = [...wanted].flatMap(([symbol, { params, result }]) => {
    const fn = found.get(symbol);
    if (fn === undefined) return [`the library has no \`${symbol}\``];
    const types = fn.locals.slice(0, fn.parameterCount).map(({ type }) => type);
    const actual = `(${types.join(", ")}) -> ${fn.result}`;
    const expected = `(${params.map(lowLevelType).join(", ")}) -> ${lowLevelType(result)}`;
    return actual === expected ? [] : [`\`${symbol}\` is ${actual}, expected ${expected}`];
  });
  return [...extra, ...wrong];
}

/** A message with its place in the file that it is about. */
function describe(parts: readonly LibrarySource[], { message, span, help }: Diagnostic): string {
  let start = span?.start ?? 0;
  for (const { name, text } of parts) {
    if (start < text.length) {
      const { line, column } = new SourceFile(name, text).position(start);
      return `${name}:${line}:${column}: ${message}${help === undefined ? "" : ` (${help})`}`;
    }
    start -= text.length;
  }
  return message;
}
