// The low-level dialect, in which the runtime library is written: memory access by `u32` addresses. Not for programs.
import type { Span } from "../../../base/index.ts";
import type { Expr, ScalarType } from "../../../ir/hir/index.ts";
import { scalarTypes, type HostType } from "../../../runtime/index.ts";
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { expectType } from "./convert.ts";
import { plural } from "./number-methods.ts";
import { lowerOperands } from "./operands.ts";
import { errorValue, typed, unitValue, type Typed, type Value } from "./value.ts";

/** What `load_T` and `store_T` access. */
const accessTypes: ReadonlyMap<string, ScalarType> = new Map(
  scalarTypes.map((type) => [type, type]),
);

const accessName = /^(load|store)_([a-z0-9]+)$/;

/** The call of an intrinsic of the low-level dialect; undefined when there is none of this name. */
export function callIntrinsic(cx: Context, name: string, call: ast.CallExpr): Value | undefined {
  if (name === "memory_copy" || name === "memory_fill") return bulk(cx, name, call);
  const [, verb, spelling = ""] = accessName.exec(name) ?? [];
  const type = accessTypes.get(spelling);
  if (type === undefined) return undefined;
  return verb === "load" ? load(cx, name, { call, type }) : store(cx, name, { call, type });
}

/** What the dialect writes for a value of the host interface: references and `any` values are plain integers in it. */
export function lowLevelType(type: HostType): HostType {
  if (type === "ref") return "u32";
  return type === "any" ? "u64" : type;
}

interface Access {
  readonly call: ast.CallExpr;
  readonly type: ScalarType;
}

/** `load_T(address)` or `load_T(address, offset)`. */
function load(cx: Context, name: string, { call, type }: Access): Value {
  const operands = lowerArgs(cx, name, call, [1, 2]);
  if (!Array.isArray(operands)) return operands;
  const { span } = call;
  const base = address(cx, operands[0], span);
  const offset = constantOffset(cx, operands[1], span);
  if (base === null || offset === null) return errorValue;
  return typed(type, { kind: "load", type, base, offset, span });
}

/** `store_T(address, value)` or `store_T(address, offset, value)`. */
function store(cx: Context, name: string, { call, type }: Access): Value {
  const operands = lowerArgs(cx, name, call, [2, 3]);
  if (!Array.isArray(operands)) return operands;
  const { span } = call;
  const base = address(cx, operands[0], span);
  const offset = constantOffset(cx, operands.length === 3 ? operands[1] : undefined, span);
  const found = fit(cx, operands.at(-1), type, { span, what: `the value of \`${name}\`` });
  if (base === null || offset === null || found === null) return errorValue;
  cx.builder.emit({ kind: "store", type, base, offset, value: found, span });
  return unitValue;
}

/** `memory_copy(to, from, size)` and `memory_fill(to, value, size)`. */
function bulk(cx: Context, kind: "memory_copy" | "memory_fill", call: ast.CallExpr): Value {
  const operands = lowerArgs(cx, kind, call, [3, 3]);
  if (!Array.isArray(operands)) return operands;
  const { span } = call;
  const to = address(cx, operands[0], span);
  const second =
    kind === "memory_copy"
      ? address(cx, operands[1], span)
      : fit(cx, operands[1], "u8", { span, what: "the byte" });
  const size = fit(cx, operands[2], "u32", { span, what: "the size" });
  if (to === null || second === null || size === null) return errorValue;
  cx.builder.emit(
    kind === "memory_copy"
      ? { kind, to, from: second, size, span }
      : { kind, to, value: second, size, span },
  );
  return unitValue;
}

function lowerArgs(
  cx: Context,
  name: string,
  call: ast.CallExpr,
  [least, most]: readonly [number, number],
): Typed[] | Value {
  const found = call.args.length;
  if (found < least || found > most) {
    const takes = least === most ? plural(least) : `${least} or ${plural(most)}`;
    cx.report.error("type/argument-count", `\`${name}\` takes ${takes}, found ${found}`, call.span);
    return errorValue;
  }
  const operands = lowerOperands(
    cx,
    call.args.map(({ value }) => value),
  );
  return operands.kind === "operands" ? [...operands.values] : operands;
}

function fit(
  cx: Context,
  value: Typed | undefined,
  type: ScalarType,
  demand: { readonly span: Span; readonly what: string },
): Expr | null {
  if (value === undefined) return null;
  const found = expectType(cx, value, type, demand);
  return found.kind === "typed" ? found.expr : null;
}

function address(cx: Context, value: Typed | undefined, span: Span): Expr | null {
  return fit(cx, value, "u32", { span, what: "the address" });
}

/** The constant offset of an access, 0 where there is none. */
function constantOffset(cx: Context, value: Typed | undefined, span: Span): number | null {
  if (value === undefined) return 0;
  const { expr } = value;
  const offset = expr.kind === "int" ? Number(expr.value) : -1;
  if (offset >= 0 && offset < 2 ** 31) return offset;
  cx.report.error("type/offset", "the offset must be a constant that is not negative", span);
  return null;
}
