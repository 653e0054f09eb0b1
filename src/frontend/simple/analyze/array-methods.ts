// The methods of arrays and ranges. What needs the object's layout is here; the rest is in the prelude.
import type { Span } from "../../../base/index.ts";
import type { Expr } from "../../../ir/hir/index.ts";
import { arithmetic, binary } from "./arithmetic.ts";
import { appendTo, elementOf, extendArray } from "./arrays.ts";
import {
  callPrelude,
  methodOperands,
  preludeMethod,
  unknownMethod,
  type Wanted,
} from "./builtin-methods.ts";
import type { Context } from "./context.ts";
import { owned } from "./copies.ts";
import { arrayLength, emitCall, integer, libraryCall, nodeCall } from "./heap-nodes.ts";
import { slice } from "./indexing.ts";
import type { MethodCall } from "./methods.ts";
import { callPreludeFunction } from "./prelude-calls.ts";
import { newRange, rangeParts } from "./range-values.ts";
import {
  anyType,
  found,
  isCopied,
  isScalar,
  textType,
  type ArrayType,
  type RangeType,
} from "./simple-type.ts";
import {
  boolConst,
  boolTyped,
  errorValue,
  intConst,
  unitValue,
  type Typed,
  type Value,
} from "./value.ts";

interface ArrayCall {
  readonly array: Typed;
  readonly type: ArrayType;
  readonly args: readonly (Typed | null)[];
  readonly span: Span;
}

interface ArrayMethod {
  readonly params: (type: ArrayType) => readonly Wanted[];
  /** How many arguments there must be; all by default. */
  readonly least?: number;
  apply(cx: Context, call: ArrayCall): Value;
}

const none = (): readonly Wanted[] => [];
const one = (type: ArrayType): readonly Wanted[] => [type.element];
const index = (): readonly Wanted[] => ["index"];

const length: ArrayMethod = {
  params: none,
  apply: (_cx, { array, span }) => arrayLength(array.expr, span),
};

const push: ArrayMethod = {
  params: one,
  apply: (cx, { array, args: [value], span }) => {
    if (value != null) appendTo(cx, array, owned(cx, value), span);
    return array;
  },
};

const clone: ArrayMethod = {
  params: none,
  apply: (cx, { array, type, span }) => {
    if (isCopied(type.element)) return prelude(cx, "to_array", [array], { type, span });
    return whole(array, span);
  },
};

const extend: ArrayMethod = {
  params: () => ["anything"],
  apply: (cx, { array, type, args: [other], span }) => {
    if (other == null) return array;
    const same = found(other.type) === type && !isCopied(type.element);
    if (same) extendArray(cx, array, other, span);
    else prelude(cx, "extend", [array, other], { type, span });
    return array;
  },
};

const remove: ArrayMethod = {
  params: index,
  apply: (cx, { array, type, args: [given], span }) => {
    const { builder } = cx;
    const at = builder.spillTyped(given ?? integer(-1, span));
    const value = builder.spillTyped(elementOf(array, type.element, at, span));
    emitCall(cx, "rt_array_remove", [array.expr, fromStart(array, at, span)], span);
    return value;
  },
};

/** A sorted copy: by the library where it knows the order, else by the operators. */
function sort(descending: boolean): ArrayMethod {
  return {
    params: none,
    apply: (cx, { array, type, span }) => {
      const element = found(type.element);
      if (!isScalar(element) && element !== textType && element !== anyType) {
        return prelude(cx, descending ? "sort_desc" : "sort_plain", [array], { type, span });
      }
      const copy = cx.builder.spillTyped(whole(array, span));
      const direction = boolConst(descending, span);
      emitCall(cx, "rt_array_sort", [copy.expr, direction], span);
      return copy;
    },
  };
}

/** A copy of the whole array. */
function whole(array: Typed, span: Span): Typed {
  const args = [array.expr, integer(0, span).expr, arrayLength(array.expr, span).expr];
  return libraryCall("rt_array_slice", array.type, args, span);
}

