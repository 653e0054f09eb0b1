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
import type { IntType, ScalarType, Type, ValueType } from "./types.ts";

/** Index into `HirFunction.locals`. */
export type LocalId = number;
/** Index into `HirModule.functions`. */
export type FunctionId = number;
/** Index into `HirModule.globals`. */
export type GlobalId = number;
/** Type id of a layout of the program: `firstLayout` plus its index in `HirModule.layouts`. */
export type LayoutId = number;
/** Type ids below are those of the runtime library's own objects. */
export const firstLayout = 64;

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
  | ({ readonly kind: "local"; readonly type: ValueType; readonly local: LocalId } & Node)
  | ({ readonly kind: "global"; readonly type: ValueType; readonly global: GlobalId } & Node)
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
      readonly type: ValueType;
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
  /**
   * A call of a host function or of a function of the runtime library by its symbol (`runtime/host.ts`,
   * `runtime/library.ts`). The arguments stay alive during the call.
   */
  | ({
      readonly kind: "host";
      readonly type: Type;
      readonly symbol: string;
      readonly args: readonly Expr[];
    } & Node)
  /** No object: 0 in both types. */
  | ({ readonly kind: "nil"; readonly type: "ref" | "any" } & Node)
  /** A text known at compile time: a static object, the same one for equal texts. */
  | ({ readonly kind: "text"; readonly type: "ref"; readonly value: string } & Node)
  /** The one object of a layout without fields: an enum's variant without payload, a function. Static, so `eq` tells variants. */
  | ({ readonly kind: "singleton"; readonly type: "ref"; readonly layout: LayoutId } & Node)
  /** Reads memory at `base` + `offset`, which is aligned to the type's size. `base` is not nil, or a `u32` address. */
  | ({
      readonly kind: "load";
      readonly type: ValueType;
      readonly base: Expr;
      readonly offset: number;
    } & Node)
  /** An element of an array of this type. Negative indices count from the end; out of range is a runtime error. */
  | ({
      readonly kind: "element";
      readonly type: ValueType;
      readonly array: Expr;
      readonly index: Expr;
    } & Node)
  /** A new object; one value for each field of the layout, in order. */
  | ({
      readonly kind: "new";
      readonly type: "ref";
      readonly layout: LayoutId;
      readonly fields: readonly Expr[];
    } & Node)
  /** A new array of these elements. */
  | ({
      readonly kind: "new_array";
      readonly type: "ref";
      readonly element: ValueType;
      readonly elements: readonly Expr[];
    } & Node)
  /** The index of a function's slot, for the first field of a closure. */
  | ({ readonly kind: "function_slot"; readonly type: "u32"; readonly callee: FunctionId } & Node)
  /** Calls the function of the closure's first field with the closure itself and the arguments. */
  | ({
      readonly kind: "call_closure";
      readonly type: Type;
      readonly closure: Expr;
      readonly args: readonly Expr[];
    } & Node)
  /** A new text built from the parts. */
  | ({ readonly kind: "format"; readonly type: "ref"; readonly parts: readonly TextPart[] } & Node)
  /** The same value with its type in it. Allocates for scalar types that do not fit inline. */
  | ({ readonly kind: "box"; readonly type: "any"; readonly operand: Expr } & Node)
  /** The value out of an `any` that is known to hold this type; anything else is undefined. */
  | ({ readonly kind: "unbox"; readonly type: ScalarType | "ref"; readonly operand: Expr } & Node);

export type ExprKind = Expr["kind"];

/** Where a `print` goes; `value` is the display form of the last expression of a session's piece. */
export type PrintStream = "out" | "err" | "value";

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
      readonly stream: PrintStream;
    } & Node)
  /** Stops the program with a runtime error of this text (`fail`, failed `assert`). */
  | ({ readonly kind: "fail"; readonly parts: readonly TextPart[] } & Node)
  /** Writes a value of this type to memory, as `load` reads it. */
  | ({
      readonly kind: "store";
      readonly type: ValueType;
      readonly base: Expr;
      readonly offset: number;
      readonly value: Expr;
    } & Node)
  /** As `element`; array, index and value are evaluated in this order, then the index is checked. */
  | ({
      readonly kind: "set_element";
      readonly type: ValueType;
      readonly array: Expr;
      readonly index: Expr;
      readonly value: Expr;
    } & Node)
  /** Copies `size` bytes between `u32` addresses; the ranges may overlap. */
  | ({
      readonly kind: "memory_copy";
      readonly to: Expr;
      readonly from: Expr;
      readonly size: Expr;
    } & Node)
  /** Sets `size` bytes from a `u32` address to a `u8`. */
  | ({
      readonly kind: "memory_fill";
      readonly to: Expr;
      readonly value: Expr;
      readonly size: Expr;
    } & Node);

export type StmtKind = Stmt["kind"];

export interface HirLocal {
  /** Source name; hidden locals have a `$` in front. */
  readonly name: string;
  readonly type: ValueType;
}

export interface HirFunction {
  readonly id: FunctionId;
  /** Unique in the program: source path and argument types, `outer$inner.i64.f64`; the module's body is `.init`. */
  readonly symbol: string;
  /** What messages call it: `fib`. */
  readonly name: string;
  /**
   * Of a function or method of a session that a later declaration may replace while its callers run: the types of
   * parameters and result, which the replacement has to have as well. Absent in lambdas, nested functions, functions that
   * take lambdas or have type parameters, and what the front end adds.
   */
  readonly replaceable?: string;
  /** It is the top level of an imported module, which runs once. */
  readonly topLevel?: true;
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
  readonly type: ValueType;
}

export interface HirField {
  /** What the display form calls it; tuples have unnamed ones, closures all but one (`adaptedFunctionField`). */
  readonly name: string | null;
  readonly type: ValueType;
  /** From the start of the object; aligned to the type's size and behind the header. */
  readonly offset: number;
}

/**
 * How objects of one type lie in memory and what their display form is. `object`: `Point(x: 1, y: 2)`; `variant`:
 * `Shape::Circle(3)`; `tuple`: `(1, 2)`; `closure`: `<fn NAME>`, with the function's slot as the first field, if there are any.
 */
export interface HirLayout {
  readonly id: LayoutId;
  readonly kind: "object" | "variant" | "tuple" | "closure";
  /** `Point`, `Shape::Circle`; also where the type has type arguments, so not unique. */
  readonly name: string;
  readonly fields: readonly HirField[];
  /** Bytes with the header. */
  readonly size: number;
  /** Structs and tuples are equal if their fields are; classes if they are the same object. */
  readonly equality: "fields" | "identity";
  /** Tells layouts apart that have the same name and representation: the types of what is in their fields. */
  readonly types?: string;
}

export interface HirModule {
  readonly file: SourceFile;
  readonly functions: readonly HirFunction[];
  readonly globals: readonly HirGlobal[];
  /** Layouts of the program's own objects, by id from `firstLayout`. */
  readonly layouts: readonly HirLayout[];
  /** The function that runs the top-level statements and then `main`; its i64 result is the exit code. */
  readonly init: FunctionId;
}
