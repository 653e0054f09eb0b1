// The top level of the main module: its statements, and the automatic call of `main` at the end.
import type { Expr, FunctionId } from "../../../ir/hir/index.ts";
import { isIntType } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import type { Context, InitState } from "./context.ts";
import { echoValue, exitCodeOf, planMain } from "./main-plan.ts";
import type { FunctionBinding } from "./scope.ts";
import { lowerModuleBody } from "./statements.ts";
import { intConst } from "./value.ts";

/** Which expressions at the top level of a piece are printed. */
export type Echo = "value" | "values" | "nothing";

/** What the top level consists of. */
export interface TopLevel {
  readonly body: readonly ast.Stmt[];
  /** The top levels of imported modules, which run first. */
  readonly imported: readonly FunctionId[];
  /** The function that is called at the end; null if there is none. */
  readonly main: FunctionBinding | null;
  /** Of a session: what has run, and whether the value of the last expression is printed. */
  readonly session: { readonly ran: ReadonlySet<ast.Stmt>; readonly echo: Echo } | null;
}

/** Lowers the top level into the context's builder; it returns the exit code. */
export function lowerTopLevel(cx: Context, init: InitState, top: TopLevel): void {
  const { builder } = cx;
  const { span } = init;
  for (const callee of top.imported) {
    const call: Expr = { kind: "call", type: "unit", callee, args: [], span };
    builder.emit({ kind: "expr", value: call, span });
  }
  const plan = planMain(top.body);
  if (plan.assigned || plan.called !== "never") {
    init.exit = builder.addLocal("$exit", "i64", false);
    builder.set(init.exit, intConst("i64", 0n, span));
  }
  if (top.main !== null && plan.called === "perhaps") {
    init.ran = builder.addLocal("$ran", "i64", false);
    builder.set(init.ran, intConst("i64", 0n, span));
  }
  lowerStatements(cx, top);
  if (top.main !== null && plan.called !== "always") callMain(cx, top.main, init);
  const code = init.exit === null ? intConst("i64", 0n, span) : builder.read(init.exit, span);
  builder.emit({ kind: "return", value: code, span });
}

/** The statements of the main module, of a session those of the piece alone. */
function lowerStatements(cx: Context, { body, session }: TopLevel): void {
  if (session === null) {
    lowerModuleBody(cx, body);
    return;
  }
  const fresh = body.filter((statement) => !session.ran.has(statement));
  let rest = 0;
  fresh.forEach((statement, index) => {
    const shown = session.echo === "values" || index === fresh.length - 1;
    if (session.echo === "nothing" || !shown || statement.kind !== "expr") return;
    lowerModuleBody(cx, fresh.slice(rest, index));
    echoValue(cx, statement.value);
    rest = index + 1;
  });
  lowerModuleBody(cx, fresh.slice(rest));
}

/** The automatic call of `main` at the end, unless it has run. */
function callMain(cx: Context, fn: FunctionBinding, init: InitState): void {
  const { builder } = cx;
  const { decl } = fn;
  const required = decl.params.find((param) => param.default === null);
  if (required !== undefined) {
    cx.report.error(
      "type/main-parameters",
      "`main` is called without arguments, and it has a required parameter",
      required.name.span,
      "Remove the parameter or give it a default.",
    );
    return;
  }
  const span = decl.head;
  const callee: ast.Expr = { kind: "name", name: "main", span };
  const call = (): void => {
    const ran = { ...cx, init: null };
    const value = cx.lower.call(ran, { kind: "call", callee, args: [], style: "parens", span });
    if (value.kind !== "typed") return;
    const code = isIntType(value.type) ? exitCodeOf(value) : null;
    if (code === null) {
      builder.emit({ kind: "expr", value: value.expr, span });
    } else if (init.exit === null) {
      builder.emit({ kind: "return", value: code, span });
      builder.reachable = false;
    } else builder.set(init.exit, code);
  };
  if (init.ran === null) {
    call();
    return;
  }
  const branch = builder.branch(call);
  const left = builder.read(init.ran, span);
  const right = intConst("i64", 0n, span);
  const condition = { kind: "compare", type: "bool", op: "eq", left, right, span } as const;
  builder.emit({ kind: "if", condition, then: branch.body, else: [], span });
}
