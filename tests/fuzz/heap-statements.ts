// Random statements about values on the heap. What is stored stays small, so that nothing grows without bound.
import type { HeapContext, HeapVariable } from "./heap-context.ts";
import { patterns } from "./heap-patterns.ts";
import { anyHeapType } from "./heap-type-choice.ts";
import { useTemplate } from "./heap-templates.ts";
import { boolType, functionOf, i64Type, isShown, textType, type HeapType } from "./heap-types.ts";
import { fresh, interpolated, textLiteral, value } from "./heap-values.ts";
import { loopBody, mayLoop, statement as numericStatement } from "./simple-statements.ts";

const depthOfValues = 3;

type Writer = (context: HeapContext, depth: number) => boolean;

type Kind =
  | "numeric" | "declare" | "assign" | "mutate" | "place" | "show" | "loop" | "present" | "match" | "call" | "destructure"
  | "leave" | "text" | "copy" | "branch" | "risk" | "template" | "closure"; // prettier-ignore

/** Up to `count` statements, about numbers and others; a block is never empty. */
export function heapStatements(context: HeapContext, count: number, depth: number): void {
  for (let index = 0; index < count; index += 1) {
    if (context.cost > context.budget()) break;
    heapStatement(context, depth);
  }
  if (context.random.chance(50)) show(context);
  context.line("pass");
}

function heapStatement(context: HeapContext, depth: number): void {
  const { random } = context;
  context.step(2);
  const kind = random.weighted({
    numeric: 22, declare: 18, assign: 10, mutate: 16, place: 8, show: 9, loop: 9, present: 4, match: 6, call: 3, destructure: 2,
    leave: 2, text: 5, copy: 5, branch: 4, risk: 3, template: 3, closure: 3,
  }); // prettier-ignore
  if (kind === "numeric" || !writers[kind](context, depth)) numericStatement(context, depth);
}

const writers: Readonly<Record<Exclude<Kind, "numeric">, Writer>> = {
  declare,
  assign,
  mutate,
  place,
  show,
  loop,
  present,
  match,
  call,
  destructure,
  leave,
  text: growText,
  copy,
  branch,
  risk,
  template: useTemplate,
  closure,
};

function storable(context: HeapContext, type: HeapType, depth: number): string {
  const text = value(context, type, depth);
  if (type.kind !== "text" || text.startsWith('"')) return text;
  return `${context.helper("clip")}(${text})`;
}

function bounded(context: HeapContext, type: HeapType): string {
  const text = storable(context, type, depthOfValues);
  return type.kind === "array" ? `(${text})[0:6]` : text;
}

