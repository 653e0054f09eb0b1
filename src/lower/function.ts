// Functions of HIR to MIR: SSA construction directly from the structured tree. The environment maps each local to the
// value that holds it now; joins get block parameters for the locals that differ, loop headers for the locals that the
// loop assigns and that are live there.
import { unreachable, type Span } from "../base/index.ts";
import {
  isHeapStmt,
  type Expr,
  type FunctionId,
  type GlobalId,
  type HirFunction,
  type LocalId,
  type Stmt,
} from "../ir/hir/index.ts";
import {
  createBlock,
  createFunction,
  createValue,
  entryBlock,
  FunctionBuilder,
  type Block,
  type Inst,
  type LocationId,
  type MirType,
  type Signature,
  type Value,
} from "../ir/mir/index.ts";
import { lowerAny, lowerCondition, lowerExpr } from "./expr.ts";
import { lowerHeapStmt } from "./heap.ts";
import type { LoopFacts } from "./liveness.ts";
import { lowerWhile } from "./loop.ts";
import { callLoopFunction } from "./outline.ts";
import { lowerFail, lowerPrint } from "./text.ts";
import { mirType, signatureOf } from "./types.ts";
import type { UnitLowering } from "./unit.ts";
import { lowerSafepoint } from "./safepoint.ts";

type WhileStmt = Extract<Stmt, { kind: "while" }>;

/** The value of each local, undefined where it has none yet. */
export type Environment = (Value | undefined)[];

/** A jump whose arguments are filled in when the block it joins is known. */
interface Edge {
  readonly jump: Inst;
  readonly environment: Environment;
}

export interface OpenLoop {
  /** Where `continue` goes. */
  readonly header: Block;
  readonly carried: readonly LocalId[];
  readonly breaks: Edge[];
  /** Called in front of each `break`. */
  readonly beforeBreak?: () => void;
}

/** What differs when a loop is lowered as a loop function; see `loop-function.ts`. */
export interface Region {
  readonly beforeLoop: (stmt: WhileStmt) => Value | null;
  /** `spend`: whether one iteration is paid for at the header. */
  readonly afterHeader: (stmt: WhileStmt, resume: Value | null, spend: boolean) => void;
  /** The fuel as a local behind those of the function. */
  readonly fuel: LocalId;
  readonly needsResume: (stmt: WhileStmt) => boolean;
  readonly returnValue: (value: Value | null) => void;
}

export interface FunctionShape {
  readonly symbol: string;
  /** The HIR function's own unless given. */
  readonly signature?: Signature;
  /** Whether loops at the top level call their loop functions. */
  readonly outlined?: boolean;
}

export class FunctionLowering {
  readonly unit: UnitLowering;
  readonly hir: HirFunction;
  readonly builder: FunctionBuilder;
  environment: Environment;
  region: Region | null = null;
  readonly #outlined: boolean;
  readonly #loops: OpenLoop[] = [];
  readonly #locations = new Map<number, LocationId>();

  constructor(unit: UnitLowering, hir: HirFunction, shape: FunctionShape) {
    this.unit = unit;
    this.hir = hir;
    this.builder = new FunctionBuilder(
      createFunction(shape.symbol, shape.signature ?? signatureOf(hir)),
    );
    this.environment = hir.locals.map(() => undefined);
    this.#outlined = shape.outlined === true;
  }

  /** Lowers the whole function. */
  run(): FunctionBuilder["fn"] {
    const { builder, hir } = this;
    entryBlock(builder.fn).params.forEach((value, index) => {
      this.environment[index] = value;
    });
    if (this.unit.facts.graph.recursive[hir.id] === true) {
      this.locate(hir.span);
      lowerSafepoint(this);
    }
    this.lowerBody(hir.body);
    if (!builder.terminated) this.#endOfBody();
    return builder.fn;
  }

