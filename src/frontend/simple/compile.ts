// Source text to HIR.
import type { DiagnosticSink, SourceFile } from "../../base/index.ts";
import type { HirModule } from "../../ir/hir/index.ts";
import { analyze } from "./analyze/module.ts";
import { ModuleGraph, noModules, type ModuleResolver } from "./module-graph.ts";

/** Parses and analyses a file; null when there were errors, which the sink then has. */
export function compileSource(
  file: SourceFile,
  sink: DiagnosticSink,
  resolve: ModuleResolver = noModules,
): HirModule | null {
  const before = sink.errorCount;
  const graph = new ModuleGraph(file, sink, resolve);
  // A tree with holes would only lead to messages about the holes.
  if (sink.errorCount > before) return null;
  return analyze(graph, sink);
}
