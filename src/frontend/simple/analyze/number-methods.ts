// The methods of numbers, as tables.
import type { Span } from "../../../base/index.ts";
import {
  isFloatType,
  isIntType,
  type Expr,
  type FloatType,
  type IntType,
  type MathOp,
  type ScalarType,
} from "../../../ir/hir/index.ts";
import { binary, unify } from "./arithmetic.ts";
import type { Context } from "./context.ts";
import { expectType } from "./convert.ts";
import { suggestion } from "./names.ts";
import { lowerOperandsAfter } from "./operands.ts";
import type { MethodCall } from "./methods.ts";
import { hostCall, power } from "./power.ts";
import {
  boolTyped,
  convert,
  errorValue,
  floatConst,
  intConst,
  typed,
  type Typed,
  type Value,
} from "./value.ts";

/** `x == 0.0` */
function isZero({ expr }: Typed, span: Span): Expr {
  const zero = floatConst("f64", 0, span);
  return { kind: "compare", type: "bool", op: "eq", left: expr, right: zero, span };
}

function eitherFloat(condition: Expr, then: Typed, otherwise: Typed): Typed {
  const { span } = condition;
  return typed("f64", {
    kind: "if",
    type: "f64",
    condition,
    then: then.expr,
    else: otherwise.expr,
    span,
  });
}

interface Applied<T extends ScalarType> {
  readonly self: Typed;
  readonly type: T;
  readonly args: readonly Typed[];
  readonly span: Span;
}

interface Method<T extends ScalarType> {
  readonly arity: number;
  apply(cx: Context, call: Applied<T>): Value;
}

function math(op: MathOp, type: ScalarType, args: readonly Typed[], span: Span): Typed {
  return typed(type, { kind: "math", type, op, args: args.map(({ expr }) => expr), span });
}

/** `min` and `max` of two numbers brought to one type. */
function extreme(op: "min" | "max", left: Typed, right: Typed | undefined, span: Span): Value {
  const unified = right === undefined ? null : unify({ left, right, span });
  return unified === null
    ? errorValue
    : math(op, unified.type, [unified.left, unified.right], span);
}

const shared = {
  abs: { arity: 0, apply: (_cx, { self, type, span }) => math("abs", type, [self], span) },
  min: { arity: 1, apply: (_cx, { self, args, span }) => extreme("min", self, args[0], span) },
  max: { arity: 1, apply: (_cx, { self, args, span }) => extreme("max", self, args[0], span) },
  clamp: {
    arity: 2,
    apply: (_cx, { self, args, span }) => {
      const atLeast = extreme("max", self, args[0], span);
      return atLeast.kind === "typed" ? extreme("min", atLeast, args[1], span) : atLeast;
    },
  },
  pow: {
    arity: 1,
    apply: (cx, { self, args, span }) => {
      const [right] = args;
      return right === undefined ? errorValue : power(cx, { left: self, right, span });
    },
  },
} as const satisfies Record<string, Method<ScalarType>>;

function cast<T extends ScalarType>(target: ScalarType): Method<T> {
  return { arity: 0, apply: (_cx, { self }) => convert(self, target) };
}

const casts = {
  to_i8: cast("i8"),
  to_i16: cast("i16"),
  to_i32: cast("i32"),
  to_i64: cast("i64"),
  to_u8: cast("u8"),
  to_u16: cast("u16"),
  to_u32: cast("u32"),
  to_u64: cast("u64"),
  to_int: cast("i64"),
  to_f32: cast("f32"),
  to_f64: cast("f64"),
  to_float: cast("f64"),
} as const satisfies Record<string, Method<ScalarType>>;

/** Tests the lowest bit. */
function parity(odd: boolean): Method<IntType> {
  return {
    arity: 0,
    apply: (_cx, { self, type, span }) => {
      const bit = binary("and", type, {
        left: self,
        right: typed(type, intConst(type, 1n, span)),
        span,
      });
      const right = intConst(type, 0n, span);
      return boolTyped({
        kind: "compare",
        type: "bool",
        op: odd ? "ne" : "eq",
        left: bit.expr,
        right,
        span,
      });
    },
  };
}

/** A function of the prelude on two integers of one type. */
function preludeMethod(name: string): Method<IntType> {
  return {
    arity: 1,
    apply: (cx, { self, args, span }) => {
      const [right] = args;
      const unified = right === undefined ? null : unify({ left: self, right, span });
      if (unified === null) return errorValue;
      if (!isIntType(unified.type)) {
        const found = { span, what: `the argument of \`${name}\`` };
        return right === undefined ? errorValue : expectType(cx, right, self.type, found);
      }
      return cx.lower.callFunction(
        cx,
        cx.analysis.prelude(`number.${name}`),
        [unified.left, unified.right],
        span,
      );
    },
  };
}

const intMethods: Readonly<Record<string, Method<IntType>>> = {
  ...shared,
  ...casts,
  // Nothing is above an unsigned number's own absolute value.
  abs: {
    arity: 0,
    apply: (_cx, { self, type, span }) =>
      type.startsWith("u") ? self : math("abs", type, [self], span),
  },
  is_even: parity(false),
  is_odd: parity(true),
  fdiv: preludeMethod("fdiv"),
  gcd: preludeMethod("gcd"),
  lcm: preludeMethod("lcm"),
};

