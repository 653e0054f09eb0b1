// The modules that a program was loaded with, so that the compiler's thread finds the same ones.
import { SourceFile } from "../base/index.ts";
import type { ModuleResolver } from "../compiler/index.ts";

/** One answer of the module resolver. Plain data: it can be sent to another thread. */
export interface LoadedModule {
  /** Path of the file with the import. */
  readonly importer: string;
  /** Dotted path of the import. */
  readonly name: string;
  /** The file that it was found in. */
  readonly path: string;
  readonly text: string;
}

/** The resolver, and what it will have found. */
export function recording(resolve: ModuleResolver): {
  readonly resolve: ModuleResolver;
  readonly loaded: readonly LoadedModule[];
} {
  const loaded: LoadedModule[] = [];
  return {
    loaded,
    resolve: (path, from) => {
      const file = resolve(path, from);
      if (file !== null) {
        const { path: found, text } = file;
        loaded.push({ importer: from.path, name: path.join("."), path: found, text });
      }
      return file;
    },
  };
}

/** A resolver that gives the recorded answers. */
export function replaying(loaded: readonly LoadedModule[]): ModuleResolver {
  const files = new Map<string, SourceFile>();
  return (path, from) => {
    // The main file may be imported, too.
    if (!files.has(from.path)) files.set(from.path, from);
    const name = path.join(".");
    const found = loaded.find((entry) => entry.importer === from.path && entry.name === name);
    if (found === undefined) return null;
    let file = files.get(found.path);
    if (file === undefined) files.set(found.path, (file = new SourceFile(found.path, found.text)));
    return file;
  };
}
