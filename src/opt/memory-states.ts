// Versions of the parts of memory, for value numbering: two reads of a part at places with the same version of it give
// the same value. A version is carried over joins where all ways in have the same, and over headers of loops that do not
// write the part.
import {
  allMemory,
  WrittenParts,
  writtenParts,
  type Cfg,
  type Loop,
  type LoopForest,
  type MemoryPart,
} from "../analysis/index.ts";
import type { Inst } from "../ir/mir/index.ts";

type Version = number;

interface State {
  /** Of the parts that are not in `versions`. */
  readonly rest: Version;
  /** The version of all memory together is that of `allMemory`. */
  readonly versions: ReadonlyMap<MemoryPart, Version>;
}

const none: ReadonlyMap<MemoryPart, Version> = new Map();

/** Follows a walk over the blocks in reverse post-order. */
export class MemoryStates {
  readonly #cfg: Cfg;
  readonly #forest: LoopForest;
  /** By rpo number of a loop header. */
  readonly #loopAt = new Map<number, Loop>();
  readonly #atEnd: State[] = [];
  #rest: Version = 0;
  #versions = new Map<MemoryPart, Version>();
  #next: Version = 1;

  constructor(cfg: Cfg, forest: LoopForest) {
    this.#cfg = cfg;
    this.#forest = forest;
    for (const loop of forest.loops) this.#loopAt.set(loop.header, loop);
  }

  /** Goes to the start of a block. */
  enter(number: number): void {
    const state = this.#stateBefore(number);
    this.#rest = state.rest;
    this.#versions = new Map(state.versions);
    const loop = this.#loopAt.get(number);
    if (loop === undefined) return;
    const written = new WrittenParts();
    for (const inner of loop.blocks) {
      const block = this.#cfg.order[inner];
      if (block !== undefined) written.add(this.#cfg.fn, block.insts);
    }
    this.#write([...written.parts]);
  }

  /** Goes past an instruction. */
  pass(inst: Inst): void {
    this.#write(writtenParts(this.#cfg.fn, inst));
  }

  /** Remembers the state at the end of a block. */
  leave(number: number): void {
    this.#atEnd[number] = { rest: this.#rest, versions: this.#versions };
  }

  /** The version of a part here. */
  version(part: MemoryPart): Version {
    return this.#versions.get(part) ?? this.#rest;
  }

  #fresh(): Version {
    this.#next += 1;
    return this.#next;
  }

  #write(parts: readonly MemoryPart[]): void {
    if (parts.length === 0) return;
    if (parts.includes(allMemory)) {
      this.#rest = this.#fresh();
      this.#versions = new Map();
      return;
    }
    const version = this.#fresh();
    for (const part of parts) this.#versions.set(part, version);
    this.#versions.set(allMemory, version);
  }

  /** What all ways into the block have in common; ways round a loop are left to the loop. */
  #stateBefore(number: number): State {
    const states: State[] = [];
    for (const from of this.#cfg.predecessors[number] ?? []) {
      if (from >= number) {
        if (!this.#forest.reducible) return { rest: this.#fresh(), versions: none };
        continue;
      }
      const state = this.#atEnd[from];
      if (state === undefined) return { rest: this.#fresh(), versions: none };
      states.push(state);
    }
    const [first, ...others] = states;
    if (first === undefined) return { rest: this.#fresh(), versions: none };
    return others.length === 0 ? first : this.#join(first, others);
  }

  #join(first: State, others: readonly State[]): State {
    const rest = others.every((state) => state.rest === first.rest) ? first.rest : this.#fresh();
    const versions = new Map<MemoryPart, Version>();
    for (const { versions: written } of [first, ...others]) {
      for (const part of written.keys()) {
        if (versions.has(part)) continue;
        const version = first.versions.get(part) ?? first.rest;
        const same = others.every((state) => (state.versions.get(part) ?? state.rest) === version);
        versions.set(part, same ? version : this.#fresh());
      }
    }
    return { rest, versions };
  }
}
