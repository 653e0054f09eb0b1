// Random expressions of types beyond numbers, and of numbers made from such values.
import type { HeapContext, HeapVariable } from "./heap-context.ts";
import {
  boolType,
  i64Type,
  isCompared,
  isShown,
  scalarType,
  textType,
  type HeapType,
} from "./heap-types.ts";
import { anyType, expression } from "./simple-expressions.ts";

/** An expression of any type; `depth` bounds its nesting. */
export function value(context: HeapContext, type: HeapType, depth: number): string {
  if (type.kind === "scalar") return expression(context, type.scalar, Math.min(depth, 3));
  context.step(2);
  const { random } = context;
  const variables = context.ofType(type);
  if (variables.length > 0 && random.chance(depth > 0 ? 45 : 80))
    return random.pick(variables).name;
  if (depth > 0 && random.chance(20)) {
    const call = callOf(context, type, depth);
    if (call !== null) return call;
  }
  // The type of a value that may be of several is that of its parts, unless it goes through a declared type.
  const open = /Any|Trait|fn\(/u.test(type.name);
  if (depth > 0 && !open && random.chance(6)) {
    return `(if ${value(context, boolType, depth - 1)}: ${value(context, type, depth - 1)} else: ${value(context, type, depth - 1)})`;
  }
  if (depth > 0 && !open && random.chance(15)) {
    const found = fromContainer(context, type, depth);
    if (found !== null) return found;
  }
  return fresh(context, type, depth);
}

export function callOf(context: HeapContext, type: HeapType, depth: number): string | null {
  const candidates = context.heapFunctions.filter(
    ({ result, cost }) =>
      result.name === type.name && context.cost + context.multiplier * cost <= context.budget(),
  );
  if (candidates.length === 0) return null;
  const { name, params, cost } = context.random.pick(candidates);
  context.cost += context.multiplier * cost;
  return `${name}(${params.map((param) => value(context, param, Math.min(depth - 1, 1))).join(", ")})`;
}

/** An element of an array, dictionary or optional that is in view. */
export function fromContainer(context: HeapContext, type: HeapType, depth: number): string | null {
  const { random } = context;
  const holders = context.values(
    ({ type: holder }) =>
      (holder.kind === "array" && holder.element.name === type.name) ||
      (holder.kind === "option" && holder.of.name === type.name) ||
      (holder.kind === "dict" && holder.value.name === type.name) ||
      (holder.kind === "function" && holder.result.name === type.name),
  );
  if (holders.length === 0) return null;
  return takeFrom(context, random.pick(holders), type, depth);
}

function takeFrom(
  context: HeapContext,
  holder: HeapVariable,
  type: HeapType,
  depth: number,
): string {
  const { random } = context;
  const otherwise = (): string => value(context, type, depth - 1);
  const { name } = holder;
  switch (holder.type.kind) {
    case "array":
      if (random.chance(2)) return `${name}[${random.between(-2, 3)}]`;
      if (random.chance(70) || type.kind === "option") {
        return `${context.helper("at")}(${name}, ${value(context, i64Type, 1)}, ${otherwise()})`;
      }
      return `(${name}.${random.pick(["first()", "last()", "get(1)", `get(${random.between(0, 4)})`])} ?? ${otherwise()})`;
    case "dict":
      if (type.kind === "option") return otherwise();
      return random.chance(50)
        ? `(${name}[${value(context, holder.type.key, 1)}] ?? ${otherwise()})`
        : `${name}.get_or(${value(context, holder.type.key, 1)}, ${otherwise()})`;
    case "option":
      if (random.chance(3)) return `${name}!`;
      return random.chance(50)
        ? `(${name} ?? ${otherwise()})`
        : `${name}.unwrap_or(${otherwise()})`;
    case "function": {
      context.step(20);
      const args = holder.type.params.map((param) => value(context, param, Math.min(1, depth - 1)));
      return `${name}(${args.join(", ")})`;
    }
    case "scalar":
    case "text":
    case "any":
    case "tuple":
    case "result":
    case "object":
    case "enum":
    case "trait":
      return otherwise();
  }
}

/** A new value: a literal, a construction, or the result of an operator or method. */
export function fresh(context: HeapContext, type: HeapType, depth: number): string {
  const { random } = context;
  const part = (of: HeapType): string => value(context, of, depth - 1);
  switch (type.kind) {
    case "scalar":
      return expression(context, type.scalar, Math.max(0, depth));
    case "text":
      return text(context, depth);
    case "any":
      return value(
        context,
        random.pick([i64Type, textType, scalarType("f64"), scalarType("u8"), ...context.nominal]),
        depth - 1,
      );
    case "array":
      return array(context, type.element, depth);
    case "dict": {
      const entries = Array.from(
        { length: random.between(1, 3) },
        () => `${part(type.key)}: ${part(type.value)}`,
      );
      return `{${entries.join(", ")}}`;
    }
    case "tuple":
      return `(${type.parts.map(part).join(", ")})`;
    case "option":
      return option(context, type.of, depth);
    case "result":
      return random.chance(70)
        ? `${context.helper("ok", type.of)}(${part(type.of)})`
        : `${context.helper("err", type.of)}(${text(context, depth - 1)})`;
    case "function":
      return lambda(context, type.params, type.result, depth);
    case "object":
      return construct(context, type, depth);
    case "enum": {
      const { name, fields } = random.pick(depth > 0 ? type.variants : type.variants.slice(0, 1));
      const args = fields.map(part);
      return `${type.name}.${name}${args.length === 0 ? "" : `(${args.join(", ")})`}`;
    }
    case "trait":
      return value(context, random.pick(type.implementers), depth - 1);
  }
}

function construct(
  context: HeapContext,
  type: HeapType & { readonly kind: "object" },
  depth: number,
): string {
  const { name, fields } = type.object;
  const named = context.random.chance(80);
  const args = fields.map((field) => {
    const given = value(context, field.type, depth - 1);
    return named ? `${field.name}: ${given}` : given;
  });
  return `${name}(${args.join(", ")})`;
}

/** `Some` and `nil` where the type is known; calls that give an optional otherwise. */
function option(context: HeapContext, of: HeapType, depth: number): string {
  const { random } = context;
  const helper = context.helper("option", of);
  if (depth > 0 && random.chance(30)) {
    const arrays = context.values(
      ({ type }) => type.kind === "array" && type.element.name === of.name,
    );
    if (arrays.length > 0 && of.kind !== "option") {
      const { name } = random.pick(arrays);
      const way = random.pick(["first()", "last()", "get(2)", "find"]);
      if (way !== "find") return `${name}.${way}`;
      return `${name}.find(${lambda(context, [of], boolType, depth - 1)})`;
    }
  }
  return `${helper}(${value(context, boolType, depth - 1)}, ${value(context, of, depth - 1)})`;
}

/** `\a, b: e`, whose body reads its parameters and what is around it. */
export function lambda(
  context: HeapContext,
  params: readonly HeapType[],
  result: HeapType,
  depth: number,
): string {
  return context.inLambda(8, () => {
    const names = params.map((type) => {
      const name = context.fresh("l");
      context.declareValue(name, type, false, 1);
      return name;
    });
    const body = value(context, result, Math.min(depth, 2));
    return `(\\${names.join(", ")}: ${body})`;
  });
}

const texts = [
  "", "a", "xyz", "héllo", "€😀", "a,b,c", " pad ", "Zz", "12", "-7", "3.5", "one\\ntwo", "tab\\t.", "{{x}}", "aXbXc", "0",
  "The quick brown fox", "ß", "\\\"q\\\"", "line",
] as const; // prettier-ignore

export function textLiteral(context: HeapContext): string {
  return `"${context.random.pick(texts)}"`;
}

const textSpecs = ["", "", ":>8", ":<6", ":^9", ":.2s", ":s", ":*^7"] as const;

/** A value in braces: those of other types than numbers are names, so that no quotes nest. */
function hole(context: HeapContext): string {
  const { random } = context;
  const shown = context.values(({ type }) => isShown(type));
  if (shown.length > 0 && random.chance(70)) {
    const { name, type } = random.pick(shown);
    return `{${name}${type.kind === "text" ? random.pick(textSpecs) : ""}}`;
  }
  const scalars = context.visible(() => true);
  if (scalars.length > 0 && random.chance(70)) return `{${random.pick(scalars).name}}`;
  return `{${expression(context, anyType(context), 1)}}`;
}

export function interpolated(context: HeapContext, least = 1): string {
  const { random } = context;
  const holes = Array.from({ length: random.between(least, 3) }, () => hole(context));
  return `"${random.pick(["", "v=", "<", "é "])}${holes.join(random.pick(["", " ", ", ", "|"]))}${random.pick(["", ">", "."])}"`;
}

function text(context: HeapContext, depth: number): string {
  const { random } = context;
  if (depth <= 0) return textLiteral(context);
  const operand = (): string => value(context, textType, depth - 1);
  const number = (): string => `${random.between(-3, 6)}`;
  const kind = random.weighted({
    literal: 4, concat: 5, interpolation: 5, method: 6, slice: 4, display: 3, mixed: 2, repeat: 1, join: 2, replace: 2, split: 1, pad: 1,
  }); // prettier-ignore
  switch (kind) {
    case "literal":
      return textLiteral(context);
    case "concat":
      return `(${operand()} + ${operand()})`;
    case "interpolation":
      return interpolated(context);
    case "method":
      return `${operand()}.${random.pick(["upper", "lower", "trim", "trim_start", "trim_end", "reverse", "capitalize", "to_text"])}()`;
    case "slice":
      return random.pick([
        () => `${operand()}[${number()}:${number()}]`,
        () => `${operand()}[${number()}:]`,
        () => `${operand()}[:${number()}]`,
        () => `${operand()}[::${random.pick([2, 3, -1, -2])}]`,
        () => `${context.helper("character")}(${operand()}, ${value(context, i64Type, 1)})`,
        () => `${operand()}.substring(${random.between(0, 3)}, ${random.between(0, 5)})`,
      ])();
    case "display": {
      const shown = context.values(({ type }) => isShown(type));
      if (shown.length > 0 && random.chance(60)) return `${random.pick(shown).name}.to_text()`;
      return `${expression(context, anyType(context), 1)}.to_text()`;
    }
    case "mixed":
      return random.chance(50)
        ? `(${operand()} + ${expression(context, anyType(context), 1)})`
        : `(${expression(context, anyType(context), 1)} + ${operand()})`;
    case "repeat":
      return `${operand()}.repeat(${random.between(0, 3)})`;
    case "join":
      return `${value(context, random.pick(joined(context)), depth - 1)}.join(${textLiteral(context)})`;
    case "replace":
      return `${operand()}.replace(${textLiteral(context)}, ${textLiteral(context)})`;
    case "split":
      return `${operand()}.split(${random.pick(['","', '" "', '"X"', '"l"'])}).join(${textLiteral(context)})`;
    case "pad":
      return `${operand()}.${random.pick(["pad_left", "pad_right"])}(${random.between(0, 9)}${random.pick(["", ', "."'])})`;
  }
}

function joined(context: HeapContext): HeapType[] {
  const arrays = context
    .values(({ type }) => type.kind === "array" && isShown(type))
    .map(({ type }) => type);
  return [{ kind: "array", element: textType, name: "[text]" }, ...arrays];
}

/** Elements of array literals. */
const fewest = 1;
const most = 4;

function array(context: HeapContext, element: HeapType, depth: number): string {
  const { random } = context;
  const type: HeapType = { kind: "array", element, name: `[${element.name}]` };
  const part = (): string => value(context, element, depth - 1);
  const whole = (): string => value(context, type, depth - 1);
  const plain = (): string =>
    `[${Array.from({ length: random.between(fewest, most) }, part).join(", ")}]`;
  // The literal's type is that of its elements, so those of other types than numbers and texts go through a helper.
  const typed = (): string =>
    element.kind === "trait" || element.kind === "any" || element.kind === "function"
      ? `${context.helper("array", element)}(${Array.from({ length: 2 }, part).join(", ")})`
      : plain();
  if (depth <= 0 || element.kind === "function" || /Any|Trait/u.test(element.name)) return typed();
  const number = (): string => `${random.between(-3, 4)}`;
  const kind = random.weighted({
    plain: 8, slice: 3, concat: 2, map: 4, comprehension: 4, filter: 3, method: 3, sort: 2, special: 2,
  }); // prettier-ignore
  switch (kind) {
    case "plain":
      return typed();
    case "slice":
      return random.pick([
        () => `${whole()}[${number()}:${number()}]`,
        () => `${whole()}[${number()}:]`,
        () => `${whole()}[::${random.pick([2, -1, -2])}]`,
        () => `${whole()}.take(${random.between(0, 4)})`,
        () => `${whole()}.drop(${random.between(0, 3)})`,
      ])();
    case "concat":
      return `(${whole()} + ${whole()})[0:6]`;
    case "map": {
      const source = random.pick(sources(context));
      return `${value(context, source, depth - 1)}.map(${lambda(context, [elementOf(source)], element, depth - 1)})`;
    }
    case "comprehension":
      return comprehension(context, element, depth);
    case "filter":
      return `${whole()}.filter(${lambda(context, [element], boolType, depth - 1)})`;
    case "method":
      return `${whole()}.${random.pick(["reverse()", "reversed()", "clone()", "copy()", "slice(1)", "concat([])"].slice(0, 5))}`;
    case "sort":
      if (element.kind === "tuple") return special(context, element, depth) ?? typed();
      if (element.kind === "text" || element.kind === "scalar") {
        return `${whole()}.${random.pick(["sort()", "sorted()", "sort_desc()"])}`;
      }
      return `${whole()}.sort(${lambda(context, [element], random.chance(50) ? i64Type : textType, depth - 1)})`;
    case "special":
      return special(context, element, depth) ?? typed();
  }
}

function special(context: HeapContext, element: HeapType, depth: number): string | null {
  const { random } = context;
  const own = (): string =>
    value(context, { kind: "array", element, name: `[${element.name}]` }, depth - 1);
  if (element.kind === "text") {
    const whole = value(context, textType, depth - 1);
    return random.pick([
      `${whole}.split(${random.pick(['","', '" "', '"X"', '""'])})`,
      `${whole}.chars()`,
      `${whole}.lines()`,
    ]);
  }
  if (element.kind === "tuple" && element.parts.length === 2) {
    const [first = i64Type, second = i64Type] = element.parts;
    const array_ = (of: HeapType): string =>
      value(context, { kind: "array", element: of, name: `[${of.name}]` }, depth - 1);
    return `${array_(first)}.zip(${array_(second)})`;
  }
  if (element.kind === "array") return `${own()}.flatten().chunk(2)`;
  return isCompared(element) ? `${own()}.unique()` : null;
}

/** Types of arrays that are in view, and one of integers. */
function sources(context: HeapContext): HeapType[] {
  const found = context.values(({ type }) => type.kind === "array").map(({ type }) => type);
  return [{ kind: "array", element: i64Type, name: "[i64]" }, ...found];
}

export function elementOf(type: HeapType): HeapType {
  return type.kind === "array" ? type.element : i64Type;
}

function comprehension(context: HeapContext, element: HeapType, depth: number): string {
  const { random } = context;
  const name = context.fresh("c");
  const overRange = random.chance(50);
  const source = overRange ? null : random.pick(sources(context));
  const over =
    source === null
      ? `${random.between(-1, 2)}..${random.between(0, 5)}`
      : value(context, source, depth - 1);
  return context.inLambda(8, () => {
    context.declareValue(name, source === null ? i64Type : elementOf(source), false, 1);
    const item = value(context, element, depth - 1);
    const condition = random.chance(40) ? ` if ${value(context, boolType, depth - 1)}` : "";
    return `[${item} for ${name} in ${over}${condition}]`;
  });
}
