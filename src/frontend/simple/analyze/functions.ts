// Builds one function instance, or finds out its result type.
import type { HirFunction } from "../../../ir/hir/index.ts";
import { joinTypes } from "./joins.ts";
import { Builder } from "./builder.ts";
import type { Analysis, Context, FoundResult, Instance, ReturnGoal, Tail } from "./context.ts";
import { withArticle } from "./context.ts";
import { coerce } from "./convert.ts";
import { assigns } from "./free-names.ts";
import { dropTail } from "./loops.ts";
import { commonSignature } from "./lambdas.ts";
import { newContext } from "./function-context.ts";
import { Scope, type FunctionBinding, type LocalBinding, type TypeArgs } from "./scope.ts";
import type { Reporter } from "./report.ts";
import { returnValue } from "./returns.ts";
import { signatureOf } from "./signature.ts";
import { typed, unitValue, type Typed } from "./value.ts";
import { Unknowns } from "./unknowns.ts";
import { resultRepresentation, type ResultType, type SimpleType } from "./simple-type.ts";

/** What the body is built for: the parameter types may be unknown when only its names are checked. */
export interface BodySite {
  readonly fn: FunctionBinding;
  readonly paramTypes: readonly (SimpleType | "error")[];
  readonly typeArgs: TypeArgs;
  readonly goal: ReturnGoal;
  readonly discard: boolean;
}

/** Builds the body of a function with these parameter types. */
export function buildBody(analysis: Analysis, site: BodySite): Builder {
  const unknowns = new Unknowns();
  const { body } = site.fn.decl;
  if (body !== null && analysis.leavesOpen(body)) {
    unknowns.discover(() =>
      analysis.report.silence(() => {
        const goal: ReturnGoal =
          site.goal.kind === "infer" ? { kind: "infer", found: [] } : site.goal;
        buildOnce(analysis, { ...site, goal, discard: true }, unknowns);
      }),
    );
  }
  return buildOnce(analysis, site, unknowns);
}

function buildOnce(analysis: Analysis, site: BodySite, unknowns: Unknowns): Builder {
  const { fn, paramTypes, goal, discard, typeArgs } = site;
  const { decl, path } = fn;
  const builder = new Builder();
  const scope = new Scope(fn.scope);
  const captured = new Map<LocalBinding, LocalBinding>();
  const parameter = (name: string, index: number, assigned: boolean): LocalBinding => {
    const type = paramTypes[index] ?? "error";
    const local = type === "error" ? -1 : builder.addLocal(name, type, !assigned);
    // `self` is never assigned; a struct changes through it in `me` methods.
    const mutable = assigned || (name === "self" && decl.receiver === "me");
    const declared = decl.params[index]?.type ?? null;
    return { kind: "local", name, owner: builder, local, type, mutable, declared };
  };
  decl.params.forEach(({ name }, index) => {
    const mutable =
      analysis.mayAssign(name.text) && decl.body !== null && assigns(decl.body, name.text);
    scope.declare(parameter(name.text, index, mutable));
  });
  (fn.captures ?? []).forEach(({ source, value }, index) => {
    const binding = parameter(source.name, decl.params.length + index, false);
    captured.set(source, binding);
    captured.set(value, binding);
  });
  const specialised = typeArgs.size > 0 || !signatureOf(analysis.report, fn).fixed;
  const cx = newContext({
    analysis,
    specialised,
    scope,
    goal,
    discard,
    path,
    typeArgs,
    captured,
    init: null,
    builder,
    unknowns,
  });
  if (decl.body !== null) cx.lower.block(cx, decl.body, resultTail(decl.name.text, goal));
  return builder;
}

