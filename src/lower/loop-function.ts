// Loop functions: a loop nest as an ordinary function over the locals in a frame, which can be entered at the header of
// the loop or of any loop nested in it, and left there when the fuel is used up. See docs/architecture.md.
//
// Entering at an inner header must keep the graph reducible, so the way there leads through the headers around it: each
// header of a loop with loops inside has a parameter `resume`, the number of the loop to go on to, or -1. Between a
// header and the headers directly inside stand *preheaders*, where the normal way in and the way of resumption meet.
import type { HirFunction, LocalId } from "../ir/hir/index.ts";
import {
  createBlock,
  entryBlock,
  type Block,
  type MirFunction,
  type Value,
} from "../ir/mir/index.ts";
import { frameResultOffset, loopFinished, loopReturned, loopSuspended } from "../runtime/index.ts";
import { FunctionLowering, type Environment, type Region } from "./function.ts";
import type { LoopFacts } from "./liveness.ts";
import { loopInterface } from "./loop-interface.ts";
import { lowerWhile } from "./loop.ts";
import { loopSignature, loopSymbol } from "./symbols.ts";
import type { UnitLowering } from "./unit.ts";

interface Preheader {
  readonly block: Block;
  readonly locals: readonly LocalId[];
  readonly resume: Value | null;
  entered: boolean;
}

export function lowerLoopFunction(unit: UnitLowering, hir: HirFunction, loop: number): MirFunction {
  return new LoopFunctionLowering(unit, hir, loop).run();
}

class LoopFunctionLowering {
  readonly #to: FunctionLowering;
  readonly #root: LoopFacts;
  readonly #offsets: ReadonlyMap<LocalId, number>;
  readonly #loop: number;
  readonly #fuel: LocalId;
  readonly #preheaders = new Map<number, Preheader>();
  /** What the frame held at entry; valid everywhere, and what a resumed loop starts with. */
  #entryValues: Environment = [];

