// What a compile server knows of the program of one device: its declarations, and which code is in which slot.
//
// A piece is prepared, sent, and becomes part of the model when the device says that it has kept it. Until then nothing has
// changed. So the model is never ahead of the device.
import { DiagnosticSink, SourceFile, type Diagnostic } from "../base/index.ts";
import { ModuleFacts, SourceSession, type OptLevel, type SessionState } from "../compiler/index.ts";
import type { HirModule } from "../ir/hir/index.ts";
import {
  encodePiece,
  functionsOf,
  longestName,
  type Body,
  type HostDeclaration,
  type Numbering,
  type Piece,
  type PieceRecord,
  type PieceSource,
} from "../protocol/index.ts";
import { digest, functionKeys } from "./keys.ts";
import type { ObjectCache } from "./object-cache.ts";
import { compilePiece, type PieceCompilation } from "./piece-code.ts";
import { plainDiagnostic } from "./plain.ts";
import { SourceFiles } from "./source-files.ts";
import type { CodeTarget } from "./targets.ts";

/** A compiled piece with its times in milliseconds. */
export interface PreparedPiece {
  readonly piece: Piece;
  /** Of `encodePiece`. */
  readonly bytes: Uint8Array;
  /** Whether it was compiled earlier. */
  readonly cached: boolean;
  readonly times: { readonly frontend: number; readonly backend: number };
}

/** What may become of a piece on the device. */
export type Outcome = Body<"loaded">["outcome"];

/** Versions that one may go back to. */
const mostStates = 64;

interface Pending {
  readonly source: PieceSource;
  readonly piece: Piece;
  /** What the analysis has found, with the state before it; null if the piece was compiled earlier. */
  readonly analysed: { readonly before: SessionState; keep(whole: boolean): void } | null;
}

/** A piece that the device has kept and that is not analysed yet: it was compiled earlier. */
interface Unanalysed {
  readonly record: PieceRecord;
  readonly declares: boolean;
  /** After it. */
  readonly version: number;
  readonly generation: number;
}

interface Earlier {
  readonly version: number;
  readonly state: SessionState;
  readonly generation: number;
}

/** What a model is made for. */
export interface ModelOptions {
  readonly target: CodeTarget;
  readonly sharedMemory: boolean;
  /** What the device has registered for code to call. */
  readonly symbols: readonly HostDeclaration[];
  /** Pieces that were compiled for any device. */
  readonly cache: ObjectCache;
  /** Another compiler makes other code. */
  readonly build: string;
}

/** The model of one device's program. */
export class ProgramModel {
  /** What the pieces may import. */
  readonly files = new SourceFiles();
  readonly #target: CodeTarget;
  readonly #sharedMemory: boolean;
  readonly #source: SourceSession;
  /** Keys of the slots on the device with the content of the code in them. */
  readonly #slots = new Map<string, string>();
  #layoutCount = 0;
  #generation = 0;
  /** Generations that there ever were. */
  #generations = 0;
  #version = 0;
  #pending: Pending | null = null;
  readonly #unanalysed: Unanalysed[] = [];
  readonly #cache: ObjectCache;
  /** Hash of all that has made the model what it is: where it is equal, so is what a piece compiles to. */
  #history: string;
  /** States that one may go back to, by version. */
  #earlier: Earlier[] = [];

  constructor(options: ModelOptions) {
    const { target, build, sharedMemory, symbols } = options;
    this.#target = target;
    this.#sharedMemory = sharedMemory;
    this.#cache = options.cache;
    const externs = new Map(symbols.map((symbol) => [symbol.name, symbol]));
    this.#source = new SourceSession(this.files.resolve, { externs });
    this.#history = digest(JSON.stringify([build, target.key, sharedMemory, symbols]));
    this.#remember(0, 0);
  }

  /** How many changes the device has kept. */
  get version(): number {
    return this.#version;
  }

