// `anneal compile`, in the program's thread: one of the compiler's forms of a program.
import { writeFileSync } from "node:fs";
import { DiagnosticError, DiagnosticSink, SourceFile } from "../base/index.ts";
import { buildMir, emitUnit, frontend, ModuleFacts, type LowerRequest } from "../compiler/index.ts";
import {
  printHirFunction,
  printHirModule,
  type HirFunction,
  type HirModule,
} from "../ir/hir/index.ts";
import { printModule, type MirModule } from "../ir/mir/index.ts";
import { parseObject, printWasm } from "../object/index.ts";
import { fileResolver } from "./modules.ts";
import { writeBytes, writeText } from "./output.ts";
import type { CompileJob, CompileSettings } from "./protocol.ts";
import { renderDiagnostics } from "./render.ts";

const defaultLevel = 2;

/** Compiles the program and writes the form that was asked for; the result is the exit code. */
export function compileJob(job: CompileJob): number {
  const { settings, source, terminal, maxSource } = job;
  const sink = new DiagnosticSink();
  const module = frontend(
    new SourceFile(source.path, source.text),
    sink,
    fileResolver(source.path, maxSource),
  );
  if (module === null || sink.hasErrors) throw new DiagnosticError(sink.all);
  if (sink.all.length > 0) writeText(2, renderDiagnostics(sink.all, terminal.colour));
  const selected = selectFunctions(module, settings.function);
  const content = emit(module, selected, settings);
  if (settings.output === undefined) writeBytes(1, content);
  else writeOutput(settings.output, content);
  return 0;
}

/** All functions, or the instances of the one that is named as in the source or by its symbol. */
function selectFunctions(module: HirModule, name: string | undefined): readonly HirFunction[] {
  if (name === undefined) return module.functions;
  const selected = module.functions.filter((fn) => fn.name === name || fn.symbol === name);
  if (selected.length > 0) return selected;
  const names = [...new Set(module.functions.map((fn) => `\`${fn.name}\``))].join(", ");
  throw new DiagnosticError([
    {
      severity: "error",
      code: "input/no-function",
      message: `\`${module.file.path}\` has no function \`${name}\``,
      notes: [`it has ${names}`],
    },
  ]);
}

function emit(
  module: HirModule,
  selected: readonly HirFunction[],
  settings: CompileSettings,
): Uint8Array {
  switch (settings.emit) {
    case "hir":
      return Buffer.from(
        settings.function === undefined
          ? printHirModule(module)
          : selected.map((fn) => `${printHirFunction(fn, module)}\n`).join("\n"),
      );
    case "mir":
      return Buffer.from(printModule(lower(module, selected, settings)));
    case "wasm": {
      const bytes = object(module, selected, settings);
      return isBinaryFile(settings.output) ? bytes : Buffer.from(printWasm(parseObject(bytes)));
    }
    case "object":
      return object(module, selected, settings);
  }
}

/** A file that is not named as text gets the binary form; a terminal or a pipe gets the readable one. */
function isBinaryFile(output: string | undefined): boolean {
  return output !== undefined && !/\.(wat|txt)$/.test(output);
}

function object(
  module: HirModule,
  selected: readonly HirFunction[],
  settings: CompileSettings,
): Uint8Array {
  return emitUnit(lower(module, selected, settings), { name: unitName });
}

/** Name of the unit inside the object. */
const unitName = "program";

function lower(
  module: HirModule,
  selected: readonly HirFunction[],
  settings: CompileSettings,
): MirModule {
  const requests = selected.map((fn): LowerRequest => ({
    kind: "function",
    function: fn.id,
    counted: false,
    outlined: false,
  }));
  const level = settings.optLevel ?? defaultLevel;
  return buildMir(new ModuleFacts(module), requests, { name: unitName, level });
}

/** The MIR of a function by its name or symbol; throws `DiagnosticError` if there is none. */
export function functionMir(
  module: HirModule,
  name: string,
  optLevel: CompileSettings["optLevel"],
): string {
  const settings = {
    emit: "mir",
    optLevel,
    function: name,
    output: undefined,
    verbose: false,
  } as const;
  return printModule(lower(module, selectFunctions(module, name), settings));
}

function writeOutput(path: string, content: Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    // Of `ENOENT: no such file or directory, open 'path'`, what stands between the code and the call.
    const text = error instanceof Error ? error.message : String(error);
    const why = /^E[A-Z]+: (.*), [a-z]+(?: '|$)/.exec(text)?.[1] ?? text;
    throw new DiagnosticError([
      { severity: "error", code: "output/unwritable", message: `cannot write \`${path}\`: ${why}` },
    ]);
  }
}
