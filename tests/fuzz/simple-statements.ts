// Random statements. Every loop has a bounded trip count, and the bound of all steps is kept in the context.
import type { ScalarType } from "../../src/ir/hir/index.ts";
import {
  call,
  anyType,
  depthArgument,
  expression,
  intLiteral,
  literal,
} from "./simple-expressions.ts";
import { type Context, intTypes, isInt, type Variable } from "./simple-context.ts";

/** Nesting of statements, of loops, and of expressions. */
const maxLoopDepth = 3;
const expressionDepth = 3;

type Kind =
  | "declare" | "assign" | "compound" | "print" | "if" | "oneLineIf" | "for" | "range" | "while" | "loop" | "match"
  | "check" | "blockValue" | "matchValue" | "leave" | "return" | "call" | "redeclare" | "nested" | "hot" | "pass"; // prettier-ignore

const weights: Readonly<Record<Kind, number>> = {
  declare: 16, assign: 16, compound: 8, print: 8, if: 9, oneLineIf: 4, for: 6, range: 3, while: 4, loop: 2, match: 4,
  blockValue: 3, check: 1, matchValue: 3, leave: 5, return: 2, call: 4, redeclare: 2, nested: 2, hot: 1, pass: 1,
}; // prettier-ignore

/** Up to `count` statements; fewer when the budget is used up. */
export function statements(context: Context, count: number, depth: number): void {
  let written = 0;
  for (let index = 0; index < count; index += 1) {
    if (context.cost > context.budget()) break;
    statement(context, depth);
    written += 1;
  }
  if (written === 0) context.line("pass");
  else observe(context);
}

/** The module-level variable that takes in the values of others, so that few results go unseen. */
export const witness = "total";

/** Mixes some variables of the innermost scope, or else of any, into the witness. */
function observe(context: Context): void {
  const { random } = context;
  const inner = context.scopes.at(-1) ?? [];
  const own = context.visible((one) => inner.includes(one));
  const candidates = own.length > 0 ? own : context.visible((one) => one.mutable);
  for (let count = random.pick([0, 1, 1, 2]); count > 0 && candidates.length > 0; count -= 1) {
    const { name, type } = random.pick(candidates);
    if (type === "bool") context.line(`if ${name}: ${witness} += 1`);
    else if (isInt(type)) context.line(`${witness} = ${witness} * 31 + (${name} as i64)`);
    else context.line(`${witness} = (${witness} ^ ((${name} * 1024.0) as i64)) * 7`);
    context.step(3);
  }
}

type Writer = (context: Context, depth: number) => void;

/** A statement with bodies; where nothing may be nested any more, the other one. */
const nesting =
  (write: Writer, otherwise: Writer): Writer =>
  (context, depth) =>
    depth > 0 ? write(context, depth) : otherwise(context, depth);

const writers: Readonly<Record<Kind, Writer>> = {
  declare: (context) => declare(context),
  assign,
  compound,
  print,
  if: nesting(ifStatement, assign),
  oneLineIf,
  for: nesting(forLoop, assign),
  range: nesting(steppedLoop, assign),
  while: nesting(whileLoop, assign),
  loop: nesting(endlessLoop, assign),
  match: nesting(matchStatement, print),
  blockValue,
  check,
  matchValue,
  leave,
  return: returnStatement,
  call: callStatement,
  redeclare,
  nested(context, depth) {
    if (depth > 1 && context.multiplier === 1 && context.result !== null) nestedFunction(context);
    else declare(context);
  },
  hot: nesting(hotLoop, assign),
  pass: (context) => context.line("pass"),
};

export function statement(context: Context, depth: number): void {
  context.step();
  writers[context.random.weighted(weights)](context, depth);
}

function value(context: Context, type: ScalarType): string {
  return expression(context, type, expressionDepth);
}

function declare(context: Context, name = context.fresh("v")): void {
  const type = anyType(context);
  const mutable = context.random.chance(65);
  const annotation = context.random.chance(70) ? `: ${type}` : "";
  context.line(`${mutable ? "var" : "val"} ${name}${annotation} = ${value(context, type)}`);
  context.declare({ name, type, mutable });
}

/** The same name again, mostly with another type. */
function redeclare(context: Context): void {
  const here = context.scopes.at(-1)?.filter((one) => one.name.startsWith("v")) ?? [];
  const outer = context.visible((one) => one.name.startsWith("v"));
  const candidates = context.random.chance(50) ? here : outer;
  if (candidates.length === 0 || !context.mayRedeclare()) return declare(context);
  declare(context, context.random.pick(candidates).name);
}

