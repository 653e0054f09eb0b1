// Generated modules as code for an emulated machine: linked here for fixed addresses, run there.
import {
  LlvmCompiler,
  type LlvmLevel,
  type LlvmLibrary,
  type NativeHostFunction,
} from "../../src/codegen/llvm/index.ts";
import type { MirValue } from "../../src/interp/index.ts";
import type { MirFunction, MirModule } from "../../src/ir/mir/index.ts";
import { loadNative, NativeSymbolTable, type LoadedNative } from "../../src/loader/native/index.ts";
import {
  dataStart,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
  trapCodes,
  firstHostFailure,
  runtimeNames,
  symbolNames,
} from "../../src/runtime/index.ts";
import {
  compileRuntime,
  framesAt,
  hostFunctions,
  readValue,
  SlotTable,
  writeValue,
} from "../native/llvm-program.ts";
import type { Answers, Commands, Machine } from "../native/machine.ts";
import type { FixedMemory } from "../native/fixed-memory.ts";
import { generatedHeapStart } from "./llvm-cases.ts";
import { generatedDataSize } from "./mir-generator.ts";
import { anyField, objectSize, referenceField } from "./mir-heap.ts";
import type { Outcome } from "./mir-outcome.ts";
import { showValue } from "./outcome.ts";
import { mostObjects, testHeapSize } from "./test-heap.ts";

const memorySize = generatedHeapStart + testHeapSize + 64;
const heapStart = Math.ceil(generatedHeapStart / 16) * 16;
const shownSize = generatedHeapStart - dataStart;
const frameWords = 32;
/** Words of the frame that the machine writes back. */
const resultWords = 4;

/** What the machine must know of the memory of a generated module, in the order of `call_generated`. */
const programWords: readonly number[] = [
  memorySize,
  shadowStackPointerAddress,
  shadowStackLimitAddress,
  shadowStackStart,
  dataStart,
  generatedDataSize,
  shownSize,
  heapStart,
  objectSize,
  mostObjects,
  referenceField,
  anyField,
];

/** Reads what has come of the calls of one module, in the order of the modules. */
export type ReadOutcomes = (answers: Answers) => Outcome[];

/** Compiles generated modules for a machine and links them. */
export class MachineLinker {
  readonly #library: LlvmLibrary;
  readonly #machine: Machine;
  readonly #compiler: LlvmCompiler;
  readonly #runtimes = new Map<string, Uint8Array>();

  constructor(library: LlvmLibrary, machine: Machine) {
    this.#library = library;
    this.#machine = machine;
    this.#compiler = new LlvmCompiler(library, { architecture: machine.architecture });
  }

  dispose(): void {
    this.#compiler.dispose();
  }

  /** Adds the commands that load a module and call `f` for each of the arguments. */
  add(
    module: MirModule,
    level: LlvmLevel,
    {
      commands,
      calls,
    }: { readonly commands: Commands; readonly calls: readonly (readonly MirValue[])[] },
  ): ReadOutcomes {
    const linked = this.#link(module, level);
    const { addressOf, memory, loaded } = linked;
    const fn = module.functions.find(({ symbol }) => symbol === "f");
    if (fn === undefined) throw new Error("no function f");
    commands.map(memory);
    for (const args of calls) {
      const frame = new DataView(new ArrayBuffer(8 * frameWords));
      fn.signature.params.forEach((type, i) => writeValue(frame, 8 * i, type, args[i] ?? 0));
      const words = fn.signature.params.map((_, i) => frame.getBigInt64(8 * i, true));
      const entries = [runtimeNames.enter, symbolNames.enter("f")].map(addressOf);
      const cells = [runtimeNames.pending, runtimeNames.trace].map(addressOf);
      commands.generated([...entries, ...cells, ...programWords, words.length, ...words]);
    }
    commands.unmap(memory);
    return (answers) => calls.map(() => readOutcome(answers, fn, loaded));
  }

  #link(module: MirModule, level: LlvmLevel): LinkedModule {
    const hosts = hostFunctions(module);
    const options = { name: "f", abiHash: "test", level, verify: true };
    const { architecture, process } = this.#machine;
    const { pools, memory } = this.#machine.openPools();
    const symbols = new NativeSymbolTable();
    const define = (name: string, address: number): void =>
      symbols.define({ name, kind: "data", address, size: 0, origin: "test" });
    define(symbolNames.address("data"), dataStart);
    const word = architecture === "i686" ? 4 : 8;
    const table = new SlotTable(module);
    const cells = pools.allocate("data", word * table.size);
    if (cells === null) throw new Error("no memory for slots");
    define(symbolNames.slots, cells.address);
    for (const [symbol, slot] of table.slots) {
      define(symbolNames.slot(symbol), cells.address + word * slot);
    }
    const loaded = [this.#runtime(hosts), this.#compiler.compile(module, options)].map((bytes) => {
      const result = loadNative(bytes, { machine: architecture, pools, symbols, process });
      if (result.kind === "refused") throw new Error(result.message);
      for (const symbol of result.symbols.values()) symbols.define(symbol);
      return result;
    });
    const addressOf = (name: string): number => {
      const found = symbols.lookup(name);
      if (found === undefined) throw new Error(`no symbol ${name}`);
      return found.address;
    };
    memory.write(cells.address, pointers(table.addresses(addressOf), word));
    const functions = hosts.map(({ symbol }) => process.address(`host:${symbol}`) ?? 0);
    memory.write(addressOf(runtimeNames.hosts), pointers(functions, word));
    return { memory, addressOf, loaded };
  }

  #runtime(hosts: readonly NativeHostFunction[]): Uint8Array {
    const key = hosts.map(({ symbol, signature }) => symbol + JSON.stringify(signature)).join();
    const object =
      this.#runtimes.get(key) ?? compileRuntime(this.#library, this.#compiler.target, hosts);
    this.#runtimes.set(key, object);
    return object;
  }
}

interface LinkedModule {
  readonly memory: FixedMemory;
  readonly addressOf: (name: string) => number;
  readonly loaded: readonly LoadedNative[];
}

function pointers(addresses: readonly number[], word: 4 | 8): Uint8Array {
  const bytes = new Uint8Array(word * addresses.length);
  const view = new DataView(bytes.buffer);
  addresses.forEach((address, i) => {
    if (word === 8) view.setBigUint64(word * i, BigInt(address), true);
    else view.setUint32(word * i, address, true);
  });
  return bytes;
}

/** What host functions of the machine say of why they have failed. */
const hostFailures: Readonly<Record<number, string>> = { 1: "index_out_of_range", 2: "time_limit" };

function readOutcome(answers: Answers, fn: MirFunction, loaded: readonly LoadedNative[]): Outcome {
  const why = answers.number();
  const failure = answers.number();
  // The index and the length; only the code of an error is compared.
  answers.bytes(16);
  const frame = answers.bytes(8 * resultWords);
  const log = Array.from({ length: answers.number() }, () => String(answers.word()));
  const addresses = Array.from({ length: answers.number() }, () => answers.number());
  const memory = answers.bytes(shownSize).join(",");
  if (why === 0) {
    const view = new DataView(frame.buffer, frame.byteOffset);
    const results = fn.signature.results.map((type, i) => showValue(readValue(view, 8 * i, type)));
    return { results, error: "", log, memory };
  }
  const code = why === firstHostFailure ? hostFailures[failure] : trapCodes[why - 1];
  const frames = addresses.flatMap((address) => framesAt(address - 1, loaded));
  const trace = frames.map((frameOf) => `${frameOf.function}:${frameOf.line}`);
  return { results: [], error: `${code} at ${trace.join(" < ")}`, log, memory };
}