  /**
   * Compiles a piece, unless that was done before for a program with the same history; diagnostics if it has errors. What
   * was prepared before it and not kept is dropped. A `rehearsal` is compiled in any case, and not kept for later.
   */
  prepare(
    { path, text, line, column, program }: PieceSource,
    level: OptLevel,
    rehearsal = false,
  ): PreparedPiece | readonly Diagnostic[] {
    this.settle("dropped");
    // A key is made of it: whatever else came with the source is not of it.
    const source = { path, text, line, column, program };
    if (rehearsal) return this.#build(source, level);
    const key = this.#keyOf(source, level);
    const known = this.#cache.find(key);
    if (known !== null) {
      this.#pending = { source, piece: known.piece, analysed: null };
      return { ...known, cached: true, times: { frontend: 0, backend: 0 } };
    }
    const prepared = this.#build(source, level);
    if ("piece" in prepared && !this.files.areMissing) this.#cache.put(key, prepared.bytes);
    return prepared;
  }

  #keyOf(source: PieceSource, level: OptLevel): string {
    return digest(JSON.stringify([this.#history, this.files.digest(), source, level]));
  }

  #build(source: PieceSource, level: OptLevel): PreparedPiece | readonly Diagnostic[] {
    const start = performance.now();
    this.#catchUp();
    const before = this.#source.state();
    const numbering: Numbering = {
      count: before.count,
      generation: this.#generation,
      generations: this.#generations,
    };
    const sink = new DiagnosticSink();
    const evaluation = this.#source.evaluate(
      fileOf(source),
      sink,
      source.program ? "main" : "values",
    );
    if (evaluation === null) {
      this.#source.restore(before, true);
      return sink.all;
    }
    const { module, changesTypes, declares, names, functionsOnly, valueType } = evaluation;
    const generation = changesTypes ? this.#generations + 1 : this.#generation;
    const facts = new ModuleFacts(module);
    const keys = functionKeys(facts, generation);
    const analysed = performance.now();
    const name = `v${this.#version}-${digest(source.text)}`;
    const inForce = [...this.#source.variables(), ...module.globals.map(({ symbol }) => symbol)];
    const piece: Piece = {
      ...compilePiece(
        { facts, keys, moduleOf: (file) => this.files.pathOf(file) },
        // A program is there once, and its loops should be fast; of pieces there may be any number.
        { ...this.#compilation(), name, level, forwardCalls: !source.program },
      ),
      level,
      init: initSymbol(module),
      layoutStart: this.#layoutCount,
      layouts: module.layouts.slice(this.#layoutCount).map(plainLayout),
      inForce: [...new Set(inForce)],
      declares,
      declared: [...names],
      functionsOnly,
      live: !changesTypes,
      valueType: source.program ? null : valueType,
      warnings: sink.all.map(plainDiagnostic),
      numbering,
      next: {
        count: this.#source.state().count,
        generation,
        generations: Math.max(this.#generations, generation),
      },
    };
    this.#pending = {
      source,
      piece,
      analysed: { before, keep: (whole) => evaluation.keep(whole) },
    };
    const times = { frontend: analysed - start, backend: performance.now() - analysed };
    return { piece, bytes: encodePiece(piece), cached: false, times };
  }

  #compilation(): Omit<PieceCompilation, "name" | "level" | "forwardCalls"> {
    return {
      target: this.#target,
      sharedMemory: this.#sharedMemory,
      isThere: ({ key, content }) => this.#slots.get(key) === content,
    };
  }

  /** What became of the piece that was prepared last. */
  settle(outcome: Outcome): void {
    const pending = this.#pending;
    if (pending === null) return;
    this.#pending = null;
    const { source, piece, analysed } = pending;
    if (outcome === "dropped") {
      if (analysed !== null) this.#source.restore(analysed.before, true);
      return;
    }
    const whole = outcome === "kept";
    const functions = functionsOf(piece);
    for (const { key, content } of functions) this.#slots.set(key, content);
    this.#layoutCount += piece.layouts.length;
    this.#generation = piece.next.generation;
    this.#generations = piece.next.generations;
    this.#version += 1;
    const { declares, numbering } = piece;
    const version = this.#version;
    const generation = this.#generation;
    // What neither declares nor leaves anything behind changes nothing for later pieces.
    const changes = declares || functions.length > 0 || piece.layouts.length > 0;
    if (changes) this.#history = digest(JSON.stringify([this.#history, source, whole, numbering]));
    if (analysed === null) {
      const record = { ...source, whole, numbering };
      if (changes) this.#unanalysed.push({ record, declares, version, generation });
    } else {
      analysed.keep(whole);
      if (declares) this.#remember(version, generation);
    }
  }

  /** Analyses the pieces that the device has kept and that did not have to be compiled. */
  #catchUp(): void {
    for (const { record, declares, version, generation } of this.#unanalysed.splice(0)) {
      const problems = this.#analyseAgain(record);
      if (problems !== null) throw new Error(`a kept piece has errors: ${problems[0]?.message}`);
      if (declares) this.#remember(version, generation);
    }
  }

  #remember(version: number, generation: number): void {
    this.#earlier.push({ version, state: this.#source.state(), generation });
    if (this.#earlier.length > mostStates) this.#earlier.shift();
  }

  /**
   * Takes over a program that another server has compiled: analyses its pieces again, compiles nothing. Returns what is wrong
   * if they do not fit together; the model is of no use then.
   */
  replay(program: Body<"replay">): readonly Diagnostic[] | null {
    this.#source.continueFrom(program.layouts, 0);
    for (const record of program.pieces) {
      const problems = this.#analyseAgain(record);
      if (problems !== null) return problems;
    }
    this.#source.continueFrom(program.layouts, program.numbering.count);
    this.#generation = program.numbering.generation;
    this.#generations = program.numbering.generations;
    this.#layoutCount = program.layouts.length;
    this.#slots.clear();
    for (const [key, content] of program.slots) this.#slots.set(key, content);
    this.#version = program.version;
    this.#earlier = [];
    this.#remember(this.#version, this.#generation);
    const { pieces, layouts, numbering, slots } = program;
    this.#history = digest(JSON.stringify([this.#history, pieces, layouts, numbering, slots]));
    return null;
  }

  #analyseAgain(record: PieceRecord): Diagnostic[] | null {
    this.#source.numberFrom(record.numbering.count);
    const sink = new DiagnosticSink();
    const end = record.program ? "main" : "values";
    const evaluation = this.#source.evaluate(fileOf(record), sink, end);
    if (evaluation === null) return sink.all;
    evaluation.keep(record.whole);
    return null;
  }

