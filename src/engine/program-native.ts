// Native code of a program: made when a unit first needs it, or before the program runs if that takes no time.
import type { Host } from "../runtime/index.ts";
import { NativeWorld, TierCallees, type NativeBackend } from "./native/index.ts";
import type { EngineOptions } from "./options.ts";
import type { Poller } from "./poller.ts";
import type { Traces } from "./trace.ts";
import type { NativeSide } from "./units.ts";
import type { World } from "./world.ts";

/** What native code needs of its program. */
export interface ProgramNativeParts {
  readonly options: EngineOptions;
  readonly world: World;
  readonly traces: Traces;
  readonly poller: Poller;
  readonly host: () => Host;
  /** Slots that the program has. */
  readonly slotCount: () => number;
}

/** See the head of this file. */
export class ProgramNative {
  readonly #parts: ProgramNativeParts;

  constructor(parts: ProgramNativeParts) {
    this.#parts = parts;
  }

  /** Gives native code of earlier pieces the host functions of this one; false if there is none. */
  goOn(): boolean {
    const { world, host } = this.#parts;
    if (world.native === null) return false;
    world.native.host = host();
    return true;
  }

  /** Has it ready, unless that would take long. */
  openEarly(): void {
    if (this.#parts.options.native?.().isReady() === true) this.side();
  }

  /** Native code for this program. Throws if the machine has none. */
  side(): NativeSide {
    const { options, world, host } = this.#parts;
    if (options.native === undefined) throw new Error("there is no native back end");
    const backend = options.native();
    world.native ??= this.#create(backend);
    world.native.host = host();
    return { backend, world: world.native };
  }

  #create(backend: NativeBackend): NativeWorld {
    const { options, world, traces, poller, slotCount } = this.#parts;
    const callees = new TierCallees(world.slotCells);
    const made = new NativeWorld({
      host: backend.host,
      runtime: backend.runtime(),
      library: world.heap === null ? null : backend.library(),
      memory: world.memory,
      data: world.data,
      traces,
      calleeOf: (slot) => callees.of(slot),
      stopCode: () => poller.stopCode(),
      // A program that does little but call native code comes by no other place.
      onReturn: () => poller.lookAround(),
      stackInUse: options.nativeStackInUse ?? (() => 0),
    });
    // Thunks for all slots take longer than installing a unit.
    made.cells.ensure(slotCount());
    return made;
  }
}
