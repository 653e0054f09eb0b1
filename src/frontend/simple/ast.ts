// The syntax tree of Simple. Every node has a `kind` within its union and a `span` in the file.
//
// Shapes that the parser normalises, so that later phases see one form each:
// - `if` and `match` are expressions; a statement `if` is an `expr` statement around one. `elif` and `else if` are an
//   `else` block that holds one `if`. Every body is a `Block`, also a one-line one, so a value is a block's last
//   `expr` statement.
// - `P(x: 1)`, `P { x: 1 }`, `print x` and `xs.map \x: x` are all `call`; `style` says how it was written.
// - `self` is never among the parameters of a method; `receiver` says what kind of method it is.
// - Decorators, attributes, `pub` and comments leave no trace.
import type { SourceFile, Span } from "../../base/index.ts";

interface Node {
  readonly span: Span;
}

export type IntSuffix = "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64";
export type FloatSuffix = "f32" | "f64";

/** An identifier where it stands. */
export interface Name extends Node {
  readonly text: string;
}

export interface Module extends Node {
  readonly kind: "module";
  readonly file: SourceFile;
  readonly body: readonly Stmt[];
}

export interface Block extends Node {
  readonly kind: "block";
  readonly body: readonly Stmt[];
}

// ---------------------------------------------------------------------------------------------- types

/** `i64`, `text`, `Self`, `Option<T>`, `Box<T>`. Aliases (`int`, `str`) keep their spelling. */
export interface NamedType extends Node {
  readonly kind: "named";
  readonly name: Name;
  readonly args: readonly TypeExpr[];
}
/** `[T]` */
export interface ArrayType extends Node {
  readonly kind: "array";
  readonly element: TypeExpr;
}
/** `{K: V}` */
export interface DictType extends Node {
  readonly kind: "dict";
  readonly key: TypeExpr;
  readonly value: TypeExpr;
}
/** `(A, B)`; `()` is unit. */
export interface TupleType extends Node {
  readonly kind: "tuple";
  readonly elements: readonly TypeExpr[];
}
/** `T?` */
export interface OptionalType extends Node {
  readonly kind: "optional";
  readonly inner: TypeExpr;
}
/** `fn(A, B) -> R`; no `->` means no result. */
export interface FunctionType extends Node {
  readonly kind: "function";
  readonly params: readonly TypeExpr[];
  readonly result: TypeExpr | null;
}
/** `A | B` */
export interface UnionType extends Node {
  readonly kind: "union";
  readonly options: readonly TypeExpr[];
}
/** `dyn Trait` */
export interface DynType extends Node {
  readonly kind: "dyn";
  readonly trait: Name;
}
export type TypeExpr =
  | NamedType
  | ArrayType
  | DictType
  | TupleType
  | OptionalType
  | FunctionType
  | UnionType
  | DynType;

// ------------------------------------------------------------------------------------------- patterns

export interface WildcardPattern extends Node {
  readonly kind: "wildcard";
}
/** A bare name: binds, or names a variant without payload if the matched type has one (`None`, `Red`). */
export interface NamePattern extends Node {
  readonly kind: "name";
  readonly name: string;
}
/** A literal; a negative number is a `unary` `-` around the literal. */
export interface LiteralPattern extends Node {
  readonly kind: "literal";
  readonly value: IntExpr | FloatExpr | BoolExpr | NilExpr | TextExpr | UnaryExpr;
}
/** `Color.Red` (`args` null), `Shape.Circle(r)`, `Some(p)`, `Point(0, y)`, `Point(x: 0)`. */
export interface ConstructorPattern extends Node {
  readonly kind: "constructor";
  /** One name, or several from `Enum.Variant`. */
  readonly path: readonly Name[];
  readonly args: readonly PatternArg[] | null;
}
export interface PatternArg extends Node {
  readonly name: Name | null;
  readonly pattern: Pattern;
}
export interface TuplePattern extends Node {
  readonly kind: "tuple";
  readonly elements: readonly Pattern[];
}
export interface ArrayPattern extends Node {
  readonly kind: "array";
  readonly elements: readonly Pattern[];
}
/** `1 | 2 | 3`, or `case A, B:`. */
export interface AlternativesPattern extends Node {
  readonly kind: "alternatives";
  readonly options: readonly Pattern[];
}
/** `0..10`, `0..=5`; the bounds are literals, perhaps under a unary `-`. */
export interface RangePattern extends Node {
  readonly kind: "range";
  readonly start: LiteralPattern["value"];
  readonly end: LiteralPattern["value"];
  readonly inclusive: boolean;
}
export type Pattern =
  | WildcardPattern
  | NamePattern
  | LiteralPattern
  | ConstructorPattern
  | TuplePattern
  | ArrayPattern
  | AlternativesPattern
  | RangePattern;

