// Lowers several operands in order, keeping evaluation order when one of them needs statements.
import type * as ast from "../ast.ts";
import { Sequence } from "./builder.ts";
import type { Context } from "./context.ts";
import { expectValue } from "./convert.ts";
import {
  errorValue,
  neverValue,
  pendingValue,
  zeroOf,
  type Nothing,
  type Typed,
  type Value,
} from "./value.ts";
import type { SimpleType } from "./simple-type.ts";

export type Operands = { readonly kind: "operands"; readonly values: readonly Typed[] } | Nothing;

/** What the operands of one expression are lowered with. */
export interface OperandOptions {
  /** The type an operand is likely to need, from those before it. */
  readonly hint?: (before: readonly Value[]) => SimpleType | null;
  /** Take a pending operand for a literal of the other's type: for the first guess of a recursive result. */
  readonly guess?: boolean;
}

/** The operands behind one that has just been lowered, which comes first. */
export function lowerOperandsAfter(
  cx: Context,
  first: Typed,
  nodes: readonly ast.Expr[],
  options: OperandOptions = {},
): Operands {
  const sequence = new Sequence(cx.builder);
  sequence.add(first.expr);
  return lowerRest(cx, { values: [first], sequence }, nodes, options);
}

export function lowerOperands(
  cx: Context,
  nodes: readonly ast.Expr[],
  options: OperandOptions = {},
): Operands {
  return lowerRest(cx, { values: [], sequence: new Sequence(cx.builder) }, nodes, options);
}

function lowerRest(
  cx: Context,
  { values, sequence }: { readonly values: Value[]; readonly sequence: Sequence },
  nodes: readonly ast.Expr[],
  options: OperandOptions,
): Operands {
  for (const node of nodes) {
    const value = expectValue(
      cx,
      cx.lower.expr(cx, node, options.hint?.(values) ?? null),
      node.span,
    );
    if (value.kind === "never") return neverValue;
    values.push(value);
    if (value.kind === "typed") sequence.add(value.expr);
  }
  const exprs = sequence.finish();
  const scalars: Typed[] = [];
  let pending = false;
  for (const value of values) {
    if (value.kind === "error") return errorValue;
    if (value.kind === "typed") scalars.push(respell(value, exprs[scalars.length]));
    else pending = true;
  }
  if (!pending) return { kind: "operands", values: scalars };
  return options.guess === true ? guessed(values) : pendingValue;
}

/** The value, read from where the sequence has put it. */
export function respell(value: Typed, expr: Typed["expr"] | undefined): Typed {
  return expr === undefined || expr === value.expr ? value : { ...value, expr, literal: null };
}

function guessed(values: readonly Value[]): Operands {
  const known = values.find((value) => value.kind === "typed");
  if (known === undefined) return pendingValue;
  const { type, expr } = known;
  const stand: Typed = {
    kind: "typed",
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
    values: values.map((value) => (value.kind === "typed" ? value : stand)),
  };
}