function targets(context: Context): Variable[] {
  return context.visible((variable) => variable.mutable);
}

function assign(context: Context): void {
  const candidates = targets(context);
  if (candidates.length === 0) return declare(context);
  const target = context.random.pick(candidates);
  context.line(`${target.name} = ${value(context, target.type)}`);
}

function compound(context: Context): void {
  const candidates = targets(context).filter((one) => one.type !== "bool");
  if (candidates.length === 0) return declare(context);
  const target = context.random.pick(candidates);
  context.line(
    `${target.name} ${context.random.pick(["+=", "-=", "*="])} ${value(context, target.type)}`,
  );
}

const intSpecs = [
  "",
  ":d",
  ":08d",
  ":x",
  ":X",
  ":+",
  ":>12",
  ":<6",
  ":^9",
  ":b",
  ":o",
  ":,",
  ":06x",
] as const;
const floatSpecs = [
  "",
  ":.3f",
  ":e",
  ":10.2f",
  ":+.1f",
  ":.0f",
  ":012.4f",
  ":g",
  ":.2e",
  ":>20",
] as const;

function hole(context: Context): string {
  const type = anyType(context);
  const text = expression(context, type, 1);
  if (type === "bool") return `{${text}}`;
  return `{${text}${context.random.pick(isInt(type) ? intSpecs : floatSpecs)}}`;
}

function print(context: Context): void {
  const { random } = context;
  const name = random.pick(["print", "print", "print", "println", "print_raw", "eprint"]);
  switch (random.weighted({ text: 5, plain: 3, parenthesised: 2 })) {
    case "text": {
      const holes = Array.from({ length: random.between(1, 3) }, () => hole(context));
      return context.line(
        `${name} "${random.pick(["", "p ", "x="])}${holes.join(random.pick([" ", ", ", "|"]))}"`,
      );
    }
    case "plain": {
      const variables = context.visible(() => true);
      if (variables.length === 0) return context.line(`print "empty"`);
      return context.line(`${name} ${random.pick(variables).name}`);
    }
    case "parenthesised":
      return context.line(`${name}(${value(context, anyType(context))})`);
  }
}

function body(context: Context, depth: number): void {
  context.block(() => statements(context, context.random.between(1, 3), depth - 1));
}

function ifStatement(context: Context, depth: number): void {
  const { random } = context;
  context.line(`if ${value(context, "bool")}:`);
  body(context, depth);
  for (let count = random.pick([0, 0, 0, 1, 2]); count > 0; count -= 1) {
    context.line(`${random.pick(["elif", "elif", "else if"])} ${value(context, "bool")}:`);
    body(context, depth);
  }
  if (random.chance(50)) {
    context.line("else:");
    body(context, depth);
  }
}

/** `if c: statement`, on one line. */
function oneLineIf(context: Context): void {
  const candidates = targets(context);
  if (candidates.length === 0) return print(context);
  const target = context.random.pick(candidates);
  context.line(`if ${value(context, "bool")}: ${target.name} = ${value(context, target.type)}`);
}

/** Writes a loop body that runs at most `trips` times each time the loop is reached. */
export function loopBody(context: Context, trips: number, write: () => void): void {
  const saved = context.multiplier;
  context.multiplier = saved * Math.max(trips, 1);
  context.loopDepth += 1;
  context.block(write);
  context.loopDepth -= 1;
  context.multiplier = saved;
}

export function mayLoop(context: Context): boolean {
  return context.loopDepth < maxLoopDepth && context.multiplier <= 200;
}

function forLoop(context: Context, depth: number): void {
  if (!mayLoop(context)) return assign(context);
  const { random } = context;
  const name = context.fresh("i");
  const dots = random.pick(["..", "..="]);
  let trips = random.between(0, 6);
  let low = `${random.between(-3, 9)}`;
  let high = `${Number(low) + trips}`;
  if (random.chance(40)) {
    low = random.chance(50) ? "0" : `(${value(context, "i64")} & 3)`;
    high = random.chance(50) ? `(${value(context, "i64")} & 7)` : `(${value(context, "i64")} % 6)`;
    trips = 8;
  }
  const type =
    trips < 8 && Number(low) >= 0
      ? random.pick(["i64", "i64", "u8", "i32", "u64"] as const)
      : "i64";
  const mark = type === "i64" ? "" : type;
  context.line(`for ${name} in ${low}${mark}${dots}${high}${mark}:`);
  loopBody(context, trips + 1, () => {
    context.declare({ name, type, mutable: false });
    statements(context, random.between(1, 3), depth - 1);
  });
}

