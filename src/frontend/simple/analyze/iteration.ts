// `for` and comprehensions: loops over ranges, arrays, texts and dictionaries. The loop looks at the container anew in
// each turn, so its body may change it, and makes no object of its own.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import { dictLayout, textLayout } from "../../../runtime/index.ts";
import type * as ast from "../ast.ts";
import { kinds } from "./any-casts.ts";
import { binary } from "./arithmetic.ts";
import { appendTo, arrayTypeOf, elementOf, newArray } from "./arrays.ts";
import { describe, withScope, type Context } from "./context.ts";
import { expectType, expectValue, conditionFrom } from "./convert.ts";
import { common, dictTypeOf, entryKey, entryValue, newDict, storeEntry } from "./dicts.ts";
import { assigns } from "./free-names.ts";
import { arrayLength, integer, libraryCall, loadNode, nodeCall } from "./heap-nodes.ts";
import { bindLoopPattern, bindPair, isPairPattern } from "./loop-patterns.ts";
import { emitLoop, loopBody } from "./loops.ts";
import { presentValue } from "./option-values.ts";
import { checkBody, rangeLoop, type LoopSite } from "./ranges.ts";
import { loopOverRange } from "./range-values.ts";
import { Scope } from "./scope.ts";
import {
  anyType,
  arrayOf,
  dictOf,
  found,
  isScalar,
  textType,
  type ArrayType,
  type DictType,
  type SimpleType,
} from "./simple-type.ts";
import { newTuple } from "./tuples.ts";
import {
  boolConst,
  convert,
  errorValue,
  intConst,
  typed,
  type Typed,
  type Value,
} from "./value.ts";

/** `for p in xs:` */
export function lowerFor(cx: Context, statement: ast.ForStmt): void {
  const { pattern, iterable, span, body } = statement;
  runLoop(cx, {
    pattern,
    iterable,
    span,
    assigns: (name) => assigns(body, name),
    body: (inner) => loopBody(inner, body),
  });
}

/** Runs the site's body for each value of its iterable. */
export function runLoop(cx: Context, site: LoopSite): void {
  if (rangeLoop(cx, site)) return;
  const view = viewOf(cx, site);
  const { iterable } = site;
  const node = view === null ? iterable : view.object;
  const lowered = expectValue(cx, cx.lower.expr(cx, node, null), node.span);
  const value = lowered.kind === "typed" ? presentValue(cx, lowered, node.span) : null;
  if (value === null || !loopOver(cx, site, value, view?.name ?? null)) checkBody(cx, site);
}

/** `xs.enumerate()`, `d.items()`, `d.keys()`, `d.values()`: looped over without making the array. */
interface View {
  readonly object: ast.Expr;
  readonly name: ViewName;
}
const viewNames = ["enumerate", "items", "keys", "values"] as const;
type ViewName = (typeof viewNames)[number];

function viewOf(cx: Context, { iterable, pattern }: LoopSite): View | null {
  if (iterable.kind !== "call" || iterable.callee.kind !== "member" || iterable.args.length > 0)
    return null;
  const { object, name } = iterable.callee;
  const view = viewNames.find((known) => known === name.text);
  if (view === undefined || iterable.callee.optional) return null;
  if (view === "enumerate" && !isPairPattern(pattern)) return null;
  const wanted = view === "enumerate" ? "array" : "dict";
  return kindOf(cx, object) === wanted ? { object, name: view } : null;
}

/** The kind of an expression's type, found without a trace. */
function kindOf(cx: Context, expr: ast.Expr): string | null {
  const value = cx.report.silence(() => {
    const { builder } = cx;
    const start = builder.checkpoint();
    const trial = builder.branch(() => cx.lower.expr({ ...cx, discard: true }, expr, null));
    builder.rollBack(start);
    return trial.value;
  });
  if (value.kind !== "typed") return null;
  const type = found(value.type);
  return isScalar(type) ? null : type.kind;
}

