// Links pieces: takes slots, places variables and texts, resolves what code refers to. Objects of modules wait until they are called.
import { defineStatic, type Space } from "../engine/index.ts";
import { SymbolTable, type WasmFunction } from "../loader/index.ts";
import type { Piece, PieceLayout } from "../protocol/index.ts";
import type { CodeLoader } from "./code.ts";
import type { LazyModules, ModulePart } from "./lazy-modules.ts";
import type { LiveSlots, SlotCode } from "./live-slots.ts";
import { liveUnit, type LiveUnit, type UnitReferences } from "./sweep.ts";

/** A linked piece that has not run. */
export interface LinkedPiece {
  readonly init: WasmFunction;
  readonly declares: boolean;
  readonly inForce: readonly string[];
  /** By the keys of the slots. */
  readonly codes: readonly (readonly [string, SlotCode])[];
}

/** What pieces are linked into. */
export interface LinkerParts {
  readonly space: Space;
  readonly slots: LiveSlots;
  readonly code: CodeLoader;
  /** Symbols of the host and the application. */
  readonly symbols: SymbolTable;
  readonly modules: LazyModules;
  /** Shared with the host's display, which sees new ones at once. */
  readonly layouts: PieceLayout[];
  /** Those that are loaded, and some that were. */
  readonly units: Set<LiveUnit>;
}

/** The code of a piece, or of one of its modules. */
type CodePart = Pick<
  ModulePart,
  "functions" | "uses" | "variables" | "texts" | "singletons" | "object"
>;

/** Units that are kept before the first look for those that can be forgotten. */
const leastDue = 64;

/** The top level gives an exit code. */
const initType = { params: [], results: ["i64"] } as const;

/** See the head of this file. */
export class Linker {
  readonly #parts: LinkerParts;
  #due = leastDue;

  constructor(parts: LinkerParts) {
    this.#parts = parts;
  }

  /** Forgets units that are in no slot and do not run, when there may be enough of them. */
  sweep(running: () => ReadonlySet<string> | null): void {
    const { units } = this.#parts;
    if (units.size < this.#due) return;
    const names = running();
    if (names === null) return;
    for (const unit of units) if (unit.slots === 0 && !names.has(unit.name)) units.delete(unit);
    this.#due = Math.max(leastDue, 2 * units.size);
  }

  /** Throws `LoadError`, `ObjectError`, `SlotError` or `RangeError`; `forgetLayouts` takes back what has been done then. */
  link(piece: Piece): LinkedPiece {
    const { space, layouts, code, units } = this.#parts;
    if (piece.layoutStart !== layouts.length)
      throw new RangeError(`layouts from ${piece.layoutStart}, expected ${layouts.length}`);
    layouts.push(...piece.layouts);
    space.heap?.library.setLayouts(layouts);
    const own = new Set([piece, ...piece.modules].flatMap(keysOf));
    const loaded = code.load(piece.object, this.#symbols(piece, this.#addresses(piece), own));
    const unit = liveUnit(loaded, piece.level, referencesOf(piece));
    space.store.add(unit);
    units.add(unit);
    const codes = piece.functions.map(({ symbol, key, content, type }): [string, SlotCode] => {
      return [key, { code: loaded.function(symbol, type), content, unit }];
    });
    const init = loaded.function(piece.init, initType).call;
    const later = piece.modules.flatMap((part) => this.#later(part, piece.level, own));
    const { declares, inForce } = piece;
    return { init, declares, inForce, codes: [...codes, ...later] };
  }

  /** Stubs for the functions of a module. Its slots, and what its code refers to, are there from now on. */
  #later(part: ModulePart, level: number, own: ReadonlySet<string>): [string, SlotCode][] {
    const addresses = this.#addresses(part);
    this.#symbols(part, addresses, own);
    const symbols = (): SymbolTable => this.#symbols(part, addresses, own);
    return this.#parts.modules.add({ part, level, references: referencesOf(part), symbols });
  }

  /** Where the variables, texts and singletons are that code refers to; those that are not there yet are made. */
  #addresses({ variables, texts, singletons }: CodePart): [string, number][] {
    const { space } = this.#parts;
    const places = space.placeVariables(variables.map((symbol) => ({ symbol })));
    return [
      ...variables.map((symbol, index): [string, number] => [symbol, places[index] ?? 0]),
      ...texts.map(([symbol, text]): [string, number] => [symbol, space.texts?.object(text) ?? 0]),
      ...singletons.map(([symbol, layout]): [string, number] => [
        symbol,
        space.singletons.of(layout),
      ]),
    ];
  }

  /** What code refers to. `own` are the keys of the functions that come with it. */
  #symbols(
    { functions, uses }: CodePart,
    addresses: readonly (readonly [string, number])[],
    own: ReadonlySet<string>,
  ): SymbolTable {
    const { slots, symbols: outer } = this.#parts;
    const symbols = new SymbolTable(outer);
    for (const [symbol, address] of addresses) defineStatic(symbols, symbol, address);
    for (const { symbol, key, type } of [...functions, ...uses]) {
      const slot = slots.take(key, symbol, type);
      if (symbols.lookup(symbol) !== undefined) continue;
      if (!own.has(key) && !slots.isFilled(key))
        throw new RangeError(`\`${symbol}\` is called and has no code`);
      const origin = "the program";
      symbols.define({ kind: "function", name: symbol, origin, slot, signature: type });
    }
    return symbols;
  }

  /** Forgets the layouts behind so many. */
  forgetLayouts(count: number): void {
    const { layouts, space } = this.#parts;
    if (layouts.length === count) return;
    layouts.length = count;
    space.heap?.library.setLayouts(layouts);
  }
}

function keysOf({ functions }: Pick<CodePart, "functions">): string[] {
  return functions.map(({ key }) => key);
}

function referencesOf({ functions, uses, texts, variables }: CodePart): UnitReferences {
  return {
    slots: [...functions, ...uses].map(({ key }) => key),
    texts: texts.map(([, text]) => text),
    variables,
  };
}