// ---------------------------------------------------------------------------------------- expressions

/**
 * `value` is wrapped to the suffix's width (`i64` without a suffix) and is a `number` when safe, else a `bigint`; so
 * under a unary `-` the least integer of a width is written as its wrapped self, which negation wraps back to.
 */
export interface IntExpr extends Node {
  readonly kind: "int";
  readonly value: number | bigint;
  readonly suffix: IntSuffix | null;
}
export interface FloatExpr extends Node {
  readonly kind: "float";
  readonly value: number;
  readonly suffix: FloatSuffix | null;
}
export interface BoolExpr extends Node {
  readonly kind: "bool";
  readonly value: boolean;
}
export interface NilExpr extends Node {
  readonly kind: "nil";
}
/** A text literal without holes, escapes resolved. */
export interface TextExpr extends Node {
  readonly kind: "text";
  readonly value: string;
}
/** A text literal with at least one hole. No two literal parts are neighbours and none is empty. */
export interface InterpolationExpr extends Node {
  readonly kind: "interpolation";
  readonly parts: readonly InterpolationPart[];
}
export type InterpolationPart =
  | ({ readonly kind: "literal"; readonly text: string } & Node)
  /** `spec` is the text after the last top-level colon when it is a format spec: `.2f`. */
  | ({ readonly kind: "hole"; readonly value: Expr; readonly spec: string | null } & Node);