/** Loops over a value; false after a message. */
function loopOver(cx: Context, site: LoopSite, value: Typed, view: ViewName | null): boolean {
  const type = found(value.type);
  const kind = isScalar(type) ? null : type.kind;
  const steady = cx.builder.spillTyped(value);
  const [array, dict] = [arrayTypeOf(value), dictTypeOf(value)];
  if (array !== null)
    overArray(cx, site, { array: steady, type: array, counted: view === "enumerate" });
  else if (dict !== null) overDict(cx, site, { dict: steady, type: dict, view });
  else if (kind === "text") overText(cx, site, steady);
  else if (kind === "range") loopOverRange(cx, site, steady);
  else if (kind === "any") overAny(cx, site, steady);
  else {
    refuseIterable(cx, site, value);
    return false;
  }
  return true;
}

function refuseIterable(cx: Context, site: LoopSite, value: Typed): void {
  const type = found(value.type);
  cx.report.error(
    "type/iteration",
    `\`for\` runs over a range or a collection, found ${describe(value)}`,
    site.iterable.span,
    isScalar(type) && type !== "bool" ? "Write a range, as in `0..n`." : undefined,
  );
}

interface Counter {
  read(): Typed;
  advance(): void;
}

/** A hidden local that counts up. */
function counter(cx: Context, name: string, span: Span): Counter {
  const { builder } = cx;
  const local = builder.addLocal(name, "i64", false);
  builder.set(local, integer(0, span).expr);
  const read = (): Typed => typed("i64", builder.read(local, span));
  const one = integer(1, span);
  return {
    read,
    advance: () =>
      builder.set(local, binary("add", "i64", { left: read(), right: one, span }).expr),
  };
}

function below(left: Typed, right: Typed, span: Span): Expr {
  return { kind: "compare", type: "bool", op: "lt", left: left.expr, right: right.expr, span };
}

/** A loop of `while condition`; each turn runs in a scope of its own. */
function whileLoop(cx: Context, site: LoopSite, condition: Expr, run: () => void): void {
  const loop = cx.builder.nextLoop();
  emitLoop(cx, { loop, condition, endless: false, span: site.span }, () =>
    withScope(cx, new Scope(cx.scope), run),
  );
}

function overArray(
  cx: Context,
  site: LoopSite,
  {
    array,
    type,
    counted,
  }: { readonly array: Typed; readonly type: ArrayType; readonly counted: boolean },
): void {
  const { span } = site.iterable;
  const index = counter(cx, "$index", span);
  const condition = below(index.read(), arrayLength(array.expr, span), span);
  whileLoop(cx, site, condition, () => {
    const element = elementOf(array, type.element, index.read(), span);
    if (counted && isPairPattern(site.pattern))
      bindPair(cx, site, site.pattern, [index.read(), element]);
    else bindLoopPattern(cx, site, site.pattern, element);
    index.advance();
    site.body(cx);
  });
}

/** Goes from byte to byte, so that no character is searched for. */
function overText(cx: Context, site: LoopSite, text: Typed): void {
  const { builder } = cx;
  const { span } = site.iterable;
  const local = builder.addLocal("$byte", "u32", false);
  builder.set(local, intConst("u32", 0n, span));
  const at = builder.read(local, span);
  const length = loadNode("u32", text.expr, textLayout.length, span);
  const condition = below(typed("u32", at), typed("u32", length), span);
  whileLoop(cx, site, condition, () => {
    const character = builder.spillTyped(
      libraryCall("rt_text_char_from", textType, [text.expr, at], span),
    );
    const size = typed("u32", loadNode("u32", character.expr, textLayout.length, span));
    bindLoopPattern(cx, site, site.pattern, character);
    builder.set(local, binary("add", "u32", { left: typed("u32", at), right: size, span }).expr);
    site.body(cx);
  });
}

