// Dictionaries: literals, entries, what their methods are made of. An entry is found or added by the library and then read
// or written in the dictionary's buffers.
import type { Span } from "../../../base/index.ts";
import { storageSize, type Expr, type ValueType } from "../../../ir/hir/index.ts";
import { bufferLayout, dictLayout, storageCode } from "../../../runtime/index.ts";
import type * as ast from "../ast.ts";
import { joinTypes } from "./joins.ts";
import { commonSignature, erased } from "./lambdas.ts";
import { boxed, unboxed, widened } from "./boxes.ts";
import type { Context } from "./context.ts";
import { coerce, expectType } from "./convert.ts";
import { owned } from "./copies.ts";
import { libraryCall, loadNode, nodeCall, slotAddress } from "./heap-nodes.ts";
import { lowerOperands } from "./operands.ts";
import {
  anyType,
  dictOf,
  found,
  isScalar,
  optionOf,
  representation,
  textType,
  type DictType,
  type SimpleType,
} from "./simple-type.ts";
import {
  boolTyped,
  errorValue,
  intConst,
  typed,
  zeroOfValue,
  type Typed,
  type Value,
} from "./value.ts";

/** How the library keeps the keys of a dictionary. */
const keyKinds = {
  i64: { code: 0, type: "i64", size: 8 },
  text: { code: 1, type: "ref", size: 4 },
  any: { code: 2, type: "any", size: 8 },
} as const;

type KeyKind = keyof typeof keyKinds;

function keyKind(key: SimpleType): KeyKind {
  const type = found(key);
  if (type === "i64") return "i64";
  return type === textType ? "text" : "any";
}

/** A dictionary with a key. Both are evaluated once, in this order. */
export interface EntrySite {
  readonly dict: Typed;
  readonly type: DictType;
  readonly key: Typed;
  readonly span: Span;
  /** Where the key stands; the whole entry by default. */
  readonly keySpan?: Span;
}

/** The type of a dictionary; null for other values. */
export function dictTypeOf(value: Typed): DictType | null {
  const type = found(value.type);
  return !isScalar(type) && type.kind === "dict" ? type : null;
}

/** A new dictionary without entries. */
export function newDict(key: SimpleType, value: SimpleType, span: Span): Typed {
  const kind = intConst("u32", BigInt(keyKinds[keyKind(key)].code), span);
  const code = intConst("u32", BigInt(storageCode(representation(value))), span);
  return libraryCall("rt_dict_new", dictOf(key, value), [kind, code], span);
}

/** The key as the library takes it; null after a message. */
function keyNode(cx: Context, { type, key, span, keySpan = span }: EntrySite): Expr | null {
  const fitting = expectType(cx, key, type.key, { span: keySpan, what: "the key" });
  if (fitting.kind !== "typed") return null;
  return keyKind(type.key) === "any" ? boxed(fitting).expr : fitting.expr;
}

/** The number of an entry (i32), or -1 if there is none; a local. `added`: makes one if there is none. */
export function entryNumber(
  cx: Context,
  site: EntrySite,
  { added }: { readonly added: boolean },
): Expr | null {
  const key = keyNode(cx, site);
  if (key === null) return null;
  const symbol = `rt_dict_${added ? "entry" : "find"}_${keyKind(site.type.key)}`;
  return cx.builder.spill(nodeCall(symbol, "i32", [site.dict.expr, key], site.span));
}

/** Whether an entry number is one. */
export function entryExists(entry: Expr, span: Span): Typed {
  const right = intConst("i32", 0n, span);
  return boolTyped({ kind: "compare", type: "bool", op: "ge", left: entry, right, span });
}

/** The value of an entry by its number. */
export function entryValue(dict: Expr, type: DictType, entry: Expr, span: Span): Typed {
  const held = representation(type.value);
  const base = slotAddress(dict, dictLayout.values, {
    index: entry,
    size: storageSize(held),
    span,
  });
  return typed(type.value, loadNode(held, base, bufferLayout.data, span));
}

/** The key of an entry by its number. */
export function entryKey(dict: Expr, type: DictType, entry: Expr, span: Span): Typed {
  const { type: held, size } = keyKinds[keyKind(type.key)];
  const base = slotAddress(dict, dictLayout.keys, { index: entry, size, span });
  const key = loadNode(held, base, bufferLayout.data, span);
  return held === "any" ? unboxed(typed(anyType, key), type.key) : typed(type.key, key);
}

function emitStore(cx: Context, site: EntrySite, entry: Expr, value: Expr): void {
  const type: ValueType = value.type === "unit" ? "any" : value.type;
  const { dict, span } = site;
  const base = slotAddress(dict.expr, dictLayout.values, {
    index: entry,
    size: storageSize(type),
    span,
  });
  cx.builder.emit({ kind: "store", type, base, offset: bufferLayout.data, value, span });
}

/** `d[k]`: nil if there is no such key, and an error where the place wants a value. */
export function readEntry(cx: Context, site: EntrySite, hint: SimpleType | null): Value {
  const { builder } = cx;
  const { type, span } = site;
  const dict = builder.spillTyped(site.dict);
  const key = builder.spillTyped(site.key);
  const entry = entryNumber(cx, { ...site, dict, key }, { added: false });
  if (entry === null) return errorValue;
  const value = entryValue(dict.expr, type, entry, span);
  const wanted = hint === null ? null : found(hint);
  const required =
    wanted !== null && (isScalar(wanted) || (wanted.kind !== "option" && wanted !== anyType));
  if (!required) return entryOrNil(entry, value, span);
  failIfMissing(cx, entry, key, span);
  return value;
}

