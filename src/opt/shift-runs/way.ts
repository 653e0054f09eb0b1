// Finds the way round a loop that halves an even number.
import {
  instEffects,
  integerConstant,
  sideEffects,
  endsBlock,
  type Cfg,
  type Definitions,
  type Loop,
} from "../../analysis/index.ts";
import {
  inverseIntCond,
  terminatorOf,
  typeOf,
  type Block,
  type Inst,
  type IntCond,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";

/** How many blocks the way may have. */
const longestWay = 12;

/** The loop goes on while `left > right`, and each time round they come nearer by 1. */
export interface Remaining {
  readonly left: Value;
  readonly right: Value;
}

/** A way from the header back to it. */
export interface Run {
  /** The header's parameter that is halved. */
  readonly number: Value;
  readonly shift: "sshr" | "ushr";
  /** The edge that is taken where the number is even, and the one where it is odd. */
  readonly edge: Target;
  readonly odd: Target;
  /** Whether the way is open to every even number, as far as the number itself is looked at. */
  readonly everyEven: boolean;
  /** By header parameter: what is added to it each time; the number's is 0. */
  readonly steps: readonly bigint[];
  readonly remaining: readonly Remaining[];
}

/** Follows the way on which a number is even. */
export class WayFinder {
  readonly #cfg: Cfg;
  readonly #loop: Loop;
  readonly #header: Block;
  readonly #definitions: Definitions;
  /** What block parameters on the way stand for. */
  readonly #values = new Map<Value, Value>();
  readonly #conditions: { readonly test: Inst; readonly cond: IntCond }[] = [];
  #even: Pick<Run, "number" | "edge" | "odd"> | undefined;

  constructor(cfg: Cfg, loop: Loop, header: Block, definitions: Definitions) {
    this.#cfg = cfg;
    this.#loop = loop;
    this.#header = header;
    this.#definitions = definitions;
  }

  find(): Run | undefined {
    let block = this.#header;
    for (let length = 0; length < longestWay; length += 1) {
      const edge = this.#isQuiet(block) ? this.#next(block) : undefined;
      if (edge === undefined) return undefined;
      if (edge.block === this.#header.id) return this.#close(edge);
      const next = this.#cfg.order[this.#cfg.numberOf[edge.block] ?? -1];
      if (next === undefined) return undefined;
      for (const [i, param] of next.params.entries()) {
        const arg = edge.args[i];
        if (arg !== undefined) this.#values.set(param, this.#resolve(arg));
      }
      block = next;
    }
    return undefined;
  }

  #resolve(value: Value): Value {
    return this.#values.get(value) ?? value;
  }

  /** Whether it matters not how often the block is passed. A safepoint may be passed less often. */
  #isQuiet({ insts }: Block): boolean {
    return insts.every((inst) => {
      const effects = instEffects(inst, this.#definitions) & sideEffects & ~endsBlock;
      return effects === 0 || inst.op === "safepoint";
    });
  }

  /** The edge by which the way goes on. */
  #next(block: Block): Target | undefined {
    const branch = terminatorOf(block);
    const [then, otherwise] = branch.targets;
    if (branch.op === "jump") return then;
    if (branch.op !== "brif" || then === undefined || otherwise === undefined) return undefined;
    // What is tested behind the halving would be tested of each number.
    if (this.#even !== undefined) return undefined;
    const [condition] = branch.args;
    const parity = condition === undefined ? undefined : this.#parity(condition);
    if (parity !== undefined) {
      const [edge, odd] = parity.even ? [then, otherwise] : [otherwise, then];
      this.#even = { number: parity.number, edge, odd };
      return edge;
    }
    const test = this.#definitions[condition ?? -1];
    if (test?.op !== "icmp") return undefined;
    const cond = test.imm as IntCond;
    const stays = branch.targets.filter((edge) => this.#isInside(edge));
    const [edge] = stays;
    if (edge === undefined || stays.length > 1) return undefined;
    this.#conditions.push({ test, cond: edge === then ? cond : inverseIntCond[cond] });
    return edge;
  }

  #isInside({ block }: Target): boolean {
    return this.#loop.blocks.includes(this.#cfg.numberOf[block] ?? -1);
  }

  /** Whether a condition holds for even or for odd numbers of a header parameter. */
  #parity(condition: Value): { readonly number: Value; readonly even: boolean } | undefined {
    const inst = this.#definitions[condition];
    const [left, right] = inst?.args ?? [];
    if (inst === undefined || left === undefined || right === undefined) return undefined;
    const constant = integerConstant(this.#definitions, right);
    if (inst.op === "icmp" && (inst.imm === "eq" || inst.imm === "ne")) {
      const odd = this.#parity(left);
      if (odd?.even !== false || (constant !== 0n && constant !== 1n)) return undefined;
      return { number: odd.number, even: (inst.imm === "eq") === (constant === 0n) };
    }
    const number = this.#resolve(left);
    if (inst.op !== "band" || constant !== 1n) return undefined;
    return this.#header.params.includes(number) ? { number, even: false } : undefined;
  }

  /** The whole way is known: whether each time round does no more than it should. */
  #close(edge: Target): Run | undefined {
    const even = this.#even;
    if (even === undefined) return undefined;
    const { number } = even;
    let shift: Run["shift"] | undefined;
    const steps: bigint[] = [];
    for (const [i, param] of this.#header.params.entries()) {
      const next = this.#resolve(edge.args[i] ?? param);
      if (param === number) shift = this.#halves(next, number);
      const step = param === number ? 0n : this.#step(next, param);
      if (step === undefined) return undefined;
      steps.push(step);
    }
    const remaining: Remaining[] = [];
    let everyEven = true;
    for (const { test, cond } of this.#conditions) {
      const [left, right] = test.args.map((arg) => this.#resolve(arg));
      if (left === undefined || right === undefined) return undefined;
      if (left === number && this.#holdsForEven(cond, right)) {
        everyEven &&= cond === "ne" && integerConstant(this.#definitions, right) !== 0n;
        continue;
      }
      const changes = left === number || right === number;
      const found = changes ? undefined : this.#remaining(cond, { left, right }, steps);
      if (found === undefined) return undefined;
      remaining.push(found);
    }
    return shift === undefined ? undefined : { ...even, shift, steps, remaining, everyEven };
  }

  /** The shift by which a value is half of an even number. */
  #halves(value: Value, number: Value): Run["shift"] | undefined {
    const inst = this.#definitions[value];
    const [operand, count] = inst?.args ?? [];
    if (inst === undefined || operand === undefined || count === undefined) return undefined;
    if (inst.op !== "sshr" && inst.op !== "ushr") return undefined;
    if (integerConstant(this.#definitions, count) !== 1n) return undefined;
    if (this.#resolve(operand) === number) return inst.op;
    // A signed division by 2 adds the sign first, which an even number does not notice.
    const sum = this.#definitions[operand];
    const [a, b] = sum?.args ?? [];
    if (inst.op !== "sshr" || sum?.op !== "iadd" || a === undefined || b === undefined)
      return undefined;
    return this.#resolve(a) === number && this.#isSignOf(b, number) ? "sshr" : undefined;
  }

  #isSignOf(value: Value, number: Value): boolean {
    const inst = this.#definitions[value];
    const [operand, count] = inst?.args ?? [];
    if (inst?.op !== "ushr" || operand === undefined || count === undefined) return false;
    const width = typeOf(this.#cfg.fn, number) === "i64" ? 63n : 31n;
    return this.#resolve(operand) === number && integerConstant(this.#definitions, count) === width;
  }

  /** The constant by which a parameter grows each time; 0 if it stays. */
  #step(next: Value, param: Value): bigint | undefined {
    if (next === param) return 0n;
    const sum = this.#definitions[next];
    const [left, right] = sum?.args ?? [];
    if (sum?.op !== "iadd" || left === undefined || right === undefined) return undefined;
    return this.#resolve(left) === param ? integerConstant(this.#definitions, right) : undefined;
  }

  /** Whether a comparison that holds for an even number holds for its halves while they are even. */
  #holdsForEven(cond: IntCond, right: Value): boolean {
    const constant = integerConstant(this.#definitions, right);
    if (constant === undefined) return false;
    if (cond === "ne") return constant === 0n || (constant & 1n) === 1n;
    if (cond === "sgt") return constant === 0n || constant === 1n;
    return cond === "sge" && (constant === 1n || constant === 2n);
  }

  /** How far a comparison of a counter is from its end. */
  #remaining(cond: IntCond, pair: Remaining, steps: readonly bigint[]): Remaining | undefined {
    const { left, right } = cond === "slt" ? { left: pair.right, right: pair.left } : pair;
    if (cond !== "slt" && cond !== "sgt") return undefined;
    const up = this.#pace(left, steps);
    const down = this.#pace(right, steps);
    if (up === undefined || down === undefined || up - down !== -1n) return undefined;
    return { left, right };
  }

  /** By how much a value changes each time round. */
  #pace(value: Value, steps: readonly bigint[]): bigint | undefined {
    const place = this.#header.params.indexOf(value);
    if (place >= 0) return steps[place];
    if (integerConstant(this.#definitions, value) !== undefined) return 0n;
    return this.#loop.blocks.some((number) => this.#defines(number, value)) ? undefined : 0n;
  }

  #defines(number: number, value: Value): boolean {
    const block = this.#cfg.order[number];
    if (block === undefined) return false;
    return (
      block.params.includes(value) || block.insts.some(({ results }) => results.includes(value))
    );
  }
}
