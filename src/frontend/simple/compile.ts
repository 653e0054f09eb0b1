// Source text to HIR.
import type { DiagnosticSink, SourceFile } from "../../base/index.ts";
import type { HirModule } from "../../ir/hir/index.ts";
import type { LinkedSignature } from "../../runtime/index.ts";
import { analyze } from "./analyze/module.ts";
import { ModuleGraph, noModules, type ModuleResolver } from "./module-graph.ts";

/**
 * Parses and analyses a file; null when there were errors, which the sink then has. `linked` are the functions of native modules;
 * their numbers in HIR are their places in this list.
 */
export function compileSource(
  file: SourceFile,
  sink: DiagnosticSink,
  resolve: ModuleResolver = noModules,
  linked: readonly LinkedSignature[] = [],
): HirModule | null {
  const before = sink.errorCount;
  const graph = new ModuleGraph(file, sink, resolve);
  // A tree with holes would only lead to messages about the holes.
  if (sink.errorCount > before) return null;
  return analyze(graph, sink, { linked });
}

/**
 * As `compileSource`, for a file of the low-level dialect, in which the runtime library is written: there are functions for
 * access to memory, every host function can be declared, and the symbol of a function is its name.
 */
export function compileLowLevel(file: SourceFile, sink: DiagnosticSink): HirModule | null {
  const before = sink.errorCount;
  const graph = new ModuleGraph(file, sink, noModules);
  if (sink.errorCount > before) return null;
  return analyze(graph, sink, { lowLevel: true });
}
