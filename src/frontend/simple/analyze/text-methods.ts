// The methods of texts: calls of the library, and functions of the prelude.
import type { Span } from "../../../base/index.ts";
import type { ScalarType } from "../../../ir/hir/index.ts";
import { textLayout } from "../../../runtime/index.ts";
import {
  callPrelude,
  methodOperands,
  preludeMethod,
  unknownMethod,
  type Wanted,
} from "./builtin-methods.ts";
import type { Context } from "./context.ts";
import { characterCount, countField, integer, libraryCall } from "./heap-nodes.ts";
import { slice } from "./indexing.ts";
import type { MethodCall } from "./methods.ts";
import { arrayOf, found, isScalar, optionOf, textType, type SimpleType } from "./simple-type.ts";
import { textLiteral } from "./text.ts";
import { boolTyped, intConst, typed, type Typed, type Value } from "./value.ts";

interface TextCall {
  readonly text: Typed;
  readonly args: readonly (Typed | null)[];
  readonly span: Span;
}

interface TextMethod {
  readonly params: readonly Wanted[];
  readonly least?: number;
  apply(cx: Context, call: TextCall): Value;
}

/** A method that is a library function of the text and its arguments. */
function library(symbol: string, result: SimpleType, params: readonly Wanted[] = []): TextMethod {
  return {
    params,
    apply: (_cx, { text, args, span }) => {
      const given = args.flatMap((arg) => (arg === null ? [] : [arg.expr]));
      return libraryCall(symbol, result, [text.expr, ...given], span);
    },
  };
}

function trim(ends: number): TextMethod {
  return {
    params: [],
    apply: (_cx, { text, span }) =>
      libraryCall("rt_text_trim", textType, [text.expr, intConst("u32", BigInt(ends), span)], span),
  };
}

/** `s.pad_left(width, fill = " ")` */
function pad(symbol: string): TextMethod {
  return {
    params: ["index", textType],
    least: 1,
    apply: (_cx, { text, args: [width, fill], span }) => {
      const by = fill ?? textLiteral(" ", span);
      return libraryCall(
        symbol,
        textType,
        [text.expr, (width ?? integer(0, span)).expr, by.expr],
        span,
      );
    },
  };
}

const split: TextMethod = {
  params: [textType],
  least: 0,
  apply: (_cx, { text, args: [separator], span }) => {
    const result = arrayOf(textType);
    return separator == null
      ? libraryCall("rt_text_split_whitespace", result, [text.expr], span)
      : libraryCall("rt_text_split", result, [text.expr, separator.expr], span);
  },
};

const substring: TextMethod = {
  params: ["index", "index"],
  least: 1,
  apply: (cx, { text, args: [start, end], span }) => {
    const base = cx.builder.spillTyped(text);
    return slice(cx, base, {
      start: start ?? undefined,
      end: end ?? undefined,
      step: undefined,
      span,
    });
  },
};

/** `sep.join(xs)`; the elements are written in their display form. */
const join: TextMethod = {
  params: ["anything"],
  apply: (cx, { text, args: [list], span }) => {
    if (list == null) return text;
    const type = found(list.type);
    const own = !isScalar(type) && type.kind === "array" && found(type.element) === textType;
    const between = cx.builder.spillTyped(text);
    const texts = own
      ? list
      : cx.lower.callFunction(cx, cx.analysis.prelude("array.texts"), [list], span);
    if (texts.kind !== "typed") return texts;
    return libraryCall("rt_text_join", textType, [texts.expr, between.expr], span);
  },
};

const itself: TextMethod = { params: [], apply: (_cx, { text }) => text };
const bytes: TextMethod = {
  params: [],
  apply: (_cx, { text, span }) => countField(text.expr, textLayout.length, span),
};
const characters: TextMethod = {
  params: [],
  apply: (_cx, { text, span }) => characterCount(text.expr, span),
};
const upper = library("rt_text_upper", textType);
const lower = library("rt_text_lower", textType);
const at = library("rt_text_at", textType, ["index"]);
const trimStart = trim(1);
const trimEnd = trim(2);
const trimBoth = trim(3);
const contains = library("rt_text_contains", "bool", [textType]);

/** The first argument as an option of a scalar, as the library gives it. */
function parsed(symbol: string, type: ScalarType): TextMethod {
  return library(symbol, optionOf(type));
}

