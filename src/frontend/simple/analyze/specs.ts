// Specs: `describe`, `it` and their relatives, and `expect` with its matchers.
//
// An example is a function without parameters that the host calls, so that a failure ends that example alone. What is
// declared in a group is a variable of the module: the examples and hooks of the group read and assign it.
import type { Span } from "../../../base/index.ts";
import type { Expr, TextPart } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { skipWords, specHooks } from "../spec-words.ts";
import type { Context, InitState } from "./context.ts";
import { expectValue, conditionFrom } from "./convert.ts";
import { suggestion } from "./names.ts";
import { Scope } from "./scope.ts";
import { found, functionOf, textType, type SimpleType } from "./simple-type.ts";
import { declareLocal } from "./stores.ts";
import { errorValue, unitValue, type Typed, type Value } from "./value.ts";

/** Blocks by name. `subject`-like extensions of other frameworks are not among them. */
const blocks = {
  describe: "group",
  context: "group",
  it: "example",
  ...specHooks,
} as const;

function isBlock(name: string): name is keyof typeof blocks {
  return Object.hasOwn(blocks, name);
}

/** `describe "x":`, `it "x", skip:`, `before_each:`. */
export function lowerSpecBlock(cx: Context, statement: ast.BlockCallStmt): void {
  const { text: name, span } = statement.callee;
  if (!isBlock(name)) {
    cx.report.error(
      "resolve/unknown-block",
      `\`${name}\` does not take a block`,
      span,
      suggestion(name, Object.keys(blocks)) ?? "A lambda is written `\\x: e`.",
    );
    return;
  }
  if (cx.init === null) {
    cx.report.error(
      "resolve/block-inside-function",
      `\`${name}\` stands inside a function or an example`,
      span,
      "Put it at the top level or into a `describe`.",
    );
    return;
  }
  const kind = blocks[name];
  if (kind === "group") lowerGroup(cx, statement, cx.init);
  else if (kind === "example") lowerExample(cx, statement);
  else emit(cx, kind, [closureOf(cx, statement)], statement.span);
}

function emit(cx: Context, symbol: string, args: readonly (Expr | null)[], span: Span): void {
  const whole = args.filter((arg) => arg !== null);
  if (whole.length < args.length) return;
  const value: Expr = { kind: "host", type: "unit", symbol, args: whole, span };
  cx.builder.emit({ kind: "expr", value, span });
}

/** The name, as a text. */
function title(cx: Context, statement: ast.BlockCallStmt): Expr | null {
  const [first] = statement.args;
  if (first === undefined || first.name !== null) {
    cx.report.error(
      "type/argument-count",
      `\`${statement.callee.text}\` needs a name`,
      statement.callee.span,
      'Write `describe "what it is about":`.',
    );
    return null;
  }
  const value = cx.lower.expr(cx, first.value, textType);
  const text = cx.lower.expectType(cx, value, textType, { span: first.span, what: "the name" });
  return text.kind === "typed" ? text.expr : null;
}

function lowerGroup(cx: Context, statement: ast.BlockCallStmt, outer: InitState): void {
  const { span, body } = statement;
  emit(cx, "rt_spec_group", [title(cx, statement)], span);
  const hoisted = new Scope(cx.scope);
  for (const inner of body.body) {
    if (inner.kind !== "binding" || inner.pattern.kind !== "name") continue;
    const { name } = inner.pattern;
    if (hoisted.own(name) !== undefined) continue;
    hoisted.declare({
      kind: "global",
      name,
      declaration: inner,
      scope: hoisted,
      shared: true,
      id: null,
      type: "unknown",
      constant: null,
      declared: false,
      mutable: inner.mutable,
    });
  }
  cx.lower.group({ ...cx, scope: hoisted, init: outer }, body);
  emit(cx, "rt_spec_group_end", [], span);
}

function lowerExample(cx: Context, statement: ast.BlockCallStmt): void {
  const name = title(cx, statement);
  const { span } = statement;
  // The body is checked also where it does not run.
  const closure = closureOf(cx, statement);
  if (isSkipped(statement)) emit(cx, "rt_spec_skip", [name], span);
  else emit(cx, "rt_spec_example", [name, closure], span);
}

