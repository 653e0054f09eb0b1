// Decoding of calls and terminators, and of whole functions.
import type { Block, Inst, MirFunction, Target, TrapCode, Value } from "../../ir/mir/index.ts";
import { mirTraps } from "../../ir/mir/index.ts";
import { runtimeError } from "../../runtime/index.ts";
import {
  anyIn,
  numberIn,
  type Code,
  type MirValue,
  type Registers,
  type Segment,
  type Transfer,
} from "./code.ts";
import { isTransfer, operand, stepDecoders, type StepHost, type TransferOpcode } from "./steps.ts";

/** The call of a function, as the machine needs it. */
export interface CallSite {
  readonly symbol: string;
  readonly args: readonly Value[];
  readonly results: readonly Value[];
  readonly location: number;
  readonly resume: Segment;
}

export interface TransferHost extends StepHost {
  /** Enters a function of the interpreter and yields its first segment. */
  enter(site: CallSite, registers: Registers): Segment;
  /** As `enter`, through the slot: the function may be outside of the interpreter. */
  enterSlot(site: CallSite, registers: Registers): Segment;
  /** As `enterSlot`, through the slot with a number. */
  enterTable(site: CallSite, slot: number, registers: Registers): Segment;
  /** Leaves the function; null if it was called from outside. */
  leave(results: readonly MirValue[]): Segment | null;
}

type Edge = (registers: Registers) => Segment;

interface BlockContext {
  readonly host: TransferHost;
  readonly edge: (target: Target) => Edge;
  /** The segment behind a call. */
  readonly resume: Segment;
}

type TransferDecoder = (inst: Inst, context: BlockContext) => Transfer;

function target(inst: Inst, index: number, { edge }: BlockContext): Edge {
  const found = inst.targets.at(index);
  if (found === undefined) throw new RangeError(`\`${inst.op}\` has no target ${index}`);
  return edge(found);
}

const callDecoder =
  (how: "enter" | "enterSlot"): TransferDecoder =>
  (inst, { host, resume }) => {
    const { args, results, location } = inst;
    const site: CallSite = { symbol: String(inst.imm), args, results, location, resume };
    return how === "enter"
      ? (registers) => host.enter(site, registers)
      : (registers) => host.enterSlot(site, registers);
  };

const tableCall: TransferDecoder = (inst, { host, resume }) => {
  const { args, results, location } = inst;
  const slot = operand(inst, 0);
  const site: CallSite = {
    symbol: String(inst.imm),
    args: args.slice(1),
    results,
    location,
    resume,
  };
  return (registers) => host.enterTable(site, numberIn(registers, slot), registers);
};

const transferDecoders: Readonly<Record<TransferOpcode, TransferDecoder>> = {
  call: callDecoder("enter"),
  call_slot: callDecoder("enterSlot"),
  call_table: tableCall,
  jump: (inst, context) => target(inst, 0, context),
  brif: (inst, context) => {
    const condition = operand(inst, 0);
    const then = target(inst, 0, context);
    const otherwise = target(inst, 1, context);
    return (registers) =>
      numberIn(registers, condition) === 0 ? otherwise(registers) : then(registers);
  },
  br_table: (inst, context) => {
    const index = operand(inst, 0);
    const otherwise = target(inst, -1, context);
    const edges = inst.targets.slice(0, -1).map((each) => context.edge(each));
    return (registers) => (edges[numberIn(registers, index) >>> 0] ?? otherwise)(registers);
  },
  return: ({ args }, { host }) => {
    const values = [...args];
    return (registers) => host.leave(values.map((value) => anyIn(registers, value)));
  },
  trap: ({ imm, location }, { host }) => {
    const code: TrapCode = mirTraps.find((trap) => trap === imm) ?? "unreachable";
    return () => {
      host.location = location;
      throw runtimeError(code);
    };
  },
};

/** Decodes a well-formed function. */
export function decode(fn: MirFunction, host: TransferHost): Code {
  const starts = new Map<number, Segment>(fn.blocks.map((block) => [block.id, emptySegment()]));
  const blocks = new Map<number, Block>(fn.blocks.map((block) => [block.id, block]));
  const edge = (to: Target): Edge => {
    const segment = starts.get(to.block);
    const block = blocks.get(to.block);
    if (segment === undefined || block === undefined) {
      throw new RangeError(`block${to.block} is not in ${fn.symbol}`);
    }
    return decodeEdge(segment, to.args, block.params);
  };
  for (const block of fn.blocks)
    decodeBlock(block, starts.get(block.id) ?? emptySegment(), host, edge);
  const first = fn.blocks[0];
  const entry = first === undefined ? undefined : starts.get(first.id);
  if (first === undefined || entry === undefined)
    throw new RangeError(`${fn.symbol} has no blocks`);
  return { fn, params: [...first.params], entry };
}

function emptySegment(): Segment {
  return {
    steps: [],
    transfer: () => {
      throw new Error("the block has no terminator");
    },
  };
}

function decodeBlock(
  block: Block,
  start: Segment,
  host: TransferHost,
  edge: (target: Target) => Edge,
): void {
  let segment = start;
  for (const inst of block.insts) {
    const { op } = inst;
    if (!isTransfer(op)) {
      segment.steps.push(stepDecoders[op](inst, host));
      continue;
    }
    const resume = emptySegment();
    segment.transfer = transferDecoders[op](inst, { host, edge, resume });
    segment = resume;
  }
}

/** All arguments are read before a parameter is written: an edge of a loop may exchange them. */
function decodeEdge(segment: Segment, args: readonly Value[], params: readonly Value[]): Edge {
  const [arg, second] = args;
  const [param, secondParam] = params;
  if (arg === undefined || param === undefined) return () => segment;
  if (second === undefined || secondParam === undefined) {
    return (registers) => {
      registers[param] = anyIn(registers, arg);
      return segment;
    };
  }
  const pairs = args.map((from, index) => ({ from, to: params[index] ?? param }));
  return (registers) => {
    const values = pairs.map(({ from }) => anyIn(registers, from));
    for (let index = 0; index < pairs.length; index += 1) {
      const value = values[index];
      const pair = pairs[index];
      if (value !== undefined && pair !== undefined) registers[pair.to] = value;
    }
    return segment;
  };
}
