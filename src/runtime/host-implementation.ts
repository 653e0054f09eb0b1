// The host functions, for both callers: tier 0 passes values in their tier-0 form, compiled code passes the numbers and
// BigInts of the wasm interface. Both write to one text buffer.
import { displayBool, displayF32, displayF64, displayInt } from "./display.ts";
import { indexError, outOfHeap, ProgramError, runtimeError, trapCodes } from "./errors.ts";
import { parseFormatSpec, type FormatSpec } from "./format-spec.ts";
import { formatBool, formatF32, formatFloat, formatInt } from "./format.ts";
import type { HostSymbol } from "./host.ts";
import { canonicalInt, type IntValue } from "./int.ts";
import { libraryHost, typeNameOfAny } from "./library-host.ts";
import {
  jitFunctions,
  tierZeroManagers,
  wasmManagers,
  type FileHost,
  type JitHost,
} from "./jit-host.ts";
import type { LinkedHostFunctions } from "./linked.ts";
import { mathHost } from "./math.ts";
import type { MemoryViews, SlotValue } from "./memory.ts";
import { ObjectDisplay, type ObjectLayout } from "./object-display.ts";
import type { ObjectHeap } from "./object-heap.ts";
import { specFunctions, type SpecHost } from "./spec-host.ts";
import { TextBuffer } from "./text-buffer.ts";
import { decodeUtf8 } from "../base/index.ts";

/**
 * A host function as tier 0 calls it. Declared as a method so that functions of narrower parameters fit; the callers
 * check arguments against the signature in `hostFunctions`.
 */
export type HostCode = { code(...args: SlotValue[]): SlotValue | undefined }["code"];

/** A host function as wasm imports it. */
export type HostImport = {
  code(...args: (number | bigint)[]): number | bigint | undefined;
}["code"];

/** What host functions need of their engine. */
export interface HostOptions {
  readonly clock: { monotonicNanos(): bigint; unixMicros(): bigint };
  readonly write: (stream: "out" | "err", text: string) => void;
  /** The value of a piece of a session, in its display form; by default it is output, as a line. */
  readonly onValue?: (text: string) => void;
  /** Where literals and format specs are read from; refreshed before each read. */
  readonly memory: MemoryViews;
  /** Called where compiled code polls outside of safepoints. */
  readonly poll?: () => void;
  /** Lets so many microseconds pass. */
  readonly sleep?: (micros: number) => void;
  readonly tierUp?: (slot: number) => void;
  /** The program's own types, for display forms. */
  readonly layouts?: readonly ObjectLayout[];
  /** Runs the examples of specs. */
  readonly specs?: SpecHost;
  /** Of a program that uses the heap. */
  readonly heap?: ObjectHeap;
  /** Execution managers of programs. */
  readonly jit?: JitHost;
  readonly files?: FileHost;
  /** Calls functions of native modules, by the numbers that the front end gave them. Default: there are none. */
  readonly linked?: LinkedHostFunctions;
  /** Gives the collector the references that tier 0 holds. */
  readonly markRoots?: (mark: (address: number) => void) => void;
}

/** The host functions in the form of each tier. */
export interface Host extends WasmHost {
  readonly tierZero: Readonly<Record<HostSymbol, HostCode>>;
}

/** The host functions for compiled code. */
export interface WasmHost {
  readonly wasm: Readonly<Record<HostSymbol, HostImport>>;
  readonly display: ObjectDisplay;
}

const printNewline = 1;
const printToError = 2;
const printValue = 4;

/** The host functions of one program, for all tiers. */
export function createHost(options: HostOptions): Host {
  const parts = hostParts(options);
  const { shared, managers, linked, clocks, pieces } = parts;
  return {
    tierZero: {
      ...shared,
      ...tierZeroManagers(managers),
      ...linked.tierZero,
      ...tierZeroClocks(clocks),
      ...tierZeroText(pieces),
    },
    ...wasmHost(parts),
  };
}

/** The host functions of one program that has no tier 0. */
export function createWasmHost(options: HostOptions): WasmHost {
  return wasmHost(hostParts(options));
}

function wasmHost({
  shared,
  managers,
  linked,
  clocks,
  pieces,
}: ReturnType<typeof hostParts>): WasmHost {
  return {
    wasm: { ...shared, ...wasmManagers(managers), ...linked.wasm, ...clocks, ...wasmText(pieces) },
    display: pieces.display,
  };
}