/** `it "x", skip:` and `tag: ["skip"]`. */
function isSkipped({ args }: ast.BlockCallStmt): boolean {
  return args.slice(1).some(({ name, value }) => {
    if (name !== null && skipWords.has(name.text)) return value.kind !== "bool" || value.value;
    const values = value.kind === "array" ? value.elements.map((part) => part.value) : [value];
    return values.some(
      (part) =>
        (part.kind === "name" && skipWords.has(part.name)) ||
        (part.kind === "text" && skipWords.has(part.value)),
    );
  });
}

const lambdas = new WeakMap<ast.BlockCallStmt, ast.LambdaExpr>();

/** The body as a closure `fn()`. */
function closureOf(cx: Context, statement: ast.BlockCallStmt): Expr | null {
  let lambda = lambdas.get(statement);
  if (lambda === undefined) {
    const { body, span } = statement;
    const result: ast.TypeExpr = { kind: "tuple", elements: [], span };
    lambda = { kind: "lambda", params: [], result, body, span: statement.callee.span };
    lambdas.set(statement, lambda);
  }
  const { span } = lambda;
  const value = cx.lower.expr(cx, lambda, null);
  const what = `\`${statement.callee.text}\``;
  const closure = cx.lower.expectType(cx, value, functionOf([], "unit"), { span, what });
  return closure.kind === "typed" ? closure.expr : null;
}

// ------------------------------------------------------------------------------------- expectations

const actual = "$actual";
const expected = "$expected";

/** What a matcher says about the value, and how that is tested. */
interface Matcher {
  readonly words: string;
  readonly arity: 0 | 1;
  condition(subject: ast.Expr, object: ast.Expr, span: Span): ast.Expr;
}

function comparing(op: ast.CompareOp): Matcher["condition"] {
  return (left, right, span) => ({ kind: "compare", op, left, right, span });
}

function calling(method: string): Matcher["condition"] {
  return (object, value, span) => ({
    kind: "call",
    callee: { kind: "member", object, name: { text: method, span }, optional: false, span },
    args: [{ name: null, value, spread: false, span }],
    style: "parens",
    span,
  });
}

const nil = (span: Span): ast.Expr => ({ kind: "nil", span });

const matchers: Readonly<Record<string, Matcher>> = {
  to_equal: { words: "equal", arity: 1, condition: comparing("==") },
  to_be: { words: "be", arity: 1, condition: comparing("==") },
  to_be_nil: {
    words: "be nil",
    arity: 0,
    condition: (subject, _, span) => comparing("==")(subject, nil(span), span),
  },
  to_be_truthy: { words: "be truthy", arity: 0, condition: (subject) => subject },
  to_be_falsy: {
    words: "be falsy",
    arity: 0,
    condition: (operand, _, span) => ({ kind: "unary", op: "not", operand, span }),
  },
  to_contain: {
    words: "contain",
    arity: 1,
    condition: (subject, object, span) => comparing("in")(object, subject, span),
  },
  to_start_with: { words: "start with", arity: 1, condition: calling("starts_with") },
  to_end_with: { words: "end with", arity: 1, condition: calling("ends_with") },
  to_be_greater_than: { words: "be greater than", arity: 1, condition: comparing(">") },
  to_be_less_than: { words: "be less than", arity: 1, condition: comparing("<") },
};

/** The call of `expect` in `expect(x).to_equal(y)`; null if that is something else. */
export function expectation(cx: Context, object: ast.Expr): ast.CallExpr | null {
  if (object.kind !== "call" || object.callee.kind !== "name") return null;
  if (object.callee.name !== "expect" || cx.scope.lookup("expect") !== undefined) return null;
  return object;
}

/** `expect(x).to_equal(y)` */
export function lowerMatcher(
  cx: Context,
  subject: ast.CallExpr,
  name: ast.Name,
  args: readonly ast.Arg[],
): Value {
  const [tested] = subject.args;
  const negated = name.text.startsWith("to_not_");
  const plain = negated ? name.text.replace("to_not_", "to_") : name.text;
  const matcher = Object.hasOwn(matchers, plain) ? matchers[plain] : undefined;
  if (matcher === undefined || tested === undefined || subject.args.length > 1) {
    reportMatcher(cx, subject, name, matcher === undefined);
    return errorValue;
  }
  const [argument] = args;
  if (args.length !== matcher.arity) {
    cx.report.error(
      "type/argument-count",
      `\`${name.text}\` takes ${matcher.arity === 0 ? "no arguments" : "1 argument"}, found ${args.length}`,
      name.span,
    );
    return errorValue;
  }
  const { span } = subject;
  inOwnScope(cx, () => {
    const left = held(cx, actual, tested.value);
    const right = argument === undefined ? nil(span) : held(cx, expected, argument.value);
    const words = `${negated ? " not" : ""} to ${matcher.words}`;
    const parts = [text("expected "), ...shown(cx, left), text(words)];
    if (argument !== undefined) parts.push(text(" "), ...shown(cx, right));
    const condition = matcher.condition(left, right, span);
    const wanted: ast.Expr = negated
      ? { kind: "unary", op: "not", operand: condition, span }
      : condition;
    failUnless(cx, wanted, parts, span);
  });
  return unitValue;
}

