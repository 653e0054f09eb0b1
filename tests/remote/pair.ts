// A device and the model of it without a connection between them.
import { DeviceProgram, type DeviceOptions, type PieceOutcome } from "../../src/device/index.ts";
import {
  ProgramModel,
  wasmCode,
  type CodeTarget,
  type ObjectCache,
} from "../../src/server/index.ts";
import { runtimeLibrary } from "../engine/runtime-library.ts";
import { testClock } from "../engine/harness.ts";

/** A device and the server's model of it, without anything in between. */
export class Pair {
  readonly values: string[] = [];
  readonly device: DeviceProgram;
  /** Slots that were given back. */
  freed = 0;
  /** What became of the last piece. */
  outcome: PieceOutcome["outcome"] = "kept";
  error: PieceOutcome["error"] = null;
  readonly #unloaded: string[] = [];
  readonly #model: ProgramModel;
  readonly #cache: ObjectCache;
  #requests = 0;

  constructor(
    cache: ObjectCache,
    build = "1",
    options: Partial<DeviceOptions> = {},
    target: CodeTarget = wasmCode,
  ) {
    this.device = new DeviceProgram({
      library: runtimeLibrary,
      write: () => {},
      onValue: (text) => this.values.push(text),
      clock: testClock,
      heapBudget: 2 ** 22,
      onUnload: (keys) => {
        this.freed += keys.length;
        this.#unloaded.push(...keys);
      },
      ...options,
    });
    this.#cache = cache;
    if (target.runtime !== null) this.device.open(target.runtime());
    this.#model = new ProgramModel({
      target,
      sharedMemory: false,
      symbols: [],
      cache,
      build,
    });
  }

  /** Texts of modules by their paths. */
  addModules(modules: Readonly<Record<string, string>>): void {
    this.#model.files.add(Object.entries(modules).map(([path, text]) => ({ path, text })));
  }

  /** Whether it was compiled earlier. */
  evaluate(text: string): boolean {
    this.#requests += 1;
    // A message has more in it than a source, and each time something else.
    const version = this.#requests;
    const source = { path: "test.spl", text, line: 1, column: 1, program: false, version };
    const prepared = this.#model.prepare(source, 1);
    this.#cache.write();
    if (!("piece" in prepared)) throw new Error(prepared[0]?.message);
    const { outcome, error } = this.device.evaluate(prepared.piece, false);
    this.outcome = outcome;
    this.error = error;
    this.#model.settle(this.outcome);
    this.#model.unload(this.#unloaded.splice(0));
    return prepared.cached;
  }

  /** Loads a piece by a name. */
  load(name: string, text: string): void {
    const source = { path: `${name}.spl`, text, line: 1, column: 1, program: false };
    const prepared = this.#model.prepare(source, 1);
    if (!("piece" in prepared)) throw new Error(prepared[0]?.message);
    this.outcome = this.device.load(name, prepared.piece).outcome;
    this.#model.settle(this.outcome);
    this.#model.unload(this.#unloaded.splice(0));
  }
}
