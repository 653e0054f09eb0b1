// The files from which an application registers symbols.
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { HostSymbol, HostSymbols } from "../device/index.ts";
import { hostWebAssembly } from "../loader/index.ts";
import { parseObject } from "../object/index.ts";
import type { NativeSide } from "./thread.ts";

/** Registers what is in a file: see `ThreadSettings.symbolModules`. Throws an error that names the file. */
export async function registerFrom(
  file: string,
  symbols: HostSymbols,
  native: NativeSide | null,
): Promise<void> {
  try {
    await register(file, symbols, native);
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function register(
  file: string,
  symbols: HostSymbols,
  native: NativeSide | null,
): Promise<void> {
  if (/\.(o|so(\.\d+)*|json)$/.test(file)) registerNative(file, symbols, native);
  else if (file.endsWith(".wasm")) {
    const bytes = readFileSync(file);
    if (parseObject(bytes).dylink !== null) {
      symbols.addLibrary(bytes, path.basename(file));
      return;
    }
    const { Module, Instance } = hostWebAssembly();
    symbols.registerExports(bytes, new Instance(new Module(bytes), {}).exports, file);
  } else {
    const module: unknown = await import(pathToFileURL(file).href);
    if (typeof module !== "object" || module === null || !("symbols" in module)) return;
    for (const symbol of module.symbols as readonly HostSymbol[]) symbols.register(symbol);
  }
}

function registerNative(file: string, symbols: HostSymbols, native: NativeSide | null): void {
  if (native === null) throw new Error("libraries and objects of the machine need native code");
  const bytes = readFileSync(file);
  if (file.endsWith(".json"))
    for (const one of native.declarations(bytes.toString())) symbols.declare(one);
  else if (file.endsWith(".o")) native.symbols.addObject(bytes);
  else native.symbols.addLibrary(bytes, native.openLibrary(file), path.basename(file));
}
