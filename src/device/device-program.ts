// The program of a device that has no compiler: pieces come as objects with what must be known to link them.
//
// A piece is linked, its functions are put into their slots, and its top level runs. If that fails, memory and slots are as
// before. Pieces may come while the program runs: `attend` is called at a safepoint, and evaluates them there.
import { closureSlots, Space, Traces, withLongTraces } from "../engine/index.ts";
import { SymbolTable, type WasmFunction } from "../loader/index.ts";
import { functionsOf, type Piece, type PieceLayout } from "../protocol/index.ts";
import {
  createWasmHost,
  ProgramError,
  shadowStackPointerAddress,
  shadowStackStart,
  type WasmHost,
} from "../runtime/index.ts";
import { prepareCall, showResult } from "./calls.ts";
import { Changes } from "./changes.ts";
import type { CodeLoader, NativeRuntime } from "./code.ts";
import { Control } from "./control.ts";
import { LazyModules, type ModuleFigures } from "./lazy-modules.ts";
import { Linker, type LinkedPiece } from "./linker.ts";
import { LiveSlots, type SlotChange, type SlotCode } from "./live-slots.ts";
import { MemoryImage } from "./memory-image.ts";
import { NamedObjects } from "./objects.ts";
import type { DeviceOptions } from "./options.ts";
import { Profile, type FunctionFigures } from "./profile.ts";
import { retainedBytes } from "./retained.ts";
import type { LiveUnit } from "./sweep.ts";
import { WasmCode } from "./wasm-code.ts";

/** Static data for all pieces, in bytes; a share of a small memory. */
const mostStaticData = 2 * 1024 ** 2;
const staticDataShare = 8;

const defaultMostImage = 64 * 2 ** 20;
const defaultMostChanges = 32;

/** What became of a piece. */
export interface PieceOutcome {
  /** `kept`; `partial`: it failed, its functions stay, its variables do not; `dropped`: nothing has changed. */
  readonly outcome: "kept" | "partial" | "dropped";
  /** What its top level gave; null if it failed. */
  readonly exitCode: number | null;
  /** What stopped it, an error of the program or of the object. */
  readonly error: Error | null;
}

/** What was called while a profile was taken. */
export interface ProgramProfile {
  /** Milliseconds that it has been taken. */
  readonly time: number;
  readonly functions: readonly FunctionFigures[];
}

/** What code takes, in bytes. */
export interface CodeFigures extends ModuleFigures {
  /** How many have code. */
  readonly functions: number;
  readonly code: number;
  /** Names, types, layouts, line tables, relocations, constants. */
  readonly metadata: number;
}

