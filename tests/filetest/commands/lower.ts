// `test lower [passes]`: every function of a Simple program as MIR, verified, as one golden block at the end of the file.
import { DiagnosticSink, renderDiagnostic, SourceFile } from "../../../src/base/index.ts";
import { compileSource } from "../../../src/frontend/simple/index.ts";
import { printFunction } from "../../../src/ir/mir/index.ts";
import { lowerUnit, ModuleFacts } from "../../../src/lower/index.ts";
import { runPasses } from "../../../src/opt/index.ts";
import { lastCodeLine } from "../testfile.ts";
import { CommandFailure, requireVerified, type Command } from "./command.ts";
import { passNames } from "./pass.ts";

export const lower: Command = {
  languages: ["spl"],
  run: (file, args) => {
    const sink = new DiagnosticSink();
    const hir = compileSource(new SourceFile(file.path, file.text), sink);
    if (hir === null || sink.hasErrors) {
      throw new CommandFailure(sink.all.map(renderDiagnostic).join("\n"));
    }
    const requests = hir.functions.map(({ id }) => {
      return { kind: "function", function: id, counted: false, outlined: false } as const;
    });
    const module = lowerUnit(new ModuleFacts(hir), requests, { safepoints: false });
    requireVerified(module, "after lowering");
    if (args.length > 0) runPasses(module, passNames(args));
    requireVerified(module, "after the passes");
    const text = module.functions.map((fn) => printFunction(fn, { renumber: true })).join("");
    return { failures: [], goldens: [{ afterLine: lastCodeLine(file), text }] };
  },
};
