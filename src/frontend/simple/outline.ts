// What editors show of declarations: a line, the parameters, the comment above it or the text at its beginning.
import type { Span } from "../../base/index.ts";
import type * as ast from "./ast.ts";
import { declaredNames } from "./session-changes.ts";

/** A declaration of a session. */
export interface OutlineEntry {
  readonly name: string;
  readonly kind: "function" | "class" | "variable";
  /** The head as it is written, without a colon at the end. */
  readonly signature: string;
  /** Parameters as they are written; null for what cannot be called. */
  readonly parameters: readonly string[] | null;
  readonly documentation: string | null;
  readonly span: Span;
}

/** The names that a statement declares; methods of types are not among them. */
export function outlineOf(statement: ast.Stmt): OutlineEntry[] {
  return declaredNames(statement)
    .filter((name) => !name.startsWith("$"))
    .map((name) => ({
      name,
      kind: kindOf(statement),
      signature: signatureOf(statement),
      parameters: parametersOf(statement),
      documentation: documentationOf(statement),
      span: statement.span,
    }));
}

function kindOf({ kind }: ast.Stmt): OutlineEntry["kind"] {
  if (kind === "function" || kind === "extern") return "function";
  return kind === "binding" ? "variable" : "class";
}

function textOf({ file, start, end }: Span): string {
  return file.text.slice(start, end);
}

function signatureOf(statement: ast.Stmt): string {
  if (statement.kind === "function") return textOf(statement.head).trim();
  if (statement.kind === "binding") {
    const word = statement.mutable ? "var" : "val";
    const name = declaredNames(statement).join();
    return `${word} ${name}`;
  }
  const [head = ""] = textOf(statement.span).split("\n");
  return head.trim().replace(/:$/, "");
}

function parametersOf(statement: ast.Stmt): string[] | null {
  if (statement.kind === "function" || statement.kind === "extern")
    return statement.params.map(({ span }) => textOf(span).trim());
  if (statement.kind === "struct" || statement.kind === "class")
    return statement.fields.map(({ span }) => textOf(span).trim());
  return null;
}

const comment = /^\s*(?:##?|\/\/\/)(?!\[) ?(.*)$/;

/** The comment lines directly above, else the text that the body begins with. */
function documentationOf(statement: ast.Stmt): string | null {
  const { file, start } = statement.span;
  const lines: string[] = [];
  for (let line = file.position(start).line - 1; line > 0; line -= 1) {
    const found = comment.exec(file.lineText(line));
    if (found === null) break;
    lines.unshift(found[1] ?? "");
  }
  if (lines.length > 0) return lines.join("\n");
  const first = statement.kind === "function" ? statement.body?.body[0] : undefined;
  const value = first?.kind === "expr" ? first.value : undefined;
  return value !== undefined && textOf(value.span).startsWith('"""')
    ? textOf(value.span).slice(3, -3).trim()
    : null;
}
