// What the parts of the analysis share: the context of the function being built, and the doors to each other.
import type { Span } from "../../../base/index.ts";
import type { Expr, FunctionId, GlobalId, LocalId } from "../../../ir/hir/index.ts";
import type * as ast from "../ast.ts";
import type { LinkedSignature } from "../../../runtime/index.ts";
import type { Builder } from "./builder.ts";
import type { Externs } from "./host.ts";
import type { Imports } from "./imports.ts";
import type { MethodCall } from "./methods.ts";
import type { Layouts } from "./layouts.ts";
import type { Shapes } from "./nominal.ts";
import type { PreludeModule } from "./prelude.ts";
import type { Reporter } from "./report.ts";
import type { FunctionBinding, GlobalBinding, LocalBinding, Scope, TypeArgs } from "./scope.ts";
import type { Nothing, Typed, Value } from "./value.ts";
import type { Demand } from "./convert.ts";
import type { LambdaType, ResultType, SimpleType, TraitType } from "./simple-type.ts";
import type { Unknowns } from "./unknowns.ts";

/** One function for one tuple of argument types. */
export interface Instance {
  readonly fn: FunctionBinding;
  readonly symbol: string;
  /** Types of the declared parameters, then of the captures. */
  readonly paramTypes: readonly SimpleType[];
  readonly typeArgs: TypeArgs;
  result: InstanceResult;
  /** Given when the first call that is emitted asks for it. */
  id: FunctionId | null;
  /** The first call of it outside the prelude. */
  origin: Span | null;
}

/** "unknown": not inferred yet; "in-progress": being inferred further out; "unresolved": tried, needs an outer one. */
export type InstanceResult = ResultType | "error" | "unknown" | "in-progress" | "unresolved";

/** The state of a whole module's analysis. */
export interface Analysis {
  readonly report: Reporter;
  readonly lower: Lowering;
  /** Whether the module is written in the low-level dialect of the runtime library. */
  readonly lowLevel: boolean;
  /** Functions of the application that the program may declare. */
  readonly externs: Externs;
  /** Functions of native modules; a call names one by its place. */
  readonly linked: readonly LinkedSignature[];
  readonly layouts: Layouts;
  readonly shapes: Shapes;
  /** Set where something depends on which types the program has. */
  usesAllTypes: boolean;
  readonly imports: Imports;
  /** Nesting of what is being analysed, through functions whose results are inferred. */
  depth: number;
  /** Choices (`if` or `match` as a value) around here that are being built again. */
  retries: number;
  /** The instance for these argument types, created on first use. */
  instance(fn: FunctionBinding, paramTypes: readonly SimpleType[], typeArgs: TypeArgs): Instance;
  /** The result type, inferred where it was not declared. */
  resultOf(instance: Instance): ResultType | "error" | "pending";
  /** The number of the function in HIR; its body is built later. */
  idOf(instance: Instance): FunctionId;
  globalType(global: GlobalBinding): SimpleType | "error";
  globalId(global: GlobalBinding, type: SimpleType): GlobalId;
  /** Whether the tree has literals or calls whose types are found by the uses of their values. */
  leavesOpen(tree: object): boolean;
  /** False if no assignment anywhere has this name as its target. */
  mayAssign(name: string): boolean;
  /** The lambda types of each function that is used as a value, by captures and type arguments. */
  readonly lambdas: Map<ast.FunctionDecl, Map<string, LambdaType>>;
  /** A function that no declaration stands for, made on first use and built with the others. */
  synthetic(key: string, make: () => SyntheticFunction): FunctionId;
  /** As `synthetic`, and built when all types of the program are known. */
  late(key: string, make: () => SyntheticFunction): FunctionId;
  /** A function of the prelude: `array.map`; without a module, of numbers. */
  prelude(name: string): FunctionBinding;
  /** The functions of a module of the prelude, by name. */
  preludeModule(name: PreludeModule): ReadonlyMap<string, FunctionBinding>;
  /** Remembers a lambda so that its names are checked even if nothing calls it. */
  noteLambda(cx: Context, fn: FunctionBinding): void;
  /** Remembers a nested function so that it is checked even if nothing calls it. */
  noteNested(cx: Context, fn: FunctionBinding): void;
}

