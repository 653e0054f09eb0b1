// `test emit [passes]`: the code of each function for wasm.
// `test object [passes]`: what the object of the file needs, gives and maps, as one golden block behind the file's last line
// of code.
import { emitObject } from "../../../src/codegen/wasm/index.ts";
import type { MirModule } from "../../../src/ir/mir/index.ts";
import { describeObject, printWasm } from "../../../src/object/index.ts";
import { runPasses } from "../../../src/opt/index.ts";
import { lastCodeLine } from "../testfile.ts";
import { functionGoldens, parseVerified, requireVerified, type Command } from "./command.ts";
import { passNames } from "./pass.ts";

export const emit: Command = {
  languages: ["mir"],
  run: (file, args) => {
    const parsed = parseVerified(file);
    const bodies = printWasm(compile(parsed.module, args)).split(/^(?=func )/m);
    const textOf = new Map(parsed.module.functions.map((fn, index) => [fn, bodies[index] ?? ""]));
    return { failures: [], goldens: functionGoldens(parsed, (fn) => textOf.get(fn) ?? "") };
  },
};

export const object: Command = {
  languages: ["mir"],
  run: (file, args) => {
    const { module } = parseVerified(file);
    const text = withoutSizes(describeObject(compile(module, args)));
    return { failures: [], goldens: [{ afterLine: lastCodeLine(file), text }] };
  },
};

function compile(module: MirModule, passes: readonly string[]): Uint8Array {
  if (passes.length > 0) runPasses(module, passNames(passes));
  requireVerified(module, "after the passes");
  return emitObject(module, { name: "filetest", abiHash: "filetest" });
}

/** The first line and the list of sections have sizes in bytes, which any change of the code changes. */
function withoutSizes(listing: string): string {
  return listing.replace(/^.*\n/, "").replace(/^sections\n(?: .*\n)*/m, "");
}
