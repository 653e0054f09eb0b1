// `while` and `loop`, and the HIR `while` that every loop becomes.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { conditionOf, withCondition } from "./branches.ts";
import { withScope, type Context, type Tail } from "./context.ts";
import { narrow } from "./narrowing.ts";
import { Scope } from "./scope.ts";
import { warnDropped } from "./dropped-values.ts";
import { boolConst } from "./value.ts";

/** Statements: the last value of the block is dropped. */
export const dropTail: Tail = {
  value: (cx, expr) => {
    const value = cx.lower.expr(cx, expr, null);
    if (value.kind !== "typed") return;
    warnDropped(cx, expr, value);
    if (value.expr.kind === "local" || cx.builder.isStable(value.expr)) return;
    cx.builder.emit({ kind: "expr", value: value.expr, span: expr.span });
  },
  none: () => undefined,
  splits: () => true,
};

export function lowerWhile(cx: Context, statement: ast.WhileStmt): void {
  const { builder } = cx;
  const { span } = statement;
  const loop = builder.nextLoop();
  const head = builder.branch(() => conditionOf(cx, statement.condition));
  const tested = head.value.condition;
  const body = (): void =>
    withCondition(cx, statement.condition, head.value, () =>
      withScope(cx, new Scope(cx.scope), () => {
        narrow(cx, statement.condition, { holds: true, block: statement.body });
        loopBody(cx, statement.body);
      }),
    );
  const endless = tested.kind === "bool" && tested.value && head.body.length === 0;
  if (head.body.length === 0) {
    emitLoop(cx, { loop, condition: tested, endless, span }, body);
    return;
  }
  // The condition needs statements: they run at the start of every turn.
  const condition = boolConst(true, span);
  emitLoop(cx, { loop, condition, endless: false, span }, () => {
    builder.body.push(...head.body);
    builder.reachable = head.reachable;
    builder.emit({
      kind: "if",
      condition: { kind: "unary", type: "bool", op: "not", operand: tested, span },
      then: [{ kind: "break", span }],
      else: [],
      span,
    });
    body();
  });
}

export function lowerLoop(cx: Context, statement: ast.LoopStmt): void {
  const { span } = statement;
  const loop = cx.builder.nextLoop();
  const condition = boolConst(true, span);
  emitLoop(cx, { loop, condition, endless: true, span }, () => loopBody(cx, statement.body));
}

interface LoopHead {
  readonly loop: number;
  readonly condition: Expr;
  /** Only a `break` leaves it. */
  readonly endless: boolean;
  readonly span: Span;
}

export function emitLoop(
  cx: Context,
  { loop, condition, endless, span }: LoopHead,
  turn: () => void,
): void {
  const { builder } = cx;
  const target = { broken: false };
  cx.loops.push(target);
  const branch = builder.branch(turn);
  cx.loops.pop();
  builder.emit({ kind: "while", loop, condition, body: branch.body, span });
  if (endless && !target.broken) builder.reachable = false;
}

/** The statements of a loop's block. */
export function loopBody(cx: Context, block: ast.Block): void {
  cx.lower.block(cx, block, dropTail);
}
