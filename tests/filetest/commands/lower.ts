// `test lower [options] [passes]`: every function of a Simple program as MIR, verified, as one golden block at the end of
// the file. Options: `counted`, `outlined` (top-level loops call their loop functions), `loops` (the loop functions of the
// top-level loops instead of the functions), `safepoints`, `polls` (safepoints that call), `slot-calls`.
import { DiagnosticSink, renderDiagnostic, SourceFile } from "../../../src/base/index.ts";
import { compileSource } from "../../../src/frontend/simple/index.ts";
import { printFunction } from "../../../src/ir/mir/index.ts";
import { lowerUnit, ModuleFacts, type LowerRequest } from "../../../src/lower/index.ts";
import { runPasses } from "../../../src/opt/index.ts";
import { lastCodeLine } from "../testfile.ts";
import { CommandFailure, requireVerified, type Command } from "./command.ts";
import { passNames } from "./pass.ts";

const lowerOptions = ["counted", "outlined", "loops", "safepoints", "polls", "slot-calls"];

function safepointKind(args: readonly string[]): "stop" | "call" | "none" {
  if (args.includes("polls")) return "call";
  return args.includes("safepoints") ? "stop" : "none";
}

export const lower: Command = {
  languages: ["spl"],
  run: (file, args) => {
    const sink = new DiagnosticSink();
    const hir = compileSource(new SourceFile(file.path, file.text), sink);
    if (hir === null || sink.hasErrors) {
      throw new CommandFailure(sink.all.map(renderDiagnostic).join("\n"));
    }
    const facts = new ModuleFacts(hir);
    const [counted, outlined] = [args.includes("counted"), args.includes("outlined")];
    const requests = hir.functions.flatMap(({ id }): LowerRequest[] => {
      if (!args.includes("loops")) return [{ kind: "function", function: id, counted, outlined }];
      const loops = facts.loops(id).filter(({ parent }) => parent < 0);
      return loops.map(({ statement: { loop } }) => ({ kind: "loop", function: id, loop }));
    });
    const module = lowerUnit(facts, requests, {
      safepoints: safepointKind(args),
      slotCalls: args.includes("slot-calls"),
    });
    requireVerified(module, "after lowering");
    const passes = args.filter((arg) => !lowerOptions.includes(arg));
    if (passes.length > 0) runPasses(module, passNames(passes));
    requireVerified(module, "after the passes");
    const text = module.functions.map((fn) => printFunction(fn, { renumber: true })).join("");
    return { failures: [], goldens: [{ afterLine: lastCodeLine(file), text }] };
  },
};
