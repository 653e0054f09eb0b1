// Locations of calls. In a table, the line of a debug location is the number, from 1, of a location of the module with its
// inline chain; so LLVM's line table maps code to those. As DWARF, lines are lines of source files, for debuggers.
import { encodeLines, type LineLocation } from "../../object/index.ts";
import {
  noLocation,
  type Location,
  type LocationId,
  type MirFunction,
} from "../../ir/mir/index.ts";
import type { Metadata } from "./metadata.ts";
import { quoted } from "./names.ts";

/** What debug locations say: numbers of the module's table, places in sources, or nothing. */
export type LocationForm = "table" | "dwarf" | "none";

/** The locations that a module's code refers to, callers first. Their numbers count from 1; 0 is no location. */
export class LocationTable {
  readonly #locations: LineLocation[] = [];

  /** Adds a location that was inlined at another one, and returns its number. */
  add({ file, line, column, function: name }: Omit<Location, "caller">, caller: number): number {
    this.#locations.push({ file, line, column, function: name, caller: caller - 1 });
    return this.#locations.length;
  }

  /** The number of a location that was inlined, by LLVM, at others; innermost first. Each has a chain of its own already. */
  join(numbers: readonly number[]): number {
    let caller = 0;
    for (const number of numbers.toReversed()) {
      if (number === 0) continue;
      caller = caller === 0 ? number : this.#copy(number, caller);
    }
    return caller;
  }

  /** Copies a location and its chain, which then goes on with a caller. */
  #copy(number: number, caller: number): number {
    const chain: LineLocation[] = [];
    for (let at = this.#locations[number - 1]; at !== undefined; at = this.#locations[at.caller]) {
      chain.push(at);
    }
    return chain.toReversed().reduce((outer, location) => this.add(location, outer), caller);
  }

  /** The content of the section with the locations. */
  encode(): Uint8Array {
    return encodeLines({ locations: this.#locations, entries: [] }).finish();
  }
}

/** The debug metadata of a module. */
export class DebugInfo {
  readonly form: LocationForm;
  readonly table = new LocationTable();
  readonly #metadata: Metadata;
  #unit = -1;

  constructor(form: LocationForm, metadata: Metadata) {
    this.form = form;
    this.#metadata = metadata;
  }

  /** Lines that name the module's metadata; none without locations. */
  get header(): string[] {
    if (this.form === "none") return [];
    const version = this.#metadata.node('!{i32 2, !"Debug Info Version", i32 3}');
    const dwarf = this.#metadata.node('!{i32 7, !"Dwarf Version", i32 4}');
    return [
      `!llvm.dbg.cu = !{!${this.#compileUnit()}}`,
      `!llvm.module.flags = !{!${version}, !${dwarf}}`,
    ];
  }

  /** Metadata for a function of a source file. */
  subprogram(name: string, file: string, line: number): number {
    const type = this.#metadata.node(`!DISubroutineType(types: !${this.#metadata.node("!{}")})`);
    const shown = `name: ${quoted(name)}, file: !${this.#file(file)}, line: ${line}, type: !${type}`;
    const unit = this.#compileUnit();
    return this.#metadata.distinct(
      `distinct !DISubprogram(${shown}, unit: !${unit}, spFlags: DISPFlagDefinition | DISPFlagOptimized)`,
    );
  }

  location(text: string): number {
    return this.#metadata.node(`!DILocation(${text})`);
  }

  #file(path: string): number {
    return this.#metadata.node(`!DIFile(filename: ${quoted(path)}, directory: "")`);
  }

  #compileUnit(): number {
    if (this.#unit < 0) {
      const kind = this.form === "table" ? "DebugDirectivesOnly" : "LineTablesOnly";
      const file = this.#file(this.form === "table" ? "anneal" : "program");
      this.#unit = this.#metadata.distinct(
        `distinct !DICompileUnit(language: DW_LANG_C99, file: !${file}, producer: "anneal", isOptimized: true, emissionKind: ${kind})`,
      );
    }
    return this.#unit;
  }
}

/** Debug locations of one function. */
export class FunctionLocations {
  readonly #fn: MirFunction;
  readonly #debug: DebugInfo;
  readonly #known = new Map<LocationId, number>();
  readonly #inlined = new Map<string, number>();
  #subprogram = -1;

  constructor(fn: MirFunction, debug: DebugInfo) {
    this.#fn = fn;
    this.#debug = debug;
    const first = fn.locations[0];
    if (debug.form === "dwarf")
      this.#subprogram = debug.subprogram(fn.symbol, first?.file ?? "anneal", first?.line ?? 0);
  }

  /** What stands behind the function's head, when its code is written: ` !dbg !4`. A table has no lines of functions that do not call. */
  get head(): string {
    return this.#subprogram < 0 ? "" : ` !dbg !${this.#subprogram}`;
  }

  /** What stands behind a call: `, !dbg !7`. */
  at(id: LocationId): string {
    if (this.#debug.form === "none") return "";
    if (this.#subprogram < 0)
      this.#subprogram = this.#debug.subprogram(this.#fn.symbol, "anneal", 0);
    const number = this.#debug.form === "table" ? this.#numbered(id) : this.#located(id);
    return `, !dbg !${number}`;
  }

  #numbered(id: LocationId): number {
    const line = id === noLocation ? 0 : this.#number(id);
    return this.#debug.location(`line: ${line}, scope: !${this.#subprogram}`);
  }

  /** The number of a location in the module's table. */
  #number(id: LocationId): number {
    return this.#fold(id, (location, caller) =>
      this.#debug.table.add(location, Math.max(caller, 0)),
    );
  }

  #located(id: LocationId): number {
    if (this.#fn.locations[id] === undefined) {
      return this.#debug.location(`line: 0, scope: !${this.#subprogram}`);
    }
    return this.#fold(id, ({ line, column, file, function: name }, caller) => {
      const place = `line: ${line}, column: ${column & 0xffff}`;
      if (caller < 0) return this.#debug.location(`${place}, scope: !${this.#subprogram}`);
      const scope = this.#inlinedSubprogram(name, file);
      return this.#debug.location(`${place}, scope: !${scope}, inlinedAt: !${caller}`);
    });
  }

  #inlinedSubprogram(name: string, file: string): number {
    const key = `${name} ${file}`;
    const known = this.#inlined.get(key) ?? this.#debug.subprogram(name, file, 0);
    this.#inlined.set(key, known);
    return known;
  }

  /** Makes something of a location's chain, outermost first; `caller` is -1 for that. */
  #fold(id: LocationId, make: (location: Location, caller: number) => number): number {
    const chain: LocationId[] = [];
    let caller = -1;
    for (let at = id, found = this.#fn.locations[at]; found !== undefined;) {
      const known = this.#known.get(at);
      if (known !== undefined) {
        caller = known;
        break;
      }
      if (chain.length > this.#fn.locations.length) throw new Error("inline chain without an end");
      chain.push(at);
      at = found.caller;
      found = this.#fn.locations[at];
    }
    for (const at of chain.toReversed()) {
      const found = this.#fn.locations[at];
      if (found === undefined) continue;
      caller = make(found, caller);
      this.#known.set(at, caller);
    }
    return caller;
  }
}