/** The last expression of a function is its result. */
function resultTail(name: string, goal: ReturnGoal): Tail {
  if (goal.kind === "declared" && (goal.type === "unit" || goal.type === "error")) return dropTail;
  return {
    value: (cx, expr) => {
      const hint =
        goal.kind === "declared" && goal.type !== "error" && goal.type !== "unit"
          ? goal.type
          : null;
      const value = cx.lower.expr(cx, expr, hint);
      const { builder } = cx;
      if (value.kind === "unit" && goal.kind === "declared") {
        if (builder.reachable) missingReturn(cx, name, goal.type, expr.span);
      } else returnValue(cx, value, { span: expr.span, explicit: false });
    },
    none: (cx, span) => {
      if (!cx.builder.reachable) return;
      if (goal.kind === "declared") missingReturn(cx, name, goal.type, span);
      else returnValue(cx, unitValue, { span, explicit: false });
    },
    splits: () => true,
  };
}

function missingReturn(
  cx: Context,
  name: string,
  type: ResultType | "error",
  span: FoundResult["span"],
): void {
  const last = { ...span, start: Math.max(span.start, span.end - 1) };
  cx.report.error(
    "type/missing-return",
    `\`${name}\` must give ${withArticle(type)} on every path, and this one ends without a value`,
    span.end - span.start > 200 ? last : span,
    "End the path with a value or a `return`.",
  );
}

/** The result type that the found results agree on; "pending" where only unknown ones were found. */
export function joinResults(
  analysis: Analysis,
  found: readonly FoundResult[],
): ResultType | "error" | "pending" {
  const values = found.map(({ value }) => value).filter(({ kind }) => kind !== "never");
  if (values.length === 0) return "unit";
  const explicit = found.some((result) => result.explicit && result.value.kind === "typed");
  if (values.some(({ kind }) => kind === "unit") && !explicit) return "unit";
  let joined: Typed | null = null;
  for (const value of values) {
    if (value.kind !== "typed") continue;
    if (joined === null) joined = value;
    else {
      const type: SimpleType | null =
        joinTypes(joined, value) ?? commonSignature(analysis, joined.type, value.type);
      if (type === null) continue;
      const bothLiterals: boolean = joined.literal !== null && value.literal !== null;
      joined =
        bothLiterals && joined.type === type
          ? joined
          : (coerce(joined, type) ?? typed(type, joined.expr));
    }
  }
  if (joined !== null) return joined.type;
  return values.some(({ kind }) => kind === "error") ? "error" : "pending";
}

/** The finished function. */
export function finishFunction(instance: Instance, id: number, builder: Builder): HirFunction {
  const { fn, symbol, paramTypes, result } = instance;
  if (
    result === "error" ||
    result === "unknown" ||
    result === "in-progress" ||
    result === "unresolved"
  ) {
    throw new Error(`${symbol} has no result type`);
  }
  const replaceable = replaceableType(instance);
  return {
    id,
    symbol,
    name: fn.name,
    ...(replaceable === null ? {} : { replaceable }),
    parameterCount: paramTypes.length,
    locals: builder.locals,
    result: resultRepresentation(result),
    body: builder.body,
    loopCount: builder.loopCount,
    span: fn.decl.head,
  };
}

/** See `HirFunction.replaceable`. */
function replaceableType({ fn, paramTypes, typeArgs, result }: Instance): string | null {
  if (fn.path.includes("$") || fn.path === "lambda") return null;
  if (fn.captures?.length !== 0 || typeArgs.size > 0) return null;
  const type = `(${paramTypes.join(", ")}) -> ${String(result)}`;
  // The type of a lambda is that one lambda, and its spelling does not tell which.
  return type.includes("fn(") ? null : type;
}

/** For which types an untyped function is built; null where its declaration says that. */
export function instanceNote(report: Reporter, { fn, paramTypes }: Instance): string | null {
  const { params, fixed } = signatureOf(report, fn);
  if (fixed) return null;
  const types = params.map((_, index) => `\`${paramTypes[index]}\``).join(", ");
  return `in \`${fn.name}\` for arguments of ${params.length === 1 ? "type" : "types"} ${types}`;
}