export interface NameExpr extends Node {
  readonly kind: "name";
  readonly name: string;
  /** `Box<i64>` before `(`, `{` or `.`; left out where none are written. */
  readonly typeArgs?: readonly TypeExpr[];
}
export interface SelfExpr extends Node {
  readonly kind: "self";
}
/** `_` (`index` null: the next parameter) or `_1`, `_2` … of a placeholder lambda. */
export interface PlaceholderExpr extends Node {
  readonly kind: "placeholder";
  readonly index: number | null;
}
export type UnaryOp = "-" | "not" | "~";
export interface UnaryExpr extends Node {
  readonly kind: "unary";
  readonly op: UnaryOp;
  readonly operand: Expr;
}
/** `xor` is written `^`; `|` `&` `^` are bitwise. */
export type BinaryOp = "+" | "-" | "*" | "/" | "%" | "**" | "&" | "|" | "^" | "<<" | ">>";
export interface BinaryExpr extends Node {
  readonly kind: "binary";
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
}
/** `and` / `&&`, `or` / `||`. */
export interface LogicExpr extends Node {
  readonly kind: "logic";
  readonly op: "and" | "or";
  readonly left: Expr;
  readonly right: Expr;
}
export type OrderingOp = "<" | "<=" | ">" | ">=";
export type CompareOp = "==" | "!=" | "is" | "in" | "not in" | OrderingOp;
export interface CompareExpr extends Node {
  readonly kind: "compare";
  readonly op: CompareOp;
  readonly left: Expr;
  readonly right: Expr;
}
/** `a < b <= c`: two or more operators, one more operand than operators; each operand is evaluated at most once. */
export interface ChainExpr extends Node {
  readonly kind: "chain";
  readonly operands: readonly Expr[];
  readonly ops: readonly OrderingOp[];
}
/** `a ?? b`; the right side is lazy. */
export interface CoalesceExpr extends Node {
  readonly kind: "coalesce";
  readonly left: Expr;
  readonly right: Expr;
}
/** `value |> target`: `target` applied to `value`. */
export interface PipeExpr extends Node {
  readonly kind: "pipe";
  readonly value: Expr;
  readonly target: Expr;
}
/** `a..b`, `a..=b` */
export interface RangeExpr extends Node {
  readonly kind: "range";
  readonly start: Expr;
  readonly end: Expr;
  readonly inclusive: boolean;
}
/** `parens`: `f(x)`; `bare`: `print x`, `xs.map \x: x`; `braces`: `P { x: 1 }`, where every argument is named. */
export type CallStyle = "parens" | "bare" | "braces";
export interface CallExpr extends Node {
  readonly kind: "call";
  readonly callee: Expr;
  readonly args: readonly Arg[];
  readonly style: CallStyle;
}
/** `x`, `name: x`, `name = x`, `*xs` / `...xs` (`spread`). */
export interface Arg extends Node {
  readonly name: Name | null;
  readonly value: Expr;
  readonly spread: boolean;
}
export interface IndexExpr extends Node {
  readonly kind: "index";
  readonly object: Expr;
  readonly index: Expr;
}
/** `x[a:b:s]`, each part optional. */
export interface SliceExpr extends Node {
  readonly kind: "slice";
  readonly object: Expr;
  readonly start: Expr | null;
  readonly end: Expr | null;
  readonly step: Expr | null;
}
/** `a.f`, or `a?.f` (`optional`). A method call is a `call` whose callee is a `member`. */
export interface MemberExpr extends Node {
  readonly kind: "member";
  readonly object: Expr;
  readonly name: Name;
  readonly optional: boolean;
}
/** `t.0` */
export interface TupleIndexExpr extends Node {
  readonly kind: "tuple_index";
  readonly object: Expr;
  readonly index: number;
}
/** `present`: `e.?`; `try`: `e?`; `unwrap`: `e!`. */
export interface OptionOpExpr extends Node {
  readonly kind: "present" | "try" | "unwrap";
  readonly operand: Expr;
}
/** `e as T` */
export interface CastExpr extends Node {
  readonly kind: "cast";
  readonly operand: Expr;
  readonly type: TypeExpr;
}
export interface ArrayExpr extends Node {
  readonly kind: "array";
  readonly elements: readonly ArrayElement[];
}
/** An element, or `*xs` / `...xs` (`spread`). */
export interface ArrayElement extends Node {
  readonly value: Expr;
  readonly spread: boolean;
}
export interface DictExpr extends Node {
  readonly kind: "dict";
  readonly entries: readonly DictEntry[];
}
export interface DictEntry extends Node {
  readonly key: Expr;
  readonly value: Expr;
}
/** `()` is unit; one element is `(a,)`. */
export interface TupleExpr extends Node {
  readonly kind: "tuple";
  readonly elements: readonly Expr[];
}
/** `[e for p in xs if c]`, also the older `[for p in xs if c: e]`. */
export interface ArrayComprehensionExpr extends Node {
  readonly kind: "array_comprehension";
  readonly element: Expr;
  readonly pattern: Pattern;
  readonly iterable: Expr;
  readonly condition: Expr | null;
}
/** `{k: v for p in xs if c}`, also the older `{for p in xs: (k, v)}`. */
export interface DictComprehensionExpr extends Node {
  readonly kind: "dict_comprehension";
  readonly key: Expr;
  readonly value: Expr;
  readonly pattern: Pattern;
  readonly iterable: Expr;
  readonly condition: Expr | null;
}
/** `\x: e`, `fn(x: T) -> R: e` */
export interface LambdaExpr extends Node {
  readonly kind: "lambda";
  readonly params: readonly Param[];
  readonly result: TypeExpr | null;
  readonly body: Block;
}
export interface IfExpr extends Node {
  readonly kind: "if";
  readonly condition: Condition;
  readonly then: Block;
  readonly else: Block | null;
}
/** A condition: an expression, or `val P = e` after `if` or `while`. */
export type Condition = Expr | BindCondition;
export interface BindCondition extends Node {
  readonly kind: "bind_condition";
  readonly mutable: boolean;
  /** A bare name binds the unwrapped value. */
  readonly pattern: Pattern;
  readonly value: Expr;
}
export interface MatchExpr extends Node {
  readonly kind: "match";
  readonly subject: Expr;
  readonly arms: readonly MatchArm[];
}
export interface MatchArm extends Node {
  readonly pattern: Pattern;
  readonly guard: Expr | null;
  readonly body: Block;
}

export type Expr =
  | IntExpr
  | FloatExpr
  | BoolExpr
  | NilExpr
  | TextExpr
  | InterpolationExpr
  | NameExpr
  | SelfExpr
  | PlaceholderExpr
  | UnaryExpr
  | BinaryExpr
  | LogicExpr
  | CompareExpr
  | ChainExpr
  | CoalesceExpr
  | PipeExpr
  | RangeExpr
  | CallExpr
  | IndexExpr
  | SliceExpr
  | MemberExpr
  | TupleIndexExpr
  | OptionOpExpr
  | CastExpr
  | ArrayExpr
  | DictExpr
  | TupleExpr
  | ArrayComprehensionExpr
  | DictComprehensionExpr
  | LambdaExpr
  | IfExpr
  | MatchExpr;
export type ExprKind = Expr["kind"];

// ----------------------------------------------------------------------------------------- statements

