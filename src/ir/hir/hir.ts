// HIR: a typed tree after name resolution and type inference; one HIR for all languages.
//
// Invariants (checked by `hir/verify.ts`):
// - Expressions hold no statements and no abrupt control flow. A front-end that meets `f(a, if c: return 1 else: 2)`
//   first spills `a` to a temporary local and then emits an `if` statement, so evaluation order is kept.
// - Operands and result of `binary` have one type; operands of `compare` have one type. Every conversion is explicit.
// - Evaluation order is left to right, operands before the operation.
// - A local is assigned (by `set` or as a parameter) before any path reads it.
// - The only loop is `while`. `for` over a range becomes a `while` over hidden locals, advanced *before* the body so
//   that `continue` needs nothing special. A loop's whole state is therefore in the function's locals, which is what
//   lets a running loop move to compiled code at its header.
import type { SourceFile, Span } from "../../base/index.ts";
import type { IntType, ScalarType, Type } from "./types.ts";

/** Index into `HirFunction.locals`. */
export type LocalId = number;
/** Index into `HirModule.functions`. */
export type FunctionId = number;
/** Index into `HirModule.globals`. */
export type GlobalId = number;

/**
 * An integer in tier 0: a `number` when it is a safe integer, otherwise a `bigint`; never -0. So two equal integers
 * are always `===`. Widths of 32 bits and less are always numbers. `u64` holds 0 … 2^64-1, `i64` its signed value.
 */
export type IntValue = number | bigint;

export type BinaryOp =
  | "add" // wraps at the width of its type; IEEE for floats
  | "sub"
  | "mul"
  | "div" // integers: truncates, error on 0, MIN / -1 wraps to MIN; floats: IEEE
  | "rem" // sign of the dividend; error on 0, also for floats; MIN % -1 is 0
  | "and" // bitwise, integers only
  | "or"
  | "xor"
  | "shl" // count taken modulo the width
  | "shr"; // arithmetic for signed types, logical for unsigned ones

export type CompareOp = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

/** `neg` wraps; `not` is logical, on bool; `bnot` is bitwise, on integers. */
export type UnaryOp = "neg" | "not" | "bnot";

/**
 * Operations with an exact result that every target has or can express. `min`/`max` on floats propagate NaN and order
 * -0 below +0; `round` rounds half away from zero; `abs` of the least integer wraps to itself.
 */
export type MathOp = "abs" | "min" | "max" | "floor" | "ceil" | "trunc" | "round" | "sqrt";

interface Node {
  readonly span: Span;
}

export type Expr =
  | ({ readonly kind: "int"; readonly type: IntType; readonly value: IntValue } & Node)
  | ({ readonly kind: "float"; readonly type: "f32" | "f64"; readonly value: number } & Node)
  | ({ readonly kind: "bool"; readonly type: "bool"; readonly value: boolean } & Node)
  | ({ readonly kind: "local"; readonly type: ScalarType; readonly local: LocalId } & Node)
  | ({ readonly kind: "global"; readonly type: ScalarType; readonly global: GlobalId } & Node)
  | ({
      readonly kind: "unary";
      readonly type: ScalarType;
      readonly op: UnaryOp;
      readonly operand: Expr;
    } & Node)
  | ({
      readonly kind: "binary";
      readonly type: ScalarType;
      readonly op: BinaryOp;
      readonly left: Expr;
      readonly right: Expr;
    } & Node)
  | ({
      readonly kind: "compare";
      readonly type: "bool";
      readonly op: CompareOp;
      readonly left: Expr;
      readonly right: Expr;
    } & Node)
  /** Short-circuit `and` / `or` on bool. */
  | ({
      readonly kind: "logic";
      readonly type: "bool";
      readonly op: "and" | "or";
      readonly left: Expr;
      readonly right: Expr;
    } & Node)
  /** A conditional value; only the chosen branch is evaluated. */
  | ({
      readonly kind: "if";
      readonly type: ScalarType;
      readonly condition: Expr;
      readonly then: Expr;
      readonly else: Expr;
    } & Node)
  /**
   * Numeric conversion to `type`: int to int wraps (sign- or zero-extends by the operand's signedness), int to float
   * rounds to nearest even, float to int truncates toward zero and saturates (NaN gives 0), bool to int gives 0 or 1.
   */
  | ({ readonly kind: "convert"; readonly type: ScalarType; readonly operand: Expr } & Node)
  | ({
      readonly kind: "math";
      readonly type: ScalarType;
      readonly op: MathOp;
      readonly args: readonly Expr[];
    } & Node)
  | ({
      readonly kind: "call";
      readonly type: Type;
      readonly callee: FunctionId;
      readonly args: readonly Expr[];
    } & Node)
  /** A call of a host function by its symbol in `runtime/host.ts`. */
  | ({
      readonly kind: "host";
      readonly type: Type;
      readonly symbol: string;
      readonly args: readonly Expr[];
    } & Node);

