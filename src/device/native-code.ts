// Objects that are ELF relocatables, for the machine that the program runs on. Their functions are in cells, one for each
// slot; linear memory, the heap in it and the host are the same as for wasm.
import { NativeWorld, type NativeCallee } from "../engine/index.ts";
import type { SymbolTable } from "../loader/index.ts";
import type { NativeHost } from "../loader/native/index.ts";
import type {
  CodeLoader,
  CodeParts,
  HostedFunction,
  LoadedCode,
  NativeRuntime,
  PlacedCode,
} from "./code.ts";

/** See the head of this file. */
export class NativeCode implements CodeLoader {
  readonly kind = "native";
  readonly #host: NativeHost;
  readonly #parts: CodeParts;
  /** Functions of this host, by the slots that hold them: their cells lead to the dispatcher. */
  readonly #hosted = new Map<number, NativeCallee>();
  #world: NativeWorld | null = null;
  #slots = 0;

  constructor(host: NativeHost, parts: CodeParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** Loads the runtime; later ones are not needed. Throws `NativeRefused` if it does not fit. */
  open({ runtime, library }: NativeRuntime): void {
    if (this.#world !== null) return;
    const { space, traces, host, application, stopCode } = this.#parts;
    const world = new NativeWorld({
      host: this.#host,
      runtime,
      library,
      memory: space.memory,
      data: space.data,
      traces,
      calleeOf: (slot) => this.#hosted.get(slot),
      ...(application === null ? {} : { application: application.native() }),
      stopCode,
    });
    world.host = host;
    world.cells.ensure(this.#slots);
    this.#world = world;
  }

  get #opened(): NativeWorld {
    if (this.#world === null) throw new RangeError("the native runtime has not come yet");
    return this.#world;
  }

  load(object: Uint8Array, symbols: SymbolTable): LoadedCode {
    const world = this.#opened;
    const slotOf = (name: string): number | undefined => {
      const symbol = symbols.lookup(name);
      return symbol?.kind === "function" ? symbol.slot : undefined;
    };
    // The object is kept for its line table, and must not keep the message that it came in.
    const { loaded, data } = world.load(object.slice(), { symbols, slotOf });
    return {
      name: loaded.name,
      data,
      codeBytes: loaded.figures.code,
      extraBytes: loaded.figures.metadata,
      kept: () => [loaded.symbols, loaded.functions, loaded.kept],
      release: () => world.release(loaded),
      function: (symbol, type) => world.function(loaded, symbol, type),
    };
  }

  ensure(count: number): void {
    const { table } = this.#parts.space;
    // The runtime library is there as wasm as well, for the host, and has entries of its own.
    if (count > table.length) table.grow(count - table.length);
    this.#slots = Math.max(this.#slots, count);
    this.#world?.cells.ensure(this.#slots);
  }

  install(slot: number, code: PlacedCode | null): void {
    const { cells } = this.#opened;
    this.#hosted.delete(slot);
    if (code?.type !== undefined) this.#hosted.set(slot, { signature: code.type, code: code.call });
    if (code === null || code.type !== undefined) cells.clear(slot);
    else cells.set(slot, code.address);
  }

  hosted(functions: readonly HostedFunction[]): PlacedCode[] {
    return functions.map(({ type, code }) => ({ call: code, address: 0, type }));
  }

  running(): ReadonlySet<string> | null {
    const running = this.#opened.running();
    return running === null ? null : new Set([...running].map(({ name }) => name));
  }
}