/** The value of an entry, or nil. */
export function entryOrNil(entry: Expr, value: Typed, span: Span): Typed {
  const type = optionOf(value.type);
  const held = widened(value, type) ?? value;
  const none = zeroOfValue(representation(type) === "ref" ? "ref" : "any", span);
  return typed(type, {
    kind: "if",
    type: representation(type),
    condition: entryExists(entry, span).expr,
    then: held.expr,
    else: none,
    span,
  });
}

function failIfMissing(cx: Context, entry: Expr, key: Typed, span: Span): void {
  const parts = [
    { kind: "literal", text: "there is no key " },
    { kind: "value", value: key.expr },
  ] as const;
  const operand = entryExists(entry, span).expr;
  cx.builder.emit({
    kind: "if",
    condition: { kind: "unary", type: "bool", op: "not", operand, span },
    then: [{ kind: "fail", parts, span }],
    else: [],
    span,
  });
}

/** `d[k] = v` with a value that has been lowered. */
export function storeEntry(cx: Context, site: EntrySite, value: Typed, span: Span): void {
  const { builder } = cx;
  const dict = builder.spillTyped(site.dict);
  const key = builder.spillTyped(site.key);
  const fitting = expectType(cx, value, site.type.value, { span, what: "the value" });
  if (fitting.kind !== "typed") return;
  const kept = builder.spill(owned(cx, fitting).expr);
  const steady = { ...site, dict, key };
  const entry = entryNumber(cx, steady, { added: true });
  if (entry !== null) emitStore(cx, steady, entry, kept);
}

/** `d[k] op= v`: `change` lowers the new value from the one there is. */
export function updateEntry(
  cx: Context,
  site: EntrySite,
  value: { readonly span: Span; change(current: Typed): Value },
): void {
  const { builder } = cx;
  const dict = builder.spillTyped(site.dict);
  const key = builder.spillTyped(site.key);
  const steady = { ...site, dict, key };
  const { span, type } = site;
  const entry = entryNumber(cx, steady, { added: false });
  if (entry === null) return;
  failIfMissing(cx, entry, key, span);
  const changed = value.change(entryValue(dict.expr, type, entry, span));
  if (changed.kind === "typed") storeEntry(cx, steady, changed, value.span);
}

// ----------------------------------------------------------------------------------------- literals

/** `{k: v}` */
export function lowerDict(cx: Context, expr: ast.DictExpr, hint: SimpleType | null): Value {
  const { entries, span } = expr;
  const wanted = wantedDict(hint);
  if (entries.length === 0) {
    const { unknowns } = cx;
    return wanted === null
      ? newDict(unknowns.typeOf(expr, "key"), unknowns.typeOf(expr, "value"), span)
      : newDict(wanted.key, wanted.value, span);
  }
  const nodes = entries.flatMap(({ key, value }) => [key, value]);
  const operands = lowerOperands(cx, nodes, {
    hint: (before) => {
      const isKey = before.length % 2 === 0;
      if (wanted !== null) return isKey ? wanted.key : wanted.value;
      const first = before[isKey ? 0 : 1];
      return first?.kind === "typed" && first.literal === null ? first.type : null;
    },
  });
  if (operands.kind !== "operands") return operands;
  const keys = operands.values.filter((_, index) => index % 2 === 0);
  const values = operands.values.filter((_, index) => index % 2 === 1);
  const key = common(cx, keys, wanted?.key ?? null);
  const value = common(cx, values, wanted?.value ?? null);
  const kept = operands.values.map((operand) => cx.builder.spillTyped(operand));
  const dict = cx.builder.spillTyped(newDict(key, value, span));
  const type = dictOf(key, value);
  for (const [index, entry] of entries.entries()) {
    const [k, v] = [kept[index * 2], kept[index * 2 + 1]];
    if (k === undefined || v === undefined) continue;
    storeEntry(cx, { dict, type, key: k, span: entry.span }, v, entry.value.span);
  }
  return dict;
}

function wantedDict(hint: SimpleType | null): DictType | null {
  let type = hint === null ? null : found(hint);
  if (type !== null && !isScalar(type) && type.kind === "option") type = found(type.inner);
  return type !== null && !isScalar(type) && type.kind === "dict" ? type : null;
}

/** A type for all: the wanted one if it fits, else what they have in common, else `Any`. */
export function common(
  cx: Context,
  values: readonly Typed[],
  wanted: SimpleType | null,
): SimpleType {
  if (wanted !== null && values.every((value) => fitted(cx, value, wanted) !== null)) return wanted;
  return values.reduce((left, right) => {
    const type =
      joinTypes(left, right) ?? commonSignature(cx.analysis, left.type, right.type) ?? anyType;
    const literal = left.literal !== null && right.literal !== null ? right.literal : null;
    return { kind: "typed", type, expr: left.expr, literal };
  }).type;
}

/** An element as the type of all; a lambda gets a closure of the signature. Null if it does not fit. */
export function fitted(cx: Context, value: Typed, type: SimpleType): Typed | null {
  const lambda = erased(cx, value, type);
  return lambda === undefined ? coerce(value, type) : lambda;
}
