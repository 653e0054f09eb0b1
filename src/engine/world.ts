// What the programs of a session share: a space, and which versions of functions it holds.
//
// A program that stands alone has a world of its own. In a session each piece is a program that continues the one before:
// its variables keep their addresses, equal texts and singletons are the same objects, and a function that has not changed
// keeps its slot (`versions.ts`). What no piece, closure or other code can reach any more is given back from time to time.
import type { FunctionCell } from "../interp/index.ts";
import type { HirModule } from "../ir/hir/index.ts";
import { SlotCalls } from "../loader/index.ts";
import { closureSlots, usesHeap } from "./heap.ts";
import { AutoBackend, type NativeWorld } from "./native/index.ts";
import type { EngineOptions } from "./options.ts";
import { ProfileMemory } from "./profile-memory.ts";
import { RunningPrograms } from "./running.ts";
import { SleepWork } from "./sleep-work.ts";
import { Space } from "./space.ts";
import { StaticTexts } from "./static-objects.ts";
import type { Traces } from "./trace.ts";
import { Versions } from "./versions.ts";

/** Variables that there may be before those that are not needed any more are looked for. */
const leastDue = 256;

/** Static data that units may add while a program runs, literals of messages: so much, and more for a longer source. */
const leastSpareData = 64 * 1024;
const spareDataPerByte = 4;
/** Static data for all pieces of a session, at most; and its share of the memory. */
const sessionData = 2 * 1024 ** 2;
const sessionDataShare = 8;

/** The memory of a program or of a session. */
export class World extends Space {
  /** Of a session. */
  readonly versions: Versions | null;
  /** Native code, once there is some. */
  native: NativeWorld | null = null;
  /** What the back end `auto` stands for. */
  readonly auto: AutoBackend;
  /** Functions of tier 0 by slot. */
  readonly slotCells: (FunctionCell | undefined)[] = [];
  /** Whether functions may be replaced while they run. */
  readonly replaceable: boolean;
  readonly slotCalls: SlotCalls;
  readonly profileMemory: ProfileMemory;
  /** Milliseconds that a call of `attend` is expected to take. */
  attendTime = 0;
  /** What waits for the program to sleep, where functions may be replaced while they run. */
  readonly sleepWork = new SleepWork();
  /** The programs under way, the newest last. */
  readonly running = new RunningPrograms();
  /** References that the newest program under way holds besides those of tier 0. */
  holder: { markRoots(mark: (address: number) => void): void } | null = null;
  readonly staticTexts = new StaticTexts(this);
  readonly #counters = new Map<string, number>();
  #due = leastDue;
  /** Static data may be short when less than this is left. */
  #leastRoom: number | null = null;

  /** The world of a program that stands alone, or of a session that begins with it. */
  constructor(module: HirModule, options: EngineOptions, inSession: boolean) {
    super({
      inSession,
      heap: inSession || usesHeap(module),
      heapBudget: options.heapBudget,
      sharedMemory: options.sharedMemory,
      variables: module.globals.length,
      functions: module.functions.length,
    });
    this.slotCalls = new SlotCalls(this.table);
    this.profileMemory = new ProfileMemory(this.data, this.views);
    const { native, onNotice, write } = options;
    const notice = onNotice ?? ((text: string): void => write("err", `${text}\n`));
    this.auto = new AutoBackend({ native, notice });
    this.replaceable = inSession && options.attend !== undefined;
    this.versions = inSession ? new Versions(this.slots, this.replaceable) : null;
  }

  /** The address of the counter of a function's calls in tier 1. */
  counter(symbol: string): number {
    let address = this.#counters.get(symbol);
    if (address === undefined) {
      this.#counters.set(symbol, (address = this.data.allocate(4, 4)));
    }
    return address;
  }

  /** Bytes of static data that are left free in front of the heap, for a program or a first piece of so many characters. */
  spareData(sourceLength: number): number {
    if (!this.inSession) return leastSpareData + spareDataPerByte * sourceLength;
    return Math.min(sessionData, this.memory.buffer.byteLength / sessionDataShare);
  }

  /** What nothing can reach is given back when it is asked for next. */
  collectSoon(): void {
    this.#due = 0;
  }

  /**
   * Gives back what nothing can reach any more, if there may be enough of it: versions of functions, variables that are
   * neither `kept` nor used by code, texts. `closures` are the layouts of closures.
   */
  collectCode(kept: ReadonlySet<string>, closures: ReadonlySet<number>, traces: Traces): void {
    const { versions, heap } = this;
    if (versions === null || heap === null) return;
    this.#leastRoom ??= this.data.room / 2;
    const full = this.variableCount >= this.#due || this.data.room < this.#leastRoom;
    if (!full && !versions.due && this.texts?.due !== true) return;
    heap.objects.library("rt_collect")();
    const pins = this.running.pins();
    for (const slot of versions.sweep(closureSlots(this.views, closures), pins.slots)) {
      if (slot < this.table.length) this.table.set(slot, null);
      this.native?.cells.clear(slot);
      this.slotCells[slot] = undefined;
      this.store.place(slot, null);
    }
    const { globals, texts } = versions.references();
    this.texts?.keepOnly(new Set([...texts, ...pins.texts]));
    this.freeVariables(
      (symbol) => kept.has(symbol) || globals.has(symbol) || pins.globals.has(symbol),
    );
    this.#due = Math.max(leastDue, 2 * this.variableCount);
    this.store.freeReplaced(traces, this.data, 0);
    this.#leastRoom = this.data.room / 2;
  }
}
