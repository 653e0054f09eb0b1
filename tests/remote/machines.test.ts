// Code that a compile server makes for devices with other processors: linked here for fixed addresses, run there under qemu.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CompileClient, ProgramRecord } from "../../src/agent/index.ts";
import {
  loadNative,
  NativeSymbolTable,
  type LoadedNative,
  type NativePools,
} from "../../src/loader/native/index.ts";
import { parseElf } from "../../src/object/elf/index.ts";
import { nativeTriples, type Piece } from "../../src/protocol/index.ts";
import {
  currentAbi,
  dataStart,
  runtimeNames,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
  symbolNames,
} from "../../src/runtime/index.ts";
import type { CompileServer } from "../../src/server/index.ts";
import { whyNoLlvm } from "../native/llvm.ts";
import { Commands, Machine } from "../native/machine.ts";
import { startServer } from "./harness.ts";
import { compilers } from "./native-target.ts";

const why = whyNoLlvm === "" ? Machine.whyNot("aarch64") : whyNoLlvm;
const memorySize = 1 << 20;
const cellSize = 8;
/** Words about a heap that there is not, in the order of `call_generated` in `machine.c`. */
const noHeap = [0, 0, 0, 0, 0, 0];

/** What a device asks a server for. */
function connect(port: number, record: ProgramRecord): CompileClient {
  return new CompileClient({
    address: { host: "127.0.0.1", port },
    secret: null,
    agent: "test",
    sharedMemory: false,
    symbols: () => [],
    target: () => ({ triple: nativeTriples.aarch64, features: ["lse", "crc"] }),
    record,
    readModule: () => null,
    log: () => {},
  });
}

/** A device's program on the other machine: its slots, and what shows values. */
class EmulatedProgram {
  readonly #machine = new Machine("aarch64");
  readonly #pools: NativePools;
  readonly #memory: ReturnType<Machine["openPools"]>["memory"];
  readonly #symbols = new NativeSymbolTable();
  readonly #cells: number;
  readonly #slots = new Map<string, number>();

  constructor(runtime: Uint8Array) {
    ({ pools: this.#pools, memory: this.#memory } = this.#machine.openPools());
    this.#cells = this.#pools.allocate("data", 4096)?.address ?? 0;
    this.#define(symbolNames.slots, this.#cells);
    // Values are not shown but noted: these C functions take the same types, and the second does nothing.
    this.#define("rt_text_i64", this.#machine.process.address("host:log") ?? 0);
    this.#define("rt_text_print", this.#machine.process.address("host:collect") ?? 0);
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
    for (const { key, symbol } of [...piece.functions, ...piece.uses]) {
      if (this.#slots.has(key)) continue;
      const slot = this.#slots.size + 1;
      this.#slots.set(key, slot);
      this.#define(symbolNames.slot(symbol), this.#cells + cellSize * slot);
    }
    const { symbols } = this.#load(piece.object);
    const cell = new DataView(new ArrayBuffer(cellSize));
    for (const { key, symbol } of piece.functions) {
      const code = symbols.get(symbolNames.code(symbol))?.address ?? 0;
      cell.setBigUint64(0, BigInt(code), true);
      const at = this.#cells + cellSize * (this.#slots.get(key) ?? 0);
      this.#memory.write(at, new Uint8Array(cell.buffer));
    }
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
      symbols.get(symbolNames.code(piece.init))?.address ?? 0,
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

describe.skipIf(why !== "")(`a device that announces aarch64${why}`, () => {
  let server: CompileServer;
  beforeAll(async () => {
    server = await startServer({ native: compilers });
  });
  afterAll(() => server?.stop());

  it("gets objects that run there, and redefinitions that its code calls", async () => {
    const record = new ProgramRecord();
    const client = connect(server.port, record);
    const { runtime } = await client.runtime(60_000);
    const program = new EmulatedProgram(runtime);
    const evaluate = async (text: string): Promise<string[]> => {
      const source = { path: "<input>", text, line: 1, column: 1, program: false };
      const { piece } = await client.compile({ ...source, level: 1 }, 60_000);
      const shown = program.run(piece);
      client.loaded(record.version, "kept");
      record.keep(source, piece, { whole: true });
      return shown;
    };
    expect(await evaluate("1 + 2")).toEqual(["3"]);
    const text = "fn f(n: i64) -> i64: n * 2 + 1\nfn g(n: i64) -> i64: f(n) * 100\nf(20) + g(1)";
    expect(await evaluate(text)).toEqual(["341"]);
    expect(await evaluate("fn f(n: i64) -> i64: n\ng(7)")).toEqual(["700"]);
    program.close();
    client.close();
  }, 120_000);
});