function reportMatcher(cx: Context, subject: ast.CallExpr, name: ast.Name, unknown: boolean): void {
  if (!unknown) {
    cx.report.error(
      "type/argument-count",
      `\`expect\` takes 1 argument, found ${subject.args.length}`,
      subject.span,
    );
    return;
  }
  const value = /^to_be_(true|false)$/.exec(name.text)?.[1];
  cx.report.error(
    "resolve/unknown-matcher",
    `there is no matcher \`${name.text}\``,
    name.span,
    value === undefined
      ? suggestion(name.text, Object.keys(matchers))
      : `Write \`to_be(${value})\`.`,
  );
}

/** `expect c`, `expect a == b`, `check(c)`: a comparison shows both sides when it fails. */
export function lowerExpect(cx: Context, call: ast.CallExpr): Value {
  const [argument] = call.args;
  if (argument === undefined || call.args.length > 1) {
    const name = call.callee.kind === "name" ? call.callee.name : "expect";
    cx.report.error(
      "type/argument-count",
      `\`${name}\` takes 1 argument, found ${call.args.length}`,
      call.span,
    );
    return errorValue;
  }
  const { span } = call;
  const tested = argument.value;
  inOwnScope(cx, () => {
    if (tested.kind !== "compare") {
      const { file, start, end } = tested.span;
      const source = file.text.slice(start, end).replaceAll(/\s+/g, " ");
      failUnless(cx, tested, [text(`expected ${source} to hold`)], span);
      return;
    }
    const left = held(cx, actual, tested.left);
    const right = tested.right.kind === "range" ? tested.right : held(cx, expected, tested.right);
    const sides = tested.right.kind === "range" ? [] : shown(cx, right);
    const parts = [text("expected "), ...shown(cx, left), text(` ${tested.op} `), ...sides];
    failUnless(cx, { ...tested, left, right }, parts, span);
  });
  return unitValue;
}

function inOwnScope(cx: Context, run: () => void): void {
  const outer = cx.scope;
  cx.scope = new Scope(outer);
  run();
  cx.scope = outer;
}

function text(value: string): TextPart {
  return { kind: "literal", text: value };
}

/** Evaluates once; literals stay as they are, so that they still adapt to the other side. */
function held(cx: Context, name: string, node: ast.Expr): ast.Expr {
  if (isLiteral(node)) return node;
  const value = expectValue(cx, cx.lower.expr(cx, node, null), node.span);
  declareLocal(cx, name, { mutable: false, value, type: null });
  return { kind: "name", name, span: node.span };
}

function isLiteral(node: ast.Expr): boolean {
  if (node.kind === "unary") return isLiteral(node.operand);
  return ["int", "float", "bool", "nil", "text"].includes(node.kind);
}

/** The value in a message; a text in quotes. */
function shown(cx: Context, node: ast.Expr): TextPart[] {
  if (node.kind === "nil") return [text("nil")];
  const value = cx.report.silence(() => cx.lower.expr(cx, node, null));
  if (value.kind !== "typed") return [];
  const part: TextPart = { kind: "value", value: value.expr };
  return isText(value) ? [text('"'), part, text('"')] : [part];
}

function isText({ type }: Typed): boolean {
  const actualType: SimpleType = found(type);
  return actualType === textType;
}

function failUnless(
  cx: Context,
  condition: ast.Expr,
  parts: readonly TextPart[],
  span: Span,
): void {
  const holds = conditionFrom(cx.lower.condition(cx, condition), condition.span);
  cx.builder.emit({
    kind: "if",
    condition: { kind: "unary", type: "bool", op: "not", operand: holds, span },
    then: [{ kind: "fail", parts, span }],
    else: [],
    span,
  });
}