function steppedLoop(context: Context, depth: number): void {
  if (!mayLoop(context)) return assign(context);
  const { random } = context;
  const name = context.fresh("i");
  const low = random.between(-10, 10);
  const step = random.pick([1, 2, 3, 5, -1, -2, -4]);
  const high = low + step * random.between(-1, 5) + random.between(-1, 1);
  context.line(
    step > 0 && random.chance(40)
      ? `for ${name} in (${low}..${high}).step_by(${step}):`
      : `for ${name} in range(${low}, ${high}, ${step}):`,
  );
  loopBody(context, 7, () => {
    context.declare({ name, type: "i64", mutable: false });
    statements(context, random.between(1, 3), depth - 1);
  });
}

function whileLoop(context: Context, depth: number): void {
  if (!mayLoop(context)) return assign(context);
  const { random } = context;
  const counter = context.fresh("k");
  const trips = random.between(0, 7);
  const type = random.pick(["i64", "i64", "i32", "u8"] as const);
  const mark = type === "i64" ? "" : type;
  context.line(`var ${counter} = 0${mark}`);
  const extra = random.chance(35) ? ` and ${value(context, "bool")}` : "";
  context.line(`while ${counter} < ${trips}${mark}${extra}:`);
  loopBody(context, trips, () => {
    context.line(`${counter} = ${counter} + 1${mark}`);
    context.declare({ name: counter, type, mutable: false });
    statements(context, random.between(1, 4), depth - 1);
  });
  context.declare({ name: counter, type, mutable: false });
}

function endlessLoop(context: Context, depth: number): void {
  if (!mayLoop(context)) return assign(context);
  const { random } = context;
  const counter = context.fresh("k");
  const trips = random.between(0, 5);
  context.line(`var ${counter} = 0`);
  context.line("loop:");
  loopBody(context, trips + 1, () => {
    context.line(`if ${counter} >= ${trips}: break`);
    context.line(`${counter} += 1`);
    context.declare({ name: counter, type: "i64", mutable: false });
    statements(context, random.between(1, 3), depth - 1);
  });
}

/** A loop with many trips and little in it: long enough to change tier while it runs. */
function hotLoop(context: Context): void {
  const { random } = context;
  if (context.multiplier > 3 || context.cost > context.budget() / 4) return assign(context);
  const trips = random.between(50, 400);
  const candidates = targets(context).filter((one) => one.type !== "bool");
  if (candidates.length === 0) return declare(context);
  const name = context.fresh("i");
  context.line(`for ${name} in 0..${trips}:`);
  loopBody(context, trips, () => {
    context.declare({ name, type: "i64", mutable: false });
    for (let count = random.between(1, 2); count > 0; count -= 1) {
      const target = random.pick(candidates);
      context.line(`${target.name} = ${expression(context, target.type, 2)}`);
    }
    if (random.chance(30)) {
      context.line(`if ${expression(context, "bool", 2)}: ${random.pick(["break", "continue"])}`);
      context.line(`${candidates[0]?.name} += ${literal(context, candidates[0]?.type ?? "i64")}`);
    }
  });
}

/** The arms of a match on an integer: pattern texts with the mark of the scrutinee's type. */
function pattern(context: Context, mark: string): string {
  const { random } = context;
  const number = (): string => `${random.between(0, 9)}${mark}`;
  switch (random.weighted({ literal: 5, alternatives: 2, range: 2, inclusive: 1, negative: 1 })) {
    case "literal":
      return number();
    case "alternatives":
      return `${number()} | ${number()}`;
    case "range": {
      const low = random.between(0, 6);
      return `${low}${mark}..${low + random.between(1, 4)}${mark}`;
    }
    case "inclusive": {
      const low = random.between(0, 6);
      return `${low}${mark}..=${low + random.between(0, 4)}${mark}`;
    }
    case "negative":
      return mark.startsWith("u") ? number() : `-${number()}`;
  }
}

function scrutinee(context: Context): { text: string; mark: string; type: ScalarType } {
  const type = context.random.chance(70) ? "i64" : context.random.pick(intTypes);
  const mark = type === "i64" ? "" : type;
  const text = `(${value(context, type)} % ${intLiteral(context, type, 10n)})`;
  return { text, mark, type };
}

