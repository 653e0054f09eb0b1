// Structs and classes: their fields, how they are made, and how fields are read.
import type { Span } from "../../../base/index.ts";
import type { Expr, HirLayout } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import { Sequence } from "./builder.ts";
import { withScope, type Context } from "./context.ts";
import { expectType, expectValue } from "./convert.ts";
import { owned } from "./copies.ts";
import { newDict } from "./dicts.ts";
import { mentionsGeneric, solve } from "./generics.ts";
import { suggestion } from "./names.ts";
import { objectType, type FieldInfo, type ObjectShape, type Shape } from "./nominal.ts";
import type { TypeArgs } from "./scope.ts";
import {
  anyType,
  found,
  isScalar,
  ObjectType,
  representation,
  textType,
  type EnumType,
  type SimpleType,
  tupleOf,
} from "./simple-type.ts";
import { newTuple } from "./tuples.ts";
import { resolveValueType } from "./type-names.ts";
import {
  errorValue,
  neverValue,
  pendingValue,
  typed,
  zeroOf,
  type Typed,
  type Value,
} from "./value.ts";

/** What the type parameters and `Self` stand for inside a type; `generics` are the names of the parameters. */
export function typeArgsOf(
  type: ObjectType | EnumType,
  generics: readonly string[] = type.shape.decl.generics.map(({ text }) => text),
): TypeArgs {
  const args = new Map<string, SimpleType>([["Self", type]]);
  generics.forEach((name, index) => args.set(name, type.args[index] ?? anyType));
  return args;
}

/** The fields of a type, in the order of their declaration. */
export function fieldsOf(cx: Context, type: ObjectType): readonly FieldInfo[] {
  const { shape } = type;
  const known = shape.fields.get(type);
  if (known !== undefined) return known;
  const site = { report: cx.report, scope: shape.scope, typeArgs: typeArgsOf(type) };
  const types = shape.decl.fields.map((field): SimpleType | "error" => {
    if (field.type !== null) return resolveValueType(site, field.type);
    return defaultType(cx, shape, field);
  });
  const layout = cx.analysis.layouts.of(type, () => ({
    kind: "object",
    name: shape.name,
    fields: shape.decl.fields.map(({ name }, index) => {
      const fieldType = types[index] ?? "error";
      return { name: name.text, type: fieldType === "error" ? "any" : representation(fieldType) };
    }),
    equality: "fields",
    types: types.join(),
  }));
  const fields = shape.decl.fields.map((field, index): FieldInfo => ({
    name: field.name.text,
    type: types[index] ?? "error",
    declared: field.type,
    default: field.default,
    span: field.span,
    offset: layout.fields[index]?.offset ?? 0,
  }));
  // A message about a type that is wrong is still to come if nobody was listening.
  if (!types.includes("error") || !cx.report.silent) shape.fields.set(type, fields);
  return fields;
}

export function objectLayout(cx: Context, type: ObjectType): HirLayout {
  fieldsOf(cx, type);
  return cx.analysis.layouts.of(type, () => {
    throw new Error(`${type} has no layout`);
  });
}

/** The type of a field without an annotation: that of its default. */
function defaultType(cx: Context, shape: ObjectShape, field: ast.Field): SimpleType | "error" {
  const node = field.default;
  if (node === null) return anyType;
  const trial = { ...cx, discard: true, scope: shape.scope };
  const value = cx.report.silence(() => {
    const { builder } = cx;
    return builder.branch(() => trial.lower.expr(trial, node, null)).value;
  });
  return value.kind === "typed" ? value.type : anyType;
}

/** A field of an object. The object is not nil. */
export function readField(object: Typed, field: FieldInfo, span: Span): Value {
  const { type, offset } = field;
  if (type === "error") return errorValue;
  return typed(type, {
    kind: "load",
    type: representation(type),
    base: object.expr,
    offset,
    span,
  });
}

/** Reports what is wrong with the fields: their types, and defaults that do not fit. */
export function checkFields(cx: Context, type: ObjectType): void {
  for (const field of fieldsOf(cx, type)) {
    const node = field.default;
    if (node === null || field.type === "error") continue;
    const { type: wanted } = field;
    const value = withScope(cx, type.shape.scope, () => cx.lower.expr(cx, node, wanted));
    const what = `the default of \`${field.name}\``;
    if (value.kind !== "error") expectType(cx, value, wanted, { span: node.span, what });
  }
}

export function fieldNamed(cx: Context, type: ObjectType, name: string): FieldInfo | undefined {
  return fieldsOf(cx, type).find((field) => field.name === name);
}

// ---------------------------------------------------------------------------------------- constructor

