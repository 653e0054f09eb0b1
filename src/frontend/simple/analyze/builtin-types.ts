// The types that every program knows and that are declared in Simple.
import { DiagnosticSink, SourceFile, preludePath } from "../../../base/index.ts";
import { parse } from "../parser.ts";
import type { Shapes } from "./nominal.ts";
import { Scope } from "./scope.ts";

const source = `
enum Result<T, E>:
    Ok(T)
    Err(E)
`;

/** The scope around all modules of a program. */
export function builtinScope(shapes: Shapes): Scope {
  const scope = new Scope(null);
  const sink = new DiagnosticSink();
  for (const decl of parse(new SourceFile(preludePath, source), sink).body) {
    if (decl.kind !== "enum") throw new Error("built-in types are enums");
    scope.declare({ kind: "enum", name: decl.name.text, shape: shapes.ofEnum(decl, scope) });
  }
  return scope;
}
