// Random well-typed expressions as source text. Whatever is not a single token stands in parentheses, except in the
// flat chains that are there to exercise precedence.
import { intFacts, type IntType, type ScalarType } from "../../src/ir/hir/index.ts";
import {
  type Context,
  type GeneratedFunction,
  intTypes,
  isInt,
  type Parameter,
} from "./simple-context.ts";

const allTypes: readonly ScalarType[] = [...intTypes, "f32", "f64", "bool"];
const numericTypes: readonly Exclude<ScalarType, "bool">[] = [...intTypes, "f32", "f64"];

export function anyType(context: Context): ScalarType {
  const { random } = context;
  if (random.chance(35)) return "i64";
  return random.pick(allTypes);
}

function suffix(type: IntType, plain: boolean): string {
  return type === "i64" && plain ? "" : type;
}

function intValue(context: Context, type: IntType): bigint {
  const { random } = context;
  const { min, max, bits } = intFacts(type);
  switch (random.weighted({ small: 6, edge: 3, bits: 2, power: 2 })) {
    case "small":
      return BigInt.asIntN(64, BigInt(random.between(min < 0n ? -9 : 0, 20)));
    case "edge":
      return random.pick([0n, 1n, 2n, max, max - 1n, min, min + 1n, max >> 1n]);
    case "bits": {
      const wide = (BigInt(random.bits()) << 32n) | BigInt(random.bits());
      return min < 0n ? BigInt.asIntN(bits, wide) : BigInt.asUintN(bits, wide);
    }
    case "power": {
      const power = 1n << BigInt(random.below(bits));
      return min < 0n ? BigInt.asIntN(bits, power) : power;
    }
  }
}

/** The text of an integer literal; negative ones in parentheses, the least one as a difference. */
export function intLiteral(context: Context, type: IntType, value: bigint): string {
  const { random } = context;
  const mark = suffix(type, random.chance(70));
  const { min } = intFacts(type);
  if (value < 0n) {
    if (value === min) return `(-${-(value + 1n)}${mark} - 1${mark})`;
    return `(-${-value}${mark})`;
  }
  if (random.chance(85)) return `${value}${mark}`;
  return random.chance(70) ? `0x${value.toString(16)}${mark}` : `0b${value.toString(2)}${mark}`;
}

const floatEdges = [
  "0.0", "(-0.0)", "1.0", "(-1.0)", "0.5", "0.1", "2.5", "3.5", "(-2.5)", "1e10", "123456.789",
  "4294967296.0", "2147483648.0", "9007199254740993.0", "9223372036854775808.0", "18446744073709551616.0",
  "(-9223372036854775808.0)", "1e-5", "1.5e-10", "(1.0 / 0.0)", "(-1.0 / 0.0)", "(0.0 / 0.0)",
] as const; // prettier-ignore
const doubleEdges = [
  "1e300",
  "(-1e300)",
  "5e-324",
  "1.7976931348623157e308",
  "1e16",
  "1e-4",
] as const;
const singleEdges = ["3.4028235e38", "1e-45", "16777217.0", "1.1754944e-38"] as const;

/** Appends `f32` to every float literal in the text. */
function toSingle(text: string): string {
  return text.replace(/\d+\.\d+(?:e-?\d+)?|\d+e-?\d+/g, "$&f32");
}

function floatLiteral(context: Context, type: "f32" | "f64"): string {
  const { random } = context;
  let text: string;
  if (random.chance(45)) text = random.pick(floatEdges);
  else if (random.chance(20)) text = random.pick(type === "f64" ? doubleEdges : singleEdges);
  else
    text = (random.between(0, 4000) / random.pick([1, 2, 8, 10, 100, 3])).toFixed(
      random.between(1, 6),
    );
  return type === "f32" ? toSingle(text) : text;
}

export function literal(context: Context, type: ScalarType): string {
  if (type === "bool") return context.random.chance(50) ? "true" : "false";
  if (isInt(type)) return intLiteral(context, type, intValue(context, type));
  return floatLiteral(context, type);
}

function atom(context: Context, type: ScalarType): string {
  const { random } = context;
  const variables = context.visible((variable) => variable.type === type);
  if (variables.length > 0 && random.chance(75)) return random.pick(variables).name;
  if (random.chance(25)) {
    const others = context.visible(
      (variable) => variable.type !== type && variable.type !== "bool",
    );
    if (others.length > 0 && type !== "bool") return `(${random.pick(others).name} as ${type})`;
  }
  return literal(context, type);
}