const reversed: ArrayMethod = {
  params: none,
  apply: (cx, { array, type, span }) => {
    if (isCopied(type.element)) return prelude(cx, "reversed", [array], { type, span });
    const copy = cx.builder.spillTyped(whole(array, span));
    emitCall(cx, "rt_array_reverse", [copy.expr], span);
    return copy;
  },
};

const arrayMethods: Readonly<Record<string, ArrayMethod>> = {
  len: length,
  length,
  size: length,
  is_empty: {
    params: none,
    apply: (_cx, { array, span }) => {
      const left = arrayLength(array.expr, span).expr;
      const right = integer(0, span).expr;
      return boolTyped({ kind: "compare", type: "bool", op: "eq", left, right, span });
    },
  },
  push,
  append: push,
  pop: {
    params: none,
    apply: (cx, { array, type, span }) => {
      const { builder } = cx;
      const size = builder.spillTyped(arrayLength(array.expr, span));
      const zero = integer(0, span).expr;
      builder.emit({
        kind: "if",
        condition: { kind: "compare", type: "bool", op: "eq", left: size.expr, right: zero, span },
        then: [
          { kind: "fail", parts: [{ kind: "literal", text: "pop from an empty array" }], span },
        ],
        else: [],
        span,
      });
      const value = builder.spillTyped(elementOf(array, type.element, integer(-1, span), span));
      const rest = binary("sub", "i64", { left: size, right: integer(1, span), span });
      emitCall(cx, "rt_array_resize", [array.expr, rest.expr], span);
      return value;
    },
  },
  insert: {
    params: (type) => ["index", type.element],
    apply: (cx, { array, args: [at, value], span }) => {
      if (at == null || value == null) return array;
      const { builder } = cx;
      const place = builder.spillTyped(at);
      const kept = builder.spill(owned(cx, value).expr);
      const base = nodeCall("rt_array_insert", "u32", [array.expr, place.expr], span);
      const type = kept.type === "unit" ? "any" : kept.type;
      builder.emit({ kind: "store", type, base, offset: 0, value: kept, span });
      return array;
    },
  },
  remove,
  remove_at: remove,
  clear: {
    params: none,
    apply: (cx, { array, span }) => {
      emitCall(cx, "rt_array_resize", [array.expr, integer(0, span).expr], span);
      return unitValue;
    },
  },
  extend,
  concat: {
    params: () => ["anything"],
    apply: (cx, { array, args: [other], span }) =>
      other == null ? array : arithmetic(cx, "+", { left: array, right: other, span }),
  },
  slice: {
    params: () => ["index", "index"],
    least: 1,
    apply: (cx, { array, args: [start, end], span }) =>
      slice(cx, array, { start: start ?? undefined, end: end ?? undefined, step: undefined, span }),
  },
  clone,
  copy: clone,
  sort: sort(false),
  sorted: sort(false),
  sort_desc: sort(true),
  sorted_desc: sort(true),
  reverse: reversed,
  reversed,
  join: {
    params: () => [textType],
    least: 0,
    apply: (cx, { array, type, args: [separator], span }) => {
      const between = separator?.expr ?? ({ kind: "text", type: "ref", value: "", span } as const);
      const texts =
        found(type.element) === textType ? array : prelude(cx, "texts", [array], { type, span });
      if (texts.kind !== "typed") return texts;
      return libraryCall("rt_text_join", textType, [texts.expr, between], span);
    },
  },
};

/** A function of the prelude on this array. */
function prelude(
  cx: Context,
  name: string,
  args: readonly Typed[],
  { type, span }: { readonly type: ArrayType; readonly span: Span },
): Value {
  return callPreludeFunction(cx, `array.${name}`, args, { element: type.element, span });
}

/** An index counted from the start, for one that is in range. */
function fromStart(array: Typed, at: Typed, span: Span): Expr {
  if (at.expr.kind === "int" && at.expr.value >= 0) return at.expr;
  const size = arrayLength(array.expr, span);
  const zero = integer(0, span).expr;
  return {
    kind: "if",
    type: "i64",
    condition: { kind: "compare", type: "bool", op: "lt", left: at.expr, right: zero, span },
    then: binary("add", "i64", { left: at, right: size, span }).expr,
    else: at.expr,
    span,
  };
}

