// The program's side of a device: runs pieces, also in the middle of a program that runs, and says what became of them.
import {
  CallError,
  DeviceProgram,
  isProgramError,
  type DeviceOptions,
  type NativeRuntime,
  type PieceOutcome,
} from "../device/index.ts";
import type { Target } from "../protocol/index.ts";
import { runtimeError } from "../runtime/index.ts";
import type { FromProgram, MemoryFigures, PieceEnd, PieceFailure, ToProgram } from "./messages.ts";

/** The way to the agent. */
export interface AgentPort {
  post(message: FromProgram): void;
  /** The next message that is there already. */
  receive(): ToProgram | undefined;
}

/** See the head of this file. */
export class ProgramRunner {
  readonly #port: AgentPort;
  readonly #program: DeviceProgram;
  /** Pieces that run, the innermost last; a program comes first. */
  readonly #running: { readonly id: number; readonly program: boolean }[] = [];
  /** Values that have not been sent: most go with the end of their piece, as each message wakes the agent. */
  #values: string[] = [];
  /** Messages for when no piece runs. */
  readonly #later: ToProgram[] = [];

  /** `target` is what the code of `options.code` must be made for. */
  constructor(
    port: AgentPort,
    target: Target,
    options: Omit<DeviceOptions, "write" | "onValue" | "attend">,
  ) {
    this.#port = port;
    this.#program = new DeviceProgram({
      ...options,
      write: (stream, text) => {
        this.#sendValues();
        port.post({ kind: "out", stream, text, piece: this.#piece });
      },
      onValue: (text) => this.#values.push(text),
      attend: () => this.attend(),
      onUnload: (keys) => port.post({ kind: "unloaded", keys }),
    });
    const { buffer } = this.#program.space.memory;
    port.post({
      kind: "ready",
      target,
      symbols: options.symbols?.declarations() ?? [],
      memory:
        typeof SharedArrayBuffer === "function" && buffer instanceof SharedArrayBuffer
          ? buffer
          : null,
    });
  }

  /** The piece that prints; null if that is the program itself. */
  get #piece(): number | null {
    const top = this.#running.at(-1);
    return top === undefined || top.program ? null : top.id;
  }

  #sendValues(): void {
    const values = this.#values;
    if (values.length === 0) return;
    this.#values = [];
    for (const text of values) this.#port.post({ kind: "value", text, piece: this.#piece ?? 0 });
  }

  /** Takes the messages that are there; may throw to stop the piece that runs. */
  attend(): void {
    this.#sendValues();
    let stop: "interrupted" | "time_limit" | null = null;
    for (
      let message = this.#port.receive();
      message !== undefined;
      message = this.#port.receive()
    ) {
      if (message.kind !== "stop") this.#later.push(message);
      else if (this.#running.at(-1)?.id === message.id) stop = message.reason;
    }
    if (stop !== null) throw runtimeError(stop);
    if (this.#piece === null) this.settle();
  }

  /** Does what has come while the last piece ran. */
  settle(): void {
    for (let message = this.#later.shift(); message !== undefined; message = this.#later.shift())
      this.perform(message);
  }

  /** Does what a message says. */
  perform(message: ToProgram): void {
    switch (message.kind) {
      case "piece":
        this.#evaluate(message);
        break;
      case "call":
        this.#perform(message.id, false, () => this.#program.call(message.name, message.texts));
        break;
      case "profile":
        this.#port.post({
          kind: "profiled",
          id: message.id,
          profile: this.#program.profile(message.action),
        });
        break;
      case "rollback":
        this.#postSlots(message.id, this.#program.rollback(message.version));
        break;
      case "remove":
        this.#postSlots(message.id, this.#program.remove(message.object) ? [] : null);
        break;
      case "figures":
        this.#port.post({ kind: "figures", id: message.id, figures: this.#figures() });
        break;
      case "runtime":
        this.#port.post({ kind: "opened", id: message.id, problem: this.#open(message) });
        break;
      case "tidy":
        this.#program.tidy();
        break;
      case "stop":
        // It has ended meanwhile.
        break;
    }
  }

  #postSlots(id: number, changed: readonly string[] | null): void {
    const { slots, versions } = this.#program;
    this.#port.post({ kind: "rolled-back", id, changed, slots: slots.contents(), versions });
  }

  /** Why the native runtime does not fit; null if it does. */
  #open(runtime: NativeRuntime): string | null {
    try {
      this.#program.open(runtime);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #evaluate({
    id,
    piece,
    program,
    object,
    rehearsal,
  }: Extract<ToProgram, { kind: "piece" }>): void {
    const started = (): void => this.#port.post({ kind: "started", id });
    this.#perform(id, program, () => {
      if (rehearsal === true) return this.#program.rehearse(piece);
      if (object !== undefined) return this.#program.load(object, piece);
      return this.#program.evaluate(piece, program, started);
    });
  }

  #perform(id: number, program: boolean, run: () => PieceOutcome): void {
    this.#running.push({ id, program });
    let end: PieceEnd;
    try {
      const { outcome, exitCode, error } = run();
      end = { outcome, exitCode, error: error === null ? null : failureOf(error) };
    } finally {
      this.#running.pop();
    }
    const values = this.#values;
    this.#values = [];
    this.#port.post({ kind: "end", id, end, values });
    // What came while a piece ran that could not be interrupted by another one.
    if (this.#later.length > 0) this.#program.requestAttention();
  }

  #figures(): MemoryFigures {
    const { space } = this.#program;
    const heap = space.heap?.library.stats();
    return {
      memory: space.memory.buffer.byteLength,
      staticData: space.data.top - space.variables.start,
      heapLive: heap?.live ?? 0,
      heapPeak: heap?.peak ?? 0,
      collections: heap?.collections ?? 0,
      ...this.#program.codeFigures(),
    };
  }
}

function failureOf(error: Error): PieceFailure {
  if (error instanceof CallError)
    return { code: "call", message: error.message, help: null, trace: [], omitted: 0 };
  if (isProgramError(error)) {
    const { code, message, help, trace, omittedFrames } = error;
    return {
      code,
      message,
      help,
      trace: trace.map((frame) => ({ ...frame })),
      omitted: omittedFrames,
    };
  }
  const load = ["LoadError", "NativeRefused", "ObjectError", "SlotError", "RangeError"].includes(
    error.name,
  );
  const message = load ? error.message : (error.stack ?? error.message);
  return { code: load ? "load" : "internal", message, help: null, trace: [], omitted: 0 };
}