/** An expression of the type; `depth` bounds its nesting. */
export function expression(context: Context, type: ScalarType, depth: number): string {
  context.step();
  const { random } = context;
  const foreign = context.leaf(type, depth);
  if (foreign !== null) return foreign;
  if (depth <= 0) return atom(context, type);
  if (random.chance(3)) return instanceOf(context, type, depth);
  const call = random.chance(18) ? callOf(context, type, depth) : null;
  if (call !== null) return call;
  if (random.chance(7)) {
    const condition = expression(context, "bool", depth - 1);
    return `(if ${condition}: ${expression(context, type, depth - 1)} else: ${expression(context, type, depth - 1)})`;
  }
  if (type === "bool") return condition(context, depth);
  return isInt(type) ? intExpression(context, type, depth) : floatExpression(context, type, depth);
}

function intExpression(context: Context, type: IntType, depth: number): string {
  const { random } = context;
  const operand = (): string => expression(context, type, depth - 1);
  const kind = random.weighted({
    atom: 3, arithmetic: 8, divide: 3, bitwise: 4, shift: 4, unary: 2, cast: 4, mixed: 3, method: 2, flat: 3, power: 1, idiom: 3,
  }); // prettier-ignore
  switch (kind) {
    case "atom":
      return atom(context, type);
    case "arithmetic":
      return `(${operand()} ${random.pick(["+", "-", "*"])} ${operand()})`;
    case "divide":
      return `(${operand()} ${random.pick(["/", "%"])} ${divisor(context, type, depth)})`;
    case "bitwise":
      return `(${operand()} ${random.pick(["&", "|", "^", "xor"])} ${operand()})`;
    case "shift":
      return `(${operand()} ${random.pick(["<<", ">>"])} ${shiftCount(context, type, depth)})`;
    case "unary":
      return `(${random.pick(["-", "~"])}${operand()})`;
    case "cast":
      return `(${expression(context, random.pick(numericTypes), depth - 1)} as ${type})`;
    case "mixed":
      return `(${mixedInts(context, depth)} as ${type})`;
    case "method":
      if (random.chance(20)) {
        return `${operand()}.fdiv(${divisor(context, type, depth)})`;
      }
      return random.chance(35)
        ? `${operand()}.abs()`
        : `${operand()}.${random.pick(["min", "max"])}(${operand()})`;
    case "flat":
      return flatChain(context, type);
    case "idiom":
      return idiom(context, type, depth);
    case "power":
      return `(${operand()} ** ${intLiteral(context, type, BigInt(random.below(6)))})`;
  }
}

/** Shapes that optimisers look for: the same operand twice, neutral constants, pairs of constants. */
function idiom(context: Context, type: IntType, depth: number): string {
  const { random } = context;
  const x = random.chance(60) ? atom(context, type) : expression(context, type, depth - 1);
  const small = (bound: number): string => intLiteral(context, type, BigInt(random.below(bound)));
  const { bits } = intFacts(type);
  const edges = [7, 8, 16, 31, 32, bits - 8, bits - 16, bits - 1].filter(
    (at) => at > 0 && at < bits,
  );
  const shift = random.chance(50)
    ? intLiteral(context, type, BigInt(random.pick(edges)))
    : small(bits);
  const constant = (): string => literal(context, type);
  return random.pick([
    () => `((${x} << ${shift}) >> ${shift})`,
    () => `((${x} >> ${shift}) << ${shift})`,
    () =>
      `((${x} ${random.pick(["<<", ">>"])} ${small(bits)}) ${random.pick(["<<", ">>"])} ${small(bits)})`,
    () =>
      `((${x} ${random.pick(["+", "-", "*", "&", "|", "^"])} ${constant()}) ${random.pick(["+", "-", "*", "&", "|", "^"])} ${constant()})`,
    () => `(${x} ${random.pick(["+", "-", "&", "|", "^", "*"])} ${x})`,
    () => `(${x} ${random.pick(["+", "-", "*", "&", "|", "^", "<<", ">>"])} ${small(2)})`,
    () =>
      `(${x} ${random.pick(["*", "/", "%"])} ${intLiteral(context, type, 1n << BigInt(random.below(bits - 1)))})`,
    () =>
      `(${x} ${random.pick(["/", "%"])} ${intLiteral(context, type, BigInt(random.between(1, 100)))})`,
    () => `(if (${x} ${comparison(context)} ${constant()}): ${x} else: ${constant()})`,
    () => `((${x} as ${random.pick(intTypes)}) as ${type})`,
  ])();
}

