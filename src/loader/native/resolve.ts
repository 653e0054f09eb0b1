// Resolution of an object's symbols: its own definitions, the program's, the process's; each name has one definition.
import {
  findSection,
  symbolPlaces,
  type ElfObject,
  type ElfSymbol,
} from "../../object/elf/index.ts";
import { ownSections, type Layout } from "./layout.ts";
import type { Reasons } from "./reasons.ts";
import type { NativeNames, ProcessSymbols } from "./symbols.ts";

/** Where names outside of an object are looked for. */
export interface Resolution {
  readonly symbols: NativeNames;
  readonly process?: ProcessSymbols | undefined;
  /** Whether the object may define a name that the program has already; no name if absent. */
  readonly replaces?: ((name: string) => boolean) | undefined;
}

/** Symbols of an object that stand for something outside of it. */
export interface Resolved {
  /** By symbol index; an undefined weak symbol is 0. */
  readonly outside: ReadonlyMap<number, number>;
  /** The table of addresses by its own name, and the object's own handle: by symbol index. */
  readonly special: ReadonlyMap<number, "table" | "handle">;
  /** Symbols for addresses of the object's own data in linear memory: offsets in those data, by symbol index. */
  readonly linear: ReadonlyMap<number, number>;
  /** The object's definitions that other objects may use. */
  readonly defined: readonly ElfSymbol[];
  /** Names of the program and of the process that it uses. */
  readonly imports: readonly string[];
}

const specials: ReadonlyMap<string, "table" | "handle"> = new Map([
  ["_GLOBAL_OFFSET_TABLE_", "table"],
  ["__dso_handle", "handle"],
]);

/** The address of data in linear memory, and the bytes of those data in the object. */
export const linearNames = { address: "addr:", bytes: "data:" } as const;

/** Decides what each symbol stands for; what cannot be resolved becomes a reason. */
export function resolve(
  object: ElfObject,
  layout: Layout,
  { resolution, reasons }: { readonly resolution: Resolution; readonly reasons: Reasons },
): Resolved {
  const resolver = new Resolver(layout, resolution, reasons);
  resolver.findLinear(object);
  for (const symbol of object.symbols) {
    if (symbol.binding !== "local" && symbol.section !== symbolPlaces.undefined) {
      resolver.define(symbol);
    }
  }
  for (const index of layout.used) {
    const symbol = object.symbols[index];
    if (symbol !== undefined) resolver.use(symbol);
  }
  return resolver;
}

class Resolver implements Resolved {
  readonly outside = new Map<number, number>();
  readonly special = new Map<number, "table" | "handle">();
  readonly linear = new Map<number, number>();
  readonly defined: ElfSymbol[] = [];
  readonly imports: string[] = [];
  readonly #names = new Set<string>();
  /** Offsets of data for linear memory, by name. */
  readonly #linearOffsets = new Map<string, number>();
  readonly #layout: Layout;
  readonly #resolution: Resolution;
  readonly #reasons: Reasons;

  constructor(layout: Layout, resolution: Resolution, reasons: Reasons) {
    this.#layout = layout;
    this.#resolution = resolution;
    this.#reasons = reasons;
  }

  findLinear(object: ElfObject): void {
    const section = findSection(object, ownSections.linear);
    if (section === null) return;
    for (const { name, value, section: index } of object.symbols) {
      if (index !== section.index || !name.startsWith(linearNames.bytes)) continue;
      this.#linearOffsets.set(name.slice(linearNames.bytes.length), value);
    }
  }

  /** A definition that other objects may see, or that gives way to theirs. */
  define(symbol: ElfSymbol): void {
    const { name } = symbol;
    if (symbol.section > 0 && this.#layout.sections[symbol.section] === undefined) return;
    if (name === "") this.#reasons.add(`global symbol ${symbol.index} has no name`);
    if (this.#names.has(name)) this.#reasons.add(`\`${name}\` is defined twice in the object`);
    this.#names.add(name);
    if (symbol.type === "tls" || symbol.type === "other") {
      this.#reasons.add(unsupportedType(symbol));
      return;
    }
    if (symbol.hidden) return;
    const known = this.#resolution.symbols.lookup(name);
    const replaces = known !== undefined && this.#resolution.replaces?.(name) === true;
    if (known !== undefined && !replaces) {
      if (symbol.binding === "weak" || symbol.section === symbolPlaces.common) {
        this.outside.set(symbol.index, known.address);
        this.imports.push(name);
        return;
      }
      this.#reasons.add(`\`${name}\` is defined by ${known.origin} already`);
      return;
    }
    if (!replaces && (symbol.binding === "weak" || symbol.section === symbolPlaces.common)) {
      const address = this.#resolution.process?.address(name);
      if (address !== undefined) {
        this.outside.set(symbol.index, address);
        this.imports.push(name);
        return;
      }
    }
    this.defined.push(symbol);
  }

  /** A symbol that a relocation refers to. */
  use(symbol: ElfSymbol): void {
    if (symbol.type === "tls" || symbol.type === "other") {
      this.#reasons.add(unsupportedType(symbol));
    } else if (symbol.section > 0) {
      if (this.#layout.sections[symbol.section] === undefined) {
        this.#reasons.add(`\`${symbol.name}\` is in a section that is not loaded`);
      }
    } else if (symbol.section === symbolPlaces.undefined) this.#import(symbol);
  }

  #import(symbol: ElfSymbol): void {
    const { name, index } = symbol;
    const special = specials.get(name);
    if (special !== undefined) {
      this.special.set(index, special);
      return;
    }
    const linear = name.startsWith(linearNames.address)
      ? this.#linearOffsets.get(name.slice(linearNames.address.length))
      : undefined;
    if (linear !== undefined) {
      this.linear.set(index, linear);
      return;
    }
    const { symbols, process } = this.#resolution;
    const address = symbols.lookup(name)?.address ?? process?.address(name);
    if (address !== undefined) {
      this.outside.set(index, address);
      this.imports.push(name);
    } else if (symbol.binding === "weak") this.outside.set(index, 0);
    else this.#reasons.add(this.#undefined(name));
  }

  #undefined(name: string): string {
    const nearest = this.#reasons.full ? [] : this.#resolution.symbols.nearest(name);
    const hint = nearest.map((near) => `\`${near}\``).join(", ");
    return `no symbol \`${name}\`${hint === "" ? "" : ` (defined: ${hint})`}`;
  }
}

function unsupportedType({ name, type }: ElfSymbol): string {
  return type === "tls"
    ? `\`${name}\` is thread-local, and loaded code has no storage for each thread`
    : `\`${name}\` is of a type that cannot be loaded, such as a function chosen at load time`;
}
