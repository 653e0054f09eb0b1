// Places inside of a function whose outcome may always be the same: the target of an indirect call, the class of the object that a
// chain of comparisons of its type id is about. They are numbered as the code was lowered, before any pass.
import {
  createBlock,
  createValue,
  entryBlock,
  FunctionBuilder,
  terminatorOf,
  type Block,
  type Inst,
  type MirFunction,
  type MirModule,
  type Target,
  type Value,
} from "../../ir/mir/index.ts";
import { emitFailure } from "./clone.ts";
import { emitNotes, notedAt, type Noted, type NoteRoom } from "./notes.ts";
import { typeIdOffset } from "./objects.ts";
import type { Place } from "./places.ts";

/** Most sites of a function that are looked at. */
const mostSites = 4;
/** Type ids that a chain compares with, at least: of two, one comparison decides. */
const leastCompared = 3;

/** What is expected at a site. */
export type SiteGuard =
  | {
      readonly kind: "call";
      readonly site: number;
      /** The number of the target's slot, and its symbol. */
      readonly slot: number;
      readonly symbol: string;
      /** Address of the word that counts other targets. */
      readonly failures: number;
    }
  | { readonly kind: "class"; readonly site: number; readonly typeId: number };

interface Site {
  readonly place: Place;
  readonly block: Block;
  /** The instruction: the call, or the load of the type id. */
  readonly inst: Inst;
  /** What is noted. */
  readonly value: Value;
}

function sitesOf(fn: MirFunction): Site[] {
  const sites: Site[] = [];
  const calls = fn.blocks.flatMap((block) =>
    block.insts.filter(({ op }) => op === "call_table").map((inst) => ({ block, inst })),
  );
  for (const [site, { block, inst }] of calls.slice(0, mostSites).entries()) {
    const [value] = inst.args;
    if (value !== undefined) sites.push({ place: { kind: "call", site }, block, inst, value });
  }
  const block = entryBlock(fn);
  const inst = block.insts.find(isTypeId);
  const [value] = inst?.results ?? [];
  if (
    inst !== undefined &&
    value !== undefined &&
    chainOf(fn, block, value).length >= leastCompared
  )
    sites.push({ place: { kind: "class", site: 0 }, block, inst, value });
  return sites;
}

function isTypeId({ op, type, imm, args }: Inst): boolean {
  return op === "load" && type === "i32" && imm === typeIdOffset && args.length === 1;
}

/** What may stand in a chain besides constants. */
const linking: ReadonlySet<string> = new Set(["icmp", "brif", "jump"]);

/** Where a chain of comparisons of a value goes for each constant. */
interface Link {
  readonly constant: bigint;
  readonly target: Target;
}

/** The chain that begins where a block ends. Blocks in it do nothing but compare. */
function chainOf(fn: MirFunction, from: Block, id: Value): Link[] {
  const byId = new Map(fn.blocks.map((block) => [block.id, block]));
  const constants = new Map<Value, bigint>();
  const links: Link[] = [];
  const seen = new Set<Block>();
  for (let block: Block | undefined = from; block !== undefined && !seen.has(block);) {
    seen.add(block);
    const isPlain = takeConstants(block, constants);
    if (block !== from && !isPlain) return links;
    const end = terminatorOf(block);
    const [yes, no = yes] = end.targets;
    if (yes === undefined || no === undefined || yes.args.length + no.args.length > 0) return links;
    if (end.op !== "jump") {
      const constant = comparedWith(block, id, constants);
      if (constant === undefined) return links;
      links.push({ constant, target: yes });
    }
    block = byId.get(no.block);
  }
  return links;
}

/** Takes note of the constants of a block; whether there is nothing else in it but what chains are made of. */
function takeConstants(block: Block, constants: Map<Value, bigint>): boolean {
  let isPlain = true;
  for (const { op, imm, results } of block.insts) {
    const [result] = results;
    if (op === "iconst" && typeof imm === "bigint" && result !== undefined)
      constants.set(result, imm);
    else if (!linking.has(op)) isPlain = false;
  }
  return isPlain;
}