/** Mostly not zero; now and then it may be, and the program may end there. */
function divisor(context: Context, type: IntType, depth: number): string {
  const { random } = context;
  if (random.chance(10)) return expression(context, type, depth - 1);
  if (random.chance(40)) {
    const value = intValue(context, type);
    return intLiteral(context, type, value === 0n ? 3n : value);
  }
  return `(${expression(context, type, depth - 1)} | ${intLiteral(context, type, 1n)})`;
}

function shiftCount(context: Context, type: IntType, depth: number): string {
  const { random } = context;
  if (random.chance(30)) return expression(context, type, depth - 1);
  return intLiteral(context, type, BigInt(random.below(type === "i8" ? 100 : 70)));
}

/** Operands of two integer types; the result's type is the language's business, so a cast follows. */
function mixedInts(context: Context, depth: number): string {
  const { random } = context;
  const left = expression(context, random.pick(intTypes), depth - 1);
  const right = expression(context, random.pick(intTypes), depth - 1);
  return `(${left} ${random.pick(["+", "-", "*", "&", "|", "^"])} ${right})`;
}

function flatChain(context: Context, type: IntType): string {
  const { random } = context;
  let text = atom(context, type);
  for (let count = random.between(2, 4); count > 0; count -= 1) {
    text += ` ${random.pick(["+", "-", "*", "+", "-", "*", "&", "|", "^", "<<", ">>"])} ${atom(context, type)}`;
  }
  return `(${text})`;
}

function floatExpression(context: Context, type: "f32" | "f64", depth: number): string {
  const { random } = context;
  const operand = (): string => expression(context, type, depth - 1);
  const kind = random.weighted({
    atom: 3,
    arithmetic: 10,
    remainder: 1,
    negate: 2,
    cast: 4,
    mixed: 3,
    method: 4,
    host: 1,
  });
  switch (kind) {
    case "atom":
      return atom(context, type);
    case "arithmetic":
      return `(${operand()} ${random.pick(["+", "-", "*", "/"])} ${operand()})`;
    case "remainder":
      return random.chance(20)
        ? `(${operand()} % ${operand()})`
        : `(${operand()} % ${type === "f32" ? "2.5f32" : "2.5"})`;
    case "negate":
      return `(-${operand()})`;
    case "cast":
      return `(${expression(context, random.pick(numericTypes), depth - 1)} as ${type})`;
    case "mixed":
      return `((${operand()} ${random.pick(["+", "-", "*", "/"])} ${expression(context, random.pick(numericTypes), depth - 1)}) as ${type})`;
    case "method":
      return random.chance(70)
        ? `${operand()}.${random.pick(["abs", "floor", "ceil", "round", "trunc", "sqrt"])}()`
        : `${operand()}.${random.pick(["min", "max"])}(${operand()})`;
    case "host":
      return type === "f64"
        ? `${operand()}.${random.pick(["sin", "cos", "exp", "atan", "tanh"])}()`
        : operand();
  }
}

function condition(context: Context, depth: number): string {
  const { random } = context;
  const kind = random.weighted({
    atom: 1,
    compare: 9,
    mixed: 3,
    logic: 4,
    not: 2,
    chain: 2,
    bools: 1,
  });
  switch (kind) {
    case "atom":
      return atom(context, "bool");
    case "compare": {
      const type = random.pick(numericTypes);
      return `(${expression(context, type, depth - 1)} ${comparison(context)} ${expression(context, type, depth - 1)})`;
    }
    case "mixed": {
      const left = random.pick(numericTypes);
      const right = random.pick(isInt(left) ? numericTypes : (["f32", "f64"] as const));
      const operators =
        isInt(left) === isInt(right) ? ["<", "<=", ">", ">=", "==", "!="] : ["<", "<=", ">", ">="];
      return `(${expression(context, left, depth - 1)} ${random.pick(operators)} ${expression(context, right, depth - 1)})`;
    }
    case "logic":
      return `(${expression(context, "bool", depth - 1)} ${random.pick(["and", "or", "&&", "||"])} ${expression(context, "bool", depth - 1)})`;
    case "not":
      return `(${random.pick(["not ", "!"])}${expression(context, "bool", depth - 1)})`;
    case "chain": {
      const type = random.pick(intTypes);
      const operand = (): string => expression(context, type, Math.min(depth - 1, 1));
      return `(${operand()} ${random.pick(["<", "<="])} ${operand()} ${random.pick(["<", "<=", ">"])} ${operand()})`;
    }
    case "bools":
      return `(${expression(context, "bool", depth - 1)} ${random.pick(["==", "!="])} ${expression(context, "bool", depth - 1)})`;
  }
}

