// The text form of HIR, for `--emit hir` and golden files. Printed only, never parsed.
//
//   fn sum.i64 "sum" (n: i64) -> i64
//     var i: i64
//     while#0 lt.i64(i, n)
//       i = add.i64(i, 1i64)
//     return i
//
// An operation carries its operand type as a suffix; `convert` carries the type it converts to. `@name` is a
// module-level variable. A local whose name is not unique in its function has its number behind it: `x%3`.
import {
  firstLayout,
  type Expr,
  type HirFunction,
  type HirLayout,
  type HirModule,
  type LayoutId,
  type LocalId,
  type Stmt,
  type TextPart,
} from "./hir.ts";
import { isHeapExpr, type HeapExpr } from "./heap-kinds.ts";
import { expressionsOf } from "./walk.ts";

const printWords = { out: "print", err: "eprint", value: "print_value" } as const;

/** The text of a module: its globals, then its functions in order. */
export function printHirModule(module: HirModule): string {
  const lines = [`module ${JSON.stringify(module.file.path)}`];
  for (const layout of module.layouts) lines.push(printLayout(layout));
  for (const { symbol, name, type } of module.globals) {
    lines.push(`global @${name}: ${type} as ${symbol}`);
  }
  for (const fn of module.functions) lines.push("", printHirFunction(fn, module));
  return `${lines.join("\n")}\n`;
}

function printLayout({ id, kind, name, fields, size }: HirLayout): string {
  const list = fields.map((field) => `${field.name ?? "_"}: ${field.type} at ${field.offset}`);
  return `layout ${id} ${kind} ${JSON.stringify(name)} (${list.join(", ")}) size ${size}`;
}

/** The text of one function, without a final newline. The module gives names to functions and globals. */
export function printHirFunction(fn: HirFunction, module?: HirModule): string {
  return new Printer(fn, module).print();
}

class Printer {
  readonly #fn: HirFunction;
  readonly #module: HirModule | undefined;
  readonly #localNames: readonly string[];
  readonly #lines: string[] = [];

