// Compilations for nobody, while no device asks for anything: V8 compiles the compiler while it runs.
import { mostRehearsals, rehearsalPiece } from "../compiler/index.ts";
import { wasmTarget, type Body, type Target } from "../protocol/index.ts";
import { ModelService, type DeviceFacts } from "./model-service.ts";
import { ObjectCache } from "./object-cache.ts";
import type { CodeTargets } from "./targets.ts";

/** Milliseconds of them, which are not more even where they are slow. */
const longest = 2500;
const deadline = 1000;

/** Has pieces of a program of its own compiled, which no device has. */
export class Rehearsal {
  #service: ModelService | null;
  #turn = 0;
  #spent = 0;

  constructor(targets: CodeTargets) {
    this.#service = new ModelService(new ObjectCache(null), "", targets);
  }

  /** Compiles a piece. False if there is nothing more to gain. */
  goOn(target: Target = wasmTarget): boolean {
    const service = this.#service;
    if (service === null) return false;
    const start = performance.now();
    const facts: DeviceFacts = { device: "", sharedMemory: true, symbols: [], target };
    const version = this.#turn;
    const text = rehearsalPiece(version);
    const source = { path: "<rehearsal>", text, line: 1, column: 1, program: false };
    const body: Body<"compile"> = { ...source, version, files: [], deadline, level: 1 };
    service.perform(facts, { kind: "compile", id: 1, body });
    service.perform(facts, { kind: "loaded", id: 0, body: { version, outcome: "kept" } });
    this.#turn += 1;
    this.#spent += performance.now() - start;
    if (this.#turn >= mostRehearsals || this.#spent >= longest) this.#service = null;
    return this.#service !== null;
  }
}
