// Numbers and truth values made from values on the heap.
import type { ScalarType } from "../../src/ir/hir/index.ts";
import type { HeapContext } from "./heap-context.ts";
import { boolType, i64Type, isCompared, scalarType, type HeapType } from "./heap-types.ts";
import { callOf, fromContainer, lambda, value } from "./heap-values.ts";

/** A number made from values on the heap, or null. */
export function scalarFromHeap(
  context: HeapContext,
  type: ScalarType,
  depth: number,
): string | null {
  const { random } = context;
  const wanted = scalarType(type);
  const holder = fromContainer(context, wanted, Math.max(depth, 1));
  if (holder !== null && random.chance(50)) return holder;
  const call = random.chance(40)
    ? (methodCall(context, wanted) ?? callOf(context, wanted, depth))
    : null;
  if (call !== null) return call;
  if (type === "bool") return test(context, depth);
  if (type === "i64") return measure(context, depth);
  return null;
}

/** A method of an object in view that gives the type. */
export function methodCall(context: HeapContext, type: HeapType): string | null {
  const objects = context.values(
    ({ type: holder }) => holder.kind === "object" || holder.kind === "trait",
  );
  const calls = objects.flatMap(({ name, type: holder }) => {
    if (holder.kind === "trait")
      return type.name === "i64" ? [{ name: `${name}.rank`, params: [], cost: 30 }] : [];
    if (holder.kind !== "object") return [];
    const methods = holder.object.methods.filter(
      (one) => !one.changes && one.result?.name === type.name,
    );
    return methods.map((one) => ({
      name: `${name}.${one.name}`,
      params: one.params,
      cost: one.cost,
    }));
  });
  const affordable = calls.filter(
    ({ cost }) => context.cost + context.multiplier * cost <= context.budget(),
  );
  if (affordable.length === 0) return null;
  const { name, params, cost } = context.random.pick(affordable);
  context.cost += context.multiplier * cost;
  return `${name}(${params.map((param) => value(context, param, 1)).join(", ")})`;
}

function test(context: HeapContext, depth: number): string | null {
  const { random } = context;
  const variables = context.values(({ type }) => isCompared(type));
  if (variables.length === 0) return null;
  const { name, type } = random.pick(variables);
  const other = (): string => value(context, type, Math.min(depth - 1, 1));
  switch (type.kind) {
    case "text":
      return random.pick([
        () => `(${name} ${random.pick(["==", "!=", "<", "<=", ">", ">="])} ${other()})`,
        () => `${name}.${random.pick(["contains", "starts_with", "ends_with"])}(${other()})`,
        () => `(${other()} in ${name})`,
        () => `${name}.is_empty()`,
      ])();
    case "array":
      return random.pick([
        () => `(${name} ${random.pick(["==", "!="])} ${other()})`,
        () => `(${value(context, type.element, 1)} in ${name})`,
        () =>
          `${name}.${random.pick(["any", "all"])}(${lambda(context, [type.element], boolType, depth - 1)})`,
        () => `${name}.is_empty()`,
      ])();
    case "dict":
      return random.pick([
        () => `(${name} == ${other()})`,
        () => `(${value(context, type.key, 1)} in ${name})`,
        () => `${name}.has(${value(context, type.key, 1)})`,
      ])();
    case "option":
      return random.pick([
        `${name}.is_some()`,
        `${name}.is_none()`,
        `(${name} == nil)`,
        `(${name} != nil)`,
      ]);
    case "result":
      return random.pick([`${name}.is_ok()`, `${name}.is_err()`]);
    case "scalar":
    case "tuple":
    case "object":
    case "enum":
    case "function":
    case "any":
    case "trait":
      return `(${name} ${random.pick(["==", "!="])} ${other()})`;
  }
}

function measure(context: HeapContext, depth: number): string | null {
  const { random } = context;
  const variables = context.values(() => true);
  if (variables.length === 0) return null;
  const { name, type } = random.pick(variables);
  switch (type.kind) {
    case "text":
      return random.pick([
        `${name}.len()`, `${name}.char_count()`, `(${name}.find("l") ?? -1)`, `(${name}.index_of("a") ?? 9)`, `(${name}.parse_int() ?? 5)`,
        `${name}.to_int()`, `${name}.count("l")`, `(${name}.rfind("e") ?? 0)`, `${name}.bytes().len()`,
      ]); // prettier-ignore
    case "array":
      return random.pick([
        () => `${name}.len()`,
        () => `len(${name})`,
        () => `${name}.count(${lambda(context, [type.element], boolType, depth - 1)})`,
        () => `${name}.map(${lambda(context, [type.element], i64Type, depth - 1)}).sum()`,
        () => reduction(context, name, type.element, depth) ?? `${name}.len()`,
        () =>
          isCompared(type.element)
            ? `${name}.index_of(${value(context, type.element, 1)})`
            : `${name}.len()`,
      ])();
    case "dict":
      return random.pick([`${name}.len()`, `${name}.keys().len()`, `${name}.values().len()`]);
    case "enum":
      return `${context.helper("weigh", type)}(${name})`;
    case "scalar":
    case "any":
    case "tuple":
    case "option":
    case "result":
    case "function":
    case "object":
    case "trait":
      return null;
  }
}

function reduction(
  context: HeapContext,
  name: string,
  element: HeapType,
  depth: number,
): string | null {
  if (element.kind === "scalar" && element.scalar !== "i64") return null;
  // A literal without a mark would take the type that is expected of the whole.
  const start = `${context.random.between(0, 99)}i64`;
  return `${name}.${context.random.pick(["reduce", "fold"])}(${start}, ${lambda(context, [i64Type, element], i64Type, depth - 1)})`;
}