function hostParts(options: HostOptions) {
  const pieces = new Pieces(options);
  const { linked = nothingLinked } = options;
  const shared = {
    ...mathHost,
    ...effects(options, pieces),
    ...heapEffects(options, pieces, linked),
    ...specFunctions(options.specs),
    ...libraryHost(options.memory, options.layouts ?? []),
  };
  const managers = jitFunctions({
    jit: options.jit,
    files: options.files,
    memory: options.memory,
    display: pieces.display,
    heap: () => heapOf(options),
  });
  const clocks = clockHost(options);
  return { shared, managers, linked, clocks, pieces };
}

const notLinked = (): never => {
  throw new Error("the program has no native modules");
};
const noCalls = {
  rt_link_i64: notLinked,
  rt_link_f64: notLinked,
  rt_link_ref: notLinked,
  rt_link_call: notLinked,
  rt_link_call_i64: notLinked,
  rt_link_call_f64: notLinked,
};
const nothingLinked: LinkedHostFunctions = {
  tierZero: noCalls,
  wasm: noCalls,
  markRoots: () => {},
};

function heapOf({ heap }: HostOptions): ObjectHeap {
  if (heap === undefined) throw new Error("the program has no heap");
  return heap;
}

/** The text buffer with literals and specs from linear memory. */
class Pieces {
  readonly buffer = new TextBuffer();
  readonly display: ObjectDisplay;
  readonly #memory: MemoryViews;
  readonly #specs = new Map<string, FormatSpec>();

  constructor({ memory, layouts = [] }: HostOptions) {
    this.#memory = memory;
    this.display = new ObjectDisplay(memory, layouts);
  }