/** What the end of a block compares the value with, if it does. */
function comparedWith(
  block: Block,
  id: Value,
  constants: ReadonlyMap<Value, bigint>,
): bigint | undefined {
  const end = terminatorOf(block);
  const test = block.insts.find(({ results }) => results[0] === end.args[0]);
  const isTest = end.op === "brif" && test?.op === "icmp" && test.imm === "eq";
  return isTest && test.args[0] === id ? constants.get(test.args[1] ?? id) : undefined;
}

/** Has a function note what is found at its sites. */
export function noteSites(fn: MirFunction, room: NoteRoom): Noted[] {
  return sitesOf(fn).flatMap(({ place, inst, value }) => {
    const address = room.take(1);
    // Notes at another site may have moved it to another block.
    const block = fn.blocks.find(({ insts }) => insts.includes(inst));
    if (address === undefined || block === undefined) return [];
    const at = block.insts.indexOf(inst) + (place.kind === "class" ? 1 : 0);
    const noted = [{ place, type: "i32", value } as const];
    emitNotes(fn, { block, at }, address, noted);
    return [notedAt(fn.symbol, address, noted)];
  });
}

/** Has the sites of a function look for what is expected first; the guards that were put in. */
export function specialiseSites(
  fn: MirFunction,
  module: MirModule,
  guards: readonly SiteGuard[],
): SiteGuard[] {
  const sites = sitesOf(fn);
  return guards.filter((guard) => {
    const site = sites.find(({ place }) => place.kind === guard.kind && place.site === guard.site);
    const block = fn.blocks.find(({ insts }) => site !== undefined && insts.includes(site.inst));
    if (site === undefined || block === undefined) return false;
    if (guard.kind === "class") return askFirst(fn, { ...site, block }, guard.typeId);
    return callDirectly(fn, module, { ...site, block }, guard);
  });
}

/** Compares with one type id before all others. */
function askFirst(fn: MirFunction, { block, inst, value }: Site, typeId: number): boolean {
  const link = chainOf(fn, block, value).find(({ constant }) => constant === BigInt(typeId | 0));
  if (link === undefined) return false;
  const rest = createBlock(fn);
  rest.insts = block.insts.splice(block.insts.indexOf(inst) + 1);
  fn.blocks.splice(fn.blocks.indexOf(block) + 1, 0, rest);
  const builder = new FunctionBuilder(fn, block);
  const wanted = builder.value("iconst", "i32", [], link.constant);
  const holds = builder.value("icmp", "i32", [value, wanted], "eq");
  builder.branch(holds, { block: link.target.block, args: [] }, { block: rest.id, args: [] });
  return true;
}

/** Calls the expected target directly if it is the one. */
function callDirectly(
  fn: MirFunction,
  module: MirModule,
  { block, inst, value }: Site,
  { slot, symbol, failures }: Extract<SiteGuard, { kind: "call" }>,
): boolean {
  const callee = module.functions.find((one) => one.symbol === symbol);
  const type = module.declarations.find((one) => one.symbol === inst.imm)?.signature;
  if (callee === undefined || type === undefined) return false;
  const same = (left: readonly string[], right: readonly string[]): boolean =>
    left.join() === right.join();
  const { params, results } = callee.signature;
  if (!same(params, type.params) || !same(results, type.results)) return false;
  const at = block.insts.indexOf(inst);
  const done = createBlock(fn);
  done.params = [...inst.results];
  done.insts = block.insts.splice(at + 1);
  block.insts.pop();
  const builder = new FunctionBuilder(fn, block);
  builder.location = inst.location;
  const wanted = builder.value("iconst", "i32", [], BigInt(slot));
  const holds = builder.value("icmp", "i32", [value, wanted], "eq");
  const [direct, other] = [createBlock(fn), createBlock(fn)];
  builder.branch(holds, { block: direct.id, args: [] }, { block: other.id, args: [] });
  builder.block = direct;
  builder.jump(done, builder.call("call", symbol, type, inst.args.slice(1)));
  builder.block = other;
  emitFailure(builder, failures);
  const found = inst.results.map((_, i) => createValue(fn, type.results[i] ?? "i32"));
  other.insts.push({ ...inst, results: found });
  builder.jump(done, [...found]);
  fn.blocks.splice(fn.blocks.indexOf(block) + 1, 0, direct, other, done);
  return true;
}
