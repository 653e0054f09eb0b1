// `anneal compile --aot`: a program for a device that may have no compile server when it starts.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { renderDiagnostic } from "../base/index.ts";
import {
  encodeAhead,
  encodeAheadPiece,
  nativeTriples,
  sealAhead,
  wasmTarget,
  type AheadProgram,
  type SourceText,
  type Target,
} from "../protocol/index.ts";
import { currentAbi } from "../runtime/index.ts";
import { CodeTargets, ObjectCache, ProgramModel, type CodeTarget } from "../server/index.ts";
import { openNativeHost, processorFeatures } from "../native-host/index.ts";
import { readModule } from "./device-modules.ts";
import { openCompiler } from "../native/index.ts";
import { UsageError } from "./usage.ts";
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
  readonly target: AheadTarget;
  /** Folder of the package. */
  readonly root: string;
}

/** What code may be compiled ahead for; `native` is this machine with all that its processor can. */
export const aheadTargets = ["wasm32", "native", "x86_64", "aarch64"] as const;
type AheadTarget = (typeof aheadTargets)[number];

/** Writes the file, or what is wrong with the program; the exit code. */
export function compileAhead(settings: AheadSettings): number {
  const { target: name, root, output, signKey } = settings;
  const code = new CodeTargets((target) => openCompiler(root, target)).open(targetOf(name, root));
  if (typeof code === "string")
    throw new UsageError(
      `cannot compile for ${name}: ${code}`,
      "`anneal doctor` says what it needs",
    );
  const content = contentOf(settings, code);
  if (content === null) return exitCodes.usage;
  const head = { abi: currentAbi(), target: code.target };
  writeFileSync(output, sealAhead(content, head, signerOf(signKey)));
  return 0;
}

/** Throws `UsageError` where this machine takes no native code. */
function targetOf(name: AheadTarget, root: string): Target {
  switch (name) {
    case "wasm32":
      return wasmTarget;
    case "native": {
      const host = openNativeHost(path.join(root, "package.json"));
      if (host.kind === "absent")
        throw new UsageError(`no native code on this machine: ${host.reason}`);
      return { triple: nativeTriples[host.machine], features: processorFeatures() };
    }
    case "x86_64":
    case "aarch64":
      return { triple: nativeTriples[name], features: [] };
  }
}

/** Null if there are errors, which are written. */
function contentOf({ source, base, level }: AheadSettings, code: CodeTarget): Uint8Array | null {
  const model = new ProgramModel({
    target: code,
    sharedMemory: true,
    symbols: [],
    cache: new ObjectCache(null),
    build: "",
  });
  if (base === null) {
    const compiled = compileOne(model, source, { program: true, level });
    const runtime = code.runtime === null ? null : { ...code.runtime(), generation: 0 };
    return compiled === null ? null : encodeAhead({ ...compiled, runtime });
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