function overDict(
  cx: Context,
  site: LoopSite,
  {
    dict,
    type,
    view,
  }: { readonly dict: Typed; readonly type: DictType; readonly view: ViewName | null },
): void {
  const { builder } = cx;
  const { span } = site.iterable;
  const next = builder.addLocal("$entry", "i32", false);
  builder.set(next, intConst("i32", 0n, span));
  // `d.keys()` is what the dictionary has now: entries that the body adds are not among them.
  const limit =
    view === null
      ? null
      : builder.spillTyped(
          convert(typed("u32", loadNode("u32", dict.expr, dictLayout.used, span)), "i32"),
        ).expr;
  whileLoop(cx, site, boolConst(true, span), () => {
    const from = builder.read(next, span);
    const entry = builder.spill(nodeCall("rt_dict_next", "i32", [dict.expr, from], span));
    const zero = intConst("i32", 0n, span);
    const compare = (op: "lt" | "ge", right: Expr): Expr => ({
      kind: "compare",
      type: "bool",
      op,
      left: entry,
      right,
      span,
    });
    const none = compare("lt", zero);
    const beyond = (end: Expr): Expr => compare("ge", end);
    builder.emit({
      kind: "if",
      condition:
        limit === null
          ? none
          : { kind: "logic", type: "bool", op: "or", left: none, right: beyond(limit), span },
      then: [{ kind: "break", span }],
      else: [],
      span,
    });
    const one = typed("i32", intConst("i32", 1n, span));
    builder.set(next, binary("add", "i32", { left: typed("i32", entry), right: one, span }).expr);
    const key = entryKey(dict.expr, type, entry, span);
    const value = entryValue(dict.expr, type, entry, span);
    if (view === "keys") bindLoopPattern(cx, site, site.pattern, key);
    else if (view === "values") bindLoopPattern(cx, site, site.pattern, value);
    else if (isPairPattern(site.pattern)) bindPair(cx, site, site.pattern, [key, value]);
    else if (site.pattern.kind !== "wildcard")
      bindLoopPattern(cx, site, site.pattern, newTuple(cx, [key, value], span));
    site.body(cx);
  });
}

/** The entries of a dictionary, the characters of a text; any other value stays as it is. */
function entriesOfAny(cx: Context, value: Typed, span: Span): Typed {
  const { builder } = cx;
  const local = builder.addLocal("$values", anyType, false);
  builder.set(local, value.expr);
  const object: ast.Expr = { kind: "nil", span };
  const instead = (kind: number, method: string): void => {
    const name = { text: method, span };
    const branch = builder.branch(() => {
      const entries = cx.lower.anyMember(cx, value, { object, name, args: [], span });
      if (entries.kind === "typed") builder.set(local, entries.expr);
    });
    const left = nodeCall("rt_any_kind", "u32", [value.expr], span);
    const right = intConst("u32", BigInt(kind), span);
    const condition: Expr = { kind: "compare", type: "bool", op: "eq", left, right, span };
    builder.emit({ kind: "if", condition, then: branch.body, else: [], span });
  };
  instead(kinds.dict, "items");
  instead(kinds.text, "chars");
  return typed(anyType, builder.read(local, span));
}

/** An array, a text or a range whose type is known at run time only. */
function overAny(cx: Context, site: LoopSite, given: Typed): void {
  const { span } = site.iterable;
  const value = entriesOfAny(cx, given, span);
  const index = counter(cx, "$index", span);
  const length = libraryCall("rt_any_length", "i64", [value.expr], span);
  whileLoop(cx, site, below(index.read(), length, span), () => {
    const at: Expr = { kind: "box", type: "any", operand: index.read().expr, span };
    const element = libraryCall("rt_any_index", anyType, [value.expr, at], span);
    bindLoopPattern(cx, site, site.pattern, element);
    index.advance();
    site.body(cx);
  });
}

// ----------------------------------------------------------------------------------- comprehensions

type Comprehension = ast.ArrayComprehensionExpr | ast.DictComprehensionExpr;

