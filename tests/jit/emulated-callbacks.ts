// Functions of JavaScript that code of an emulated machine calls. A run of the machine cannot wait for JavaScript, so it is run
// again and again, each time with the answer to one call more; what one run does all runs do.
import { expect } from "vitest";
import type { LlvmLibrary } from "../../src/codegen/llvm/index.ts";
import { Callbacks } from "../../src/jit/callbacks.ts";
import { callbackSymbols } from "../../src/jit/callback-runtime.ts";
import { PartCompiler } from "../../src/jit/compile.ts";
import { JitProgram } from "../../src/jit/program.ts";
import {
  NativeSymbolTable,
  type LoadedNative,
  type NativeHost,
} from "../../src/loader/native/index.ts";
import { registerLayouts, stubNames } from "../../src/runtime/index.ts";
import type { FixedMemory } from "../native/fixed-memory.ts";
import {
  Commands,
  stackShown,
  type Answers,
  type Machine,
  type MachineCell,
} from "../native/machine.ts";

const architecture = "aarch64";
const { size: registersSize, stackAt } = registerLayouts[architecture];

/** What of the C library native code and the runtime of callbacks use. */
export const systemFunctions: readonly string[] = ["pthread_self", "write", "_exit", "qsort"];

/** The number of the only program. */
const program = 7;

interface Dispatch {
  readonly number: number;
  readonly stack: { readonly address: number; readonly bytes: Uint8Array };
  readonly cells: readonly Uint8Array[];
}

const levels = {
  first: 0,
  top: 0,
  thresholds: { o1: 1, o2: 1, o3: 1 },
  automatic: false,
  eagerLoops: false,
} as const;

/** Keeps what the program has loaded, as the addresses of the runtime are nobody's business else. */
class ObservedProgram extends JitProgram {
  readonly addresses = new Map<string, number>();

  override load(object: Uint8Array, module: string): LoadedNative {
    const loaded = super.load(object, module);
    for (const { name, address } of loaded.symbols.values()) this.addresses.set(name, address);
    return loaded;
  }
}

/** A program on the other machine with functions of this one. */
export class EmulatedCallbacks {
  readonly callbacks: Callbacks;
  /** Runs of the machine. */
  runs = 0;
  readonly #machine: Machine;
  readonly #memory: FixedMemory;
  readonly #compiler: PartCompiler;
  readonly #program: ObservedProgram;
  /** Functions without parameters that JavaScript has called: each run begins with them. */
  readonly #beginning: number[] = [];
  /** What the dispatcher reads and writes: registers, where the stack stood, whether it has returned; and whether native code was left. */
  readonly #cells: readonly MachineCell[];
  #receive: (number: number) => void = () => undefined;
  #stack: Dispatch["stack"] = { address: 0, bytes: new Uint8Array(0) };

  constructor(library: LlvmLibrary, machine: Machine, object: Uint8Array) {
    this.#machine = machine;
    const { pools, memory } = machine.openPools();
    this.#memory = memory;
    this.#compiler = new PartCompiler(library, { architecture });
    this.#program = new ObservedProgram({
      host: this.#host(),
      pools,
      symbols: new NativeSymbolTable(),
      compiler: this.#compiler,
      levels,
      now: () => 0,
    });
    this.callbacks = new Callbacks(this.#program);
    this.#program.load(object, "callbacks.c");
    this.#cells = [
      { address: this.address(stubNames.registers), size: registersSize },
      { address: this.address(callbackSymbols.top), size: 8 },
      { address: this.address(stubNames.returned), size: 4 },
      { address: this.address(callbackSymbols.left), size: 4 },
    ];
  }

  /** Where the machine has a function or a variable. */
  address(name: string): number {
    const found = this.#program.addresses.get(name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  }

  /**
   * Runs commands until all calls of JavaScript have been answered, each once, and reads what they have written; throws what the last call
   * of JavaScript has thrown.
   */
  run<Result>(fill: (commands: Commands) => void, read: (answers: Answers) => Result): Result {
    const given: Uint8Array[] = [];
    for (;;) {
      const answers = this.#runOnce(fill, given);
      const open = this.#openDispatch(given.length);
      if (open !== null) {
        given.push(this.#answer(open));
        continue;
      }
      for (const _ of this.#beginning) answers.word();
      const result = read(answers);
      const failed = this.#views().at(-1);
      failed?.set(answers.bytes(failed.length));
      this.callbacks.rethrow();
      return result;
    }
  }

  #runOnce(fill: (commands: Commands) => void, given: readonly Uint8Array[]): Answers {
    const commands = new Commands();
    commands.map(this.#memory);
    const stackCell = this.address(stubNames.registers) + stackAt;
    commands.answer({ stackCell, cells: this.#cells }, given);
    for (const address of this.#beginning) commands.call(address);
    fill(commands);
    const { address, size } = this.#cells.at(-1) ?? { address: 0, size: 0 };
    commands.show(address, size);
    this.runs += 1;
    return this.#machine.run(commands);
  }

  /** The call behind so many that have been answered; null if there is none. */
  #openDispatch(given: number): Dispatch | null {
    const noted = this.#machine.dispatches();
    for (let i = 0; !noted.ended; i += 1) {
      const number = noted.number();
      expect(noted.number()).toBe(program);
      const stack = { address: noted.number(), bytes: noted.bytes(stackShown) };
      const cells = this.#cells.map(({ size }) => noted.bytes(size));
      if (i === given) return { number, stack, cells };
    }
    return null;
  }

  /** Lets JavaScript answer; memory here is again what it was. */
  #answer({ number, stack, cells }: Dispatch): Uint8Array {
    const views = this.#views();
    const before = views.map((view) => view.slice());
    views.forEach((view, i) => view.set(cells[i] ?? []));
    this.#stack = stack;
    this.#receive(number);
    const answer = Buffer.concat(views);
    views.forEach((view, i) => view.set(before[i] ?? []));
    return answer;
  }

  #views(): Uint8Array[] {
    return this.#cells.map(({ address, size }) => this.#memory.view(address, size));
  }

  close(): void {
    this.callbacks.close();
    this.#compiler.dispose();
  }

  /** The other machine, as far as callbacks use it. */
  #host(): NativeHost {
    const never = (): never => {
      throw new Error("not on an emulated machine");
    };
    return {
      kind: "host",
      machine: architecture,
      memory: this.#memory,
      process: this.#machine.process,
      stackBytes: 1 << 20,
      openLibrary: never,
      callback: never,
      addressOf: never,
      sample: () => null,
      callable: (address) => () => this.#beginning.push(address),
      dispatcher: {
        address: this.#machine.process.address("host:dispatch") ?? 0,
        add: (receive) => {
          this.#receive = receive;
          return program;
        },
        remove: () => undefined,
      },
      view: (address, size) => {
        const { address: start, bytes } = this.#stack;
        if (address < start || address + size > start + bytes.length)
          return this.#memory.view(address, size);
        return bytes.subarray(address - start, address - start + size);
      },
    };
  }
}