  #endOfBody(): void {
    if (this.hir.result === "unit") this.builder.effect("return", null, []);
    else this.builder.effect("trap", null, [], "unreachable");
  }

  read(local: LocalId): Value {
    const value = this.environment[local];
    if (value === undefined)
      throw new Error(`local ${local} of ${this.hir.symbol} is read before it is set`);
    return value;
  }

  localType(local: LocalId): MirType {
    const type = this.hir.locals[local]?.type;
    return type === undefined ? "i32" : mirType(type);
  }

  facts(loop: number): LoopFacts {
    const facts = this.unit.facts.loops(this.hir.id)[loop];
    if (facts === undefined) throw new RangeError(`${this.hir.symbol} has no loop ${loop}`);
    return facts;
  }

  globalAddress(global: GlobalId): Value {
    const symbol = this.unit.facts.module.globals[global]?.symbol;
    if (symbol === undefined) throw new RangeError(`global ${global} does not exist`);
    this.unit.declareData(symbol);
    return this.builder.value("symbol_addr", null, [], symbol);
  }

  /** Lowers an expression that has a value. */
  value(expr: Expr): Value {
    return lowerExpr(this, expr);
  }

  /** Lowers expressions in order. */
  values(exprs: readonly Expr[]): Value[] {
    return exprs.map((expr) => lowerExpr(this, expr));
  }

  callFunction(id: FunctionId, args: Value[]): Value | null {
    const callee = this.unit.callee(id, this.hir);
    const op = callee.direct ? "call" : "call_slot";
    return this.builder.call(op, callee.symbol, callee.signature, args)[0] ?? null;
  }

  /** Makes a span the location of what is emitted next. */
  locate(span: Span): void {
    let id = this.#locations.get(span.start);
    if (id === undefined) {
      const { line, column } = span.file.position(span.start);
      const { locations } = this.builder.fn;
      id = locations.length;
      locations.push({ file: span.file.path, line, column, function: this.hir.name, caller: -1 });
      this.#locations.set(span.start, id);
    }
    this.builder.location = id;
  }

  lowerBody(body: readonly Stmt[]): void {
    for (const stmt of body) {
      if (this.builder.terminated) return;
      this.locate(stmt.span);
      this.#lowerStmt(stmt);
    }
  }

  #lowerStmt(stmt: Stmt): void {
    if (isHeapStmt(stmt)) return lowerHeapStmt(this, stmt);
    switch (stmt.kind) {
      case "set":
        this.environment[stmt.local] = lowerExpr(this, stmt.value);
        break;
      case "set_global":
        this.#setGlobal(stmt.global, stmt.value);
        break;
      case "expr":
        lowerAny(this, stmt.value);
        break;
      case "if":
        this.#lowerIf(stmt);
        break;
      case "while":
        this.#lowerLoop(stmt);
        break;
      case "break": {
        const loop = this.#innermost();
        loop.beforeBreak?.();
        loop.breaks.push(this.openEdge());
        break;
      }
      case "continue":
        this.jumpToHeader(this.#innermost());
        break;
      case "return":
        this.#lowerReturn(stmt.value);
        break;
      case "print":
        lowerPrint(this, stmt);
        break;
      case "fail":
        lowerFail(this, stmt);
        break;
      default:
        unreachable(stmt);
    }
  }

  #innermost(): OpenLoop {
    const loop = this.#loops.at(-1);
    if (loop === undefined) throw new Error(`jump outside of a loop in ${this.hir.symbol}`);
    return loop;
  }

  #setGlobal(global: GlobalId, expr: Expr): void {
    const value = lowerExpr(this, expr);
    const address = this.globalAddress(global);
    const type = this.builder.fn.valueTypes[value] ?? null;
    this.builder.effect("store", type, [address, value], 0);
  }

  #lowerReturn(expr: Expr | null): void {
    const value = expr === null ? null : lowerAny(this, expr);
    if (this.region !== null) this.region.returnValue(value);
    else this.builder.effect("return", null, value === null ? [] : [value]);
  }

  #lowerIf(stmt: Extract<Stmt, { kind: "if" }>): void {
    const { builder } = this;
    const then = createBlock(builder.fn);
    const otherwise = createBlock(builder.fn);
    lowerCondition(this, stmt.condition, then, otherwise);
    const before = this.environment;
    const edges: Edge[] = [];
    for (const [block, body] of [
      [then, stmt.then],
      [otherwise, stmt.else],
    ] as const) {
      builder.enter(block);
      this.environment = [...before];
      this.lowerBody(body);
      if (!builder.terminated) edges.push(this.openEdge());
    }
    if (edges.length > 0) this.join(edges);
  }

  /** Ends the current block with a jump to a block that is not known yet. */
  openEdge(): Edge {
    const jump = this.builder.append("jump", null, [], null, [], []);
    return { jump, environment: this.environment };
  }

  /** Enters a new block that all the edges go to, with parameters for the locals that differ. */
  join(edges: readonly Edge[]): void {
    const { builder } = this;
    const block = createBlock(builder.fn);
    const [first, ...rest] = edges;
    if (first === undefined) throw new Error("a join has edges");
    const environment = [...first.environment];
    const merged: LocalId[] = [];
    for (let local = 0; local < environment.length; local += 1) {
      const value = environment[local];
      if (rest.every((edge) => edge.environment[local] === value)) continue;
      if (edges.some((edge) => edge.environment[local] === undefined))
        environment[local] = undefined;
      else merged.push(local);
    }
    for (const edge of edges) {
      const args = merged.map((local) => required(edge.environment, local));
      edge.jump.targets.push({ block: block.id, args });
    }
    block.params = merged.map((local) => this.newValue(local));
    merged.forEach((local, index) => {
      environment[local] = block.params[index];
    });
    this.environment = environment;
    builder.enter(block);
  }

  /** A fresh value of a local's type. */
  newValue(local: LocalId): Value {
    return createValue(this.builder.fn, this.localType(local));
  }

  /** A block with a parameter for each of these locals. */
  blockFor(locals: readonly LocalId[]): Block {
    const block = createBlock(this.builder.fn);
    block.params = locals.map((local) => this.newValue(local));
    return block;
  }

  /** Enters a block whose parameters are the values of these locals. */
  enterWith(block: Block, locals: readonly LocalId[]): void {
    this.builder.enter(block);
    this.environment = [...this.environment];
    locals.forEach((local, index) => {
      this.environment[local] = block.params[index];
    });
  }

  /** The values of locals that a block takes. */
  valuesOf(locals: readonly LocalId[]): Value[] {
    return locals.map((local) => required(this.environment, local));
  }

  #lowerLoop(stmt: WhileStmt): void {
    if (this.#outlined && this.#loops.length === 0 && this.region === null)
      callLoopFunction(this, stmt.loop);
    else lowerWhile(this, stmt);
  }

  /** Lowers the body of a loop, up to the jumps to its header. */
  lowerLoopBody(body: readonly Stmt[], loop: OpenLoop): void {
    this.#loops.push(loop);
    this.lowerBody(body);
    if (!this.builder.terminated) this.jumpToHeader(loop);
    this.#loops.pop();
  }

  jumpToHeader(loop: OpenLoop): void {
    const args = this.valuesOf(loop.carried);
    // A header that can be resumed at is told that this is not a resumption.
    if (loop.header.params.length > args.length)
      args.push(this.builder.value("iconst", "i32", [], -1n));
    this.builder.jump(loop.header, args);
  }
}

function required(environment: Environment, local: LocalId): Value {
  const value = environment[local];
  if (value === undefined) throw new Error(`local ${local} has no value at a join`);
  return value;
}
