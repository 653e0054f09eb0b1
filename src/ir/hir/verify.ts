// Checks the invariants that `hir.ts` states: types, ids in range, arity, places of `break`, loop numbers, assignment
// before use, and that a function with a result returns on every path.
import type { Expr, FunctionId, HirFunction, HirModule, LocalId, Stmt, TextPart } from "./hir.ts";
import { checkHeapStmt } from "./verify-heap.ts";
import { expressionsOf } from "./walk.ts";
import { checkExprTypes, type HostSignatures, type TypeSite } from "./verify-types.ts";
import type { Type } from "./types.ts";

/** Messages about broken invariants, each with function and place; empty when the module is well-formed. */
export function verifyHir(module: HirModule, hosts?: HostSignatures): string[] {
  const messages: string[] = [];
  const symbols = new Set<string>();
  module.functions.forEach((fn, index) => {
    if (fn.id !== index) messages.push(`${fn.symbol}: id ${fn.id} stands at index ${index}`);
    if (symbols.has(fn.symbol)) messages.push(`${fn.symbol}: the symbol is defined twice`);
    symbols.add(fn.symbol);
    new FunctionVerifier(module, fn, { messages, hosts }).run();
  });
  const init = module.functions[module.init];
  if (init === undefined) messages.push(`init: there is no function ${module.init}`);
  else if (init.result !== "i64" || init.parameterCount !== 0) {
    messages.push(`${init.symbol}: init takes nothing and returns i64`);
  }
  return messages;
}

/** Locals assigned on every path that reaches a point; null where no path does. */
type Assigned = ReadonlySet<LocalId> | null;

function meet(first: Assigned, second: Assigned): Assigned {
  if (first === null) return second;
  if (second === null) return first;
  return new Set([...first].filter((local) => second.has(local)));
}

interface Sink {
  readonly messages: string[];
  readonly hosts: HostSignatures | undefined;
}

class FunctionVerifier implements TypeSite {
  readonly module: HirModule;
  readonly fn: HirFunction;
  readonly hosts: HostSignatures | undefined;
  readonly #messages: string[];
  /** What is assigned where a `break` leaves the loop; one entry for each open loop. */
  readonly #breaks: Assigned[] = [];
  #assigned: Assigned;
  #nextLoop = 0;

  constructor(module: HirModule, fn: HirFunction, sink: Sink) {
    this.module = module;
    this.fn = fn;
    this.#messages = sink.messages;
    this.hosts = sink.hosts;
    this.#assigned = new Set(fn.locals.slice(0, fn.parameterCount).keys());
  }

  run(): void {
    const { fn } = this;
    if (fn.parameterCount > fn.locals.length) this.report(null, "more parameters than locals");
    this.#block(fn.body);
    if (this.#assigned !== null && fn.result !== "unit") {
      this.report(null, `a path ends without a value of type ${fn.result}`);
    }
    if (this.#nextLoop !== fn.loopCount) {
      this.report(null, `loopCount is ${fn.loopCount}, found ${this.#nextLoop} loops`);
    }
  }

  report(at: Expr | Stmt | null, message: string): void {
    const { file, start } = at === null ? this.fn.span : at.span;
    const { line, column } = file.position(start);
    this.#messages.push(`${this.fn.symbol}:${line}:${column}: ${message}`);
  }

  callee(id: FunctionId): HirFunction | undefined {
    return this.module.functions[id];
  }

  read(local: LocalId, at: Expr): void {
    if (this.#assigned !== null && !this.#assigned.has(local)) {
      this.report(at, `local ${this.#localName(local)} is read before it is assigned`);
    }
  }

  #localName(local: LocalId): string {
    return this.fn.locals[local]?.name ?? `%${local}`;
  }

  #block(body: readonly Stmt[]): void {
    for (const statement of body) this.#statement(statement);
  }

  #value(expr: Expr, expected: Type, at: Stmt): void {
    checkExprTypes(this, expr);
    if (expr.type !== expected)
      this.report(at, `expected a value of type ${expected}, found ${expr.type}`);
  }

  #statement(statement: Stmt): void {
    switch (statement.kind) {
      case "set":
        this.#set(statement);
        break;
      case "set_global": {
        const global = this.module.globals[statement.global];
        if (global === undefined) this.report(statement, `there is no global ${statement.global}`);
        this.#value(statement.value, global?.type ?? statement.value.type, statement);
        break;
      }
      case "expr":
        checkExprTypes(this, statement.value);
        break;
      case "if":
        this.#if(statement);
        break;
      case "while":
        this.#while(statement);
        break;
      case "break":
      case "continue":
        this.#leaveLoop(statement);
        break;
      case "return":
        this.#return(statement);
        break;
      case "print":
        this.#parts(statement.parts, statement);
        break;
      case "fail":
        this.#parts(statement.parts, statement);
        this.#assigned = null;
        break;
      case "store":
      case "set_element":
      case "memory_copy":
      case "memory_fill":
        for (const expr of expressionsOf(statement)) checkExprTypes(this, expr);
        checkHeapStmt(this, statement);
        break;
    }
  }

  #set(statement: Stmt & { kind: "set" }): void {
    const local = this.fn.locals[statement.local];
    if (local === undefined) this.report(statement, `there is no local ${statement.local}`);
    this.#value(statement.value, local?.type ?? statement.value.type, statement);
    if (this.#assigned !== null) this.#assigned = new Set(this.#assigned).add(statement.local);
  }

  #if(statement: Stmt & { kind: "if" }): void {
    this.#value(statement.condition, "bool", statement);
    const before = this.#assigned;
    this.#block(statement.then);
    const afterThen = this.#assigned;
    this.#assigned = before;
    this.#block(statement.else);
    this.#assigned = meet(afterThen, this.#assigned);
  }

  #while(statement: Stmt & { kind: "while" }): void {
    if (statement.loop !== this.#nextLoop) {
      this.report(statement, `loop ${statement.loop} stands where loop ${this.#nextLoop} is due`);
    }
    this.#nextLoop += 1;
    const { condition } = statement;
    this.#value(condition, "bool", statement);
    const endless = condition.kind === "bool" && condition.value;
    const exit = endless ? null : this.#assigned;
    this.#breaks.push(null);
    this.#block(statement.body);
    this.#assigned = meet(exit, this.#breaks.pop() ?? null);
  }

  #leaveLoop(statement: Stmt & { kind: "break" | "continue" }): void {
    const depth = this.#breaks.length;
    if (depth === 0) this.report(statement, `${statement.kind} outside a loop`);
    else if (statement.kind === "break") {
      this.#breaks[depth - 1] = meet(this.#breaks[depth - 1] ?? null, this.#assigned);
    }
    this.#assigned = null;
  }

  #return(statement: Stmt & { kind: "return" }): void {
    const { result } = this.fn;
    if (statement.value === null) {
      if (result !== "unit") this.report(statement, `expected a value of type ${result}`);
    } else if (result === "unit") {
      checkExprTypes(this, statement.value);
      this.report(statement, "a function without a result returns a value");
    } else {
      this.#value(statement.value, result, statement);
    }
    this.#assigned = null;
  }

  #parts(parts: readonly TextPart[], at: Stmt): void {
    for (const part of parts) {
      if (part.kind === "literal") continue;
      checkExprTypes(this, part.value);
      if (part.value.type === "unit") this.report(at, "unit has no display form");
    }
  }
}
