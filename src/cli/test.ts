// `anneal test`, in the program's thread: runs specs in one tier or in all of them and reports.
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { DiagnosticError, SourceFile } from "../base/index.ts";
import { Engine, type ExampleResult, type Mode, type Program } from "../engine/index.ts";
import { ProgramError } from "../runtime/index.ts";
import { readFile } from "./input.ts";
import { OutputStream, writeText } from "./output.ts";
import { exitCodes, type TestJob, type TestTier } from "./protocol.ts";
import { renderDiagnostics, type SourceLookup } from "./render.ts";
import { announce, engineOptions, noticeWriter } from "./run.ts";
import { SpecReport } from "./spec-report.ts";

/** What one file did in one tier. */
export interface FileRun {
  readonly tier: Mode;
  readonly examples: readonly ExampleResult[];
  readonly output: string;
  /** What ended the file early: errors of its source, or of its code outside examples. */
  readonly broken: string | ProgramError | null;
  /** Finds the files of the program. */
  readonly sourceFile: SourceLookup;
}

const modesOf: Readonly<Record<TestTier, readonly Mode[]>> = {
  auto: ["auto"],
  interpret: ["interpret"],
  jit: ["jit"],
  all: ["interpret", "jit", "auto"],
};

/** Runs the specs; the result is the exit code: 0 only if some example passed and none failed. */
export function testJob(job: TestJob): number {
  const output = new OutputStream(1, job.terminal.interactive);
  const report = new SpecReport((text) => output.write(text), job.terminal.colour);
  const notice = noticeWriter((text) => writeText(2, text));
  for (const file of job.paths.flatMap(specFiles)) {
    const source = readFile(file, job.maxSource);
    const unit = new SourceFile(source.path, source.text);
    const runs = modesOf[job.tier].map((mode) => runFile({ job, notice }, unit, mode));
    report.file(unit, runs);
  }
  const passed = report.summary();
  output.flush();
  return passed ? 0 : exitCodes.runtimeError;
}

/** A file as it is; of a folder all files whose names end in `_spec.spl`, in order. */
function specFiles(given: string): string[] {
  if (!existsSync(given)) {
    throw new DiagnosticError([
      {
        severity: "error",
        code: "input/not-found",
        message: `no such file or folder: \`${given}\``,
      },
    ]);
  }
  if (!statSync(given).isDirectory()) return [given];
  const found = readdirSync(given, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("_spec.spl") && !name.split(path.sep).includes("node_modules"))
    .map((name) => path.join(given, name))
    .toSorted();
  if (found.length > 0) return found;
  throw new DiagnosticError([
    {
      severity: "error",
      code: "input/no-specs",
      message: `there are no specs in \`${given}\``,
      help: "their files are named `*_spec.spl`",
    },
  ]);
}

/** What all files of a job have in common. */
interface TestRun {
  readonly job: TestJob;
  readonly notice: (text: string) => void;
}

function runFile({ job, notice }: TestRun, file: SourceFile, mode: Mode): FileRun {
  const pieces: string[] = [];
  const examples: ExampleResult[] = [];
  const options = engineOptions(job, {
    main: file.path,
    write: (_, text) => pieces.push(text),
    notice,
  });
  const engine = new Engine({ ...options, mode, onExample: (result) => examples.push(result) });
  const ended = (broken: FileRun["broken"]): FileRun => ({
    tier: mode,
    examples,
    output: pieces.join(""),
    broken,
    sourceFile: (path, line) => program?.sourceFile(path, line),
  });
  let program: Program | undefined;
  try {
    program = engine.load(file);
    announce(program);
    program.run();
    return ended(null);
  } catch (error) {
    if (error instanceof DiagnosticError) {
      return ended(renderDiagnostics(error.diagnostics, job.terminal.colour));
    }
    if (error instanceof ProgramError && error.code !== "interrupted") return ended(error);
    throw error;
  } finally {
    program?.close();
  }
}