export type ExprKind = Expr["kind"];

/** A piece of text to build: literal, or the display form of a value, optionally under a format spec (`08.3f`). */
export type TextPart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "value"; readonly value: Expr; readonly spec?: string };

export type Stmt =
  /** Declares (first use) or assigns a local. */
  | ({ readonly kind: "set"; readonly local: LocalId; readonly value: Expr } & Node)
  | ({ readonly kind: "set_global"; readonly global: GlobalId; readonly value: Expr } & Node)
  /** Evaluates for its effects; the value, if any, is dropped. */
  | ({ readonly kind: "expr"; readonly value: Expr } & Node)
  | ({
      readonly kind: "if";
      readonly condition: Expr;
      readonly then: readonly Stmt[];
      readonly else: readonly Stmt[];
    } & Node)
  /** `loop` numbers the loops of a function from 0 in source order; outer loops come before inner ones. */
  | ({
      readonly kind: "while";
      readonly loop: number;
      readonly condition: Expr;
      readonly body: readonly Stmt[];
    } & Node)
  | ({ readonly kind: "break" } & Node)
  | ({ readonly kind: "continue" } & Node)
  | ({ readonly kind: "return"; readonly value: Expr | null } & Node)
  /** All values are evaluated first, in order; then the text is written at once. */
  | ({
      readonly kind: "print";
      readonly parts: readonly TextPart[];
      readonly newline: boolean;
      readonly stream: "out" | "err";
    } & Node)
  /** Stops the program with a runtime error of this text (`fail`, failed `assert`). */
  | ({ readonly kind: "fail"; readonly parts: readonly TextPart[] } & Node);

export type StmtKind = Stmt["kind"];

export interface HirLocal {
  /** Source name; hidden locals have a `$` in front. */
  readonly name: string;
  readonly type: ScalarType;
}

export interface HirFunction {
  readonly id: FunctionId;
  /** Unique in the program: source path and argument types, `outer$inner.i64.f64`; the module's body is `.init`. */
  readonly symbol: string;
  /** What messages call it: `fib`. */
  readonly name: string;
  /** Parameters are the first locals. */
  readonly parameterCount: number;
  readonly locals: readonly HirLocal[];
  readonly result: Type;
  readonly body: readonly Stmt[];
  readonly loopCount: number;
  /** Span of the head of the definition. */
  readonly span: Span;
}

/** A module-level variable that functions other than the module's body use; it lives in linear memory, zero at start. */
export interface HirGlobal {
  readonly symbol: string;
  readonly name: string;
  readonly type: ScalarType;
}

export interface HirModule {
  readonly file: SourceFile;
  readonly functions: readonly HirFunction[];
  readonly globals: readonly HirGlobal[];
  /** The function that runs the top-level statements and then `main`; its i64 result is the exit code. */
  readonly init: FunctionId;
}