/** `val`, `var`, `let`, `let mut`, `const`, `static`. */
export interface BindingStmt extends Node {
  readonly kind: "binding";
  readonly mutable: boolean;
  /** `name`, `wildcard`, `tuple` or `array`, nested. */
  readonly pattern: Pattern;
  readonly type: TypeExpr | null;
  readonly value: Expr;
}
export type AssignOp = "=" | "+=" | "-=" | "*=" | "/=" | "%=";
export type Place = NameExpr | MemberExpr | TupleIndexExpr | IndexExpr;
export interface AssignStmt extends Node {
  readonly kind: "assign";
  readonly op: AssignOp;
  readonly target: Place;
  readonly value: Expr;
}
export interface ExprStmt extends Node {
  readonly kind: "expr";
  readonly value: Expr;
}
/** A bare triple-quoted text. No effect, except that as a function's last statement it may be meant as its value. */
export interface DocstringStmt extends Node {
  readonly kind: "docstring";
  readonly value: TextExpr;
}
export interface WhileStmt extends Node {
  readonly kind: "while";
  readonly condition: Condition;
  readonly body: Block;
}
export interface LoopStmt extends Node {
  readonly kind: "loop";
  readonly body: Block;
}
/** `for k, v in d:` has a tuple pattern. */
export interface ForStmt extends Node {
  readonly kind: "for";
  readonly pattern: Pattern;
  readonly iterable: Expr;
  readonly body: Block;
}
export interface JumpStmt extends Node {
  readonly kind: "break" | "continue" | "pass";
}
export interface ReturnStmt extends Node {
  readonly kind: "return";
  readonly value: Expr | null;
}
/** `describe "x":`, `it "x", skip:`, `before_each:` with an indented block. A bare label such as `skip` is a `name`. */
export interface BlockCallStmt extends Node {
  readonly kind: "block_call";
  readonly callee: Name;
  readonly args: readonly Arg[];
  readonly body: Block;
}
export interface Param extends Node {
  readonly name: Name;
  readonly type: TypeExpr | null;
  readonly default: Expr | null;
}
/** `plain`: not a method. `self`: `fn` in a type, impl or trait. `me`: may change `self`. `static`: no `self`. */
export type Receiver = "plain" | "self" | "me" | "static";
export interface FunctionDecl extends Node {
  readonly kind: "function";
  readonly name: Name;
  readonly generics: readonly Name[];
  readonly params: readonly Param[];
  readonly result: TypeExpr | null;
  readonly receiver: Receiver;
  /** Null only for a signature in a trait. */
  readonly body: Block | null;
  /** From `fn` to the end of the head, without the colon. */
  readonly head: Span;
}
export interface ExternDecl extends Node {
  readonly kind: "extern";
  readonly name: Name;
  readonly params: readonly Param[];
  readonly result: TypeExpr | null;
}
export interface Field extends Node {
  readonly name: Name;
  readonly type: TypeExpr | null;
  readonly default: Expr | null;
}
export interface StructDecl extends Node {
  readonly kind: "struct" | "class";
  readonly name: Name;
  readonly generics: readonly Name[];
  readonly fields: readonly Field[];
  readonly methods: readonly FunctionDecl[];
}
export interface Variant extends Node {
  readonly name: Name;
  readonly payload: readonly VariantField[];
}
export interface VariantField extends Node {
  readonly name: Name | null;
  readonly type: TypeExpr;
}
export interface EnumDecl extends Node {
  readonly kind: "enum";
  readonly name: Name;
  readonly generics: readonly Name[];
  readonly variants: readonly Variant[];
  readonly methods: readonly FunctionDecl[];
}
export interface TraitDecl extends Node {
  readonly kind: "trait";
  readonly name: Name;
  readonly generics: readonly Name[];
  readonly methods: readonly FunctionDecl[];
}
export interface ImplDecl extends Node {
  readonly kind: "impl";
  readonly generics: readonly Name[];
  /** `T` in `impl T for X`. */
  readonly trait: TypeExpr | null;
  readonly type: TypeExpr;
  readonly methods: readonly FunctionDecl[];
}
export interface TypeAliasDecl extends Node {
  readonly kind: "type_alias";
  readonly name: Name;
  readonly generics: readonly Name[];
  readonly type: TypeExpr;
}
/**
 * `use a.b.c`: `items` null (a module or one item); `use a.b.*`: "all"; `use a.b.{x, y}`, `use a.b (x, y)` and
 * `from a.b import {x, y}`: the names.
 */
export interface UseStmt extends Node {
  readonly kind: "use";
  readonly path: readonly Name[];
  readonly items: readonly Name[] | "all" | null;
}
export interface ExportStmt extends Node {
  readonly kind: "export";
  readonly names: readonly Name[];
}

export type Stmt =
  | BindingStmt
  | AssignStmt
  | ExprStmt
  | DocstringStmt
  | WhileStmt
  | LoopStmt
  | ForStmt
  | JumpStmt
  | ReturnStmt
  | BlockCallStmt
  | FunctionDecl
  | ExternDecl
  | StructDecl
  | EnumDecl
  | TraitDecl
  | ImplDecl
  | TypeAliasDecl
  | UseStmt
  | ExportStmt;
export type StmtKind = Stmt["kind"];