/** Other names of methods of the prelude. */
const aliases: Readonly<Record<string, string>> = {
  fold: "reduce",
  skip: "drop",
  for_each: "each",
  exists: "any",
  uniq: "unique",
  distinct: "unique",
  mean: "average",
  to_list: "to_array",
  position: "find_index",
};

/** Functions of the prelude that are no methods. */
const hidden: ReadonlySet<string> = new Set([
  "slice_step", "joined", "texts", "ascending", "descending", "sort_with", "sort_plain", "sort_by_key",
  "sort_desc_by_key", "sort_by_comparison", "comes_before",
]); // prettier-ignore

/** Those that walk over a range as they do over an array. */
const ofRanges: ReadonlySet<string> = new Set([
  "to_array", "map", "filter", "reject", "each", "reduce", "find", "find_index", "any", "all", "none", "count", "sum",
  "product", "average", "take", "drop", "take_while", "drop_while", "enumerate", "flat_map", "unique", "group_by",
  "partition", "count_of", "texts",
]); // prettier-ignore

/** `xs.name(args)` */
export function callArrayMethod(
  cx: Context,
  receiver: Typed,
  type: ArrayType,
  call: MethodCall,
): Value {
  const { name, args, span } = call;
  const core = Object.hasOwn(arrayMethods, name.text) ? arrayMethods[name.text] : undefined;
  const sorting = args.length > 0 ? sortWith(name.text, call, cx) : undefined;
  if (core !== undefined && sorting === undefined) {
    const wanted = core.params(type);
    const operands = methodOperands(cx, receiver, call, { wanted, least: core.least });
    if (operands.kind !== "method_operands") return operands;
    const array =
      operands.self.expr.kind === "local" ? operands.self : cx.builder.spillTyped(operands.self);
    return core.apply(cx, { array, type, args: operands.args, span });
  }
  const wanted = sorting ?? plainName(name.text, args.length);
  if (wanted === "len")
    return callArrayMethod(cx, receiver, type, { ...call, name: { ...name, text: "len" } });
  const fn = hidden.has(name.text) ? undefined : preludeMethod(cx, "array", wanted);
  if (fn === undefined) {
    const known = [...cx.analysis.preludeModule("array").keys()].filter(
      (text) => !hidden.has(text),
    );
    return unknownMethod(cx, type, call, [...known, ...Object.keys(arrayMethods)]);
  }
  if (ofNumbers.has(wanted) && !hasNumbers(type)) {
    cx.report.error(
      "type/operands",
      `\`${name.text}\` takes numbers, found \`${type}\``,
      span,
      found(type.element) === textType ? 'Texts are joined: `xs.join("")`.' : undefined,
    );
    return errorValue;
  }
  return callPrelude(cx, fn, receiver, { call, types: new Map([["T", type.element]]) });
}

/** Methods that calculate with the elements. */
const ofNumbers: ReadonlySet<string> = new Set(["sum", "product", "average"]);

function hasNumbers({ element }: ArrayType): boolean {
  const type = found(element);
  if (isScalar(type)) return type !== "bool";
  return type === anyType || type.kind === "unknown";
}

function plainName(name: string, count: number): string {
  if (name === "count" && count === 0) return "len";
  return Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name;
}

const sortNames: ReadonlySet<string> = new Set(["sort", "sorted", "sort_by", "sorted_by"]);

