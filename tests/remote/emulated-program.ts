// The program of a device on another machine, which is emulated: linked here for fixed addresses, run there under qemu.
import { expect } from "vitest";
import {
  loadNative,
  NativeSymbolTable,
  type LoadedNative,
  type NativePools,
} from "../../src/loader/native/index.ts";
import { parseElf } from "../../src/object/elf/index.ts";
import type { Piece } from "../../src/protocol/index.ts";
import {
  currentAbi,
  dataStart,
  runtimeNames,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
  symbolNames,
} from "../../src/runtime/index.ts";
import { whyNoLlvm } from "../native/llvm.ts";
import { Commands, Machine } from "../native/machine.ts";

/** Why there is no such machine, or no code for it, for the names of tests; empty if there is. */
export const whyNoMachine: string = whyNoLlvm === "" ? Machine.whyNot("aarch64") : whyNoLlvm;

const memorySize = 1 << 20;
const cellSize = 8;
const variableSize = 8;
/** Words about a heap that there is not, in the order of `call_generated` in `machine.c`. */
const noHeap = [0, 0, 0, 0, 0, 0];

/** See the head of this file: its slots, and what shows values. */
export class EmulatedProgram {
  readonly #machine = new Machine("aarch64");
  readonly #pools: NativePools;
  readonly #memory: ReturnType<Machine["openPools"]>["memory"];
  readonly #symbols = new NativeSymbolTable();
  readonly #cells: number;
  readonly #slots = new Map<string, number>();
  readonly #variables = new Set<string>();

  constructor(runtime: Uint8Array) {
    ({ pools: this.#pools, memory: this.#memory } = this.#machine.openPools());
    this.#cells = this.#pools.allocate("data", 4096)?.address ?? 0;
    this.#define(symbolNames.slots, this.#cells);
    // Values are not shown but noted: these C functions take the same types, and the second does nothing.
    this.#define("rt_text_i64", this.#machine.process.address("host:log") ?? 0);
    this.#define("rt_text_print", this.#machine.process.address("host:collect") ?? 0);
    // Nobody asks the program to stop or to listen.
    this.#define("rt_poll", this.#machine.process.address("host:collect") ?? 0);
    for (const symbol of this.#load(runtime).symbols.values()) this.#symbols.define(symbol);
  }

  #define(name: string, address: number): void {
    this.#symbols.define({ name, kind: "data", address, size: 0, origin: "the test" });
  }

  #load(object: Uint8Array): LoadedNative {
    expect(parseElf(object).machine).toBe("aarch64");
    const loaded = loadNative(object, {
      machine: "aarch64",
      pools: this.#pools,
      symbols: this.#symbols,
      process: this.#machine.process,
      abiHash: currentAbi(),
    });
    if (loaded.kind === "refused") throw new Error(loaded.message);
    return loaded;
  }

  /** Links a piece, puts its functions into their slots, and runs it; the integers that it shows. */
  run(piece: Piece): string[] {
    return this.execute(this.link(piece));
  }

  /** Links a piece and puts its functions into their slots; the address of its top level. */
  link(piece: Piece): number {
    for (const { key, symbol } of [...piece.functions, ...piece.uses]) {
      if (this.#slots.has(key)) continue;
      const slot = this.#slots.size + 1;
      this.#slots.set(key, slot);
      this.#define(symbolNames.slot(symbol), this.#cells + cellSize * slot);
    }
    for (const symbol of piece.variables) {
      if (this.#variables.has(symbol)) continue;
      this.#define(symbolNames.address(symbol), dataStart + variableSize * this.#variables.size);
      this.#variables.add(symbol);
    }
    const { symbols } = this.#load(piece.object);
    const cell = new DataView(new ArrayBuffer(cellSize));
    for (const { key, symbol } of piece.functions) {
      const code = symbols.get(symbolNames.code(symbol))?.address ?? 0;
      cell.setBigUint64(0, BigInt(code), true);
      const at = this.#cells + cellSize * (this.#slots.get(key) ?? 0);
      this.#memory.write(at, new Uint8Array(cell.buffer));
    }
    return symbols.get(symbolNames.code(piece.init))?.address ?? 0;
  }

  /** Runs the top level of a piece in a memory of its own, in which all variables are zero; the integers that it shows. */
  execute(address: number): string[] {
    const commands = new Commands();
    commands.map(this.#memory);
    const at = (name: string): number => this.#symbols.lookup(name)?.address ?? 0;
    commands.generated([
      at(runtimeNames.enter),
      at(runtimeNames.call),
      at(runtimeNames.pending),
      at(runtimeNames.trace),
      memorySize,
      shadowStackPointerAddress,
      shadowStackLimitAddress,
      shadowStackStart,
      dataStart,
      ...noHeap,
      0,
      1,
      address,
    ]);
    const answers = this.#machine.run(commands);
    expect(answers.number()).toBe(0);
    // Why it has failed, an index and a length, the frame.
    answers.bytes(8 * 7);
    return Array.from({ length: answers.number() }, () => String(answers.word()));
  }

  close(): void {
    this.#machine.close();
  }
}
