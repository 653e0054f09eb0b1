/* oxlint-disable unicorn/no-thenable -- HIR nodes have a field of that name, and none is awaited */
// Short constructors of HIR nodes for tests and program generators. All nodes get one span.
import { SourceFile, type Span } from "../../base/index.ts";
import type {
  BinaryOp,
  CompareOp,
  Expr,
  FunctionId,
  HirFunction,
  HirGlobal,
  HirLayout,
  HirLocal,
  HirModule,
  IntValue,
  LayoutId,
  MathOp,
  Stmt,
  TextPart,
} from "./hir.ts";
import {
  isScalarType,
  type FloatType,
  type IntType,
  type ScalarType,
  type Type,
  type ValueType,
} from "./types.ts";

interface FunctionParts {
  readonly name: string;
  readonly params?: readonly HirLocal[];
  readonly vars?: readonly HirLocal[];
  readonly result: Type;
  readonly body: readonly Stmt[];
}

const file = new SourceFile("test.spl", "");

/** Makes nodes; `at` makes them with another span. */
export class HirBuilder {
  readonly span: Span;

  constructor(span: Span = { file, start: 0, end: 0 }) {
    this.span = span;
  }

  at(span: Span): HirBuilder {
    return new HirBuilder(span);
  }

  int(value: IntValue, type: IntType = "i64"): Expr {
    return { kind: "int", type, value, span: this.span };
  }

  float(value: number, type: FloatType = "f64"): Expr {
    return { kind: "float", type, value, span: this.span };
  }

  bool(value: boolean): Expr {
    return { kind: "bool", type: "bool", value, span: this.span };
  }

  local(local: number, type: ValueType = "i64"): Expr {
    return { kind: "local", type, local, span: this.span };
  }

  global(global: number, type: ValueType = "i64"): Expr {
    return { kind: "global", type, global, span: this.span };
  }

  /** `neg` and `bnot` keep the operand's type; `not` is on bool. */
  unary(op: "neg" | "not" | "bnot", operand: Expr): Expr {
    return { kind: "unary", type: scalar(operand.type), op, operand, span: this.span };
  }

  binary(op: BinaryOp, left: Expr, right: Expr): Expr {
    return { kind: "binary", type: scalar(left.type), op, left, right, span: this.span };
  }

  compare(op: CompareOp, left: Expr, right: Expr): Expr {
    return { kind: "compare", type: "bool", op, left, right, span: this.span };
  }

  logic(op: "and" | "or", left: Expr, right: Expr): Expr {
    return { kind: "logic", type: "bool", op, left, right, span: this.span };
  }

  choose(condition: Expr, then: Expr, otherwise: Expr): Expr {
    const { type } = then;
    if (type === "unit") throw new Error("a branch has no value");
    return { kind: "if", type, condition, then, else: otherwise, span: this.span };
  }

  convert(type: ScalarType, operand: Expr): Expr {
    return { kind: "convert", type, operand, span: this.span };
  }

  math(op: MathOp, ...args: readonly [Expr, ...Expr[]]): Expr {
    return { kind: "math", type: scalar(args[0].type), op, args, span: this.span };
  }

  call(callee: number, type: Type, ...args: readonly Expr[]): Expr {
    return { kind: "call", type, callee, args, span: this.span };
  }

  host(symbol: string, type: Type, ...args: readonly Expr[]): Expr {
    return { kind: "host", type, symbol, args, span: this.span };
  }

  nil(type: "ref" | "any" = "ref"): Expr {
    return { kind: "nil", type, span: this.span };
  }

  text(value: string): Expr {
    return { kind: "text", type: "ref", value, span: this.span };
  }

  singleton(layout: LayoutId): Expr {
    return { kind: "singleton", type: "ref", layout, span: this.span };
  }

  load(type: ValueType, base: Expr, offset: number): Expr {
    return { kind: "load", type, base, offset, span: this.span };
  }

  element(type: ValueType, array: Expr, index: Expr): Expr {
    return { kind: "element", type, array, index, span: this.span };
  }