  literal(address: number, length: number): string {
    this.#memory.refresh();
    const start = address >>> 0;
    return decodeUtf8(this.#memory.u8, start, start + (length >>> 0));
  }

  spec(address: number, length: number): FormatSpec {
    const text = this.literal(address, length);
    let spec = this.#specs.get(text);
    if (spec === undefined) {
      spec = parseFormatSpec(text) ?? undefined;
      if (spec === undefined) throw new Error(`compiled code uses format spec \`${text}\``);
      this.#specs.set(text, spec);
    }
    return spec;
  }

  append(piece: string): undefined {
    this.buffer.append(piece);
  }
}

/** Functions whose values are the same in both worlds. */
function effects({ write, onValue, poll, sleep, tierUp }: HostOptions, pieces: Pieces) {
  return {
    rt_thread_sleep: (millis: IntValue): undefined => {
      sleep?.(1000 * Number(millis));
    },
    rt_sleep_micros: (micros: IntValue): undefined => {
      sleep?.(Number(micros));
    },
    rt_text_literal: (address: number, length: number) =>
      pieces.append(pieces.literal(address, length)),
    rt_text_f32: (value: number) => pieces.append(displayF32(value)),
    rt_text_f64: (value: number) => pieces.append(displayF64(value)),
    rt_text_f32_spec: (value: number, address: number, length: number) =>
      pieces.append(formatF32(value, pieces.spec(address, length))),
    rt_text_f64_spec: (value: number, address: number, length: number) =>
      pieces.append(formatFloat(value, pieces.spec(address, length))),
    rt_text_print: (flags: number): undefined => {
      const piece = pieces.buffer.take();
      if ((flags & printValue) !== 0 && onValue !== undefined) {
        onValue(piece);
        return;
      }
      const text = piece + ((flags & printNewline) !== 0 ? "\n" : "");
      write((flags & printToError) !== 0 ? "err" : "out", text);
    },
    rt_text_fail: (): undefined => {
      throw new ProgramError("fail", pieces.buffer.take());
    },
    rt_poll: (): undefined => {
      poll?.();
    },
    rt_trap: (code: number): undefined => {
      throw runtimeError(trapCodes[code] ?? "unreachable");
    },
    rt_tier_up: (slot: number): undefined => {
      tierUp?.(slot);
    },
  };
}

/** Functions about objects; a `ref` of compiled code may come as a negative number. */
function heapEffects(
  options: HostOptions,
  pieces: Pieces,
  { markRoots: markLinked }: Pick<LinkedHostFunctions, "markRoots">,
) {
  const { layouts = [], markRoots = () => {} } = options;
  const { display } = pieces;
  const needHeap = (): ObjectHeap => heapOf(options);
  return {
    rt_text_ref: (value: number) => pieces.append(display.ref(value >>> 0)),
    rt_text_ref_spec: (value: number, address: number, length: number) =>
      pieces.append(display.formatRef(value >>> 0, pieces.spec(address, length))),
    rt_text_make: (): number => needHeap().newText(pieces.buffer.take()),
    rt_index_error: (index: IntValue, length: IntValue): undefined => {
      throw indexError(index, length);
    },
    rt_out_of_heap: (needed: IntValue): undefined => {
      const { views } = needHeap();
      const used = Number(needHeap().library("rt_heap_used")());
      throw outOfHeap(used, Number(needed), views.memory.buffer.byteLength);
    },
    rt_fail_text: (text: number): undefined => {
      throw new ProgramError("fail", display.ref(text >>> 0));
    },
    rt_member_error: (value: IntValue, member: number): undefined => {
      const { views } = needHeap();
      views.refresh();
      const type = typeNameOfAny(views, layouts, canonicalInt(BigInt(value)));
      throw new ProgramError("fail", `\`${type}\` has no ${display.ref(member >>> 0)}`);
    },
    rt_host_roots: (): undefined => {
      needHeap().markRoots((mark) => {
        markRoots(mark);
        markLinked(mark);
      });
    },
  };
}

function clockHost({ clock }: HostOptions) {
  return {
    rt_time_now_nanos: () => clock.monotonicNanos(),
    rt_time_now_micros: () => clock.monotonicNanos() / 1000n,
    rt_time_now_millis: () => clock.monotonicNanos() / 1_000_000n,
    rt_time_now_unix_micros: () => clock.unixMicros(),
  };
}

function tierZeroClocks(clocks: ReturnType<typeof clockHost>) {
  return {
    rt_time_now_nanos: () => canonicalInt(clocks.rt_time_now_nanos()),
    rt_time_now_micros: () => canonicalInt(clocks.rt_time_now_micros()),
    rt_time_now_millis: () => canonicalInt(clocks.rt_time_now_millis()),
    rt_time_now_unix_micros: () => canonicalInt(clocks.rt_time_now_unix_micros()),
  };
}

function tierZeroText(pieces: Pieces) {
  return {
    rt_text_i64: (value: IntValue) => pieces.append(displayInt(value)),
    rt_text_u64: (value: IntValue) => pieces.append(displayInt(value)),
    rt_text_bool: (value: boolean) => pieces.append(displayBool(value)),
    rt_text_any: (value: IntValue) => pieces.append(pieces.display.any(value)),
    rt_text_any_spec: (value: IntValue, address: number, length: number) =>
      pieces.append(pieces.display.formatAny(value, pieces.spec(address, length))),
    rt_text_i64_spec: (value: IntValue, address: number, length: number) =>
      pieces.append(formatInt(value, pieces.spec(address, length))),
    rt_text_u64_spec: (value: IntValue, address: number, length: number) =>
      pieces.append(formatInt(value, pieces.spec(address, length))),
    rt_text_bool_spec: (value: boolean, address: number, length: number) =>
      pieces.append(formatBool(value, pieces.spec(address, length))),
  };
}

/** i64 and u64 arrive as signed BigInt, bool as 0 or 1. */
function wasmText(pieces: Pieces) {
  return {
    rt_text_i64: (value: bigint) => pieces.append(String(value)),
    rt_text_u64: (value: bigint) => pieces.append(String(BigInt.asUintN(64, value))),
    rt_text_bool: (value: number) => pieces.append(displayBool(value !== 0)),
    rt_text_any: (value: bigint) => pieces.append(pieces.display.any(canonicalInt(value))),
    rt_text_any_spec: (value: bigint, address: number, length: number) =>
      pieces.append(pieces.display.formatAny(canonicalInt(value), pieces.spec(address, length))),
    rt_text_i64_spec: (value: bigint, address: number, length: number) =>
      pieces.append(formatInt(value, pieces.spec(address, length))),
    rt_text_u64_spec: (value: bigint, address: number, length: number) =>
      pieces.append(formatInt(BigInt.asUintN(64, value), pieces.spec(address, length))),
    rt_text_bool_spec: (value: number, address: number, length: number) =>
      pieces.append(formatBool(value !== 0, pieces.spec(address, length))),
  };
}
