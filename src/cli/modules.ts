// Where imports are looked for on disk.
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { SourceFile } from "../base/index.ts";
import type { ModuleResolver } from "../compiler/index.ts";
import { readFile } from "./input.ts";

/**
 * Finds `a.b.c` as `a/b/c.spl` in the folder of the importing file, in that of the main file, and in the `src` folder
 * there; for a program without a file in the working folder. Throws `DiagnosticError` for a file that cannot be read.
 */
export function fileResolver(main: string, maxSource: number): ModuleResolver {
  const files = new Map<string, SourceFile>();
  const root = path.dirname(path.resolve(main));
  return (segments, from) => {
    const importer = path.resolve(from.path);
    // The main file is not looked up itself, and may be imported.
    if (!files.has(importer)) files.set(importer, from);
    const beside = path.dirname(importer);
    for (const folder of [beside, root, path.join(root, "src")]) {
      const found = `${path.join(folder, ...segments)}.spl`;
      if (!existsSync(found) || !statSync(found).isFile()) continue;
      let file = files.get(found);
      if (file === undefined) {
        const source = readFile(path.relative("", found), maxSource);
        files.set(found, (file = new SourceFile(source.path, source.text)));
      }
      return file;
    }
    return null;
  };
}
