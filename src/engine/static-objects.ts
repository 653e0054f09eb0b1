// Texts and objects without fields that the code of a program names, in its static data.
import { singletonSymbol, staticsOf, textSymbol, type HirModule } from "../ir/hir/index.ts";
import type { SymbolTable } from "../loader/index.ts";
import { writeStaticText } from "../runtime/index.ts";
import { defineStatic } from "./heap.ts";
import type { Space } from "./space.ts";

/** The texts of a program that stands alone; those of a session are in the heap. */
export class StaticTexts {
  readonly #addresses = new Map<string, number>();
  readonly #space: Space;

  constructor(space: Space) {
    this.#space = space;
  }

  /** A text that the program's code names. */
  text(value: string): number {
    const address = this.#addresses.get(value);
    if (address === undefined) throw new Error("a text that the module does not have");
    return address;
  }

  /** The address of a text, which is written if it is not there. */
  write(text: string): number {
    const { views, data } = this.#space;
    let address = this.#addresses.get(text);
    if (address === undefined) {
      address = writeStaticText(views, text, (size) => data.allocate(size, 8));
      this.#addresses.set(text, address);
    }
    return address;
  }
}

/** Makes the objects that a module names and that are not there yet; defines the symbols of all, those of texts if they are static. */
export function defineStatics(
  module: HirModule,
  space: Space & { readonly staticTexts: StaticTexts },
  symbols: SymbolTable,
): void {
  for (const { id, fields } of module.layouts) {
    if (fields.length === 0) defineStatic(symbols, singletonSymbol(id), space.singletons.of(id));
  }
  if (space.texts !== null) return;
  for (const [text, number] of staticsOf(module).texts)
    defineStatic(symbols, textSymbol(number), space.staticTexts.write(text));
}
