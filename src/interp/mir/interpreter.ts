// The MIR interpreter: the oracle that every back end is compared with. Correct first; it never hangs, because steps and
// depth of calls have limits.
import { noLocation, type MirFunction, type MirModule } from "../../ir/mir/index.ts";
import {
  controlWordAddress,
  dataStart,
  ProgramError,
  runtimeError,
  stopCode,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
  type MemoryLike,
} from "../../runtime/index.ts";
import {
  anyIn,
  type Code,
  type Frame,
  type MirValue,
  type Registers,
  type Segment,
} from "./code.ts";
import { decode, type CallSite, type TransferHost } from "./transfers.ts";

/** A host function takes and gives what it would at the boundary to wasm: numbers, and bigints for `i64`. */
export type MirHostFunction = (...args: never[]) => unknown;

/** What the MIR interpreter runs with. */
export interface MirInterpreterOptions {
  /** Linear memory; by default a memory of its own, as large as the layout and the data need. */
  readonly memory?: MemoryLike;
  readonly host?: Readonly<Record<string, MirHostFunction>>;
  /** Addresses of data symbols. Others are given addresses from `dataStart` on, external ones 8 bytes of zeros. */
  readonly dataAddresses?: Readonly<Record<string, number>>;
  /** Slots of functions that no module defines. */
  readonly slots?: (
    symbol: string,
  ) => ((args: readonly MirValue[]) => readonly MirValue[]) | undefined;
  /** Numbers of slots in the program's function table, and back; by default numbers of its own from 1 on. */
  readonly table?: MirFunctionTable;
  /** Makes the objects of `new`: type id and size to address. By default objects follow the data, up to the memory's end. */
  readonly allocate?: (typeId: number, size: number) => number;
  /** Instructions until `time_limit`; default 100 million. */
  readonly stepLimit?: number;
  /** Frames until `stack_overflow`; default 10,000. */
  readonly callDepthLimit?: number;
}

/** The program's function table. */
export interface MirFunctionTable {
  slotIndex(symbol: string): number;
  symbolAt(slot: number): string | undefined;
}

const spareMemory = 65536;

/** Runs functions of well-formed modules. The first module that defines a symbol wins. */
export class MirInterpreter implements TransferHost {
  location: number = noLocation;
  readonly #options: MirInterpreterOptions;
  readonly #functions = new Map<string, MirFunction>();
  readonly #code = new Map<string, Code>();
  readonly #declared = new Map<string, MirFunction["signature"]>();
  readonly #addresses = new Map<string, number>();
  readonly #data: { readonly address: number; readonly bytes: Uint8Array }[] = [];
  readonly #stepLimit: number;
  readonly #depthLimit: number;
  #dataEnd = dataStart;
  readonly #slotNumbers: string[] = [""];
  /** Where the next object goes; -1 before the first. */
  #nextObject = -1;
  #memory: MemoryLike | undefined;
  #view: DataView | undefined;
  #frame: Frame | null = null;
  #depth = 0;
  #steps = 0;
  #returned: readonly MirValue[] = [];

  constructor(modules: readonly MirModule[], options: MirInterpreterOptions = {}) {
    this.#options = options;
    this.#stepLimit = options.stepLimit ?? 100_000_000;
    this.#depthLimit = options.callDepthLimit ?? 10_000;
    for (const module of modules) this.#add(module);
    if (options.memory !== undefined) this.view();
  }

  /** Instructions executed so far, by all calls. */
  get steps(): number {
    return this.#steps;
  }

  /** The linear memory; made when it is first needed. */
  get memory(): MemoryLike {
    this.view();
    return this.#memory ?? new Uint8Array(0);
  }

