// The methods of dictionaries. What needs their entries is here; the rest is in the prelude.
import type { Span } from "../../../base/index.ts";
import { dictLayout } from "../../../runtime/index.ts";
import {
  callPrelude,
  methodOperands,
  preludeMethod,
  unknownMethod,
  type Wanted,
} from "./builtin-methods.ts";
import type { Context } from "./context.ts";
import { coerce } from "./convert.ts";
import { owned } from "./copies.ts";
import { entryExists, entryNumber, entryOrNil, entryValue, storeEntry } from "./dicts.ts";
import { countField, emitCall, integer, libraryCall } from "./heap-nodes.ts";
import type { MethodCall } from "./methods.ts";
import { representation, type DictType } from "./simple-type.ts";
import { boolTyped, errorValue, typed, unitValue, type Typed, type Value } from "./value.ts";

interface DictCall {
  readonly dict: Typed;
  readonly type: DictType;
  readonly args: readonly (Typed | null)[];
  readonly span: Span;
}

interface DictMethod {
  readonly params: (type: DictType) => readonly Wanted[];
  apply(cx: Context, call: DictCall): Value;
}

const none = (): readonly Wanted[] => [];
const key = (type: DictType): readonly Wanted[] => [type.key];
const pair = (type: DictType): readonly Wanted[] => [type.key, type.value];

const length: DictMethod = {
  params: none,
  apply: (_cx, { dict, span }) => countField(dict.expr, dictLayout.live, span),
};

const contains: DictMethod = {
  params: key,
  apply: (cx, call) => {
    const entry = find(cx, call);
    return entry === null ? errorValue : entryExists(entry, call.span);
  },
};

/** The number of the entry with the key that is the first argument. */
function find(cx: Context, { dict, type, args: [given], span }: DictCall) {
  return given == null ? null : entryNumber(cx, { dict, type, key: given, span }, { added: false });
}

const getOr: DictMethod = {
  params: pair,
  apply: (cx, call) => {
    const { dict, type, args, span } = call;
    const [given, other] = args;
    if (given == null || other == null) return errorValue;
    const fallback = cx.builder.spill(other.expr);
    const entry = find(cx, call);
    if (entry === null) return errorValue;
    return typed(type.value, {
      kind: "if",
      type: representation(type.value),
      condition: entryExists(entry, span).expr,
      then: entryValue(dict.expr, type, entry, span).expr,
      else: fallback,
      span,
    });
  },
};

const remove: DictMethod = {
  params: key,
  apply: (cx, call) => {
    const { dict, type, span } = call;
    const { builder } = cx;
    const entry = find(cx, call);
    if (entry === null) return errorValue;
    const value = entryOrNil(entry, entryValue(dict.expr, type, entry, span), span);
    const kept = builder.spillTyped(value);
    const then = builder.branch(() => emitCall(cx, "rt_dict_remove", [dict.expr, entry], span));
    const condition = entryExists(entry, span).expr;
    builder.emit({ kind: "if", condition, then: then.body, else: [], span });
    return kept;
  },
};

const set: DictMethod = {
  params: pair,
  apply: (cx, { dict, type, args: [given, value], span }) => {
    if (given == null || value == null) return errorValue;
    storeEntry(cx, { dict, type, key: given, span }, owned(cx, value), span);
    return dict;
  },
};

const clone: DictMethod = {
  params: none,
  apply: (_cx, { dict, span }) => libraryCall("rt_dict_clone", dict.type, [dict.expr], span),
};

const dictMethods: Readonly<Record<string, DictMethod>> = {
  len: length,
  length,
  size: length,
  count: length,
  is_empty: {
    params: none,
    apply: (cx, call) => {
      const size = length.apply(cx, call);
      const { span } = call;
      if (size.kind !== "typed") return size;
      const right = integer(0, span).expr;
      return boolTyped({ kind: "compare", type: "bool", op: "eq", left: size.expr, right, span });
    },
  },
  contains,
  contains_key: contains,
  has: contains,
  has_key: contains,
  get: {
    params: key,
    apply: (cx, call) => {
      const { dict, type, span } = call;
      const entry = find(cx, call);
      if (entry === null) return errorValue;
      return entryOrNil(entry, entryValue(dict.expr, type, entry, span), span);
    },
  },
  get_or: getOr,
  set,
  insert: set,
  put: set,
  remove,
  delete: remove,
  clear: {
    params: none,
    apply: (cx, { dict, span }) => {
      emitCall(cx, "rt_dict_clear", [dict.expr], span);
      return unitValue;
    },
  },
  clone,
  copy: clone,
};

/** Other names of methods of the prelude. */
const aliases: Readonly<Record<string, string>> = {
  entries: "items",
  for_each: "each",
  merged: "merge",
  extend: "update",
};

/** `d.name(args)` */
export function callDictMethod(
  cx: Context,
  receiver: Typed,
  type: DictType,
  call: MethodCall,
): Value {
  const { name, span } = call;
  const core = Object.hasOwn(dictMethods, name.text) ? dictMethods[name.text] : undefined;
  const getWithDefault = name.text === "get" && call.args.length === 2;
  const method = getWithDefault ? getOr : core;
  if (method !== undefined) {
    const operands = methodOperands(cx, receiver, call, { wanted: method.params(type) });
    if (operands.kind !== "method_operands") return operands;
    const dict = cx.builder.spillTyped(operands.self);
    const args = operands.args.map((arg) => (arg === null ? null : cx.builder.spillTyped(arg)));
    return method.apply(cx, { dict, type, args, span });
  }
  const plain = Object.hasOwn(aliases, name.text) ? (aliases[name.text] ?? "") : name.text;
  const fn = preludeMethod(cx, "dict", plain);
  if (fn === undefined) {
    const known = [...cx.analysis.preludeModule("dict").keys(), ...Object.keys(dictMethods)];
    return unknownMethod(cx, type, call, known);
  }
  const types = new Map([
    ["K", type.key],
    ["V", type.value],
  ]);
  return callPrelude(cx, fn, receiver, { call, types });
}

/** Whether a key is in a dictionary: `k in d`. */
export function keyTest(
  cx: Context,
  { dict, type, key: given, span }: { dict: Typed; type: DictType; key: Typed; span: Span },
): Value {
  const fitting = coerce(given, type.key) ?? given;
  const steady = cx.builder.spillTyped(dict);
  const entry = entryNumber(cx, { dict: steady, type, key: fitting, span }, { added: false });
  return entry === null ? errorValue : entryExists(entry, span);
}
