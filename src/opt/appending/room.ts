// The branches of a loop that ask whether there is room: they go the same way for as many iterations as there is.
import {
  callsCode,
  instEffects,
  integerConstant,
  type Cfg,
  type Definitions,
} from "../../analysis/index.ts";
import { terminatorOf, type Block, type Inst, type Value } from "../../ir/mir/index.ts";
import type { CountedShape } from "../versioning/counter.ts";

/** `length <u capacity`, of a parameter of the header and another or a value that stands in front of the loop, and the branch on it. */
export interface RoomTest {
  readonly branch: Inst;
  readonly length: Value;
  readonly capacity: Value;
}

/** Whether it is a comparison of this form. */
export function isRoomTest({ op, type, imm }: Inst): boolean {
  return op === "icmp" && type === "i32" && imm === "ult";
}

function roomTestAt(
  block: Block,
  { header, inside }: CountedShape,
  definitions: Definitions,
): RoomTest | undefined {
  const branch = terminatorOf(block);
  if (branch.op !== "brif") return undefined;
  const test = definitions[branch.args[0] ?? -1];
  if (test === undefined || !isRoomTest(test)) return undefined;
  const [length, capacity] = test.args;
  if (length === undefined || capacity === undefined) return undefined;
  if (!header.params.includes(length)) return undefined;
  if (inside.has(capacity) && !header.params.includes(capacity)) return undefined;
  return { branch, length, capacity };
}

/** A loop as it is where each of the tests finds room. */
class Roomy {
  readonly #cfg: Cfg;
  readonly #shape: CountedShape;
  readonly #definitions: Definitions;
  readonly #branches: ReadonlySet<Inst>;
  /** The blocks that are reached. */
  readonly blocks = new Set<Block>();
  /** By parameter of a block other than the header: what the edges pass. */
  readonly #passed = new Map<Value, Value[]>();

  constructor(cfg: Cfg, shape: CountedShape, definitions: Definitions, tests: readonly RoomTest[]) {
    this.#cfg = cfg;
    this.#shape = shape;
    this.#definitions = definitions;
    this.#branches = new Set(tests.map(({ branch }) => branch));
    this.#walk(shape.header);
  }

  #walk(block: Block): void {
    if (this.blocks.has(block)) return;
    this.blocks.add(block);
    const end = terminatorOf(block);
    const { loop, header } = this.#shape;
    for (const edge of this.#branches.has(end) ? end.targets.slice(0, 1) : end.targets) {
      const number = this.#cfg.numberOf[edge.block] ?? -1;
      const next = this.#cfg.order[number];
      if (next === undefined || next === header || !loop.blocks.includes(number)) continue;
      for (const [i, param] of next.params.entries()) {
        const arg = edge.args[i];
        const args = this.#passed.get(param) ?? [];
        if (arg !== undefined) this.#passed.set(param, [...args, arg]);
      }
      this.#walk(next);
    }
  }

  get callsNothing(): boolean {
    return [...this.blocks].every(({ insts }) =>
      insts.every((inst) => (instEffects(inst, this.#definitions) & callsCode) === 0),
    );
  }

  /** Whether the next iteration's parameter is this one's, or something else that is good; values of no header stay. */
  keeps(param: Value, orElse: (next: Value) => boolean): boolean {
    const { header, backEdge } = this.#shape;
    const place = header.params.indexOf(param);
    if (place < 0) return true;
    const next = backEdge.args[place];
    const seen = new Set<Value>();
    const isKept = (value: Value): boolean => {
      if (value === param || orElse(value) || seen.has(value)) return true;
      seen.add(value);
      return this.#passed.get(value)?.every(isKept) ?? false;
    };
    return next !== undefined && isKept(next);
  }

  isSuccessor(value: Value, param: Value): boolean {
    const inst = this.#definitions[value];
    const [left, right] = inst?.args ?? [];
    if (inst?.op !== "iadd" || left !== param || right === undefined) return false;
    return integerConstant(this.#definitions, right) === 1n;
  }
}

/**
 * The tests that find room for `capacity - length` iterations if they find room for one, all of them taken together;
 * empty if the loop calls code even so.
 */
export function findRoomTests(
  cfg: Cfg,
  shape: CountedShape,
  definitions: Definitions,
): readonly RoomTest[] {
  const all = shape.blocks.flatMap((block) => roomTestAt(block, shape, definitions) ?? []);
  if (all.length === 0) return [];
  const roomy = new Roomy(cfg, shape, definitions, all);
  const tests = all.filter(
    ({ length, capacity }) =>
      roomy.keeps(capacity, () => false) &&
      roomy.keeps(length, (next) => roomy.isSuccessor(next, length)),
  );
  // With fewer tests there are more ways round the loop.
  return tests.length === all.length && roomy.callsNothing ? tests : [];
}
