// Source text to HIR.
import type { DiagnosticSink, SourceFile } from "../../base/index.ts";
import type { HirModule } from "../../ir/hir/index.ts";
import { analyze } from "./analyze/module.ts";
import { parse } from "./parser.ts";

/** Parses and analyses a file; null when there were errors, which the sink then has. */
export function compileSource(file: SourceFile, sink: DiagnosticSink): HirModule | null {
  const before = sink.errorCount;
  const module = parse(file, sink);
  // A tree with holes would only lead to messages about the holes.
  if (sink.errorCount > before) return null;
  return analyze(module, file, sink);
}
