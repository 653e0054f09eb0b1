// Built-in functions: printing, failing, assertions.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { compare } from "./arithmetic.ts";
import type { Context } from "./context.ts";
import { conditionFrom } from "./convert.ts";
import { callMethod } from "./members.ts";
import { rangeOf } from "./ranges.ts";
import { lowerRange } from "./range-values.ts";
import { plural } from "./number-methods.ts";
import { lowerOperands } from "./operands.ts";
import { lowerExpect } from "./specs.ts";
import { useText, type TextUse } from "./text.ts";
import { boolConst, errorValue, neverValue, unitValue, type Value } from "./value.ts";

type Builtin = (cx: Context, name: string, call: ast.CallExpr) => Value;

const builtins: Readonly<Record<string, Builtin>> = {
  print: printer(true, "out"),
  println: printer(true, "out"),
  print_raw: printer(false, "out"),
  eprint: printer(true, "err"),
  fail,
  assert: assertTruth(true),
  assert_true: assertTruth(true),
  assert_false: assertTruth(false),
  assert_equal: assertEqual(true),
  assert_not_equal: assertEqual(false),
  assert_contains: assertContains,
  assert_nil: assertNil,
  range: rangeValue,
  len: lengthOf,
  expect: (cx, _name, call) => lowerExpect(cx, call),
  check: (cx, _name, call) => lowerExpect(cx, call),
  step,
};

/** The call of a built-in; undefined when there is none of this name. */
export function callBuiltin(cx: Context, name: string, call: ast.CallExpr): Value | undefined {
  const builtin = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
  return builtin?.(cx, name, call);
}

/** `range(a, b, s)` as a value. */
function rangeValue(cx: Context, _name: string, call: ast.CallExpr): Value {
  const range = rangeOf(cx, call);
  return range == null ? errorValue : lowerRange(cx, range, call.span);
}

/** `len(x)` is `x.len()`. */
function lengthOf(cx: Context, name: string, call: ast.CallExpr): Value {
  const [object] = plainArgs(cx, name, call, [1, 1]) ?? [];
  if (object === undefined) return errorValue;
  const { span } = call;
  return callMethod(cx, { object, name: { text: "len", span: call.callee.span }, args: [], span });
}

/** The arguments, if they are plain and their number is right. */
function plainArgs(
  cx: Context,
  name: string,
  call: ast.CallExpr,
  [least, most]: readonly [number, number],
): readonly ast.Expr[] | null {
  const odd = call.args.find((arg) => arg.name !== null || arg.spread);
  if (odd !== undefined) {
    cx.report.error("type/argument-name", `\`${name}\` takes plain arguments`, odd.span);
    return null;
  }
  const found = call.args.length;
  if (found < least || found > most) {
    const takes = least === most ? plural(least) : `${least} or ${plural(most)}`;
    const help = name.includes("print")
      ? 'Put the values into one text: `print "{a} {b}"`.'
      : undefined;
    cx.report.error(
      "type/argument-count",
      `\`${name}\` takes ${takes}, found ${found}`,
      call.span,
      help,
    );
    return null;
  }
  return call.args.map(({ value }) => value);
}

function printer(newline: boolean, stream: "out" | "err"): Builtin {
  return (cx, name, call) => {
    const args = plainArgs(cx, name, call, [0, 1]);
    if (args === null) return errorValue;
    const [text] = args;
    const use: TextUse = { kind: "print", newline, stream, span: call.span };
    if (text !== undefined) useText(cx, text, use);
    else if (newline) cx.builder.emit({ ...use, kind: "print", parts: [] });
    return unitValue;
  };
}

/** `step("label")` says what comes, to a reader. */
function step(cx: Context, name: string, call: ast.CallExpr): Value {
  const args = plainArgs(cx, name, call, [1, 1]);
  const [label] = args ?? [];
  if (label !== undefined) cx.lower.expr(cx, label, null);
  return unitValue;
}

function fail(cx: Context, name: string, call: ast.CallExpr): Value {
  const args = plainArgs(cx, name, call, [0, 1]);
  if (args === null) return errorValue;
  failWith(cx, args[0], { text: "failed", span: call.span });
  return neverValue;
}

