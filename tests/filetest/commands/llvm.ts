// `test llvm [ARCHITECTURE] [dwarf|table] [entries] [passes]`: the LLVM IR of the file, as one golden block behind its last line of code. Needs
// no libLLVM.
import { llvmArchitectures, printLlvmModule } from "../../../src/codegen/llvm/index.ts";
import { runPasses } from "../../../src/opt/index.ts";
import { lastCodeLine } from "../testfile.ts";
import { parseVerified, requireVerified, type Command } from "./command.ts";
import { passNames } from "./pass.ts";

const locationForms = ["dwarf", "table"] as const;

export const llvm: Command = {
  languages: ["mir"],
  run: (file, args) => {
    const { module } = parseVerified(file);
    const named = llvmArchitectures.find((name) => args.includes(name));
    const locations = locationForms.find((form) => args.includes(form));
    const options: readonly (string | undefined)[] = [named, locations, "entries"];
    const passes = args.filter((arg) => !options.includes(arg));
    if (passes.length > 0) runPasses(module, passNames(passes));
    requireVerified(module, "after the passes");
    const { text } = printLlvmModule(module, {
      name: "filetest",
      abiHash: "filetest",
      architecture: named ?? "x86_64",
      locations: locations ?? "none",
      entries: args.includes("entries") ? "all" : "none",
    });
    return { failures: [], goldens: [{ afterLine: lastCodeLine(file), text }] };
  },
};