function host(symbol: string): Method<FloatType> {
  return {
    arity: 0,
    apply: (_cx, { self, type, span }) => hostCall(symbol, [self], type, { span }),
  };
}

function exact(op: MathOp): Method<FloatType> {
  return { arity: 0, apply: (_cx, { self, type, span }) => math(op, type, [self], span) };
}

/** A host function of two numbers; the second may be any number. */
function hostPair(symbol: string): Method<FloatType> {
  return {
    arity: 1,
    apply: (_cx, { self, args, type, span }) => hostCall(symbol, [self, ...args], type, { span }),
  };
}

const floatMethods: Readonly<Record<string, Method<FloatType>>> = {
  ...shared,
  ...casts,
  floor: exact("floor"),
  ceil: exact("ceil"),
  round: exact("round"),
  trunc: exact("trunc"),
  sqrt: exact("sqrt"),
  exp: host("rt_exp"),
  ln: host("rt_ln"),
  log2: host("rt_log2"),
  log10: host("rt_log10"),
  sin: host("rt_sin"),
  cos: host("rt_cos"),
  tan: host("rt_tan"),
  asin: host("rt_asin"),
  acos: host("rt_acos"),
  atan: host("rt_atan"),
  atan2: hostPair("rt_atan2"),
  tanh: host("rt_tanh"),
  powi: hostPair("rt_pow"),
  log: {
    arity: 1,
    apply: (_cx, { self, args, type, span }) => {
      const [base] = args;
      if (base === undefined) return errorValue;
      const left = hostCall("rt_ln", [self], "f64", { span });
      const right = hostCall("rt_ln", [base], "f64", { span });
      return convert(binary("div", "f64", { left, right, span }), type);
    },
  },
  is_nan: {
    arity: 0,
    apply: (cx, { self, span }) => {
      const { expr } = cx.builder.spillTyped(self);
      return boolTyped({ kind: "compare", type: "bool", op: "ne", left: expr, right: expr, span });
    },
  },
  round_to: {
    arity: 1,
    apply: (cx, { self, args, type, span }) => {
      const ten = typed("f64", floatConst("f64", 10, span));
      const wide = cx.builder.spillTyped(convert(self, "f64"));
      const scale = cx.builder.spillTyped(hostCall("rt_pow", [ten, ...args], "f64", { span }));
      const product = binary("mul", "f64", { left: wide, right: scale, span });
      const scaled = cx.builder.spillTyped(product);
      const rounded = math("round", "f64", [scaled], span);
      const digits = binary("div", "f64", { left: rounded, right: scale, span });
      // Beyond the digits that a float has the number stays as it is; so far in front of the point nothing is left.
      const inRange = eitherFloat(isZero(scale, span), scaled, digits);
      const finite = isZero(binary("sub", "f64", { left: scaled, right: scaled, span }), span);
      return convert(eitherFloat(finite, inRange, wide), type);
    },
  },
};

const boolMethods: Readonly<Record<string, Method<"bool">>> = {
  to_int: cast("i64"),
  to_i64: cast("i64"),
};

/** `x.name(args)` on a number or a bool. */
export function callNumberMethod(cx: Context, receiver: Typed, call: MethodCall): Value {
  const { args, span } = call;
  const operands = lowerOperandsAfter(
    cx,
    receiver,
    args.map(({ value }) => value),
  );
  if (operands.kind !== "operands") return operands;
  const [self, ...rest] = operands.values;
  if (self === undefined) throw new Error("a method has a receiver");
  const { type } = self;
  if (isIntType(type)) return applyMethod(cx, intMethods, call, { self, type, args: rest, span });
  if (isFloatType(type))
    return applyMethod(cx, floatMethods, call, { self, type, args: rest, span });
  return applyMethod(cx, boolMethods, call, { self, type: "bool", args: rest, span });
}

function applyMethod<T extends ScalarType>(
  cx: Context,
  table: Readonly<Record<string, Method<T>>>,
  { name, args }: MethodCall,
  applied: Applied<T>,
): Value {
  const method = Object.hasOwn(table, name.text) ? table[name.text] : undefined;
  if (method === undefined) {
    const onFloat = isIntType(applied.type) && Object.hasOwn(floatMethods, name.text);
    cx.report.error(
      "resolve/unknown-method",
      `\`${applied.type}\` has no method \`${name.text}\``,
      name.span,
      onFloat
        ? `Convert first: \`.to_float().${name.text}(...)\`.`
        : suggestion(name.text, Object.keys(table)),
    );
    return errorValue;
  }
  if (args.length !== method.arity) {
    cx.report.error(
      "type/argument-count",
      `\`${name.text}\` takes ${plural(method.arity)}, found ${args.length}`,
      applied.span,
    );
    return errorValue;
  }
  const odd = args.find((arg) => arg.name !== null || arg.spread);
  if (odd !== undefined) {
    cx.report.error("type/argument-name", "methods of numbers take plain arguments", odd.span);
    return errorValue;
  }
  const bool = applied.args.findIndex(({ type }) => type === "bool");
  if (bool >= 0) {
    const span = args[bool]?.span ?? applied.span;
    cx.report.error("type/mismatch", `\`${name.text}\` takes numbers, found \`bool\``, span);
    return errorValue;
  }
  return method.apply(cx, applied);
}

export function plural(count: number): string {
  return count === 1 ? "1 argument" : `${count === 0 ? "no" : count} arguments`;
}
