// Removes instructions and block parameters that nothing with an effect depends on, in cycles too.
import {
  definingInsts,
  emptyTable,
  instEffects,
  sideEffects,
  type Definitions,
} from "../analysis/index.ts";
import type { Block, Inst, MirFunction, Value } from "../ir/mir/index.ts";
import { IncomingEdges, removeParam } from "./edges.ts";

/** Marks what effects and control depend on; `live` is by value. */
class Marker {
  readonly live: Uint8Array;
  readonly #work: Value[] = [];
  readonly #definitions: Definitions;

  constructor(fn: MirFunction, definitions: Definitions) {
    this.live = new Uint8Array(fn.valueTypes.length);
    this.#definitions = definitions;
  }

  mark(values: readonly Value[]): void {
    for (const value of values) {
      if (this.live[value] === 1) continue;
      this.live[value] = 1;
      this.#work.push(value);
    }
  }

  /** Follows operands and the arguments of live parameters. */
  run(fn: MirFunction): void {
    const incoming = new IncomingEdges(fn);
    const home = emptyTable<Block>(fn.valueTypes.length);
    for (const block of fn.blocks) for (const param of block.params) home[param] = block;
    for (let value = this.#work.pop(); value !== undefined; value = this.#work.pop()) {
      const inst = this.#definitions[value];
      if (inst !== undefined) {
        this.mark(inst.args);
        continue;
      }
      const block = home[value];
      if (block === undefined) continue;
      const index = block.params.indexOf(value);
      for (const edge of incoming.of(block.id)) {
        const arg = edge.args[index];
        if (arg !== undefined && this.live[arg] === 0) this.mark([arg]);
      }
    }
  }
}

function isLive(inst: Inst, live: Uint8Array, definitions: Definitions): boolean {
  if ((instEffects(inst, definitions) & sideEffects) !== 0) return true;
  return inst.results.some((result) => live[result] === 1);
}

/** Removes dead parameters of a block and their arguments. */
function removeParams(block: Block, live: Uint8Array, incoming: IncomingEdges): boolean {
  if (block.params.every((param) => live[param] === 1)) return false;
  for (let i = block.params.length - 1; i >= 0; i -= 1) {
    const param = block.params[i];
    if (param !== undefined && live[param] === 0) removeParam(block, i, incoming);
  }
  return true;
}

/** Removes what is dead; divisions by a constant other than 0 count as free of effects, loads too. */
export function dce(fn: MirFunction): boolean {
  const definitions = definingInsts(fn);
  const marker = new Marker(fn, definitions);
  for (const block of fn.blocks) {
    for (const inst of block.insts) {
      if ((instEffects(inst, definitions) & sideEffects) !== 0) marker.mark(inst.args);
    }
  }
  marker.run(fn);
  const { live } = marker;
  const incoming = new IncomingEdges(fn);
  let changed = false;
  for (const block of fn.blocks) {
    if (block !== fn.blocks[0]) changed = removeParams(block, live, incoming) || changed;
    const kept = block.insts.filter((inst) => isLive(inst, live, definitions));
    if (kept.length === block.insts.length) continue;
    block.insts = kept;
    changed = true;
  }
  return changed;
}