/** A finished body with what a function needs besides. */
export interface SyntheticFunction {
  readonly symbol: string;
  readonly name: string;
  readonly parameterCount: number;
  readonly result: ResultType;
  readonly span: Span;
  readonly builder: Builder;
}

/** What `return` means in the function being built. */
export type ReturnGoal =
  | {
      readonly kind: "declared";
      readonly type: ResultType | "error";
      readonly declared?: ast.TypeExpr | null;
    }
  | { readonly kind: "infer"; readonly found: FoundResult[] }
  /** The module's body. */
  | { readonly kind: "none" };

/** A result that a function was seen to give. `explicit`: by a `return`. */
export interface FoundResult {
  readonly value: Value;
  readonly explicit: boolean;
  readonly span: Span;
}

export interface LoopTarget {
  broken: boolean;
}

/** What happens to the value of a block's last expression. */
export interface Tail {
  value(cx: Context, expr: ast.Expr): void;
  /** The block ended without an expression, perhaps because it does not come to its end. */
  none(cx: Context, span: Span): void;
  /** Whether this `if` or `match` is not a value of its own but passes the tail on to its branches. */
  splits(expr: ast.IfExpr | ast.MatchExpr): boolean;
}

export interface Context {
  readonly analysis: Analysis;
  readonly report: Reporter;
  readonly builder: Builder;
  readonly lower: Lowering;
  /** Calls are not emitted: only types or messages are wanted, so no instance gets a number. */
  readonly discard: boolean;
  readonly goal: ReturnGoal;
  /** The types of parameters are those of a call: what never fits them here may fit in another instance. */
  readonly specialised: boolean;
  /** Path of the enclosing function for symbols of nested ones; empty in the module's body. */
  readonly path: string;
  readonly typeArgs: TypeArgs;
  /** Captured locals of enclosing functions, and the parameters that hold them. */
  readonly captured: ReadonlyMap<LocalBinding, LocalBinding>;
  readonly init: InitState | null;
  /** Types of the empty literals of the body. */
  readonly unknowns: Unknowns;
  readonly loops: LoopTarget[];
  scope: Scope;
}

/** Of the module's body: where explicit calls of `main` and `main = n` leave the exit code. */
export interface InitState {
  readonly scope: Scope;
  readonly span: Span;
  /** Local with the exit code. */
  exit: LocalId | null;
  /** Local that is 1 once `main` has run, where that is not known beforehand. */
  ran: LocalId | null;
}

/** What a call passes besides its arguments. */
export interface CallExtras {
  /** What a closure captured, where the function is called through one. */
  readonly captured?: readonly Typed[];
  /** The object of a method, which goes to its first parameter. */
  readonly receiver?: Typed;
}

/** Where and with what a function's instance is called. */
export interface InstanceSite {
  readonly typeArgs: TypeArgs;
  readonly span: Span;
  /** What a closure captured, where the function is called through one. */
  readonly captured?: readonly Typed[];
}

