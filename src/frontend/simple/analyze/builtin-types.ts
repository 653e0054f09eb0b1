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

/** Parsed once: nothing of a program changes the tree. */
const declarations = parse(new SourceFile(preludePath, source), new DiagnosticSink()).body;

/** The scope around all modules of a program. */
export function builtinScope(shapes: Shapes): Scope {
  const scope = new Scope(null);
  for (const decl of declarations) {
    if (decl.kind !== "enum") throw new Error("built-in types are enums");
    scope.declare({ kind: "enum", name: decl.name.text, shape: shapes.ofEnum(decl, scope) });
  }
  return scope;
}
