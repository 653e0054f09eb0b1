// Lowers several operands in order, keeping evaluation order when one of them needs statements.
import type { ScalarType } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { Sequence } from "./builder.ts";
import type { Context } from "./context.ts";
import { expectScalar } from "./convert.ts";
import {
  errorValue,
  neverValue,
  pendingValue,
  zeroOf,
  type Nothing,
  type Scalar,
  type Value,
} from "./value.ts";

export type Operands = { readonly kind: "operands"; readonly values: readonly Scalar[] } | Nothing;

/** What the operands of one expression are lowered with. */
export interface OperandOptions {
  /** The type an operand is likely to need, from those before it. */
  readonly hint?: (before: readonly Value[]) => ScalarType | null;
  /** Take a pending operand for a literal of the other's type: for the first guess of a recursive result. */
  readonly guess?: boolean;
}

export function lowerOperands(
  cx: Context,
  nodes: readonly ast.Expr[],
  options: OperandOptions = {},
): Operands {
  const values: Value[] = [];
  const sequence = new Sequence(cx.builder);
  for (const node of nodes) {
    const value = expectScalar(
      cx,
      cx.lower.expr(cx, node, options.hint?.(values) ?? null),
      node.span,
    );
    if (value.kind === "never") return neverValue;
    values.push(value);
    if (value.kind === "scalar") sequence.add(value.expr);
  }
  const exprs = sequence.finish();
  const scalars: Scalar[] = [];
  let pending = false;
  for (const value of values) {
    if (value.kind === "error") return errorValue;
    if (value.kind === "scalar") scalars.push(respell(value, exprs[scalars.length]));
    else pending = true;
  }
  if (!pending) return { kind: "operands", values: scalars };
  return options.guess === true ? guessed(values) : pendingValue;
}

/** The value, read from where the sequence has put it. */
export function respell(value: Scalar, expr: Scalar["expr"] | undefined): Scalar {
  return expr === undefined || expr === value.expr ? value : { ...value, expr, literal: null };
}

function guessed(values: readonly Value[]): Operands {
  const known = values.find((value) => value.kind === "scalar");
  if (known === undefined) return pendingValue;
  const { type, expr } = known;
  const stand: Scalar = {
    kind: "scalar",
    type,
    expr: zeroOf(type, expr.span),
    literal:
      type === "bool"
        ? null
        : type === "f32" || type === "f64"
          ? { kind: "float", exact: 0 }
          : { kind: "int", exact: 0n, bits: true },
  };
  return {
    kind: "operands",
    values: values.map((value) => (value.kind === "scalar" ? value : stand)),
  };
}
