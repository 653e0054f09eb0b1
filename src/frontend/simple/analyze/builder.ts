// Builds the body of one HIR function: its locals, the statement list under construction, loop numbers, reachability.
import type { Span } from "../../../base/index.ts";
import type { Expr, HirLocal, LocalId, Stmt, ValueType } from "../../../ir/hir/index.ts";
import { typed, type Typed } from "./value.ts";
import { representation, type SimpleType } from "./simple-type.ts";

/** A list of statements built apart. */
export interface Branch<T> {
  readonly body: Stmt[];
  readonly value: T;
  /** Whether control reaches the end of the list. */
  readonly reachable: boolean;
}

/** A point in the construction of a function to go back to. */
export interface BuilderCheckpoint {
  readonly body: Stmt[];
  readonly length: number;
  readonly locals: number;
  readonly loops: number;
  readonly reachable: boolean;
}

export class Builder {
  readonly locals: HirLocal[] = [];
  /** The list that statements go to. */
  body: Stmt[] = [];
  /** False behind a jump: what follows is checked but not emitted. */
  reachable = true;
  loopCount = 0;
  /** Locals that are assigned once, so that reading them later gives the same value. */
  readonly #fixed = new Set<LocalId>();

  addLocal(name: string, type: SimpleType, fixed: boolean): LocalId {
    return this.addRaw(name, representation(type), fixed);
  }

  /** A local by its HIR type. */
  addRaw(name: string, type: ValueType, fixed: boolean): LocalId {
    const id = this.locals.push({ name, type }) - 1;
    if (fixed) this.#fixed.add(id);
    return id;
  }

  emit(statement: Stmt): void {
    if (this.reachable) this.body.push(statement);
  }

  set(local: LocalId, value: Expr): void {
    this.emit({ kind: "set", local, value, span: value.span });
  }

  /** Builds a list apart; control enters it from here. */
  branch<T>(build: () => T): Branch<T> {
    const outer = this.body;
    const before = this.reachable;
    this.body = [];
    const value = build();
    const result = { body: this.body, value, reachable: this.reachable };
    this.body = outer;
    this.reachable = before;
    return result;
  }

  checkpoint(): BuilderCheckpoint {
    const { body, locals, loopCount, reachable } = this;
    return { body, length: body.length, locals: locals.length, loops: loopCount, reachable };
  }

  /** Forgets what was built since. The list of statements must be the one of the checkpoint again. */
  rollBack(start: BuilderCheckpoint): void {
    if (this.body !== start.body) throw new Error("the checkpoint is of another list");
    this.body.length = start.length;
    for (let local = start.locals; local < this.locals.length; local += 1)
      this.#fixed.delete(local);
    this.locals.length = start.locals;
    this.loopCount = start.loops;
    this.reachable = start.reachable;
  }

  /** The number of the next loop in source order. Loops in unreachable code are not emitted and have none. */
  nextLoop(): number {
    if (!this.reachable) return -1;
    this.loopCount += 1;
    return this.loopCount - 1;
  }

  /** Whether the expression has no effect and gives the same value wherever it stands from here on. */
  isStable(expr: Expr): boolean {
    return (
      expr.kind === "int" ||
      expr.kind === "float" ||
      expr.kind === "bool" ||
      (expr.kind === "local" && this.#fixed.has(expr.local))
    );
  }

  /** A hidden local with the value, and the expression that reads it. Stable expressions stay as they are. */
  spill(expr: Expr): Expr {
    if (this.isStable(expr) || expr.type === "unit") return expr;
    const local = this.addRaw("$t", expr.type, true);
    this.set(local, expr);
    return { kind: "local", type: expr.type, local, span: expr.span };
  }

  spillTyped(value: Typed): Typed {
    const expr = this.spill(value.expr);
    return expr === value.expr ? value : typed(value.type, expr);
  }

  read(local: LocalId, span: Span): Expr {
    const found = this.locals[local];
    if (found === undefined) throw new Error(`no local ${local}`);
    return { kind: "local", type: found.type, local, span };
  }
}

/**
 * Operands in evaluation order. When a later operand needed statements, the earlier ones are moved into hidden locals
 * in front of those, so that everything still happens in the order it is written.
 */
export class Sequence {
  readonly #builder: Builder;
  readonly #body: Stmt[];
  readonly #exprs: Expr[] = [];
  /** Length of the statement list after each operand. */
  readonly #marks: number[] = [];

  constructor(builder: Builder) {
    this.#builder = builder;
    this.#body = builder.body;
  }

  /** Adds the operand that was just lowered; gives its index. */
  add(expr: Expr): number {
    this.#marks.push(this.#body.length);
    return this.#exprs.push(expr) - 1;
  }

  /** The operands, ready to stand in one expression. `end`: statements up to here come before its evaluation. */
  finish(): readonly Expr[] {
    const exprs = this.#exprs;
    const end = this.#body.length;
    for (let index = exprs.length - 1; index >= 0; index -= 1) {
      const expr = exprs[index];
      const mark = this.#marks[index];
      if (expr === undefined || mark === undefined || mark === end) continue;
      exprs[index] = this.#spillAt(expr, mark);
    }
    return exprs;
  }

  #spillAt(expr: Expr, mark: number): Expr {
    const builder = this.#builder;
    if (builder.isStable(expr) || expr.type === "unit") return expr;
    const local = builder.addRaw("$t", expr.type, true);
    this.#body.splice(mark, 0, { kind: "set", local, value: expr, span: expr.span });
    return { kind: "local", type: expr.type, local, span: expr.span };
  }
}
