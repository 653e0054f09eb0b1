// The parameters of a function as calls see them.
import type * as ast from "../ast.ts";
import { mentionsGeneric } from "./generics.ts";
import { resolveValueType } from "./type-names.ts";
import type { Reporter } from "./report.ts";
import type { FunctionBinding } from "./scope.ts";
import { isScalar, type FunctionType, type SimpleType } from "./simple-type.ts";

export type ParamType =
  | { readonly kind: "fixed"; readonly type: SimpleType | "error" }
  /** Takes the type of the argument. `declared`: a function of this signature, whatever its own type. */
  | { readonly kind: "free"; readonly declared?: FunctionType }
  /** Its type names type parameters of the function. */
  | { readonly kind: "generic"; readonly type: ast.TypeExpr };

export interface Signature {
  readonly params: readonly ParamType[];
  /** Every parameter has its type: there is exactly one instance. */
  readonly fixed: boolean;
}

export function signatureOf(report: Reporter, fn: FunctionBinding): Signature {
  if (fn.signature !== null) return fn.signature;
  const signature = resolveSignature(report, fn);
  const wrong = signature.params.some((param) => param.kind === "fixed" && param.type === "error");
  // Its message is still to come if nobody was listening.
  if (!wrong) fn.signature = signature;
  return signature;
}

function resolveSignature(report: Reporter, fn: FunctionBinding): Signature {
  const { decl } = fn;
  const generics = new Set(decl.generics.map(({ text }) => text));
  const site = { report, scope: fn.scope, typeArgs: fn.typeArgs };
  const params = decl.params.map(({ type }): ParamType => {
    if (type === null) return { kind: "free" };
    if (mentionsGeneric(type, generics)) return { kind: "generic", type };
    // Each lambda gets an instance of its own, which calls it directly.
    const resolved = resolveValueType(site, type);
    if (type.kind === "function" && resolved !== "error" && !isScalar(resolved)) {
      if (resolved.kind === "function") return { kind: "free", declared: resolved };
    }
    return { kind: "fixed", type: resolved };
  });
  return { params, fixed: generics.size === 0 && params.every(({ kind }) => kind === "fixed") };
}
