// Generates well-typed numeric programs in Simple from a seed. They end within a bounded number of steps: by falling
// off the end, by `main`'s result, or by a runtime error.
import type { ScalarType } from "../../src/ir/hir/index.ts";
import { Context, type GeneratedFunction, type Parameter } from "./simple-context.ts";
import { anyType, expression, literal, untypedFunctions } from "./simple-expressions.ts";
import { statements, witness } from "./simple-statements.ts";

export interface GeneratorOptions {
  /** 1 is a program of a few lines, 10 one of a few hundred. */
  readonly size: number;
}

/** The source text of the program of a seed. The same seed and size give the same text for ever. */
export function generateSimple(seed: number, options: GeneratorOptions): string {
  const context = new Context(seed);
  const { random } = context;
  const { size } = options;
  context.line(`# generated: seed ${seed}, size ${size}`);
  for (const definition of untypedFunctions) context.line(definition);
  context.line(`var ${witness} = 0`);
  const globals = random.between(0, 2 + (size >> 1));
  for (let count = 0; count < globals; count += 1) globalVariable(context);
  const functions = random.between(0, 1 + (size >> 1));
  for (let count = 0; count < functions; count += 1) {
    if (random.chance(12)) mutualPair(context);
    else plainFunction(context, size, random.chance(25));
  }
  if (random.chance(60)) {
    mainFunction(context, size);
    if (random.chance(60)) statements(context, random.between(1, size), 2);
    if (random.chance(20)) context.line("main()");
  } else {
    statements(context, random.between(2, size + 2), 3);
  }
  for (const variable of context.scopes[0] ?? []) {
    if (random.chance(50)) context.line(`print "${variable.name} {${variable.name}}"`);
  }
  context.line(`print ${witness}`);
  return `${withFunctionsMoved(context).join("\n")}\n`;
}

/** Functions may stand anywhere at the top level: now and then they go behind everything else. */
function withFunctionsMoved(context: Context): readonly string[] {
  const { lines, random } = context;
  if (random.chance(70)) return lines;
  const stay: string[] = [];
  const moved: string[] = [];
  let into = stay;
  for (const line of lines) {
    if (!line.startsWith(" ")) into = line.startsWith("fn ") && random.chance(50) ? moved : stay;
    into.push(line);
  }
  return [...stay, ...moved];
}

function globalVariable(context: Context): void {
  const { random } = context;
  const type = anyType(context);
  const name = context.fresh("g");
  const keyword = random.weighted({ var: 8, val: 1, const: 1 });
  const annotation = random.chance(70) ? `: ${type}` : "";
  context.line(`${keyword} ${name}${annotation} = ${literal(context, type)}`);
  context.declare({ name, type, mutable: keyword === "var" });
}

function parameters(context: Context, count: number): Parameter[] {
  const params: Parameter[] = [];
  for (let index = 0; index < count; index += 1) {
    const type = anyType(context);
    const optional = params.some((one) => one.fallback !== null) || context.random.chance(15);
    params.push({
      name: context.fresh("p"),
      type,
      fallback: optional ? literal(context, type) : null,
    });
  }
  return params;
}

function head(callee: GeneratedFunction): string {
  const params = callee.params.map(({ name, type, fallback }) =>
    fallback === null ? `${name}: ${type}` : `${name}: ${type} = ${fallback}`,
  );
  const result = callee.result === "unit" ? "" : ` -> ${callee.result}`;
  return `fn ${callee.name}(${params.join(", ")})${result}:`;
}

const depthParameter: Parameter = { name: "depth", type: "i64", fallback: null };

function plainFunction(context: Context, size: number, recursive: boolean): void {
  const { random } = context;
  const result = random.chance(15) && !recursive ? "unit" : anyType(context);
  const params = parameters(context, random.between(0, 3));
  const calls = random.between(1, 2);
  const depth = recursive ? (calls === 1 ? 7 : 3) : 0;
  const callee: GeneratedFunction = {
    name: context.fresh("f"),
    params: recursive ? [depthParameter, ...params] : params,
    result,
    depth,
    cost: 0,
  };
  if (!recursive && result !== "unit" && random.chance(20)) {
    oneLineFunction(context, callee, result);
  } else {
    const once = functionBody(
      context,
      callee,
      size,
      recursive ? { target: callee, remaining: calls } : null,
    );
    callee.cost = recursive ? once * (calls === 1 ? depth + 1 : 2 ** (depth + 1) - 1) : once;
  }
  context.functions.push(callee);
}

function oneLineFunction(context: Context, callee: GeneratedFunction, result: ScalarType): void {
  let text = "";
  callee.cost = context.inFunction(result, false, () => {
    for (const param of callee.params) context.declare({ ...param, mutable: false });
    text = expression(context, result, 3);
  });
  context.line(`${head(callee)} ${text}`);
}

/** Writes the function and gives the steps of one call without its recursive calls. */
function functionBody(
  context: Context,
  callee: GeneratedFunction,
  size: number,
  recursion: Context["recursion"],
): number {
  const { random } = context;
  const { result } = callee;
  context.line(head(callee));
  context.recursion = recursion;
  const cost = context.inFunction(result, false, () => {
    for (const param of callee.params) context.declare({ ...param, mutable: false });
    if (recursion !== null && result !== "unit") {
      context.recursion = null;
      context.line(`if depth <= 0: return ${expression(context, result, 1)}`);
      context.recursion = recursion;
    }
    statements(context, random.between(1, 2 + (size >> 1)), 2);
    if (result !== "unit") tail(context, result);
  });
  context.recursion = null;
  return cost;
}

/** The value of a body: an expression, or a trailing `if`. */
function tail(context: Context, result: ScalarType): void {
  if (context.random.chance(75)) return context.line(expression(context, result, 3));
  context.line(`if ${expression(context, "bool", 2)}:`);
  context.block(() => context.line(expression(context, result, 2)));
  context.line("else:");
  context.block(() => tail(context, result));
}

/** Two functions that call each other; the first may be called from outside. */
function mutualPair(context: Context): void {
  const { random } = context;
  const make = (): GeneratedFunction => ({
    name: context.fresh("f"),
    params: [depthParameter, ...parameters(context, random.between(0, 2))],
    result: anyType(context),
    depth: 7,
    cost: 0,
  });
  const first = make();
  const second = make();
  const cost =
    functionBody(context, first, 2, { target: second, remaining: 1 }) +
    functionBody(context, second, 2, { target: first, remaining: 1 });
  first.cost = cost * 4;
  second.cost = cost * 4;
  context.functions.push(first, second);
}

function mainFunction(context: Context, size: number): void {
  const { random } = context;
  const withResult = random.chance(40);
  context.line(withResult ? "fn main() -> i64:" : "fn main():");
  context.cost += context.inFunction(withResult ? "i64" : "unit", true, () => {
    statements(context, random.between(2, size + 2), 3);
    if (withResult) context.line(`(${expression(context, "i64", 2)} & 255)`);
  });
}