/** Stops with the given text, or with a fixed one. */
function failWith(
  cx: Context,
  message: ast.Expr | undefined,
  otherwise: { text: string; span: Span },
): void {
  const { text, span } = otherwise;
  if (message === undefined) {
    cx.builder.emit({ kind: "fail", parts: [{ kind: "literal", text }], span });
    cx.builder.reachable = false;
  } else {
    useText(cx, message, { kind: "fail", newline: false, stream: "err", span });
  }
}

function unless(cx: Context, condition: Expr, span: Span, otherwise: () => void): void {
  const branch = cx.builder.branch(otherwise);
  cx.builder.emit({
    kind: "if",
    condition: { kind: "unary", type: "bool", op: "not", operand: condition, span },
    then: branch.body,
    else: [],
    span,
  });
}

/** How an expression is written, on one line. */
function sourceOf({ span: { file, start, end } }: ast.Expr): string {
  return file.text.slice(start, end).replaceAll(/\s+/g, " ");
}

function assertTruth(expected: boolean): Builtin {
  return (cx, name, call) => {
    const args = plainArgs(cx, name, call, [1, 2]);
    const [tested, message] = args ?? [];
    if (tested === undefined) return errorValue;
    const found = conditionFrom(cx.lower.condition(cx, tested), tested.span);
    const { span } = call;
    const condition: Expr = expected
      ? found
      : { kind: "unary", type: "bool", op: "not", operand: found, span };
    const source = sourceOf(tested);
    unless(cx, condition, span, () =>
      failWith(cx, message, { text: `assertion failed: ${expected ? "" : "not "}${source}`, span }),
    );
    return unitValue;
  };
}

/** `assert_contains(a, b)`: `b in a`. */
function assertContains(cx: Context, name: string, call: ast.CallExpr): Value {
  const args = plainArgs(cx, name, call, [2, 3]);
  const [container, item, message] = args ?? [];
  if (container === undefined || item === undefined) return errorValue;
  const { span } = call;
  const test: ast.Expr = { kind: "compare", op: "in", left: item, right: container, span };
  const condition = conditionFrom(cx.lower.condition(cx, test), span);
  const [what, where] = [container, item].map(sourceOf);
  unless(cx, condition, span, () =>
    failWith(cx, message, { text: `assertion failed: ${what} does not contain ${where}`, span }),
  );
  return unitValue;
}

function assertNil(cx: Context, name: string, call: ast.CallExpr): Value {
  const args = plainArgs(cx, name, call, [1, 2]);
  const [tested, message] = args ?? [];
  if (tested === undefined) return errorValue;
  const { span } = call;
  const nil: ast.Expr = { kind: "nil", span };
  const test: ast.Expr = { kind: "compare", op: "==", left: tested, right: nil, span };
  const condition = conditionFrom(cx.lower.condition({ ...cx, specialised: true }, test), span);
  unless(cx, condition, span, () =>
    failWith(cx, message, { text: `assertion failed: ${sourceOf(tested)} is not nil`, span }),
  );
  return unitValue;
}

function assertEqual(expected: boolean): Builtin {
  return (cx, name, call) => {
    const args = plainArgs(cx, name, call, [2, 3]);
    const [first, second, message] = args ?? [];
    if (first === undefined || second === undefined) return errorValue;
    const operands = lowerOperands(cx, [first, second]);
    if (operands.kind !== "operands") return operands;
    const [left, right] = operands.values.map((value) => cx.builder.spillTyped(value));
    if (left === undefined || right === undefined) throw new Error("two operands expected");
    const { span } = call;
    const test = compare(cx, expected ? "==" : "!=", { left, right, span });
    const condition = test.kind === "typed" ? test.expr : boolConst(true, span);
    unless(cx, condition, span, () => {
      if (message !== undefined) {
        failWith(cx, message, { text: "", span });
        return;
      }
      const parts = [
        { kind: "literal", text: "assertion failed: " },
        { kind: "value", value: left.expr },
        { kind: "literal", text: expected ? " is not " : " is " },
        { kind: "value", value: right.expr },
      ] as const;
      cx.builder.emit({ kind: "fail", parts, span });
    });
    return unitValue;
  };
}
