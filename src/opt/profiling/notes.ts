// Code that writes down what values a function works on, for a few calls at a time.
//
// A block of notes begins with a word that is counted down at each call; while it is above 0 a note is written. Whoever reads
// them sets the word anew. Whatever the word is, code writes into its own block alone.
import {
  createBlock,
  FunctionBuilder,
  type Block,
  type MirFunction,
  type MirType,
  type Value,
} from "../../ir/mir/index.ts";
import { entryValues, type Place } from "./places.ts";
import { typeIdOffset } from "./objects.ts";

/** Notes of a block; a power of two. */
const notesPerBlock = 16;
/** Bytes in front of the notes, and of each value in a note. */
const notesHead = 8;
const notedSize = 8;

/** A value in a note. An `any` is noted as its bits, an object as its type id. */
export interface NotedValue {
  readonly place: Place;
  readonly type: MirType;
}

/** A block of notes in linear memory. */
export interface Noted {
  readonly symbol: string;
  /** Of the word. */
  readonly address: number;
  /** How many notes there are, of which the one for the word `w` has the number `w` modulo this. */
  readonly notes: number;
  /** Bytes from the word to the first note, and of each value in a note, one after the other. */
  readonly head: number;
  readonly size: number;
  readonly values: readonly NotedValue[];
}

/** The description of a block. */
export function notedAt(symbol: string, address: number, values: readonly NotedValue[]): Noted {
  const plain = values.map(({ place, type }) => ({ place, type }));
  return { symbol, address, notes: notesPerBlock, head: notesHead, size: notedSize, values: plain };
}

/** Memory for blocks of notes. */
export class NoteRoom {
  #at: number;
  readonly #end: number;

  constructor({ address, size }: { readonly address: number; readonly size: number }) {
    this.#at = address;
    this.#end = address + size;
  }

  /** A block for notes of so many values; undefined if there is no room. */
  take(values: number): number | undefined {
    const address = this.#at;
    const end = address + notesHead + notesPerBlock * notedSize * values;
    if (end > this.#end) return undefined;
    this.#at = end;
    return address;
  }
}

/** A value to note, and where it comes from. */
export interface ToNote extends NotedValue {
  readonly value: Value;
}

/** Notes values behind the first `at` instructions of a block, whose rest moves to a new one. */
export function emitNotes(
  fn: MirFunction,
  { block, at }: { readonly block: Block; readonly at: number },
  address: number,
  values: readonly ToNote[],
): void {
  const rest = createBlock(fn);
  rest.insts = block.insts.splice(at);
  const note = createBlock(fn);
  fn.blocks.splice(fn.blocks.indexOf(block) + 1, 0, note, rest);
  const builder = new FunctionBuilder(fn, block);
  const constant = (value: number): Value => builder.value("iconst", "i32", [], BigInt(value));
  const start = constant(address);
  const left = builder.value("load", "i32", [start], 0);
  builder.effect("store", "i32", [start, builder.value("isub", "i32", [left, constant(1)])], 0);
  const due = builder.value("icmp", "i32", [left, constant(0)], "sgt");
  builder.branch(due, { block: note.id, args: [] }, { block: rest.id, args: [] });
  builder.block = note;
  const index = builder.value("band", "i32", [left, constant(notesPerBlock - 1)]);
  const offset = builder.value("imul", "i32", [index, constant(notedSize * values.length)]);
  const base = builder.value("iadd", "i32", [start, offset]);
  values.forEach(({ value, type }, i) => {
    const place = notesHead + notedSize * i;
    if (type === "ref") builder.effect("store", "i32", [base, typeIdOf(builder, value)], place);
    else builder.effect("store", type, [base, value], place);
  });
  builder.jump(rest);
}

/** The type id of an object that may be nil: the first word of memory is never one. */
export function typeIdOf(builder: FunctionBuilder, object: Value): Value {
  const address = builder.value("ref_addr", null, [object]);
  return builder.value("load", "i32", [address], typeIdOffset);
}

/** Has a function note the values at its entry that it would gain from. */
export function noteEntry(fn: MirFunction, isLoop: boolean, room: NoteRoom): Noted | null {
  const { prefix, values } = entryValues(fn, isLoop);
  const address = values.length === 0 ? undefined : room.take(values.length);
  const [block] = fn.blocks;
  if (address === undefined || block === undefined) return null;
  emitNotes(fn, { block, at: prefix }, address, values);
  return notedAt(fn.symbol, address, values);
}