function armHead(context: Context, mark: string): string {
  const { random } = context;
  const guard = random.chance(20) ? ` if ${expression(context, "bool", 1)}` : "";
  return `case ${pattern(context, mark)}${guard}:`;
}

function matchStatement(context: Context, depth: number): void {
  const { random } = context;
  const { text, mark, type } = scrutinee(context);
  context.line(`match ${text}:`);
  context.indent += 1;
  for (let count = random.between(1, 3); count > 0; count -= 1) {
    context.line(armHead(context, mark));
    body(context, depth);
  }
  if (random.chance(60)) {
    const name = context.fresh("m");
    const binds = random.chance(40);
    context.line(binds ? `case ${name}:` : "case _:");
    context.block(() => {
      if (binds) context.declare({ name, type, mutable: false });
      statements(context, random.between(1, 2), depth - 1);
    });
  }
  context.indent -= 1;
}

/** `val v = match e:` with an arm for everything. */
function matchValue(context: Context): void {
  const { random } = context;
  const { text, mark } = scrutinee(context);
  const type = anyType(context);
  const name = context.fresh("v");
  context.line(`val ${name}: ${type} = match ${text}:`);
  context.indent += 1;
  for (let count = random.between(1, 3); count > 0; count -= 1) {
    context.line(`${armHead(context, mark)} ${value(context, type)}`);
  }
  context.line(`case _: ${value(context, type)}`);
  context.indent -= 1;
  context.declare({ name, type, mutable: false });
}

/** `val v = if c:` with statements in its branches. */
function blockValue(context: Context): void {
  const { random } = context;
  const type = anyType(context);
  const name = context.fresh("v");
  const branch = (): void =>
    context.block(() => {
      if (random.chance(60)) declare(context);
      if (random.chance(40)) assign(context);
      context.line(value(context, type));
    });
  context.line(`val ${name}: ${type} = if ${value(context, "bool")}:`);
  branch();
  if (random.chance(25)) {
    context.line(`elif ${value(context, "bool")}:`);
    branch();
  }
  context.line("else:");
  branch();
  context.declare({ name, type, mutable: false });
}

function leave(context: Context): void {
  if (context.loopDepth === 0) return assign(context);
  context.line(`if ${value(context, "bool")}: ${context.random.pick(["break", "continue"])}`);
}

function returnStatement(context: Context): void {
  const { result } = context;
  if (result === null) return print(context);
  const text = result === "unit" ? "return" : `return ${value(context, result)}`;
  context.line(`if ${value(context, "bool")}: ${text}`);
}

/** Stops the program: rarely true. */
function check(context: Context): void {
  const { random } = context;
  if (random.chance(50))
    return context.line(`assert (${value(context, "bool")} or ${value(context, "bool")} or true)`);
  context.line(`if (${value(context, "i64")} % 37) == 5: fail("stopped at ${hole(context)}")`);
}

function callStatement(context: Context): void {
  const candidates = context.functions.filter((one) => context.affords(one));
  if (candidates.length === 0) return print(context);
  const callee = context.random.pick(candidates);
  const text = call(context, callee, callee.depth > 0 ? depthArgument(context, callee) : "", 2);
  context.line(text);
}

/** A function inside a function that reads the names around it. */
function nestedFunction(context: Context): void {
  const { random } = context;
  const name = context.fresh("inner");
  const result = anyType(context);
  const type = anyType(context);
  const param = context.fresh("p");
  const saved = { scopes: context.scopes, recursion: context.recursion };
  context.scopes = context.scopes.map((scope) =>
    scope.map((one) => (one.name.startsWith("g") ? one : { ...one, mutable: false })),
  );
  context.recursion = null;
  context.line(`fn ${name}(${param}: ${type}) -> ${result}:`);
  const cost = context.inFunction(result, false, () => {
    context.declare({ name: param, type, mutable: false });
    statements(context, random.between(0, 2), 1);
    context.line(value(context, result));
  });
  context.scopes = saved.scopes;
  context.recursion = saved.recursion;
  const inner = { name, params: [{ name: param, type, fallback: null }], result, depth: 0, cost };
  const target = targets(context).find((one) => one.type === result);
  const text = context.affords(inner) ? call(context, inner, "", 2) : null;
  if (text === null) return;
  context.line(target === undefined ? `print ${text}` : `${target.name} = ${text}`);
}
