// Functions as arguments of parameters that declare their signature: `f: fn(i64) -> i64`. The lambda keeps its own type, so
// that calls of it are direct, and takes and gives what the signature says.
import type { Context } from "./context.ts";
import { coerce, expectType, type Demand } from "./convert.ts";
import { keyOfTypes } from "./generics.ts";
import { passesOn, resultFor, signatureTypes } from "./lambdas.ts";
import {
  anyType,
  found,
  functionOf,
  isScalar,
  LambdaType,
  nilType,
  noSpan,
  representation,
  type FunctionType,
  type ResultType,
  type SimpleType,
} from "./simple-type.ts";
import { errorValue, typed, zeroOf, type Typed, type Value } from "./value.ts";

/** Deeper nests of captured lambdas are called through closures: else a function that wraps them has no end of instances. */
const deepestCaptures = 2;

/** The value as an argument for a parameter of the signature, or a message. */
export function functionArgument(
  cx: Context,
  value: Typed,
  signature: FunctionType,
  demand: Demand,
): Value {
  const type = found(value.type);
  if (isScalar(type) || type.kind !== "lambda" || type.depth > deepestCaptures) {
    return expectType(cx, value, signature, demand);
  }
  if (!fits(cx, type, signature)) {
    cx.report.error(
      "type/mismatch",
      `${demand.what} must be \`${signature}\`, found \`${described(cx, type, signature)}\``,
      demand.span,
    );
    return errorValue;
  }
  const { declared } = type.source;
  return declared === undefined ? typed(declaredAs(cx, type, signature), value.expr) : value;
}

function fits(cx: Context, type: LambdaType, signature: FunctionType): boolean {
  const { declared } = type.source;
  if (declared !== undefined) {
    return declared.signature === signature || passesOn(declared.signature, signature);
  }
  const own = signatureTypes(cx.analysis, type) ?? [];
  if (own.length !== signature.params.length) return false;
  const takes = own.every((param, index) => {
    const given = signature.params[index] ?? anyType;
    return param === anyType || found(given) === anyType || canBe(given, param);
  });
  return takes && gives(cx, type, signature);
}

function gives(cx: Context, type: LambdaType, { params, result }: FunctionType): boolean {
  const own = resultFor(cx.analysis, type, params);
  if (own === undefined || result === "unit") return true;
  return own !== "unit" && (found(own) === anyType || canBe(own, result));
}

/** Whether a value of one type is one of the other without a look at it. */
function canBe(from: SimpleType, to: SimpleType): boolean {
  const type = found(from);
  // Functions are adapted.
  if (!isScalar(type) && (type.kind === "lambda" || type.kind === "function")) return true;
  if (type === nilType) return coerce(typed(from, zeroOf(from, noSpan)), to) !== null;
  // Any value of the type, but not nil, which is of more types than one.
  const some = typed(from, { kind: "local", type: representation(from), local: 0, span: noSpan });
  return coerce(some, to) !== null;
}

/** What the lambda is for such parameters, for messages. */
function described(cx: Context, type: LambdaType, signature: FunctionType): string {
  const own = signatureTypes(cx.analysis, type) ?? [];
  if (own.length !== signature.params.length) return String(type);
  const params = own.map((param, index) =>
    param === anyType ? (signature.params[index] ?? param) : param,
  );
  const result: ResultType = resultFor(cx.analysis, type, params) ?? "unit";
  return String(functionOf(params, result));
}

/** The type of the lambda with the signature: one for each pair. */
function declaredAs(cx: Context, plain: LambdaType, signature: FunctionType): LambdaType {
  const { fn, captures } = plain.source;
  const { lambdas } = cx.analysis;
  let types = lambdas.get(fn.decl);
  if (types === undefined) lambdas.set(fn.decl, (types = new Map()));
  const key = `declared ${keyOfTypes([plain, signature])}`;
  let type = types.get(key);
  if (type === undefined) {
    types.set(key, (type = new LambdaType({ fn, captures, declared: { signature, plain } })));
  }
  return type;
}
