// Makes every loop have one entry, which structured control flow needs.
//
// A strongly connected region that is entered at several blocks gets a dispatcher: a block whose parameters are the number
// of an entry and the parameters of all entries. Every edge to an entry goes to the dispatcher instead, which branches to
// the entry by its number. The code does not grow with the number of entries and edges, as it does by copying blocks.
// Dominance is kept: a path through the dispatcher from an edge to one entry into another entry has no more freedom than
// the region's own paths, since all of a region's blocks reach each other.
import {
  createBlock,
  createValue,
  noLocation,
  terminatorOf,
  type Block,
  type BlockId,
  type Inst,
  type MirFunction,
  type MirType,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";

/** A copy of the function with reducible control flow that does the same; the function itself is not changed. */
export function makeReducible(fn: MirFunction): MirFunction {
  const copy: MirFunction = {
    ...fn,
    blocks: fn.blocks.map(copyBlock),
    valueTypes: [...fn.valueTypes],
  };
  const work: Block[][] = [copy.blocks];
  for (let region = work.pop(); region !== undefined; region = work.pop()) {
    for (const component of componentsOf(region)) {
      const entries = entriesOf(copy, component);
      const [header] = entries;
      if (entries.length > 1) {
        addDispatcher(copy, entries);
        work.push(component);
      } else {
        work.push(component.filter((block) => block !== header));
      }
    }
  }
  return copy;
}

function copyBlock(block: Block): Block {
  const last = terminatorOf(block);
  const targets = last.targets.map(({ block: to, args }): Target => ({
    block: to,
    args: [...args],
  }));
  return { ...block, insts: [...block.insts.slice(0, -1), { ...last, targets }] };
}

/** Blocks of a component that are branched to from outside it, in layout order. */
function entriesOf(fn: MirFunction, component: readonly Block[]): Block[] {
  const inside = new Set(component.map((block) => block.id));
  const entered = new Set<BlockId>();
  for (const block of fn.blocks) {
    if (inside.has(block.id)) continue;
    for (const target of terminatorOf(block).targets) entered.add(target.block);
  }
  return component.filter((block) => entered.has(block.id));
}

/** Leads every edge to one of the entries through a new block. */
function addDispatcher(fn: MirFunction, entries: readonly Block[]): void {
  const types = entries.flatMap((entry) =>
    entry.params.map((param) => fn.valueTypes[param] ?? "i32"),
  );
  const dispatcher = createBlock(fn, ["i32", ...types]);
  const numbers = new Map(entries.map((entry, i) => [entry.id, i]));
  for (const block of fn.blocks) {
    const constants: Inst[] = [];
    for (const target of terminatorOf(block).targets) {
      const number = numbers.get(target.block);
      if (number === undefined) continue;
      target.args = dispatchArguments(fn, entries, { number, args: target.args, constants });
      target.block = dispatcher.id;
    }
    block.insts.splice(-1, 0, ...constants);
  }
  const [selector, ...params] = dispatcher.params;
  if (selector === undefined) return;
  let next = 0;
  const targets = entries.map((entry): Target => {
    const args = params.slice(next, next + entry.params.length);
    next += entry.params.length;
    return { block: entry.id, args };
  });
  dispatcher.insts.push(instruction({ op: "br_table", args: [selector], targets }));
  fn.blocks.push(dispatcher);
}

interface Dispatched {
  readonly number: number;
  readonly args: readonly Value[];
  /** Gets the instructions that the arguments need. */
  readonly constants: Inst[];
}

/** The number of the entry, its arguments, and zeros for the parameters of the others. */
function dispatchArguments(
  fn: MirFunction,
  entries: readonly Block[],
  { number, args, constants }: Dispatched,
): Value[] {
  const zero = (type: MirType, value: number): Value => {
    const result = createValue(fn, type);
    const isInt = type === "i32" || type === "i64";
    const imm = isInt ? BigInt(value) : value;
    constants.push(instruction({ op: isInt ? "iconst" : "fconst", type, imm, results: [result] }));
    return result;
  };
  const dispatched = [zero("i32", number)];
  entries.forEach((entry, i) => {
    if (i === number) dispatched.push(...args);
    else for (const param of entry.params) dispatched.push(zero(fn.valueTypes[param] ?? "i32", 0));
  });
  return dispatched;
}

function instruction(parts: Partial<Inst> & Pick<Inst, "op">): Inst {
  return {
    type: null,
    args: [],
    imm: null,
    targets: [],
    results: [],
    location: noLocation,
    ...parts,
  };
}

/** The strongly connected components of a region that hold a cycle. */
function componentsOf(region: readonly Block[]): Block[][] {
  const search = new ComponentSearch(region);
  for (const root of region) search.from(root);
  return search.components;
}

/** Tarjan's algorithm with a stack of its own, so that depth is bounded by memory alone. */
class ComponentSearch {
  readonly components: Block[][] = [];
  readonly #region: ReadonlyMap<BlockId, Block>;
  readonly #order = new Map<BlockId, number>();
  readonly #low = new Map<BlockId, number>();
  /** Blocks visited and not yet in a component. */
  readonly #open: Block[] = [];
  readonly #isOpen = new Set<BlockId>();
  readonly #path: { readonly block: Block; next: number }[] = [];

  constructor(region: readonly Block[]) {
    this.#region = new Map(region.map((block) => [block.id, block]));
  }

  from(root: Block): void {
    if (this.#order.has(root.id)) return;
    this.#enter(root);
    for (let top = this.#path.at(-1); top !== undefined; top = this.#path.at(-1)) {
      const target = terminatorOf(top.block).targets[top.next];
      top.next += 1;
      if (target === undefined) this.#leave(top.block);
      else this.#follow(top.block, target.block);
    }
  }

  #enter(block: Block): void {
    this.#low.set(block.id, this.#order.size);
    this.#order.set(block.id, this.#order.size);
    this.#open.push(block);
    this.#isOpen.add(block.id);
    this.#path.push({ block, next: 0 });
  }

  #lower(block: Block, to: number): void {
    this.#low.set(block.id, Math.min(this.#low.get(block.id) ?? to, to));
  }

  #follow(from: Block, id: BlockId): void {
    const to = this.#region.get(id);
    if (to === undefined) return;
    const visited = this.#order.get(id);
    if (visited === undefined) this.#enter(to);
    else if (this.#isOpen.has(id)) this.#lower(from, visited);
  }

  #leave(block: Block): void {
    this.#path.pop();
    const parent = this.#path.at(-1);
    const lowest = this.#low.get(block.id) ?? 0;
    if (parent !== undefined) this.#lower(parent.block, lowest);
    if (lowest !== this.#order.get(block.id)) return;
    const component = this.#open.splice(this.#open.lastIndexOf(block));
    for (const member of component) this.#isOpen.delete(member.id);
    if (hasCycle(component)) this.components.push(component);
  }
}

function hasCycle(component: readonly Block[]): boolean {
  const [only] = component;
  if (component.length !== 1 || only === undefined) return component.length > 1;
  return terminatorOf(only).targets.some((target) => target.block === only.id);
}