/** What a constructor fills: fields of an object or of a variant. */
export interface Slots {
  /** What messages call it: `Point`, `Shape.Circle`. */
  readonly name: string;
  /** Declared fields; `name` null for a payload without one. */
  readonly fields: readonly SlotField[];
  readonly typeArgs: TypeArgs;
  /** Type parameters that the arguments decide. */
  readonly open: ReadonlySet<string>;
  readonly shape: Shape;
  readonly span: Span;
}

export interface SlotField {
  readonly name: string | null;
  readonly declared: ast.TypeExpr | null;
  readonly default: ast.Expr | null;
}

export interface Filled {
  readonly kind: "filled";
  /** A value for each field; null where nothing was given. */
  readonly values: readonly (Typed | null)[];
  /** What the open type parameters turned out to be. */
  readonly solved: ReadonlyMap<string, SimpleType>;
}

/** Which argument goes to which field: the index of the argument, or -1. Null after a message. */
export function assignFields(
  cx: Context,
  { name, fields, span }: Slots,
  args: readonly ast.Arg[],
): number[] | null {
  const slots = fields.map(() => -1);
  let good = true;
  const wrong = (code: string, text: string, at: Span, help?: string): void => {
    cx.report.error(code, text, at, help);
    good = false;
  };
  args.forEach((arg, index) => {
    if (arg.spread) {
      wrong("type/argument-name", `\`${name}\` takes no spread arguments`, arg.span);
      return;
    }
    const wanted = arg.name?.text;
    const slot =
      wanted === undefined ? slots.indexOf(-1) : fields.findIndex((field) => field.name === wanted);
    if (slot >= 0 && slots[slot] === -1) slots[slot] = index;
    else if (wanted === undefined) {
      const count = fields.length;
      const takes = `${count === 0 ? "no" : count} ${count === 1 ? "field" : "fields"}`;
      wrong("type/argument-count", `\`${name}\` has ${takes}, found ${args.length} values`, span);
    } else if (slot >= 0) wrong("type/argument-name", `\`${wanted}\` is given twice`, arg.span);
    else {
      const names = fields.flatMap((field) => field.name ?? []);
      const help = suggestion(wanted, names) ?? listed(names);
      wrong("resolve/unknown-field", `\`${name}\` has no field \`${wanted}\``, arg.span, help);
    }
  });
  return good ? slots : null;
}

function listed(names: readonly string[]): string | undefined {
  if (names.length === 0 || names.length > 6) return undefined;
  return `It has ${names.map((name) => `\`${name}\``).join(", ")}.`;
}

/** Lowers the arguments in the order they are written, then the defaults in the order of the fields. */
export function fillFields(
  cx: Context,
  to: Slots,
  slots: readonly number[],
  args: readonly ast.Arg[],
): Filled | Value {
  const { builder } = cx;
  const sequence = new Sequence(builder);
  const given = slots.map((_, slot) => slot).filter((slot) => slots[slot] !== -1);
  given.sort((a, b) => (slots[a] ?? 0) - (slots[b] ?? 0));
  const order = [...given, ...slots.keys()].filter((slot, at, all) => all.indexOf(slot) === at);
  const solution = { types: new Map<string, SimpleType>(), weak: new Set<string>() };
  const lowered: (Typed | null)[] = slots.map(() => null);
  const present: number[] = [];
  let failed: Value | null = null;
  for (const slot of order) {
    const field = to.fields[slot];
    const arg = args[slots[slot] ?? -1];
    const node = arg?.value ?? field?.default;
    if (field === undefined || node == null) continue;
    const value = fieldValue(cx, to, field, { node, inside: arg === undefined, slot });
    if (value.kind === "never") return neverValue;
    if (value.kind !== "typed") {
      failed = value.kind === "pending" && failed !== errorValue ? pendingValue : errorValue;
      continue;
    }
    if (field.declared !== null) solve(solution, to.open, field.declared, value);
    sequence.add(value.expr);
    lowered[slot] = value;
    present.push(slot);
  }
  if (failed !== null) return failed;
  const inOrder = present.every((slot, at) => at === 0 || slot > (present[at - 1] ?? -1));
  sequence.finish().forEach((expr, at) => {
    const slot = present[at] ?? -1;
    const value = lowered[slot];
    if (value != null) {
      const read = inOrder ? expr : builder.spill(expr);
      lowered[slot] = read === value.expr ? value : { ...value, expr: read };
    }
  });
  return { kind: "filled", values: lowered, solved: solution.types };
}

const emptyTuple = tupleOf([]);

interface FieldSite {
  readonly node: ast.Expr;
  /** It is a default: names are those of the declaration. */
  readonly inside: boolean;
  readonly slot: number;
}

function fieldValue(
  cx: Context,
  to: Slots,
  field: SlotField,
  { node, inside, slot }: FieldSite,
): Value {
  const { declared } = field;
  const site = { report: cx.report, scope: to.shape.scope, typeArgs: to.typeArgs };
  const open = declared !== null && mentionsGeneric(declared, to.open);
  const type = declared === null || open ? null : resolveValueType(site, declared);
  const hint = type === "error" ? null : type;
  const given = inside
    ? withScope(cx, to.shape.scope, () => cx.lower.expr(cx, node, hint))
    : cx.lower.expr(cx, node, hint);
  // `Ok(())`: what has no value elsewhere is an empty tuple here.
  const empty = given.kind === "unit" && (open || type === emptyTuple);
  const lowered = empty ? newTuple(cx, [], node.span) : given;
  if (type === "error") return lowered.kind === "never" ? lowered : errorValue;
  if (type === null) {
    const value = expectValue(cx, lowered, node.span);
    return value.kind === "typed" ? owned(cx, value) : value;
  }
  const what =
    field.name === null
      ? `value ${slot + 1} of \`${to.name}\``
      : `field \`${field.name}\` of \`${to.name}\``;
  const value = expectType(cx, lowered, type, { span: node.span, what, declared });
  return value.kind === "typed" ? owned(cx, value) : value;
}

