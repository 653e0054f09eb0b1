// Type parameters in the signatures of function parameters: `f: fn(T) -> U` with a lambda as the argument.
import type * as ast from "../ast.ts";
import type { Context } from "./context.ts";
import { mentionsGeneric, solve, type Solution } from "./generics.ts";
import { resultFor, signatureTypes } from "./lambdas.ts";
import type { FunctionBinding } from "./scope.ts";
import type { ParamType } from "./signature.ts";
import { anyType, found, isScalar, type LambdaType, type SimpleType } from "./simple-type.ts";
import { resolveValueType } from "./type-names.ts";
import { typed, type Typed } from "./value.ts";

interface Unsolved {
  readonly params: readonly ParamType[];
  readonly values: readonly Typed[];
  readonly names: ReadonlySet<string>;
  readonly solution: Solution;
}

interface FunctionSite {
  readonly pattern: ast.FunctionType;
  readonly type: LambdaType;
  readonly value: Typed;
}

/**
 * Finds what lambdas say: the types that they declare, and what they give for parameters that are known by now. What only
 * such parameters name and nothing says is `Any`.
 */
export function solveFunctions(cx: Context, fn: FunctionBinding, unsolved: Unsolved): void {
  const { names, solution } = unsolved;
  const sites = functionSites(unsolved);
  for (const { pattern, type, value } of sites) {
    const own = signatureTypes(cx.analysis, type) ?? [];
    pattern.params.forEach((param, index) => {
      const declared = own[index];
      if (declared === undefined || declared === anyType) return;
      solve(solution, names, param, typed(declared, value.expr));
    });
  }
  const open = new Set(sites);
  let news = true;
  while (news) {
    news = false;
    for (const site of open) {
      if (!solveResult(cx, fn, site, unsolved)) continue;
      open.delete(site);
      news = true;
    }
    if (news || open.size === 0) continue;
    news = assumeAny(open, unsolved);
  }
}

function functionSites({ params, values }: Unsolved): FunctionSite[] {
  return values.flatMap((value, slot) => {
    const param = params[slot];
    const type = found(value.type);
    if (param?.kind !== "generic" || param.type.kind !== "function" || isScalar(type)) return [];
    return type.kind === "lambda" ? [{ pattern: param.type, type, value }] : [];
  });
}

/** The result of a function whose parameters are known; false if they are not. */
function solveResult(
  cx: Context,
  fn: FunctionBinding,
  { pattern, type, value }: FunctionSite,
  { names, solution }: Unsolved,
): boolean {
  const unknown = new Set([...names].filter((name) => !solution.types.has(name)));
  if (pattern.params.some((param) => mentionsGeneric(param, unknown))) return false;
  if (pattern.result === null || !mentionsGeneric(pattern.result, unknown)) return true;
  const typeArgs = new Map([...fn.typeArgs, ...solution.types]);
  const site = { report: cx.report, scope: fn.scope, typeArgs };
  const params: SimpleType[] = [];
  for (const param of pattern.params) {
    const resolved = resolveValueType(site, param);
    if (resolved === "error") return true;
    params.push(resolved);
  }
  if (params.length !== type.source.fn.decl.params.length) return true;
  const result = resultFor(cx.analysis, type, params);
  if (result !== undefined && result !== "unit") {
    solve(solution, names, pattern.result, typed(result, value.expr));
  }
  return true;
}

/** Takes the first type parameter that nothing says for `Any`; whether there was one. */
function assumeAny(open: ReadonlySet<FunctionSite>, { names, solution }: Unsolved): boolean {
  for (const name of names) {
    const one = new Set([name]);
    const named = [...open].some(({ pattern }) =>
      pattern.params.some((param) => mentionsGeneric(param, one)),
    );
    if (solution.types.has(name) || !named) continue;
    solution.types.set(name, anyType);
    return true;
  }
  return false;
}