  constructor(unit: UnitLowering, hir: HirFunction, loop: number) {
    this.#to = new FunctionLowering(unit, hir, {
      symbol: loopSymbol(hir, loop),
      signature: loopSignature,
    });
    this.#root = this.#to.facts(loop);
    this.#offsets = loopInterface(unit.facts.loops(hir.id), loop).offsets;
    this.#loop = loop;
    this.#fuel = hir.locals.length;
  }

  run(): MirFunction {
    const to = this.#to;
    const { builder } = to;
    const [, entry, fuel] = entryBlock(builder.fn).params;
    if (entry === undefined || fuel === undefined)
      throw new Error("a loop function has three parameters");
    this.#loadFrame();
    to.environment[this.#fuel] = fuel;
    to.locate(this.#root.statement.span);
    const rootResume = this.#hasInner(this.#loop) ? this.#resumeBelow(this.#loop, entry) : null;
    to.region = this.#region(rootResume);
    lowerWhile(to, this.#root.statement);
    this.#closePreheaders();
    if (!builder.terminated) {
      this.#storeLocals(this.#root.liveBehind);
      this.#returnCode(loopFinished);
    }
    return builder.fn;
  }

  #region(rootResume: Value | null): Region {
    return {
      fuel: this.#fuel,
      needsResume: (stmt) => this.#hasInner(stmt.loop),
      beforeLoop: (stmt) =>
        stmt.loop === this.#loop ? rootResume : this.#enterPreheader(stmt.loop),
      afterHeader: (stmt, resume, spend) => {
        if (resume !== null) this.#dispatch(stmt.loop, resume);
        this.#needFuel(stmt.loop);
        if (spend) this.#spendFuel();
      },
      returnValue: (value) => {
        if (value !== null) {
          const type = this.#to.builder.fn.valueTypes[value] ?? null;
          this.#to.builder.effect("store", type, [this.#frame(), value], frameResultOffset);
        }
        this.#returnCode(loopReturned);
      },
    };
  }

  #frame(): Value {
    const [frame] = entryBlock(this.#to.builder.fn).params;
    if (frame === undefined) throw new Error("a loop function has three parameters");
    return frame;
  }

  #constant(value: number): Value {
    return this.#to.builder.value("iconst", "i32", [], BigInt(value));
  }

  #hasInner(loop: number): boolean {
    return this.#to.facts(loop).last > loop;
  }

  /** Loads what any header of the nest may need. */
  #loadFrame(): void {
    const to = this.#to;
    const nonNegative = to.unit.facts.nonNegative(to.hir.id);
    for (const [local, offset] of this.#offsets) {
      const type = to.localType(local);
      const value = to.builder.value("load", type, [this.#frame()], offset);
      to.environment[local] = nonNegative.has(local) ? this.#withoutSign(value) : value;
    }
    this.#entryValues = [...to.environment];
  }

  /** The same number, seen not to be negative. */
  #withoutSign(value: Value): Value {
    const mask = this.#to.builder.value("iconst", "i64", [], 2n ** 63n - 1n);
    return this.#to.builder.value("band", "i64", [value, mask]);
  }

  /** The resume number for inside a loop that is reached by resuming at `target`: -1 if the loop is the target. */
  #resumeBelow(loop: number, target: Value): Value {
    const { builder } = this.#to;
    const here = builder.value("icmp", "i32", [target, this.#constant(loop)], "eq");
    return builder.value("select", "i32", [here, this.#constant(-1), target]);
  }

  /** At the header of a loop with loops inside: goes on to the preheader that leads to the loop to resume. */
  #dispatch(loop: number, resume: Value): void {
    const { builder } = this.#to;
    const normal = createBlock(builder.fn);
    const search = createBlock(builder.fn);
    const resuming = builder.value("icmp", "i32", [resume, this.#constant(0)], "sge");
    builder.branch(resuming, { block: search.id, args: [] }, { block: normal.id, args: [] });
    builder.enter(search);
    const children: LoopFacts[] = [];
    for (let child = loop + 1; child <= this.#to.facts(loop).last; child += 1) {
      const facts = this.#to.facts(child);
      if (facts.parent === loop) children.push(facts);
    }
    children.forEach((child, index) => {
      const number = child.statement.loop;
      const preheader = this.#createPreheader(child);
      const args = preheader.locals.map((local) => this.#atEntry(local));
      if (preheader.resume !== null) args.push(this.#resumeBelow(number, resume));
      if (index === children.length - 1) {
        builder.jump(preheader.block, args);
        return;
      }
      const next = createBlock(builder.fn);
      const within = builder.value("icmp", "i32", [resume, this.#constant(child.last)], "sle");
      builder.branch(within, { block: preheader.block.id, args }, { block: next.id, args: [] });
      builder.enter(next);
    });
    builder.enter(normal);
  }

  /** The value with which a local is resumed: the one from the frame, but fuel goes on from where it is. */
  #atEntry(local: LocalId): Value {
    const value = local === this.#fuel ? this.#to.environment[local] : this.#entryValues[local];
    if (value === undefined) throw new Error(`local ${local} was not loaded from the frame`);
    return value;
  }

  #createPreheader(child: LoopFacts): Preheader {
    const to = this.#to;
    const locals = [
      this.#fuel,
      ...[...this.#root.assigned].filter((local) => child.liveAtHeader.has(local)),
    ];
    const types = locals.map((local) => to.localType(local));
    const inner = this.#hasInner(child.statement.loop);
    const block = createBlock(to.builder.fn, inner ? [...types, "i32"] : types);
    const resume = inner ? (block.params.at(-1) ?? null) : null;
    const preheader: Preheader = { block, locals, resume, entered: false };
    this.#preheaders.set(child.statement.loop, preheader);
    return preheader;
  }

  /** The normal way to an inner loop: into its preheader, whose parameters become the environment. */
  #enterPreheader(loop: number): Value | null {
    const { builder } = this.#to;
    const preheader = this.#preheaders.get(loop);
    if (preheader === undefined) throw new Error(`loop ${loop} has no preheader`);
    const { block, locals } = preheader;
    const environment = [...this.#to.environment];
    // A local may be live here only on paths that the analysis cannot exclude; it has no value then, and any will do.
    const args = locals.map((local) => environment[local] ?? this.#atEntry(local));
    if (preheader.resume !== null) args.push(this.#constant(-1));
    builder.jump(block, args);
    builder.enter(block);
    for (const local of this.#root.assigned) environment[local] = undefined;
    locals.forEach((local, index) => {
      environment[local] = block.params[index];
    });
    this.#to.environment = environment;
    preheader.entered = true;
    return preheader.resume;
  }

  /** Loops in code that cannot be reached are never entered, so nothing resumes there. */
  #closePreheaders(): void {
    const { builder } = this.#to;
    const { block } = builder;
    for (const preheader of this.#preheaders.values()) {
      if (preheader.entered) continue;
      builder.enter(preheader.block);
      builder.effect("trap", null, [], "unreachable");
    }
    builder.enter(block);
  }

  /** Leaves the loop function at this header if there is no fuel. */
  #needFuel(loop: number): void {
    const to = this.#to;
    const { builder } = to;
    const fuel = to.read(this.#fuel);
    const suspend = createBlock(builder.fn);
    const go = createBlock(builder.fn);
    const empty = builder.value("icmp", "i32", [fuel, this.#constant(0)], "sle");
    builder.branch(empty, { block: suspend.id, args: [] }, { block: go.id, args: [] });
    builder.enter(suspend);
    this.#storeLocals(to.facts(loop).liveAtHeader);
    this.#returnCode(loopSuspended + loop);
    builder.enter(go);
  }

  #spendFuel(): void {
    const to = this.#to;
    const fuel = to.read(this.#fuel);
    to.environment[this.#fuel] = to.builder.value("isub", "i32", [fuel, this.#constant(1)]);
  }

  /** Writes the locals of the set that the nest assigns back to the frame. */
  #storeLocals(live: ReadonlySet<LocalId>): void {
    const to = this.#to;
    for (const local of this.#root.assigned) {
      const value = to.environment[local];
      const offset = this.#offsets.get(local);
      if (value === undefined || offset === undefined || !live.has(local)) continue;
      to.builder.effect("store", to.localType(local), [this.#frame(), value], offset);
    }
  }

  #returnCode(code: number): void {
    this.#to.builder.effect("return", null, [this.#constant(code)]);
  }
}
