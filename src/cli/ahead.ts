// `anneal compile --aot`: a program for a device that may have no compile server when it starts.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { renderDiagnostic } from "../base/index.ts";
import { encodeAhead, type SourceText } from "../protocol/index.ts";
import { ObjectCache, ProgramModel, wasmCode } from "../server/index.ts";
import { readModule } from "./device-modules.ts";
import { writeText } from "./output.ts";
import { exitCodes, type Source } from "./protocol.ts";

/** What is compiled, and where to. */
export interface AheadSettings {
  readonly source: Source;
  readonly output: string;
  readonly level: 0 | 1 | 2 | 3;
}

/** Writes the file, or what is wrong with the program; the exit code. */
export function compileAhead({ source, output, level }: AheadSettings): number {
  const model = new ProgramModel({
    target: wasmCode,
    sharedMemory: true,
    symbols: [],
    cache: new ObjectCache(null),
    build: "",
  });
  const folder = path.dirname(path.resolve(source.path));
  const piece = { ...source, line: 1, column: 1, program: true };
  const files: SourceText[] = [];
  for (;;) {
    const prepared = model.prepare(piece, level);
    const missing = model.files.takeMissing();
    if (missing.length > 0) {
      const found = missing.map((name) => ({ path: name, text: readModule(folder, name) }));
      files.push(...found);
      model.files.add(found);
      continue;
    }
    if (!("piece" in prepared)) {
      writeText(2, prepared.map((diagnostic) => `${renderDiagnostic(diagnostic)}\n`).join(""));
      return exitCodes.usage;
    }
    const request = { ...piece, version: 0, files, deadline: 0, level };
    const times = { frontend: 0, backend: 0 };
    const answer = { piece: prepared.piece, times, cached: true, generation: 0 };
    writeFileSync(output, encodeAhead({ request, answer }));
    return 0;
  }
}
