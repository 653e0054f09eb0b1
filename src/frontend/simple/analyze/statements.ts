// Statements and blocks.
import type * as ast from "../ast.ts";
import { lowerAssign, lowerBinding } from "./bindings.ts";
import { withArticle, withScope, type Context, type Tail } from "./context.ts";
import { declareTypes, hoistFunction } from "./declarations.ts";
import { dropTail, lowerLoop, lowerWhile } from "./loops.ts";
import { lowerFor } from "./iteration.ts";
import { captureFor } from "./names.ts";
import { lowerSpecBlock } from "./specs.ts";
import { returnValue } from "./returns.ts";
import { Scope } from "./scope.ts";
import type { Value } from "./value.ts";

/** The statements of a block in a scope of their own. */
export function lowerBlock(cx: Context, block: ast.Block, tail: Tail): void {
  const scope = new Scope(cx.scope);
  withScope(cx, scope, () => {
    for (const statement of block.body) {
      if (statement.kind === "function") hoistFunction(cx, statement);
    }
    declareTypes(cx, block.body);
    lowerStatements(cx, block, tail);
  });
}

/** The statements of a group of examples. `cx.scope` has the names of its variables, and `cx` is not used for anything else. */
export function lowerGroup(cx: Context, block: ast.Block): void {
  const { init } = cx;
  if (init === null) throw new Error("a group stands in the module's body");
  const scope = new Scope(cx.scope);
  const inner = { ...cx, scope, init: { ...init, scope } };
  for (const statement of block.body) {
    if (statement.kind === "function") hoistFunction(inner, statement);
  }
  declareTypes(inner, block.body);
  lowerStatements(inner, block, dropTail);
}

function lowerStatements(cx: Context, block: ast.Block, tail: Tail): void {
  const last = block.body.length - 1;
  let open = cx.builder.reachable;
  for (const [index, statement] of block.body.entries()) {
    if (open && !cx.builder.reachable) {
      open = false;
      warnUnreachable(cx, block.body, index);
    }
    if (index === last && statement.kind === "expr") lowerTail(cx, statement.value, tail);
    else lowerStatement(cx, statement);
  }
  if (block.body[last]?.kind !== "expr") tail.none(cx, block.span);
}

/** The statements of a module; its functions are built apart. */
export function lowerModuleBody(cx: Context, body: readonly ast.Stmt[]): void {
  let open = true;
  for (const [index, statement] of body.entries()) {
    if (statement.kind === "function") continue;
    if (open && !cx.builder.reachable) {
      open = false;
      warnUnreachable(cx, body, index);
    }
    lowerStatement(cx, statement);
  }
}

/** Once for a block. A value behind a call that stops the program is mostly there for its type. */
function warnUnreachable(cx: Context, body: readonly ast.Stmt[], index: number): void {
  const before = body[index - 1];
  const statement = body[index];
  if (before === undefined || statement === undefined || isInert(statement)) return;
  if (before.kind === "expr" && before.value.kind === "call") return;
  if (statement.kind === "function" || statement.kind === "pass") return;
  cx.report.warning(
    "type/unreachable",
    "this is never reached",
    statement.span,
    "Remove it, or the jump before it.",
  );
}

export function lowerTail(cx: Context, expr: ast.Expr, tail: Tail): void {
  if ((expr.kind === "if" || expr.kind === "match") && tail.splits(expr)) {
    cx.lower.branches(cx, expr, tail);
  } else tail.value(cx, expr);
}

/** Without effect where they stand: declared when their block begins, or nothing at all. */
const inert = {
  docstring: true,
  extern: true,
  struct: true,
  class: true,
  enum: true,
  trait: true,
  impl: true,
  type_alias: true,
  use: true,
  export: true,
} as const satisfies Partial<Record<ast.StmtKind, true>>;

function isInert(
  statement: ast.Stmt,
): statement is ast.Stmt & { readonly kind: keyof typeof inert } {
  return Object.hasOwn(inert, statement.kind);
}

export function lowerStatement(cx: Context, statement: ast.Stmt): void {
  if (isInert(statement)) return;
  switch (statement.kind) {
    case "binding":
      lowerBinding(cx, statement);
      break;
    case "assign":
      lowerAssign(cx, statement);
      break;
    case "expr":
      lowerTail(cx, statement.value, dropTail);
      break;
    case "while":
      lowerWhile(cx, statement);
      break;
    case "loop":
      lowerLoop(cx, statement);
      break;
    case "for":
      lowerFor(cx, statement);
      break;
    case "break":
    case "continue":
      lowerJump(cx, statement, statement.kind);
      break;
    case "pass":
      break;
    case "return":
      lowerReturn(cx, statement);
      break;
    case "function":
      defineNested(cx, statement);
      break;
    case "block_call":
      lowerSpecBlock(cx, statement);
      break;
  }
}

function defineNested(cx: Context, decl: ast.FunctionDecl): void {
  const fn = cx.scope.own(decl.name.text);
  if (fn?.kind !== "function" || fn.decl !== decl) return;
  captureFor(cx, fn);
  cx.analysis.noteNested(cx, fn);
}

function lowerJump(cx: Context, { span }: ast.Stmt, kind: "break" | "continue"): void {
  const target = cx.loops.at(-1);
  if (target === undefined) {
    cx.report.error(
      "resolve/jump-outside-loop",
      `\`${kind}\` stands outside a loop`,
      span,
      "Use `return` to leave a function.",
    );
    return;
  }
  const { builder } = cx;
  if (kind === "break" && builder.reachable) target.broken = true;
  builder.emit({ kind, span });
  builder.reachable = false;
}

function lowerReturn(cx: Context, { value: node, span }: ast.ReturnStmt): void {
  const { goal, builder } = cx;
  if (goal.kind === "none") {
    cx.report.error("resolve/return-outside", "`return` stands outside a function", span);
    if (node !== null) cx.lower.expr(cx, node, null);
    return;
  }
  const hint =
    goal.kind === "declared" && goal.type !== "error" && goal.type !== "unit" ? goal.type : null;
  const value: Value = node === null ? { kind: "unit" } : cx.lower.expr(cx, node, hint);
  if (node === null && hint !== null) {
    cx.report.error(
      "type/missing-return",
      `\`return\` needs ${withArticle(hint)}`,
      span,
      "Write the value behind it.",
    );
  } else returnValue(cx, value, { span: node?.span ?? span, explicit: true });
  builder.reachable = false;
}