/** See the head of this file. */
export class DeviceProgram {
  readonly space: Space;
  readonly slots: LiveSlots;
  readonly #options: DeviceOptions;
  readonly #traces: Traces;
  readonly #host: WasmHost;
  readonly #code: CodeLoader;
  readonly #control: Control;
  readonly #modules: LazyModules;
  readonly #linker: Linker;
  /** Those that are loaded, and some that were. */
  readonly #units = new Set<LiveUnit>();
  /** Shared with the host's display, which sees new ones at once. */
  readonly #layouts: PieceLayout[] = [];
  /** Symbols of the variables that new pieces may use. */
  #inForce: readonly string[] = [];
  readonly #changes: Changes;
  readonly #objects = new NamedObjects();
  #version = 0;
  #profile: Profile | null = null;

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.#changes = new Changes(options.mostChanges ?? defaultMostChanges);
    const { heapBudget, sharedMemory, clock, write, onValue, files } = options;
    this.space = new Space({
      inSession: true,
      heap: true,
      heapBudget,
      sharedMemory,
      variables: 0,
      functions: 0,
    });
    const { space } = this;
    const control = new Control(
      space,
      () => clock.monotonicNanos(),
      () => options.attend?.(),
    );
    this.#control = control;
    const reasonToStop = (): "interrupted" | "time_limit" => control.takeReason();
    this.#traces = new Traces(reasonToStop);
    this.#host = createWasmHost({
      clock,
      write,
      onValue,
      memory: space.views,
      poll: () => control.poll(),
      sleep: (micros) => control.sleep(micros),
      layouts: this.#layouts,
      ...(space.heap === null ? {} : { heap: space.heap.objects }),
      ...(files === undefined ? {} : { files }),
    });
    const application = options.symbols ?? null;
    const parts = { space, traces: this.#traces, host: this.#host, application };
    const makeCode = options.code ?? ((given) => new WasmCode(given));
    this.#code = makeCode({ ...parts, stopCode: reasonToStop });
    this.slots = new LiveSlots(space, this.#code);
    const symbols = new SymbolTable(space.heap?.symbols);
    space.defineHost(symbols, this.#host);
    options.symbols?.define(symbols, space);
    this.#openHeap(symbols);
    const shared = { slots: this.slots, code: this.#code, units: this.#units };
    const { store, data } = space;
    const packing = options.packing ?? null;
    this.#modules = new LazyModules({ ...shared, store, data, traces: this.#traces, packing });
    const layouts = this.#layouts;
    this.#linker = new Linker({ ...shared, space, symbols, layouts, modules: this.#modules });
  }

  #openHeap(symbols: SymbolTable): void {
    const { space } = this;
    const { byteLength } = space.memory.buffer;
    space.openHeap({
      library: this.#options.library,
      symbols,
      layouts: this.#layouts,
      spare: Math.min(mostStaticData, byteLength / staticDataShare),
      stress: false,
      reserve: (count) => this.slots.reserve(count),
      registerLines: (name, lines) => this.#traces.register(name, lines),
    });
  }

  /** Takes the native runtime, before the first piece of native code. Throws if it does not fit. */
  open(runtime: NativeRuntime): void {
    this.#code.open(runtime);
  }

  /** How many changes the program has kept. */
  get version(): number {
    return this.#version;
  }

  /** The layouts of the program's objects. */
  get layouts(): readonly PieceLayout[] {
    return this.#layouts;
  }

  /** What the code takes that is in slots, in bytes: itself, and all that is known of it besides. */
  codeFigures(): CodeFigures {
    const functions = [...this.slots.functions()];
    const units = [...new Set([...functions.map(({ unit }) => unit), ...this.#modules.units()])];
    const sum = (size: (unit: LiveUnit) => number): number =>
      units.reduce((bytes, unit) => bytes + size(unit), 0);
    const kept = units.flatMap((unit) => [unit.references, ...unit.kept()]);
    const known = [...this.slots.descriptions(), this.#layouts, this.#inForce, ...kept];
    return {
      ...this.#modules.figures(),
      functions: functions.length,
      code: sum(({ codeBytes = 0 }) => codeBytes),
      metadata: sum(({ extraBytes }) => extraBytes) + retainedBytes(known),
    };
  }

  /** Versions that one can go back to, the newest first. */
  get versions(): number[] {
    return this.#changes.versions;
  }

  /**
   * Links and runs a piece. `program`: it stays whatever becomes of it, and is kept from the moment that it runs, which
   * `onStart` is told. Errors are in the outcome.
   */
  evaluate(piece: Piece, program: boolean, onStart: () => void = () => {}): PieceOutcome {
    return this.#perform(piece, program ? "program" : "piece", onStart);
  }

  #perform(
    piece: Piece,
    kind: "program" | "piece" | "rehearsal",
    onStart: () => void = () => {},
  ): PieceOutcome {
    const program = kind === "program";
    const layoutCount = this.#layouts.length;
    let linked: LinkedPiece;
    try {
      linked = this.#linker.link(piece);
    } catch (error) {
      this.#linker.forgetLayouts(layoutCount);
      return { outcome: "dropped", exitCode: null, error: asError(error) };
    }
    const image = program ? null : this.#image();
    const order = this.#modules.order;
    const before = this.slots.install(linked.codes);
    if (program) {
      this.#keep(before, linked);
      // What a program runs on cannot be taken back.
      this.#changes.forget();
      onStart();
    }
    try {
      const exitCode = this.#run(linked.init);
      if (kind === "rehearsal") {
        this.#fail({ program, image, order, before, layoutCount, linked });
        return { outcome: "dropped", exitCode, error: null };
      }
      if (!program) this.#keep(before, linked);
      return { outcome: "kept", exitCode, error: null };
    } catch (error) {
      const outcome = this.#fail({
        program,
        image,
        order,
        before,
        layoutCount,
        linked,
      });
      return { outcome, exitCode: null, error: asError(error) };
    } finally {
      withLongTraces(() => {
        this.#collectCode();
        this.#linker.sweep(() => this.#code.running());
        this.slots.freeReplaced(this.#traces, this.space.data);
      });
    }
  }

  /**
   * Links and runs a piece, and undoes all of it, as if it had failed. Not where that takes long, for the size of the memory, or where calls
   * are counted. An error of the piece is in the outcome.
   */
  rehearse(piece: Piece): PieceOutcome {
    if (this.#profile !== null || this.#image() === null)
      return { outcome: "dropped", exitCode: null, error: null };
    return this.#perform(piece, "rehearsal");
  }

  /** Gives back what nothing can reach any more, if there may be enough of it. */
  #collectCode(now = false): void {
    const { heap, texts, views } = this.space;
    if (heap === null || (!now && !this.slots.due && texts?.due !== true)) return;
    const running = this.#code.running();
    if (running === null) return;
    heap.objects.library("rt_collect")();
    const roots = [...this.#units].filter(({ name }) => running.has(name));
    roots.push(...this.#changes.units(), ...this.#objects.units());
    const closures = this.#layouts.flatMap(({ kind, id }) => (kind === "closure" ? [id] : []));
    const reached = this.slots.reachable(roots, closureSlots(views, new Set(closures)));
    const freed = this.slots.keepOnly(reached.slots);
    texts?.keepOnly(reached.texts);
    const inForce = new Set(this.#inForce);
    this.space.freeVariables((symbol) => inForce.has(symbol) || reached.variables.has(symbol));
    for (const unit of this.#units)
      if (unit.slots === 0 && !running.has(unit.name)) this.#units.delete(unit);
    if (freed.length > 0) this.#options.onUnload?.(freed);
  }

  #image(): MemoryImage | null {
    const { views, data, variables } = this.space;
    const range = { start: variables.start, end: data.top };
    const { mostImage = defaultMostImage } = this.#options;
    return MemoryImage.size(views, range) > mostImage ? null : new MemoryImage(views, range);
  }

  #fail(failed: {
    readonly program: boolean;
    readonly image: MemoryImage | null;
    /** Of modules when it began. */
    readonly order: number;
    readonly before: SlotChange;
    readonly layoutCount: number;
    readonly linked: LinkedPiece;
  }): PieceOutcome["outcome"] {
    if (failed.program) return "kept";
    if (failed.image === null) {
      this.#keep(failed.before, failed.linked);
      return "partial";
    }
    failed.image.restore();
    withLongTraces(() => this.#modules.dropSince(failed.order));
    this.slots.install(failed.before);
    this.#linker.forgetLayouts(failed.layoutCount);
    return "dropped";
  }

  /** What only evaluates cannot be taken back. */
  #keep(before: SlotChange, { declares, inForce }: LinkedPiece): void {
    this.#inForce = inForce;
    if (!declares) {
      this.#version += 1;
      return;
    }
    this.#changes.add(this.#version, before);
    this.#version += 1;
  }

  /**
   * Puts the code of an earlier version back into the slots; values stay. The result is the symbols of the functions that
   * are other ones now, null if the version is not known any more.
   */
  rollback(version: number): string[] | null {
    let keys: string[] = [];
    const known = this.#changes.takeBack(version, (before) => {
      this.slots.rollback(before);
      keys = [...before.keys()];
    });
    if (!known) return null;
    this.#version += 1;
    return this.slots.symbolsOf(keys);
  }

  /**
   * Links and runs a piece that goes by a name, in place of one of the same name. It can be taken out with `remove`. Errors are in the
   * outcome.
   */
  load(name: string, piece: Piece): PieceOutcome {
    const before = new Map(
      functionsOf(piece).map(({ key }) => [key, this.slots.codeIn(key)] as const),
    );
    const outcome = this.evaluate(piece, false);
    if (outcome.outcome === "dropped") return outcome;
    const codes = functionsOf(piece).flatMap(({ key }) => {
      const code = this.slots.codeIn(key);
      return code === null ? [] : [[key, code] as const];
    });
    this.#putBack(this.#objects.put(name, before, codes));
    return outcome;
  }

  /** Puts back what the slots of a named object held before, and gives back what is not needed any more; false if there is none. */
  remove(name: string): boolean {
    const before = this.#objects.take(name, (key) => this.slots.codeIn(key)?.content ?? null);
    if (before === null) return false;
    this.#putBack(before);
    this.#version += 1;
    return true;
  }

  #putBack(before: ReadonlyMap<string, SlotCode | null>): void {
    if (before.size === 0) return;
    this.slots.rollback(before);
    // Versions of before had what has gone.
    this.#changes.forget();
    withLongTraces(() => {
      this.#collectCode(true);
      this.slots.freeReplaced(this.#traces, this.space.data);
    });
  }

  /**
   * Calls a function by its name, with arguments as texts; `onValue` receives what it gives. What a call that fails has done is undone.
   * Errors are in the outcome.
   */
  call(name: string, texts: readonly string[]): PieceOutcome {
    const image = this.#image();
    const order = this.#modules.order;
    try {
      const { code, args, result } = prepareCall(this.slots.callables(), name, texts);
      const value = this.#guarded(() => code.call(...args));
      const shown = showResult(result, Array.isArray(value) ? undefined : value, this.#host);
      if (shown !== null) this.#options.onValue(shown);
      return { outcome: "kept", exitCode: 0, error: null };
    } catch (error) {
      image?.restore();
      if (image !== null) withLongTraces(() => this.#modules.dropSince(order));
      const outcome = image === null ? "partial" : "dropped";
      return { outcome, exitCode: null, error: asError(error) };
    }
  }

  /** Begins to count calls, or ends it; `read` leaves it as it is. */
  profile(action: "start" | "stop" | "read"): ProgramProfile {
    if (action === "start") {
      const { clock } = this.#options;
      this.#profile = new Profile(() => Number(clock.monotonicNanos()) / 1e6);
      this.slots.profile(this.#profile);
    }
    const profile = this.#profile;
    const figures = { time: profile?.time ?? 0, functions: profile?.figures() ?? [] };
    if (action === "stop") {
      this.slots.profile(null);
      this.#profile = null;
    }
    return figures;
  }

  #run(init: WasmFunction): number {
    return this.#guarded(() => Number(init()));
  }

  #guarded<Result>(run: () => Result): Result {
    const { i32 } = this.space.views;
    const mark = i32[shadowStackPointerAddress >> 2] ?? shadowStackStart;
    try {
      return withLongTraces(run);
    } catch (error) {
      i32[shadowStackPointerAddress >> 2] = mark;
      throw this.#traces.translate(error);
    }
  }

  /** Asks for a call of `attend` at the next safepoint. */
  requestAttention(): void {
    this.#control.requestAttention();
  }

  /** Unloads the modules that were not called since this was called last. */
  tidy(): void {
    withLongTraces(() => this.#modules.tidy());
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Whether an outcome's error is one of the program, with a trace. */
export function isProgramError(error: Error): error is ProgramError {
  return error instanceof ProgramError;
}