/** Runs a comprehension's loop; `add` keeps one of its values. */
function comprehend(cx: Context, expr: Comprehension, add: (inner: Context) => void): void {
  const { pattern, iterable, condition, span } = expr;
  runLoop(cx, {
    pattern,
    iterable,
    span,
    assigns: () => false,
    body: (inner) => {
      if (condition === null) {
        add(inner);
        return;
      }
      const { builder } = inner;
      const test = conditionFrom(inner.lower.condition(inner, condition), condition.span);
      const then = builder.branch(() => add(inner));
      builder.emit({ kind: "if", condition: test, then: then.body, else: [], span });
    },
  });
}

/** Builds something for the types of its parts alone. */
function trial<T>(cx: Context, run: () => T): T {
  return cx.report.silence(() => {
    const { builder } = cx;
    const start = builder.checkpoint();
    const { value } = builder.branch(run);
    builder.rollBack(start);
    return value;
  });
}

/** `[e for p in xs if c]`: a first walk finds the element type where the place does not say it. */
export function lowerArrayComprehension(
  cx: Context,
  expr: ast.ArrayComprehensionExpr,
  hint: SimpleType | null,
): Value {
  const wanted = hint === null ? null : found(hint);
  const given =
    wanted !== null && !isScalar(wanted) && wanted.kind === "array" ? wanted.element : null;
  const probe: { value: Value; element: SimpleType } = {
    value: errorValue,
    element: given ?? anyType,
  };
  trial(cx, () =>
    comprehend({ ...cx, discard: true }, expr, (inner) => {
      const value = inner.lower.expr(inner, expr.element, given);
      probe.value = value;
      if (value.kind === "typed") probe.element = common(inner, [value], given);
    }),
  );
  const { value, element } = probe;
  const { span } = expr;
  const array = cx.builder.spillTyped(newArray(element, [], span));
  comprehend(cx, expr, (inner) => {
    const item = expectValue(
      inner,
      inner.lower.expr(inner, expr.element, element),
      expr.element.span,
    );
    const what = "the element";
    const fitting = expectType(inner, item, element, { span: expr.element.span, what });
    if (fitting.kind === "typed") appendTo(inner, array, fitting, expr.element.span);
  });
  if (value.kind === "typed") return typed(arrayOf(element), array.expr);
  return value.kind === "pending" ? value : errorValue;
}

/** `{k: v for p in xs if c}` */
export function lowerDictComprehension(
  cx: Context,
  expr: ast.DictComprehensionExpr,
  hint: SimpleType | null,
): Value {
  const wanted = hint === null ? null : found(hint);
  const given = wanted !== null && !isScalar(wanted) && wanted.kind === "dict" ? wanted : null;
  const probe: { key: Value; value: Value } = { key: errorValue, value: errorValue };
  trial(cx, () =>
    comprehend({ ...cx, discard: true }, expr, (inner) => {
      probe.key = inner.lower.expr(inner, expr.key, given?.key ?? null);
      probe.value = inner.lower.expr(inner, expr.value, given?.value ?? null);
    }),
  );
  const keyType = probe.key.kind === "typed" ? probe.key.type : anyType;
  const valueType = probe.value.kind === "typed" ? probe.value.type : anyType;
  const type = given ?? dictOf(keyType, valueType);
  const { span } = expr;
  const dict = cx.builder.spillTyped(newDict(type.key, type.value, span));
  comprehend(cx, expr, (inner) => {
    const lowered = inner.lower.expr(inner, expr.key, type.key);
    const key = expectValue(inner, lowered, expr.key.span);
    if (key.kind !== "typed") return;
    const kept = inner.builder.spillTyped(key);
    const item = inner.lower.expr(inner, expr.value, type.value);
    const value = expectValue(inner, item, expr.value.span);
    if (value.kind !== "typed") return;
    storeEntry(inner, { dict, type, key: kept, span: expr.key.span }, value, expr.value.span);
  });
  return typed(type, dict.expr);
}