/** The mutually recursive parts of the analysis, tied together in `lowering.ts`. */
export interface Lowering {
  expr(cx: Context, expr: ast.Expr, hint: SimpleType | null): Value;
  /** The block's statements; its last expression goes to the tail. */
  block(cx: Context, block: ast.Block, tail: Tail): void;
  call(cx: Context, call: ast.CallExpr, hint?: SimpleType | null): Value;
  /** A call of a user's function. */
  callUser(cx: Context, fn: FunctionBinding, call: ast.CallExpr, extras?: CallExtras): Value;
  /** The function that stands for a method of a trait; null if it has none of this name. */
  traitFunction(cx: Context, trait: TraitType, name: string): FunctionBinding | null;
  /** A copy of an object whose type is copied. */
  copy(cx: Context, expr: Expr, type: SimpleType): Expr;
  /** The expression as a condition; `x.?` tests here. */
  condition(cx: Context, expr: ast.Expr): Expr | Nothing;
  /** A call of a function with arguments that are already lowered. */
  callFunction(cx: Context, fn: FunctionBinding, args: readonly Typed[], span: Span): Value;
  /** The value where this type is wanted, or a message. */
  expectType(cx: Context, value: Value, type: SimpleType, demand: Demand): Typed | Nothing;
  /** A call of an instance with arguments of the types that it is for. */
  callInstance(cx: Context, fn: FunctionBinding, args: readonly Typed[], site: InstanceSite): Value;
  /** A function by its name, not called. */
  functionValue(cx: Context, fn: FunctionBinding, span: Span): Value;
  /** Type ids of the objects of a type, and null where any object may be of it. */
  typeIds(cx: Context, type: SimpleType): readonly number[] | null;
  /** `x.name` and `x.name(args)` where the type of `x` is known at run time only. */
  anyMember(cx: Context, receiver: Typed, call: MethodCall): Value;
  /** `x.name = v` where the type of `x` is known at run time only; both are of any type. */
  storeAnyMember(cx: Context, object: Typed, name: ast.Name, value: Typed): void;
  /** Whether a value of any type is of one that has the trait. */
  holdsTrait(cx: Context, value: Typed, trait: TraitType, span: Span): Typed;
  /** Whether a value of any type is a tuple of so many elements. */
  holdsTuple(cx: Context, value: Typed, count: number, span: Span): Typed;
  /** `x[a:b]` where the type of `x` is known at run time only. */
  anySlice(cx: Context, object: Typed, expr: ast.SliceExpr): Value;
  /** `x.0` where the type of `x` is known at run time only. */
  anyElement(cx: Context, value: Typed, index: number, span: Span): Typed;
  /** Leaves the function with a value. */
  returnValue(
    cx: Context,
    value: Value,
    site: { readonly span: Span; readonly explicit: boolean },
  ): void;
  /** A call of a lambda or another function value with arguments that are already lowered. */
  applyLambda(cx: Context, callee: Typed, args: readonly Typed[], span: Span): Value;
  /** A call of a value with arguments as they are written. */
  callValue(cx: Context, callee: Typed, call: ast.CallExpr): Value;
  /** The statements of a block that declares variables of the module, whose names are in the current scope. */
  group(cx: Context, block: ast.Block): void;
  /** An expression in tail position. */
  tail(cx: Context, expr: ast.Expr, tail: Tail): void;
  /** `if` and `match` whose branches all end in the tail. */
  branches(cx: Context, expr: ast.IfExpr | ast.MatchExpr, tail: Tail): void;
  /** `if` and `match` as a value. */
  branchValue(cx: Context, expr: ast.IfExpr | ast.MatchExpr, hint: SimpleType | null): Value;
}

export function withScope<T>(cx: Context, scope: Scope, run: () => T): T {
  const outer = cx.scope;
  cx.scope = scope;
  try {
    return run();
  } finally {
    cx.scope = outer;
  }
}

/** "an `i64`", "a `u8`". */
export function withArticle(type: ResultType | "error"): string {
  return `${/^([if]\d|A)/.test(String(type)) ? "an" : "a"} \`${type}\``;
}

/** The type as an article-free word for messages. */
export function describe(value: Value): string {
  if (value.kind === "typed") return `\`${value.type}\``;
  return value.kind === "unit" ? "no value" : "an unknown type";
}

/** Nesting beyond which analysis gives up: the host's stack is finite, also where HIR is walked later. */
const deepest = 600;

/** Runs the analysis of something nested; null, after a message, where that would be too deep. */
export function deeper<T>(cx: Context, span: Span, run: () => T): T | null {
  const { analysis } = cx;
  if (analysis.depth >= deepest) {
    cx.report.limit(
      "limit/nesting",
      `this is nested more than ${deepest} levels deep`,
      span,
      "Split it with intermediate variables or functions.",
    );
    // Nothing behind it is worth a message of its own.
    cx.builder.reachable = false;
    return null;
  }
  analysis.depth += 1;
  const result = run();
  analysis.depth -= 1;
  return result;
}