  new(layout: LayoutId, ...fields: readonly Expr[]): Expr {
    return { kind: "new", type: "ref", layout, fields, span: this.span };
  }

  newArray(element: ValueType, ...elements: readonly Expr[]): Expr {
    return { kind: "new_array", type: "ref", element, elements, span: this.span };
  }

  functionSlot(callee: FunctionId): Expr {
    return { kind: "function_slot", type: "u32", callee, span: this.span };
  }

  callClosure(type: Type, closure: Expr, ...args: readonly Expr[]): Expr {
    return { kind: "call_closure", type, closure, args, span: this.span };
  }

  /** A string is a literal part. */
  format(...parts: readonly (string | Expr | TextPart)[]): Expr {
    return { kind: "format", type: "ref", parts: parts.map(textPart), span: this.span };
  }

  box(operand: Expr): Expr {
    return { kind: "box", type: "any", operand, span: this.span };
  }

  unbox(type: ScalarType | "ref", operand: Expr): Expr {
    return { kind: "unbox", type, operand, span: this.span };
  }

  store(type: ValueType, base: Expr, offset: number, value: Expr): Stmt {
    return { kind: "store", type, base, offset, value, span: this.span };
  }

  setElement(type: ValueType, array: Expr, index: Expr, value: Expr): Stmt {
    return { kind: "set_element", type, array, index, value, span: this.span };
  }

  set(local: number, value: Expr): Stmt {
    return { kind: "set", local, value, span: this.span };
  }

  setGlobal(global: number, value: Expr): Stmt {
    return { kind: "set_global", global, value, span: this.span };
  }

  expr(value: Expr): Stmt {
    return { kind: "expr", value, span: this.span };
  }

  if(condition: Expr, then: readonly Stmt[], otherwise: readonly Stmt[] = []): Stmt {
    return { kind: "if", condition, then, else: otherwise, span: this.span };
  }

  while(loop: number, condition: Expr, body: readonly Stmt[]): Stmt {
    return { kind: "while", loop, condition, body, span: this.span };
  }

  break(): Stmt {
    return { kind: "break", span: this.span };
  }

  continue(): Stmt {
    return { kind: "continue", span: this.span };
  }

  return(value: Expr | null = null): Stmt {
    return { kind: "return", value, span: this.span };
  }

  /** A string is a literal part. */
  print(...parts: readonly (string | Expr | TextPart)[]): Stmt {
    return {
      kind: "print",
      parts: parts.map(textPart),
      newline: true,
      stream: "out",
      span: this.span,
    };
  }

  fail(...parts: readonly (string | Expr | TextPart)[]): Stmt {
    return { kind: "fail", parts: parts.map(textPart), span: this.span };
  }

  /** A module of these functions, numbered in order; the last one is init. */
  module(
    functions: readonly FunctionParts[],
    globals: readonly HirGlobal[] = [],
    layouts: readonly HirLayout[] = [],
  ): HirModule {
    return {
      file: this.span.file,
      functions: functions.map((parts, id) => this.#function(parts, id)),
      globals,
      layouts,
      init: functions.length - 1,
    };
  }

  #function(
    { name, params = [], vars = [], result, body }: FunctionParts,
    id: number,
  ): HirFunction {
    return {
      id,
      symbol: [name, ...params.map(({ type }) => type)].join("."),
      name,
      parameterCount: params.length,
      locals: [...params, ...vars],
      result,
      body,
      loopCount: countLoops(body),
      span: this.span,
    };
  }
}

function scalar(type: Type): ScalarType {
  if (!isScalarType(type)) throw new Error(`an operand is of type ${type}`);
  return type;
}

function textPart(part: string | Expr | TextPart): TextPart {
  if (typeof part === "string") return { kind: "literal", text: part };
  return part.kind === "literal" || part.kind === "value" ? part : { kind: "value", value: part };
}

function countLoops(body: readonly Stmt[]): number {
  let count = 0;
  for (const statement of body) {
    if (statement.kind === "while") count += 1 + countLoops(statement.body);
    else if (statement.kind === "if") {
      count += countLoops(statement.then) + countLoops(statement.else);
    }
  }
  return count;
}