  /** Goes back to an earlier version, which becomes the newest; false if it is not known any more. */
  rollback(version: number, slots: Iterable<readonly [string, string]>): boolean {
    this.settle("dropped");
    this.#catchUp();
    const earlier = this.#earlier.findLast((one) => one.version <= version);
    if (earlier === undefined) return false;
    this.#source.restore(earlier.state, false);
    this.#generation = earlier.generation;
    this.#slots.clear();
    for (const [key, content] of slots) this.#slots.set(key, content);
    this.#earlier = this.#earlier.filter((one) => one.version <= version);
    this.#version += 1;
    this.#remember(this.#version, this.#generation);
    this.#history = digest(JSON.stringify([this.#history, "rollback", version, [...this.#slots]]));
    return true;
  }

  /** Forgets slots that the device has freed. */
  unload(keys: readonly string[]): void {
    if (keys.length === 0) return;
    for (const key of keys) this.#slots.delete(key);
    this.#history = digest(JSON.stringify([this.#history, "unload", keys]));
  }

  /** Names that are declared. */
  names(): Body<"answer">["names"] {
    this.#catchUp();
    return this.#source.outline().map((entry) => {
      const { name, kind, signature, parameters, documentation, span } = entry;
      return {
        name,
        kind,
        signature,
        ...(parameters === null
          ? {}
          : { parameters: parameters.map((one) => one.slice(0, longestName)) }),
        ...(documentation === null ? {} : { documentation }),
        path: span.file.path,
        ...span.file.position(span.start),
      };
    });
  }

  /** The type of an expression, or what is wrong with it. */
  typeOf(text: string): string | readonly Diagnostic[] {
    this.settle("dropped");
    this.#catchUp();
    const sink = new DiagnosticSink();
    const before = this.#source.state();
    const type = this.#source.typeOf(new SourceFile("<type>", text), sink);
    this.#source.restore(before, true);
    return type ?? sink.all;
  }
}

function fileOf({ path, text, line, column }: PieceSource): SourceFile {
  return new SourceFile(path, text, { line: Math.max(1, line), column: Math.max(1, column) });
}

function plainLayout(layout: HirModule["layouts"][number]): Piece["layouts"][number] {
  return { ...layout, fields: layout.fields.map((field) => ({ ...field })) };
}

function initSymbol(module: HirModule): string {
  return module.functions[module.init]?.symbol ?? ".init";
}
