// What a compile server knows of the program of one device: its declarations, and which code is in which slot.
//
// A piece is prepared, sent, and becomes part of the model when the device says that it has kept it. Until then nothing has
// changed. So the model is never ahead of the device.
import { DiagnosticSink, SourceFile, type Diagnostic } from "../base/index.ts";
import {
  buildMir,
  emitUnit,
  functionType,
  ModuleFacts,
  signatureOf,
  SourceSession,
  type OptLevel,
  type SessionState,
} from "../compiler/index.ts";
import {
  singletonSymbol,
  staticsOf,
  textSymbol,
  type HirFunction,
  type HirModule,
} from "../ir/hir/index.ts";
import type { MirModule } from "../ir/mir/index.ts";
import type {
  Body,
  HostDeclaration,
  Numbering,
  Piece,
  PieceRecord,
  PieceSource,
  SlotUse,
} from "../protocol/index.ts";
import { digest, functionKeys, type FunctionKey } from "./keys.ts";
import { plainDiagnostic } from "./plain.ts";
import { SourceFiles } from "./source-files.ts";

/** A compiled piece with its times in milliseconds. */
export interface PreparedPiece {
  readonly piece: Piece;
  readonly times: { readonly frontend: number; readonly backend: number };
}

/** What may become of a piece on the device. */
export type Outcome = Body<"loaded">["outcome"];

/** Versions that one may go back to. */
const mostStates = 64;

interface Pending {
  readonly before: SessionState;
  readonly keep: (whole: boolean) => void;
  readonly declares: boolean;
  readonly slots: ReadonlyMap<string, string>;
  readonly numbering: Numbering;
  readonly layoutCount: number;
}

interface Earlier {
  readonly version: number;
  readonly state: SessionState;
  readonly generation: number;
}

/** The model of one device's program. */
export class ProgramModel {
  /** What the pieces may import. */
  readonly files = new SourceFiles();
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
  /** States that one may go back to, by version. */
  #earlier: Earlier[] = [];

  constructor(options: {
    readonly sharedMemory: boolean;
    /** What the device has registered for code to call. */
    readonly symbols: readonly HostDeclaration[];
  }) {
    this.#sharedMemory = options.sharedMemory;
    const externs = new Map(options.symbols.map((symbol) => [symbol.name, symbol]));
    this.#source = new SourceSession(this.files.resolve, externs);
    this.#remember();
  }

  /** How many changes the device has kept. */
  get version(): number {
    return this.#version;
  }

