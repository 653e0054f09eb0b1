// Modules that programs can import without a file. A file of the same name goes before them.
import { SourceFile } from "../../../base/index.ts";
import { ioSource } from "./app-io.ts";
import { backendSource } from "./compiler-backend.ts";
import { executionSource } from "./compiler-execution.ts";

interface LibraryModule {
  /** The paths by which it is imported, the usual one first. */
  readonly names: readonly string[];
  readonly source: string;
}

const modules: readonly LibraryModule[] = [
  { names: ["compiler.backend", "compiler.backend.jit_interpreter"], source: backendSource },
  { names: ["compiler.execution.mod", "compiler.execution"], source: executionSource },
  { names: ["app.io.mod", "app.io"], source: ioSource },
];

/** The names of the modules, one for each. */
export const libraryNames: readonly string[] = modules.flatMap(({ names }) => names.slice(0, 1));

/** The library's modules as the files of one program: a module has one file however it is imported. */
export class LibraryFiles {
  readonly #files = new Map<LibraryModule, SourceFile>();

  /** The file of a module by its dotted path; null if the library has none. */
  find(path: readonly string[]): SourceFile | null {
    const name = path.join(".");
    const module = modules.find(({ names }) => names.includes(name));
    if (module === undefined) return null;
    let file = this.#files.get(module);
    if (file === undefined) {
      file = new SourceFile(`<library>/${module.names[0]}.spl`, module.source);
      this.#files.set(module, file);
    }
    return file;
  }
}
