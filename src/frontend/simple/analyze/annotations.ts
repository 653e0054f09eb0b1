// Declared types of collections that the values do not have. Real programs have such annotations: what they declare is
// of any type then, and the module is analysed again.
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import type { Diagnostic } from "../../../base/index.ts";

/** Of one module, through all rounds of its analysis. */
export class Annotations {
  readonly #dynamic = new Set<ast.TypeExpr>();
  readonly #found = new Map<ast.TypeExpr, Diagnostic>();

  /** Whether values of any type may stand where this type is declared. */
  isDynamic(type: ast.TypeExpr): boolean {
    return this.#dynamic.size > 0 && this.#dynamic.has(type);
  }

  /** Whether there is such a declaration. */
  get some(): boolean {
    return this.#dynamic.size > 0;
  }

  note(type: ast.TypeExpr, warning: Diagnostic): void {
    if (!this.#found.has(type)) this.#found.set(type, warning);
  }

  get warnings(): Iterable<Diagnostic> {
    return this.#found.values();
  }

  /** Takes what a round has found; whether that is anything, so that another round is needed. */
  next(): boolean {
    const before = this.#dynamic.size;
    for (const type of this.#found.keys()) this.#dynamic.add(type);
    return this.#dynamic.size > before;
  }
}

/** A collection by its name, and how it is declared. */
export interface Holder {
  readonly name: string;
  readonly type: ast.TypeExpr;
}

/** The variable, or the field of `self`, that an expression names; null if it has no annotation. */
export function holderOf(cx: Context, expr: ast.Expr): Holder | null {
  const type = annotationOf(cx, expr);
  if (type == null) return null;
  return { name: expr.kind === "name" ? expr.name : `self.${memberName(expr)}`, type };
}

function memberName(expr: ast.Expr): string {
  return expr.kind === "member" ? expr.name.text : "";
}

function annotationOf(cx: Context, expr: ast.Expr): ast.TypeExpr | null | undefined {
  if (expr.kind === "name") {
    const binding = cx.scope.lookup(expr.name);
    if (binding?.kind === "global") return binding.declaration.type;
    return binding?.kind === "local" ? binding.declared : null;
  }
  if (expr.kind !== "member" || expr.object.kind !== "self") return null;
  const self = cx.typeArgs.get("Self");
  if (self === undefined || self === "error" || typeof self === "string") return null;
  if (self.kind !== "struct" && self.kind !== "class") return null;
  return self.shape.decl.fields.find(({ name }) => name.text === expr.name.text)?.type;
}