function comparison(context: Context): string {
  return context.random.pick(["==", "!=", "<", "<=", ">", ">="]);
}

/** A call that yields the type, or null if there is none that can be afforded here. */
function callOf(context: Context, type: ScalarType, depth: number): string | null {
  const { random, recursion } = context;
  if (
    recursion !== null &&
    recursion.remaining > 0 &&
    context.multiplier === 1 &&
    recursion.target.result === type
  ) {
    recursion.remaining -= 1;
    return call(context, recursion.target, "depth - 1", depth);
  }
  const candidates = context.functions.filter((one) => one.result === type && context.affords(one));
  if (candidates.length === 0) return null;
  const callee = random.pick(candidates);
  return call(context, callee, depthArgument(context, callee), depth);
}

/** Functions without parameter types that every program starts with; each has one instance for each type it meets. */
export const untypedFunctions = [
  "fn same(x): x",
  "fn either(c: bool, x, y): if c: x else: y",
  "fn twice(x): x + x",
  "fn larger(x, y): if x > y: x else: y",
] as const;

function instanceOf(context: Context, type: ScalarType, depth: number): string {
  context.step(4);
  const operand = (): string => expression(context, type, Math.min(depth - 1, 2));
  const kind = type === "bool" ? context.random.below(2) : context.random.below(4);
  switch (kind) {
    case 0:
      return `same(${operand()})`;
    case 1:
      return `either(${expression(context, "bool", 1)}, ${operand()}, ${operand()})`;
    case 2:
      return `twice(${operand()})`;
    default:
      return `larger(${operand()}, ${operand()})`;
  }
}

/** The depth with which a recursive function is called from outside: within its bound. */
export function depthArgument(context: Context, callee: GeneratedFunction): string {
  const { random } = context;
  if (random.chance(60)) return `${random.between(0, callee.depth)}`;
  const mask = callee.depth >= 7 ? 7 : 3;
  return `(${expression(context, "i64", 1)} & ${Math.min(mask, callee.depth >= 3 ? mask : 1)})`;
}

/**
 * The text of a call: arguments positional or named, defaults now and then left out. A positional argument behind named
 * ones fills the next parameter that is still empty, so it may only stand where that is the one that it is meant for.
 */
export function call(
  context: Context,
  callee: GeneratedFunction,
  depthText: string,
  depth: number,
): string {
  const { random } = context;
  context.cost += context.multiplier * callee.cost;
  const args: string[] = callee.depth > 0 ? [depthText] : [];
  let left = callee.depth > 0 ? callee.params.slice(1) : [...callee.params];
  const shuffled = random.chance(12);
  while (left.length > 0) {
    const [next] = left;
    const param = shuffled ? random.pick(left) : next;
    if (param === undefined) break;
    left = left.filter((one) => one !== param);
    if (param.fallback !== null && random.chance(50)) {
      // Later positional arguments would fill it: the rest is named.
      left = nameTheRest(context, left, args, depth);
      break;
    }
    const value = expression(context, param.type, Math.min(depth - 1, 2));
    const named = param !== next || random.chance(15);
    args.push(named ? `${param.name}${random.pick([": ", "="])}${value}` : value);
  }
  return `${callee.name}(${args.join(", ")})`;
}

function nameTheRest(
  context: Context,
  params: readonly Parameter[],
  args: string[],
  depth: number,
): Parameter[] {
  for (const param of params) {
    if (param.fallback !== null && context.random.chance(50)) continue;
    const value = expression(context, param.type, Math.min(depth - 1, 2));
    args.push(`${param.name}: ${value}`);
  }
  return [];
}