  /** Analyses and compiles a piece; diagnostics if it has errors. What was prepared before it and not kept is dropped. */
  prepare(source: PieceSource, level: OptLevel): PreparedPiece | readonly Diagnostic[] {
    this.settle("dropped");
    const start = performance.now();
    const before = this.#source.state();
    const numbering: Numbering = {
      count: before.count,
      generation: this.#generation,
      generations: this.#generations,
    };
    const sink = new DiagnosticSink();
    const file = fileOf(source);
    const end = source.program ? "main" : "values";
    const evaluation = this.#source.evaluate(file, sink, end);
    if (evaluation === null) {
      this.#source.restore(before, true);
      return sink.all;
    }
    const { module, changesTypes, declares, functions, valueType } = evaluation;
    const generation = changesTypes ? this.#generations + 1 : this.#generation;
    const facts = new ModuleFacts(module);
    const keys = functionKeys(facts, generation);
    const analysed = performance.now();
    const name = `v${this.#version}-${digest(source.text)}`;
    const linked = this.#compile({ facts, keys, name, level });
    const piece: Piece = {
      ...linked,
      init: initSymbol(module),
      layoutStart: this.#layoutCount,
      layouts: module.layouts.slice(this.#layoutCount).map(plainLayout),
      inForce: [
        ...new Set([...this.#source.variables(), ...module.globals.map((one) => one.symbol)]),
      ],
      declares,
      declaredFunctions: functions === null ? null : [...functions],
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
      before,
      keep: (whole) => evaluation.keep(whole),
      declares,
      slots: new Map(piece.functions.map(({ key, content }) => [key, content])),
      numbering: piece.next,
      layoutCount: module.layouts.length,
    };
    const times = { frontend: analysed - start, backend: performance.now() - analysed };
    return { piece, times };
  }

  #compile(unit: UnitToCompile): LinkedParts {
    const { facts, keys, name, level } = unit;
    const { module } = facts;
    const fresh = module.functions.filter(
      ({ id }) => id !== module.init && this.#slots.get(keys[id]?.key ?? "") !== keys[id]?.content,
    );
    const ids = [module.init, ...fresh.map(({ id }) => id)];
    const requests = ids.map((id) => ({
      kind: "function" as const,
      function: id,
      counted: false,
      outlined: false,
    }));
    const options = { name, level, sharedMemory: this.#sharedMemory };
    const mir = buildMir(facts, requests, { ...options, safepoints: "call", slotCalls: true });
    const functions = fresh.map((fn) => ({
      ...slotUse(fn, keys),
      content: keys[fn.id]?.content ?? "",
    }));
    return { object: emitUnit(mir, options), functions, ...references(module, mir, keys) };
  }

  /** What became of the piece that was prepared last. */
  settle(outcome: Outcome): void {
    const pending = this.#pending;
    if (pending === null) return;
    this.#pending = null;
    if (outcome === "dropped") {
      this.#source.restore(pending.before, true);
      return;
    }
    pending.keep(outcome === "kept");
    for (const [key, content] of pending.slots) this.#slots.set(key, content);
    this.#layoutCount = pending.layoutCount;
    this.#generation = pending.numbering.generation;
    this.#generations = pending.numbering.generations;
    this.#version += 1;
    if (pending.declares) this.#remember();
  }

  #remember(): void {
    const state = this.#source.state();
    this.#earlier.push({ version: this.#version, state, generation: this.#generation });
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
    this.#remember();
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
    const earlier = this.#earlier.findLast((one) => one.version <= version);
    if (earlier === undefined) return false;
    this.#source.restore(earlier.state, false);
    this.#generation = earlier.generation;
    this.#slots.clear();
    for (const [key, content] of slots) this.#slots.set(key, content);
    this.#earlier = this.#earlier.filter((one) => one.version <= version);
    this.#version += 1;
    this.#remember();
    return true;
  }

  /** Forgets slots that the device has freed. */
  unload(keys: readonly string[]): void {
    for (const key of keys) this.#slots.delete(key);
  }

  /** Names that are declared. */
  names(): Body<"answer">["names"] {
    return this.#source.outline().map((entry) => {
      const { name, kind, signature, parameters, documentation, span } = entry;
      return {
        name,
        kind,
        signature,
        ...(parameters === null ? {} : { parameters: [...parameters] }),
        ...(documentation === null ? {} : { documentation }),
        path: span.file.path,
        ...span.file.position(span.start),
      };
    });
  }

  /** The type of an expression, or what is wrong with it. */
  typeOf(text: string): string | readonly Diagnostic[] {
    this.settle("dropped");
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

interface UnitToCompile {
  readonly facts: ModuleFacts;
  readonly keys: readonly FunctionKey[];
  readonly name: string;
  readonly level: OptLevel;
}

type References = Pick<Piece, "uses" | "variables" | "texts" | "singletons">;
type LinkedParts = References & Pick<Piece, "object" | "functions">;

/** What the code of a unit refers to outside of it. */
function references(module: HirModule, mir: MirModule, keys: readonly FunctionKey[]): References {
  const data = new Set(mir.externalData);
  const called = new Set(
    mir.declarations.flatMap(({ linkage, symbol }) => (linkage === "slot" ? [symbol] : [])),
  );
  return {
    uses: module.functions
      .filter(({ symbol }) => called.has(symbol))
      .map((fn) => slotUse(fn, keys)),
    variables: module.globals.flatMap(({ symbol }) => (data.has(symbol) ? [symbol] : [])),
    texts: [...staticsOf(module).texts]
      .map(([text, number]): [string, string] => [textSymbol(number), text])
      .filter(([symbol]) => data.has(symbol)),
    singletons: module.layouts
      .map(({ id }): [string, number] => [singletonSymbol(id), id])
      .filter(([symbol]) => data.has(symbol)),
  };
}

function slotUse(fn: HirFunction, keys: readonly FunctionKey[]): SlotUse {
  const { params, results } = functionType(signatureOf(fn));
  const type = { params: [...params], results: [...results] };
  return { symbol: fn.symbol, key: keys[fn.id]?.key ?? "", type };
}

function plainLayout(layout: HirModule["layouts"][number]): Piece["layouts"][number] {
  return { ...layout, fields: layout.fields.map((field) => ({ ...field })) };
}

function initSymbol(module: HirModule): string {
  return module.functions[module.init]?.symbol ?? ".init";
}