  /** Calls a function from outside. Throws `ProgramError` with a trace for a runtime error of the program. */
  call(symbol: string, args: readonly MirValue[]): readonly MirValue[] {
    const { location } = this;
    const outer = this.#frame;
    const depth = this.#depth;
    try {
      this.#frame = null;
      const code = this.#codeOf(symbol);
      return this.#run(
        this.#push(code, args, { caller: null, resume: null, results: [], callSite: noLocation }),
      );
    } catch (error) {
      if (error instanceof ProgramError) this.#addTrace(error);
      throw error;
    } finally {
      this.#frame = outer;
      this.#depth = depth;
      this.location = location;
    }
  }

  view(): DataView {
    const view = this.#view;
    if (view !== undefined && view.buffer === this.#memory?.buffer) return view;
    const fresh = this.#memory === undefined;
    const size = this.#dataEnd + spareMemory;
    const memory = this.#memory ?? this.#options.memory ?? new Uint8Array(size);
    const made = new DataView(memory.buffer);
    this.#memory = memory;
    this.#view = made;
    if (fresh) this.#initialize(made);
    return made;
  }

  dataAddress(symbol: string): number {
    const address = this.#addresses.get(symbol);
    if (address === undefined) throw new RangeError(`@${symbol} is not a data symbol`);
    return address;
  }

  slotIndex(symbol: string): number {
    const { table } = this.#options;
    if (table !== undefined) return table.slotIndex(symbol);
    const known = this.#slotNumbers.indexOf(symbol);
    return known < 0 ? this.#slotNumbers.push(symbol) - 1 : known;
  }

  allocate(typeId: number, size: number): number {
    const { allocate } = this.#options;
    if (allocate !== undefined) return allocate(typeId, size) | 0;
    const view = this.view();
    const at = Math.ceil((this.#nextObject < 0 ? this.#dataEnd : this.#nextObject) / 16) * 16;
    if (at + size > view.byteLength) throw new RangeError("no memory is left for `new`");
    this.#nextObject = at + size;
    new Uint8Array(view.buffer, at, size).fill(0);
    view.setUint32(at, typeId, true);
    return at;
  }

  callHost(symbol: string, args: readonly MirValue[]): MirValue | null {
    const host = this.#options.host?.[symbol];
    if (host === undefined) throw new RangeError(`the host has no function @${symbol}`);
    // The verifier has checked the operands against the declared signature.
    const result = (host as (...values: readonly MirValue[]) => unknown)(...args);
    switch (this.#declared.get(symbol)?.results[0]) {
      case undefined:
        return null;
      case "i32":
      case "ref":
        return Number(result) | 0;
      case "i64":
      case "any":
        return BigInt.asIntN(64, typeof result === "bigint" ? result : BigInt(Number(result)));
      case "f32":
        return Math.fround(Number(result));
      case "f64":
        return Number(result);
    }
  }

  poll(): void {
    const word = this.view().getInt32(controlWordAddress, true);
    if (word !== 0) throw runtimeError(stopCode(word));
  }

  enter(site: CallSite, registers: Registers): Segment {
    return this.#enterCode(site, this.#codeOf(site.symbol), registers);
  }

  enterSlot(site: CallSite, registers: Registers): Segment {
    if (this.#functions.has(site.symbol)) return this.enter(site, registers);
    const outside = this.#options.slots?.(site.symbol);
    if (outside === undefined) throw new RangeError(`the slot of @${site.symbol} is empty`);
    this.location = site.location;
    const values = outside(site.args.map((arg) => anyIn(registers, arg)));
    receive(registers, site.results, values);
    return site.resume;
  }

  enterTable(site: CallSite, slot: number, registers: Registers): Segment {
    const { table } = this.#options;
    const symbol = table === undefined ? this.#slotNumbers[slot] : table.symbolAt(slot);
    if (symbol === undefined || symbol === "") throw new RangeError(`slot ${slot} is empty`);
    return this.enterSlot({ ...site, symbol }, registers);
  }

  leave(results: readonly MirValue[]): Segment | null {
    const frame = this.#frame;
    const caller = frame?.caller ?? null;
    this.#depth -= 1;
    this.#frame = caller;
    if (frame === null || caller === null) {
      this.#returned = results;
      return null;
    }
    receive(caller.registers, frame.results, results);
    return frame.resume;
  }

  #enterCode(site: CallSite, code: Code, registers: Registers): Segment {
    this.location = site.location;
    const args = site.args.map((arg) => anyIn(registers, arg));
    const { resume, results, location: callSite } = site;
    this.#push(code, args, { caller: this.#frame, resume, results, callSite });
    return code.entry;
  }

  #push(
    code: Code,
    args: readonly MirValue[],
    from: Pick<Frame, "caller" | "resume" | "results" | "callSite">,
  ): Frame {
    if (this.#depth >= this.#depthLimit) throw runtimeError("stack_overflow");
    if (args.length !== code.params.length) {
      throw new RangeError(`@${code.fn.symbol} takes ${code.params.length} arguments`);
    }
    this.#depth += 1;
    const registers: Registers = [];
    registers.length = code.fn.valueTypes.length;
    receive(registers, code.params, args);
    this.#frame = { code, registers, ...from };
    return this.#frame;
  }

  #run(outermost: Frame): readonly MirValue[] {
    let segment: Segment | null = outermost.code.entry;
    while (segment !== null) {
      const frame: Frame = this.#frame ?? outermost;
      const { registers } = frame;
      const { steps } = segment;
      this.#steps += steps.length + 1;
      if (this.#steps > this.#stepLimit) {
        this.location = noLocation;
        throw runtimeError("time_limit");
      }
      for (let index = 0; index < steps.length; index += 1) steps[index]?.(registers);
      segment = segment.transfer(registers);
    }
    return this.#returned;
  }

  #codeOf(symbol: string): Code {
    const known = this.#code.get(symbol);
    if (known !== undefined) return known;
    const fn = this.#functions.get(symbol);
    if (fn === undefined) throw new RangeError(`no module defines @${symbol}`);
    const code = decode(fn, this);
    this.#code.set(symbol, code);
    return code;
  }

  #add(module: MirModule): void {
    for (const fn of module.functions) {
      if (!this.#functions.has(fn.symbol)) this.#functions.set(fn.symbol, fn);
    }
    for (const { symbol, signature, linkage } of module.declarations) {
      if (linkage === "host") this.#declared.set(symbol, signature);
    }
    for (const { symbol, bytes, align } of module.data) {
      if (this.#addresses.has(symbol)) continue;
      const address = this.#place(symbol, bytes.length, align);
      this.#data.push({ address, bytes });
    }
    for (const symbol of module.externalData) {
      if (!this.#addresses.has(symbol)) this.#place(symbol, 8, 8);
    }
  }

  #place(symbol: string, size: number, align: number): number {
    const given = this.#options.dataAddresses?.[symbol];
    const address = given ?? Math.ceil(this.#dataEnd / align) * align;
    if (given === undefined) this.#dataEnd = address + size;
    this.#addresses.set(symbol, address);
    return address;
  }

  #initialize(view: DataView): void {
    if (this.#options.memory === undefined) {
      view.setInt32(shadowStackPointerAddress, shadowStackStart, true);
      view.setInt32(shadowStackLimitAddress, dataStart, true);
    }
    const bytes = new Uint8Array(view.buffer);
    for (const item of this.#data) bytes.set(item.bytes, item.address);
  }

  /** Adds the frames of this call, innermost first, each with its inline chain. */
  #addTrace(error: ProgramError): void {
    let at = this.location;
    for (let frame = this.#frame; frame !== null; frame = frame.caller) {
      const { locations } = frame.code.fn;
      for (
        let location = locations[at];
        location !== undefined;
        location = locations[location.caller]
      ) {
        const { file, line, column } = location;
        error.addFrame({ function: location.function, file, line, column });
      }
      at = frame.callSite;
    }
  }
}

function receive(registers: Registers, into: readonly number[], values: readonly MirValue[]): void {
  for (let index = 0; index < into.length; index += 1) {
    const register = into[index];
    const value = values[index];
    if (register !== undefined && value !== undefined) registers[register] = value;
  }
}