/** Which sort an argument asks for: by a key, or by a comparison that gives a bool or a number. */
function sortWith(name: string, { args }: MethodCall, cx: Context): string | undefined {
  const descending = name === "sort_desc" || name === "sorted_desc";
  if (!sortNames.has(name) && !descending) return undefined;
  const [first] = args;
  const trial = { ...cx, discard: true };
  const value = cx.report.silence(
    () =>
      cx.builder.branch(() =>
        first === undefined ? unitValue : trial.lower.expr(trial, first.value, null),
      ).value,
  );
  const type = value.kind === "typed" ? found(value.type) : null;
  const params =
    type === null || isScalar(type)
      ? 1
      : type.kind === "lambda"
        ? type.source.fn.decl.params.length
        : type.kind === "function"
          ? type.params.length
          : 1;
  if (params < 2) return descending ? "sort_desc_by_key" : "sort_by_key";
  return "sort_by_comparison";
}

// ------------------------------------------------------------------------------------------- ranges

/** `(a..b).name(args)` */
export function callRangeMethod(
  cx: Context,
  receiver: Typed,
  type: RangeType,
  call: MethodCall,
): Value {
  const { name, span } = call;
  const own = rangeMethods[name.text];
  const plain = Object.hasOwn(aliases, name.text) ? (aliases[name.text] ?? "") : name.text;
  if (own === undefined && ofRanges.has(plain)) {
    const fn = cx.analysis.prelude(`array.${plain}`);
    return callPrelude(cx, fn, receiver, { call, types: new Map([["T", "i64"]]) });
  }
  if (own === undefined)
    return unknownMethod(cx, type, call, [...ofRanges, ...Object.keys(rangeMethods)]);
  const operands = methodOperands(cx, receiver, call, { wanted: own.params });
  if (operands.kind !== "method_operands") return operands;
  const range = cx.builder.spillTyped(operands.self);
  const [given] = operands.args;
  return own.apply(cx, { range, parts: rangeParts(cx, range, span), given: given ?? null, span });
}

interface RangeCall {
  readonly range: Typed;
  readonly parts: readonly [Typed, Typed, Typed];
  readonly given: Typed | null;
  readonly span: Span;
}

interface RangeMethod {
  readonly params: readonly Wanted[];
  apply(cx: Context, call: RangeCall): Value;
}

function rangeLength(cx: Context, { parts, span }: RangeCall): Value {
  return cx.lower.callFunction(cx, cx.analysis.prelude("number.count_steps"), parts, span);
}

const rangeMethods: Readonly<Record<string, RangeMethod>> = {
  len: { params: [], apply: rangeLength },
  is_empty: {
    params: [],
    apply: (cx, call) => {
      const size = rangeLength(cx, call);
      if (size.kind !== "typed") return size;
      const { span } = call;
      const right = integer(0, span).expr;
      return boolTyped({ kind: "compare", type: "bool", op: "eq", left: size.expr, right, span });
    },
  },
  start: { params: [], apply: (_cx, { parts }) => parts[0] },
  end: { params: [], apply: (_cx, { parts }) => parts[1] },
  contains: {
    params: ["index"],
    apply: (cx, { parts, given, span }) => {
      const fn = cx.analysis.prelude("number.in_steps");
      return cx.lower.callFunction(cx, fn, [given ?? integer(0, span), ...parts], span);
    },
  },
  step_by: {
    params: ["index"],
    apply: (cx, { parts: [start, end, step], given, span }) => {
      const by = cx.builder.spillTyped(given ?? integer(1, span));
      cx.builder.emit({
        kind: "if",
        condition: {
          kind: "compare",
          type: "bool",
          op: "eq",
          left: by.expr,
          right: intConst("i64", 0n, span),
          span,
        },
        then: [
          { kind: "fail", parts: [{ kind: "literal", text: "the step of a range is 0" }], span },
        ],
        else: [],
        span,
      });
      const wide = binary("mul", "i64", { left: step, right: by, span });
      return newRange(cx, [start, end, wide], { stepped: true, span });
    },
  },
  reversed: {
    params: [],
    apply: (cx, { range, span }) => {
      const list = callPreludeFunction(cx, "array.to_array", [range], { element: "i64", span });
      if (list.kind !== "typed") return list;
      return callPreludeFunction(cx, "array.reversed", [list], { element: "i64", span });
    },
  },
};
