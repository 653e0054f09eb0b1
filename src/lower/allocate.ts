// `new` as code that takes the next free cell of its size, and as a call of the runtime library where there is none.
import {
  createBlock,
  createValue,
  FunctionBuilder,
  objectOf,
  type Block,
  type Inst,
  type MirFunction,
  type MirModule,
  type Value,
} from "../ir/mir/index.ts";
import {
  sizeClass,
  sizeClasses,
  sizeClassFields,
  sizeClassRecord,
  typeIdOffset,
} from "../runtime/index.ts";

const allocator = "rt_new";
const signature = { params: ["i32", "i32"], results: ["ref"] } as const;

/** Objects that a function makes in place; more make it slow to compile and come from code that runs once. */
const mostInline = 40;

/**
 * Replaces every `new`, with calls of the library where no cell is at hand, which the module then declares. With `inline`
 * cells are taken without a call.
 */
export function lowerObjects(
  module: MirModule,
  { inline = false }: { readonly inline?: boolean } = {},
): void {
  let found = false;
  for (const fn of module.functions) {
    const count = countNew(fn);
    if (count === 0) continue;
    found = true;
    if (inline && count <= mostInline) takeCells(fn);
    for (const block of fn.blocks) {
      if (!block.insts.some(({ op }) => op === "new")) continue;
      block.insts = block.insts.flatMap((inst) => (inst.op === "new" ? callFor(fn, inst) : [inst]));
    }
  }
  if (!found || module.declarations.some(({ symbol }) => symbol === allocator)) return;
  module.declarations.push({ symbol: allocator, signature, linkage: "host", collects: true });
}

function countNew(fn: MirFunction): number {
  let count = 0;
  for (const { insts } of fn.blocks) for (const { op } of insts) if (op === "new") count += 1;
  return count;
}

function callFor(fn: MirFunction, inst: Inst): Inst[] {
  const { typeId, size } = objectOf(inst.imm);
  const constants = [typeId, size].map((number): Inst => {
    const results = [createValue(fn, "i32")];
    const imm = BigInt.asIntN(32, BigInt(number));
    return { ...inst, op: "iconst", type: "i32", args: [], imm, targets: [], results };
  });
  const args = constants.flatMap(({ results }) => results);
  return [...constants, { ...inst, op: "call_host", imm: allocator, args }];
}

/** Splits blocks at each `new` of a size that has a class; the `new` is left for where there is no cell. */
function takeCells(fn: MirFunction): void {
  const order: Block[] = [];
  const slow: Block[] = [];
  for (const block of fn.blocks) {
    order.push(block);
    let rest = block;
    for (let at = findNew(rest); at >= 0; at = findNew(rest)) {
      const split = splitAt(fn, rest, at);
      order.push(split.fast, split.rest);
      slow.push(split.slow);
      rest = split.rest;
    }
  }
  fn.blocks = [...order, ...slow];
}

function findNew({ insts }: Block): number {
  return insts.findIndex(
    ({ op, imm }) => op === "new" && sizeClass(objectOf(imm).size) < sizeClasses.length,
  );
}

interface Split {
  readonly fast: Block;
  readonly slow: Block;
  /** What comes behind the `new`; its parameter is the object. */
  readonly rest: Block;
}

/** See `runtime/heap-layout.ts`: the cell at `bump` is free and zero if its end is not beyond `limit`. */
function splitAt(fn: MirFunction, block: Block, at: number): Split {
  const made = block.insts[at];
  const [object] = made?.results ?? [];
  if (made === undefined || object === undefined) throw new Error("there is no `new`");
  const { typeId, size } = objectOf(made.imm);
  const cellSize = sizeClasses[sizeClass(size)] ?? size;
  const [fast, slow, rest] = [createBlock(fn), createBlock(fn), createBlock(fn)];
  rest.params = [object];
  rest.insts = block.insts.slice(at + 1);
  block.insts = block.insts.slice(0, at);

  const builder = new FunctionBuilder(fn, block);
  builder.location = made.location;
  const int = (value: number): Value =>
    builder.value("iconst", "i32", [], BigInt.asIntN(32, BigInt(value)));
  const record = int(sizeClassRecord(sizeClass(size)));
  const cell = builder.value("load", "i32", [record], sizeClassFields.bump);
  const next = builder.value("iadd", "i32", [cell, int(cellSize)]);
  const limit = builder.value("load", "i32", [record], sizeClassFields.limit);
  const isOver = builder.value("icmp", "i32", [next, limit], "ugt");
  builder.branch(isOver, { block: slow.id, args: [] }, { block: fast.id, args: [] });

  builder.block = fast;
  builder.effect("store", "i32", [record, next], sizeClassFields.bump);
  builder.effect("store", "i32", [cell, int(typeId)], typeIdOffset);
  builder.jump(rest, [builder.value("addr_ref", null, [cell])]);

  builder.block = slow;
  const called = createValue(fn, "ref");
  slow.insts.push(...callFor(fn, { ...made, results: [called] }));
  builder.jump(rest, [called]);
  return { fast, slow, rest };
}