/** `Point(x: 1, y: 2)`, `Point(1, 2)`, `Point { x: 1 }`. */
export function construct(
  cx: Context,
  shape: ObjectShape,
  call: ast.CallExpr,
  hint: SimpleType | null,
): Value {
  const { decl, name } = shape;
  const known = knownInstance(shape, hint);
  const generics = decl.generics.map(({ text }) => text);
  const to: Slots = {
    name,
    fields: decl.fields.map((field) => ({
      name: field.name.text,
      declared: field.type,
      default: field.default,
    })),
    typeArgs: known === null ? new Map() : typeArgsOf(known),
    open: new Set(known === null ? generics : []),
    shape,
    span: call.span,
  };
  const slots = assignFields(cx, to, call.args);
  if (slots === null) {
    for (const { value } of call.args) cx.lower.expr(cx, value, null);
    return errorValue;
  }
  const filled = fillFields(cx, to, slots, call.args);
  if (filled.kind !== "filled") return filled;
  const type =
    known ??
    objectType(
      shape,
      generics.map((text) => found(filled.solved.get(text) ?? cx.unknowns.typeOf(call, text))),
    );
  return newObject(cx, type, filled.values, call.span);
}

/** The instance that is meant, where that is known before the arguments are. */
function knownInstance(shape: ObjectShape, hint: SimpleType | null): ObjectType | null {
  if (shape.decl.generics.length === 0) return objectType(shape, []);
  const type = hint === null ? null : found(hint);
  if (type === null || isScalar(type)) return null;
  if (type.kind === "option") return knownInstance(shape, type.inner);
  return type instanceof ObjectType && type.shape === shape ? type : null;
}

function newObject(
  cx: Context,
  type: ObjectType,
  values: readonly (Typed | null)[],
  span: Span,
): Value {
  const fields = fieldsOf(cx, type);
  const exprs: Expr[] = [];
  const missing: string[] = [];
  for (const [index, field] of fields.entries()) {
    if (field.type === "error") return errorValue;
    const value = values[index] ?? emptyValue(field.type, span);
    if (value === null) missing.push(`\`${field.name}\``);
    else {
      const what = `field \`${field.name}\` of \`${type}\``;
      const fitting = expectType(cx, value, field.type, { span: value.expr.span, what });
      if (fitting.kind !== "typed") return errorValue;
      exprs.push(fitting.expr);
    }
  }
  if (missing.length > 0) {
    const [are, values_] = missing.length === 1 ? ["is", "a value"] : ["are", "values"];
    cx.report.error(
      "type/missing-field",
      `\`${type.name}\` needs ${values_}: ${missing.join(", ")} ${are} missing`,
      span,
      "Give it, or declare a default. Numbers, texts, collections and optional fields may be left out.",
    );
    return errorValue;
  }
  const layout = objectLayout(cx, type).id;
  return typed(type, { kind: "new", type: "ref", layout, fields: exprs, span });
}

/** What a field that is left out holds: zero, nil or empty; null where there is no such value. */
function emptyValue(type: SimpleType, span: Span): Typed | null {
  const actual = found(type);
  if (isScalar(actual)) return typed(actual, zeroOf(actual, span));
  if (actual.kind === "text") {
    return typed(textType, { kind: "text", type: "ref", value: "", span });
  }
  if (actual.kind === "array") {
    const element = representation(actual.element);
    return typed(actual, { kind: "new_array", type: "ref", element, elements: [], span });
  }
  if (actual.kind === "dict") return newDict(actual.key, actual.value, span);
  const mayBeNil = actual.kind === "option" || actual.kind === "any" || actual.kind === "nil";
  return mayBeNil ? typed(actual, zeroOf(actual, span)) : null;
}