  constructor(fn: HirFunction, module: HirModule | undefined) {
    this.#fn = fn;
    this.#module = module;
    const counts = new Map<string, number>();
    for (const { name } of fn.locals) counts.set(name, (counts.get(name) ?? 0) + 1);
    this.#localNames = fn.locals.map(({ name }, id) =>
      counts.get(name) === 1 ? name : `${name}%${id}`,
    );
  }

  print(): string {
    const { symbol, name, parameterCount, locals, result, body } = this.#fn;
    const declared = locals.map(({ type }, id) => `${this.#local(id)}: ${type}`);
    const params = declared.slice(0, parameterCount).join(", ");
    this.#lines.push(`fn ${symbol} ${JSON.stringify(name)} (${params}) -> ${result}`);
    for (const local of declared.slice(parameterCount)) this.#lines.push(`  var ${local}`);
    this.#block(body, 1);
    return this.#lines.join("\n");
  }

  #local(id: LocalId): string {
    return this.#localNames[id] ?? `%${id}`;
  }

  #global(id: number): string {
    return `@${this.#module?.globals[id]?.name ?? id}`;
  }

  #function(id: number): string {
    return this.#module?.functions[id]?.symbol ?? `fn${id}`;
  }

  #block(body: readonly Stmt[], depth: number): void {
    for (const statement of body) this.#statement(statement, depth);
    if (body.length === 0) this.#line(depth, "pass");
  }

  #line(depth: number, text: string): void {
    this.#lines.push(`${"  ".repeat(depth)}${text}`);
  }

  #statement(statement: Stmt, depth: number): void {
    switch (statement.kind) {
      case "set":
        this.#line(depth, `${this.#local(statement.local)} = ${this.#expr(statement.value)}`);
        break;
      case "set_global":
        this.#line(depth, `${this.#global(statement.global)} = ${this.#expr(statement.value)}`);
        break;
      case "expr":
        this.#line(depth, this.#expr(statement.value));
        break;
      case "if":
        this.#line(depth, `if ${this.#expr(statement.condition)}`);
        this.#block(statement.then, depth + 1);
        if (statement.else.length > 0) {
          this.#line(depth, "else");
          this.#block(statement.else, depth + 1);
        }
        break;
      case "while":
        this.#line(depth, `while#${statement.loop} ${this.#expr(statement.condition)}`);
        this.#block(statement.body, depth + 1);
        break;
      case "break":
      case "continue":
        this.#line(depth, statement.kind);
        break;
      case "return":
        this.#line(
          depth,
          statement.value === null ? "return" : `return ${this.#expr(statement.value)}`,
        );
        break;
      case "print": {
        const word = `${printWords[statement.stream]}${statement.newline ? "" : "_raw"}`;
        this.#line(depth, `${word}(${this.#parts(statement.parts)})`);
        break;
      }
      case "fail":
        this.#line(depth, `fail(${this.#parts(statement.parts)})`);
        break;
      case "store": {
        const { type, base, offset, value } = statement;
        this.#line(depth, `store.${type}(${this.#list([base])} + ${offset}, ${this.#expr(value)})`);
        break;
      }
      case "set_element": {
        const { type, array, index, value } = statement;
        this.#line(depth, `set_element.${type}(${this.#list([array, index, value])})`);
        break;
      }
      case "memory_copy":
      case "memory_fill":
        this.#line(depth, `${statement.kind}(${this.#list(expressionsOf(statement))})`);
        break;
    }
  }

  #parts(parts: readonly TextPart[]): string {
    return parts
      .map((part) => {
        if (part.kind === "literal") return JSON.stringify(part.text);
        const spec = part.spec === undefined ? "" : `:${JSON.stringify(part.spec)}`;
        return `${this.#expr(part.value)}${spec}`;
      })
      .join(", ");
  }

  #list(args: readonly Expr[]): string {
    return args.map((arg) => this.#expr(arg)).join(", ");
  }

  #expr(expr: Expr): string {
    if (isHeapExpr(expr)) return this.#heapExpr(expr);
    switch (expr.kind) {
      case "int":
        return `${expr.value}${expr.type}`;
      case "float":
        return `${Object.is(expr.value, -0) ? "-0" : expr.value}${expr.type}`;
      case "bool":
        return String(expr.value);
      case "local":
        return this.#local(expr.local);
      case "global":
        return this.#global(expr.global);
      case "unary":
        return `${expr.op}.${expr.type}(${this.#expr(expr.operand)})`;
      case "binary":
        return `${expr.op}.${expr.type}(${this.#list([expr.left, expr.right])})`;
      case "compare":
        return `${expr.op}.${expr.left.type}(${this.#list([expr.left, expr.right])})`;
      case "logic":
        return `${expr.op}(${this.#list([expr.left, expr.right])})`;
      case "if":
        return `if.${expr.type}(${this.#list([expr.condition, expr.then, expr.else])})`;
      case "convert":
        return `convert.${expr.type}(${this.#expr(expr.operand)})`;
      case "math":
        return `${expr.op}.${expr.type}(${this.#list(expr.args)})`;
      case "call":
        return `call ${this.#function(expr.callee)}(${this.#list(expr.args)})`;
      case "host":
        return `host ${expr.symbol}(${this.#list(expr.args)})`;
    }
  }

  #layout(id: LayoutId): string {
    return this.#module?.layouts[id - firstLayout]?.name ?? String(id);
  }

  #heapExpr(expr: HeapExpr): string {
    switch (expr.kind) {
      case "nil":
        return `nil.${expr.type}`;
      case "text":
        return JSON.stringify(expr.value);
      case "singleton":
        return `singleton ${this.#layout(expr.layout)}`;
      case "load":
        return `load.${expr.type}(${this.#expr(expr.base)} + ${expr.offset})`;
      case "element":
        return `element.${expr.type}(${this.#list([expr.array, expr.index])})`;
      case "new":
        return `new ${this.#layout(expr.layout)}(${this.#list(expr.fields)})`;
      case "new_array":
        return `new_array.${expr.element}(${this.#list(expr.elements)})`;
      case "function_slot":
        return `function_slot ${this.#function(expr.callee)}`;
      case "call_closure":
        return `call_closure.${expr.type} ${this.#expr(expr.closure)}(${this.#list(expr.args)})`;
      case "format":
        return `format(${this.#parts(expr.parts)})`;
      case "box":
        return `box.${expr.operand.type}(${this.#expr(expr.operand)})`;
      case "unbox":
        return `unbox.${expr.type}(${this.#expr(expr.operand)})`;
    }
  }
}