const textMethods: Readonly<Record<string, TextMethod>> = {
  len: bytes,
  length: bytes,
  byte_count: bytes,
  char_count: characters,
  is_empty: {
    params: [],
    apply: (_cx, { text, span }) => {
      const left = countField(text.expr, textLayout.length, span).expr;
      const right = integer(0, span).expr;
      return boolTyped({ kind: "compare", type: "bool", op: "eq", left, right, span });
    },
  },
  contains,
  includes: contains,
  starts_with: library("rt_text_starts_with", "bool", [textType]),
  ends_with: library("rt_text_ends_with", "bool", [textType]),
  _find: library("rt_text_find", "i64", [textType]),
  _rfind: library("rt_text_rfind", "i64", [textType]),
  replace: library("rt_text_replace", textType, [textType, textType]),
  split,
  split_whitespace: library("rt_text_split_whitespace", arrayOf(textType)),
  lines: library("rt_text_lines", arrayOf(textType)),
  trim: trimBoth,
  strip: trimBoth,
  trim_start: trimStart,
  trim_left: trimStart,
  trim_end: trimEnd,
  trim_right: trimEnd,
  upper,
  to_upper: upper,
  to_uppercase: upper,
  lower,
  to_lower: lower,
  to_lowercase: lower,
  chars: library("rt_text_chars", arrayOf(textType)),
  bytes: library("rt_text_bytes", arrayOf("u8")),
  char_at: at,
  at,
  substring,
  slice: substring,
  repeat: library("rt_text_repeat", textType, ["index"]),
  reverse: library("rt_text_reverse", textType),
  reversed: library("rt_text_reverse", textType),
  join,
  pad_left: pad("rt_text_pad_left"),
  pad_start: pad("rt_text_pad_left"),
  pad_right: pad("rt_text_pad_right"),
  pad_end: pad("rt_text_pad_right"),
  ord: library("rt_text_ord", "i64"),
  parse_int: parsed("rt_text_parse_int", "i64"),
  parse_i64: parsed("rt_text_parse_int", "i64"),
  parse_float: parsed("rt_text_parse_float", "f64"),
  parse_f64: parsed("rt_text_parse_float", "f64"),
  to_text: itself,
  to_string: itself,
  clone: itself,
  concat: library("rt_text_concat", textType, [textType]),
  hash: {
    params: [],
    apply: (_cx, { text, span }) => {
      const operand = libraryCall("rt_text_hash", "u32", [text.expr], span).expr;
      return typed("i64", { kind: "convert", type: "i64", operand, span });
    },
  },
};

/** Other names of functions of the prelude. */
const aliases: Readonly<Record<string, string>> = {
  find: "index_of",
  to_i64: "to_int",
  to_f64: "to_float",
  last_index_of: "rfind",
  is_numeric: "is_digit",
  is_alnum: "is_alphanumeric",
  is_space: "is_whitespace",
  remove_prefix: "strip_prefix",
  remove_suffix: "strip_suffix",
};

/** `s.name(args)` */
export function callTextMethod(cx: Context, receiver: Typed, call: MethodCall): Value {
  const { name, span } = call;
  const core = Object.hasOwn(textMethods, name.text) ? textMethods[name.text] : undefined;
  if (core !== undefined) {
    const operands = methodOperands(cx, receiver, call, {
      wanted: core.params,
      least: core.least,
    });
    if (operands.kind !== "method_operands") return operands;
    return core.apply(cx, { text: operands.self, args: operands.args, span });
  }
  const plain = Object.hasOwn(aliases, name.text) ? (aliases[name.text] ?? "") : name.text;
  const fn = preludeMethod(cx, "text", plain);
  if (fn === undefined) {
    const known = [...cx.analysis.preludeModule("text").keys(), ...Object.keys(textMethods)];
    return unknownMethod(cx, textType, call, [...known, ...Object.keys(aliases)]);
  }
  return callPrelude(cx, fn, receiver, { call, types: new Map() });
}

/** `text.name(args)`; undefined if there is no such member. */
export function callTextStatic(cx: Context, call: MethodCall): Value | undefined {
  const { name, span } = call;
  const statics = {
    from_bytes: library("rt_text_from_bytes", textType),
    from_utf8: library("rt_text_from_bytes", textType),
    from_char_code: library("rt_text_from_code", textType),
    from_code: library("rt_text_from_code", textType),
    chr: library("rt_text_from_code", textType),
  } as const;
  const method = Object.hasOwn(statics, name.text)
    ? statics[name.text as keyof typeof statics]
    : undefined;
  if (method === undefined) return undefined;
  const type: SimpleType =
    name.text.endsWith("s") || name.text.endsWith("8") ? arrayOf("u8") : "i64";
  const operands = methodOperands(cx, textLiteral("", span), call, { wanted: [type] });
  if (operands.kind !== "method_operands") return operands;
  const [given] = operands.args;
  return given == null ? undefined : method.apply(cx, { text: given, args: [], span });
}
