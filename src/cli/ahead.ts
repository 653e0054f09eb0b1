// `anneal compile --aot`: a program for a device that may have no compile server when it starts.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { renderDiagnostic } from "../base/index.ts";
import {
  encodeAhead,
  encodeAheadPiece,
  sealAhead,
  wasmTarget,
  type AheadProgram,
  type SourceText,
} from "../protocol/index.ts";
import { currentAbi } from "../runtime/index.ts";
import { ObjectCache, ProgramModel, wasmCode } from "../server/index.ts";
import { readModule } from "./device-modules.ts";
import { writeText } from "./output.ts";
import { exitCodes, type Source } from "./protocol.ts";
import { signerOf } from "./keys.ts";

/** What is compiled, and where to. */
export interface AheadSettings {
  readonly source: Source;
  /** The program that the source is a piece for; null if it is a program. */
  readonly base: Source | null;
  readonly output: string;
  readonly level: 0 | 1 | 2 | 3;
  /** The file of the key to sign with; undefined for the user's own. */
  readonly signKey: string | undefined;
}

/** Writes the file, or what is wrong with the program; the exit code. */
export function compileAhead(settings: AheadSettings): number {
  const content = contentOf(settings);
  if (content === null) return exitCodes.usage;
  const head = { abi: currentAbi(), target: wasmTarget };
  writeFileSync(settings.output, sealAhead(content, head, signerOf(settings.signKey)));
  return 0;
}

/** Null if there are errors, which are written. */
function contentOf({ source, base, level }: AheadSettings): Uint8Array | null {
  const model = new ProgramModel({
    target: wasmCode,
    sharedMemory: true,
    symbols: [],
    cache: new ObjectCache(null),
    build: "",
  });
  if (base === null) {
    const compiled = compileOne(model, source, { program: true, level });
    return compiled === null ? null : encodeAhead(compiled);
  }
  const program = compileOne(model, base, { program: true, level });
  if (program === null) return null;
  model.settle("kept");
  const compiled = compileOne(model, source, { program: false, level });
  return compiled === null ? null : encodeAheadPiece({ base: program.request, ...compiled });
}

/** Null if it has errors, which are written. */
function compileOne(
  model: ProgramModel,
  source: Source,
  how: { readonly program: boolean; readonly level: AheadSettings["level"] },
): AheadProgram | null {
  const folder = path.dirname(path.resolve(source.path));
  const { level, program } = how;
  const piece = { path: source.path, text: source.text, line: 1, column: 1, program };
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
      return null;
    }
    const request = { ...piece, version: 0, files, deadline: 0, level };
    const times = { frontend: 0, backend: 0 };
    return { request, answer: { piece: prepared.piece, times, cached: true, generation: 0 } };
  }
}