function declare(context: HeapContext): boolean {
  const { random } = context;
  const type = anyHeapType(context, 2);
  const mutable = random.chance(60);
  const name = context.fresh("h");
  const needed = ["option", "any", "trait", "function", "dict", "result"].includes(type.kind);
  const annotation =
    needed || /Any|Trait|\?|fn\(/u.test(type.name) || random.chance(60) ? `: ${type.name}` : "";
  const empty = annotation !== "" && random.chance(12);
  const text =
    empty && type.kind === "array"
      ? "[]"
      : empty && type.kind === "dict"
        ? "{}"
        : empty && type.kind === "option"
          ? "nil"
          : storable(context, type, depthOfValues);
  context.line(`${mutable ? "var" : "val"} ${name}${annotation} = ${text}`);
  context.declareValue(name, type, mutable);
  return true;
}

function pick(
  context: HeapContext,
  filter: (variable: HeapVariable) => boolean,
): HeapVariable | null {
  const found = context.values(filter);
  return found.length === 0 ? null : context.random.pick(found);
}

function assign(context: HeapContext): boolean {
  // A module-level function could come to call itself.
  const target = pick(context, (one) => context.assignable(one) && isShown(one.type));
  if (target === null) return false;
  context.line(`${target.name} = ${bounded(context, target.type)}`);
  return true;
}

/** Two names for one array, object or dictionary; or two copies of a struct. */
function copy(context: HeapContext): boolean {
  const source = pick(
    context,
    ({ type }) =>
      type.kind === "object" ||
      type.kind === "array" ||
      type.kind === "dict" ||
      type.kind === "tuple",
  );
  if (source === null) return false;
  const name = context.fresh("h");
  context.line(`var ${name} = ${source.name}`);
  context.declareValue(name, source.type, true);
  return true;
}

const longest = 6;

function mutate(context: HeapContext): boolean {
  const target = pick(context, ({ type }) => type.kind === "array" || type.kind === "dict");
  if (target === null) return false;
  context.line(
    target.type.kind === "array" ? changeArray(context, target) : changeDict(context, target),
  );
  return true;
}

function changeArray(context: HeapContext, { name, type }: HeapVariable): string {
  const { random } = context;
  if (type.kind !== "array") return "pass";
  const item = (): string => storable(context, type.element, 2);
  const index = (): string => value(context, i64Type, 1);
  return random.pick([
    () =>
      `if ${name}.len() < ${longest}: ${name}.${random.pick(["push", "push", "append"])}(${item()})`,
    () => `if ${name}.len() < ${longest}: ${name}.push(${item()})`,
    () => `if ${name}.len() > 0: ${name}[${index()} % ${name}.len()] = ${item()}`,
    () => `if ${name}.len() > 0: ${name}.pop()`,
    () =>
      `if ${name}.len() < ${longest}: ${name}.insert(${random.pick(["0", `${name}.len()`])}, ${item()})`,
    () => `if ${name}.len() > 1: ${name}.remove(${random.pick(["0", "-1", "1"])})`,
    () => `if ${name}.len() > 3: ${name}.clear()`,
    () => `if ${name}.len() < 4: ${name}.extend(${value(context, type, 1)}.take(3))`,
    () => `if ${name}.len() > 1: ${name}.swap(0, 1)`,
  ])();
}

function changeDict(context: HeapContext, { name, type }: HeapVariable): string {
  const { random } = context;
  if (type.kind !== "dict") return "pass";
  const key = (): string => storable(context, type.key, 1);
  return random.weighted({ set: 6, remove: 2, clear: 1 }) === "set"
    ? `if ${name}.len() < ${longest}: ${name}[${key()}] = ${storable(context, type.value, 2)}`
    : random.chance(75)
      ? `${name}.remove(${key()})`
      : `if ${name}.len() > 3: ${name}.clear()`;
}

/** Changes a field of an element, or calls a method that changes an object, in its place. */
function place(context: HeapContext): boolean {
  const { random } = context;
  const array = pick(
    context,
    ({ type }) => type.kind === "array" && type.element.kind === "object",
  );
  const object = pick(
    context,
    (one) =>
      one.type.kind === "object" &&
      (context.assignable(one) || one.type.object.keyword === "class"),
  );
  if (array !== null && array.type.kind === "array" && random.chance(50)) {
    const element = array.type.element;
    if (element.kind !== "object") return false;
    const at = random.pick(["0", "-1", `${value(context, i64Type, 1)} % ${array.name}.len()`]);
    const change = changeObject(context, `${array.name}[${at}]`, element);
    if (change === null) return false;
    context.line(`if ${array.name}.len() > 0: ${change}`);
    return true;
  }
  if (object === null || object.type.kind !== "object") return false;
  const change = changeObject(context, object.name, object.type);
  if (change === null) return false;
  context.line(change);
  return true;
}

function changeObject(
  context: HeapContext,
  where: string,
  type: HeapType & { readonly kind: "object" },
): string | null {
  const { random } = context;
  const { fields, methods } = type.object;
  const changing = methods.filter(
    (one) => one.changes && context.cost + context.multiplier * one.cost <= context.budget(),
  );
  if (changing.length > 0 && random.chance(55)) {
    const { name, params, cost } = random.pick(changing);
    context.cost += context.multiplier * cost;
    return `${where}.${name}(${params.map((param) => storable(context, param, 2)).join(", ")})`;
  }
  if (fields.length === 0) return null;
  const field = random.pick(fields);
  return `${where}.${field.name} = ${bounded(context, field.type)}`;
}

export function show(context: HeapContext): boolean {
  const { random } = context;
  const variable = pick(context, ({ type }) => isShown(type));
  if (variable === null) return false;
  const way = random.pick(["print", "print", "text", "eprint", "raw"]);
  if (way === "text") context.line(`print ${interpolated(context)}`);
  else if (way === "raw") context.line(`print_raw ${variable.name}`);
  else context.line(`${way} ${variable.name}`);
  return true;
}

function loop(context: HeapContext, depth: number): boolean {
  const { random } = context;
  if (depth <= 0 || !mayLoop(context)) return false;
  const source = pick(
    context,
    ({ type }) => type.kind === "array" || type.kind === "text" || type.kind === "dict",
  );
  if (source === null) return false;
  const { name, type } = source;
  const item = context.fresh("e");
  const write = (head: string, declareItems: () => void): void => {
    context.line(head);
    loopBody(context, 8, () => {
      declareItems();
      heapStatements(context, random.between(1, 3), depth - 1);
    });
  };
  if (type.kind === "dict") {
    const key = context.fresh("e");
    const both = (): void => {
      context.declareValue(key, type.key, false);
      context.declareValue(item, type.value, false);
    };
    if (random.chance(70)) write(`for ${key}, ${item} in ${name}.items():`, both);
    else write(`for ${key} in ${name}.keys():`, () => context.declareValue(key, type.key, false));
    return true;
  }
  const element = type.kind === "array" ? type.element : textType;
  const over = type.kind === "text" ? `${context.helper("clip")}(${name})[0:6]` : name;
  const counter = context.fresh("e");
  if (random.chance(30) && type.kind === "array") {
    write(`for ${counter}, ${item} in ${over}.enumerate():`, () => {
      context.declareValue(counter, i64Type, false);
      context.declareValue(item, element, false);
    });
  } else write(`for ${item} in ${over}:`, () => context.declareValue(item, element, false));
  return true;
}

/** `if val`. */
function present(context: HeapContext, depth: number): boolean {
  const { random } = context;
  if (depth <= 0) return false;
  const option = pick(context, ({ type }) => type.kind === "option");
  if (option === null || option.type.kind !== "option") return false;
  const { of } = option.type;
  const name = context.fresh("e");
  const scrutinee = random.chance(60) ? option.name : fresh(context, option.type, 2);
  context.line(`if val ${random.pick([name, `Some(${name})`])} = ${scrutinee}:`);
  context.block(() => {
    context.declareValue(name, of, false);
    heapStatements(context, random.between(1, 2), depth - 1);
  });
  if (random.chance(50)) {
    context.line("else:");
    context.block(() => heapStatements(context, 1, depth - 1));
  }
  return true;
}

function branch(context: HeapContext, depth: number): boolean {
  const { random } = context;
  if (depth <= 0) return false;
  context.line(`if ${value(context, boolType, 2)}:`);
  context.block(() => heapStatements(context, random.between(1, 3), depth - 1));
  if (random.chance(50)) {
    context.line("else:");
    context.block(() => heapStatements(context, random.between(1, 2), depth - 1));
  }
  return true;
}

function match(context: HeapContext, depth: number): boolean {
  const { random } = context;
  if (depth <= 0) return false;
  const scrutinee = pick(context, ({ type }) =>
    ["enum", "option", "text", "tuple", "result", "trait"].includes(type.kind),
  );
  if (scrutinee === null) return false;
  context.line(`match ${scrutinee.name}:`);
  context.indent += 1;
  for (const [pattern, binds] of patterns(context, scrutinee.type)) {
    context.heapScopes.push([]);
    context.scopes.push([]);
    for (const [name, type] of binds) context.declareValue(name, type, false, 1);
    const guard = random.chance(15) ? ` if ${value(context, boolType, 1)}` : "";
    context.line(`case ${pattern}${guard}:`);
    context.block(() => heapStatements(context, random.between(1, 2), depth - 1));
    context.scopes.pop();
    context.heapScopes.pop();
  }
  context.line("case _: pass");
  context.indent -= 1;
  return true;
}

function call(context: HeapContext): boolean {
  const { random } = context;
  const affordable = context.heapFunctions.filter(
    ({ cost }) => context.cost + context.multiplier * cost <= context.budget(),
  );
  if (affordable.length === 0) return false;
  const { name, params, result, cost } = random.pick(affordable);
  context.cost += context.multiplier * cost;
  const text = `${name}(${params.map((param) => value(context, param, 2)).join(", ")})`;
  context.line(isShown(result) ? `print ${text}` : `val ${context.fresh("h")} = ${text}`);
  return true;
}

function destructure(context: HeapContext): boolean {
  const tuple = pick(context, ({ type }) => type.kind === "tuple");
  if (tuple === null || tuple.type.kind !== "tuple") return false;
  const names = tuple.type.parts.map(() => context.fresh("h"));
  context.line(`val (${names.join(", ")}) = ${tuple.name}`);
  tuple.type.parts.forEach((part, index) => context.declareValue(names[index] ?? "_", part, false));
  return true;
}

/** Leaves the function early. */
function leave(context: HeapContext): boolean {
  const { heapResult, random } = context;
  if (heapResult === null) return false;
  const option = pick(context, ({ type }) => type.kind === heapResult.kind);
  if (
    option !== null &&
    (option.type.kind === "option" || option.type.kind === "result") &&
    random.chance(60)
  ) {
    const name = context.fresh("h");
    context.line(`val ${name} = ${option.name}?`);
    context.declareValue(name, option.type.of, false);
    return true;
  }
  context.line(`if ${value(context, boolType, 2)}: return ${value(context, heapResult, 2)}`);
  return true;
}

/** Appends to a text in place. */
function growText(context: HeapContext): boolean {
  const { random } = context;
  const target = pick(context, (one) => one.type.kind === "text" && context.assignable(one));
  if (target === null || context.multiplier > 100) return false;
  const scalars = context.visible(() => true);
  const piece =
    scalars.length > 0 && random.chance(60)
      ? `"{${random.pick(scalars).name}},"`
      : textLiteral(context);
  const { name } = target;
  context.line(random.chance(50) ? `${name} += ${piece}` : `${name} = ${name} + ${piece}`);
  return true;
}

/** May end the program. */
function risk(context: HeapContext): boolean {
  const { random } = context;
  const kind = random.pick(["array", "option"]);
  const target = pick(context, ({ type }) => type.kind === kind);
  if (target === null || random.chance(30)) return false;
  const { name, type } = target;
  if (type.kind === "array") {
    context.line(
      random.chance(50)
        ? `${name}[${random.between(-3, 4)}] = ${storable(context, type.element, 2)}`
        : `${name}.pop()`,
    );
    return true;
  }
  if (type.kind !== "option" || !isShown(type)) return false;
  context.line(`print ${name}${random.pick(["!", ".unwrap()"])}`);
  return true;
}

/** `val f = \a:` with statements in its body, which reads what is around it. */
function closure(context: HeapContext, depth: number): boolean {
  const { random } = context;
  if (depth <= 0 || context.multiplier > 100) return false;
  const params = Array.from({ length: random.between(0, 2) }, () => anyHeapType(context, 1));
  const result = anyHeapType(context, 1);
  const type = functionOf(params, result);
  const name = context.fresh("h");
  const names = params.map(() => context.fresh("l"));
  context.line(`val ${name}: ${type.name} = \\${names.join(", ")}:`);
  context.inLambda(8, () => {
    context.block(() => {
      params.forEach((param, index) => context.declareValue(names[index] ?? "_", param, false, 1));
      context.withoutReturn(() => heapStatements(context, random.between(1, 2), 1));
      context.line(value(context, result, 2));
    });
  });
  context.declareValue(name, type, false);
  return true;
}
