// `anneal run`, in the program's thread.
import { readFileSync } from "node:fs";
import path from "node:path";
import { parentPort } from "node:worker_threads";
import { SourceFile } from "../base/index.ts";
import {
  Engine,
  libraryLoader,
  type BackendChoice,
  type EngineOptions,
  type ExampleResult,
  type NativeBackend,
  type Program,
  type TierEvent,
} from "../engine/index.ts";
import { kernelSignatures, type LinkedArgument, type LinkedFunction } from "../runtime/index.ts";
import { backgroundStarter } from "./background.ts";
import { hostFiles } from "./files.ts";
import { reportFailure } from "./failure.ts";
import { fileResolver } from "./modules.ts";
import { callKernel } from "./kernels.ts";
import { LinkedOutput } from "./linked-output.ts";
import { nativeOpener } from "./native.ts";
import { nativeModules } from "./native-modules.ts";
import { OutputStream } from "./output.ts";
import {
  exitCodes,
  type LiveJob,
  type LoadedMessage,
  type ReplJob,
  type RunJob,
  type TestJob,
} from "./protocol.ts";
import { renderDiagnostics } from "./render.ts";
import { formatStatsJson, formatStatsTable, formatTierEvent } from "./stats.ts";

/** Runs the program; the result is the process's exit code. Output is complete when it returns or throws. */
export function runJob(job: RunJob): number {
  const { settings, source, terminal } = job;
  const output = new OutputStream(1, terminal.interactive);
  const errors = new OutputStream(2, true);
  const linked = settings.link.length === 0 ? undefined : nativeModules().linkModules(job);
  if (typeof linked === "string") {
    errors.write(linked);
    errors.flush();
    return exitCodes.usage;
  }
  const shared = linked === undefined ? undefined : new LinkedOutput(output, () => linked.flush());
  const writeOut = (text: string): void => (shared ?? output).write(text);
  const flushOut = (): void => (shared ?? output).flush();
  const writeError = (text: string): void => {
    flushOut();
    errors.write(text);
    errors.flush();
  };
  const engine = new Engine({
    ...engineOptions(job, {
      main: source.path,
      write: (stream, text) => (stream === "out" ? writeOut(text) : writeError(text)),
      notice: noticeWriter(writeError),
    }),
    linked: [
      ...(linked?.functions.map((fn) => shared?.wrap(fn) ?? fn) ?? []),
      ...kernelFunctions(job.root),
    ],
    ...(linked === undefined
      ? {}
      : {
          imports: linked.imports,
          functionPointers: linked.functionPointers,
          nativeStackInUse: linked.nativeStackInUse,
        }),
    onSleep: flushOut,
    // With --verbose every decision has its line; without it, a program may ask for that.
    [settings.verbose ? "onTierEvent" : "onVerboseEvent"]: (event: TierEvent) =>
      writeError(formatTierEvent(event)),
  });
  const program = engine.load(new SourceFile(source.path, source.text));
  if (program.warnings.length > 0) {
    writeError(renderDiagnostics(program.warnings, terminal.colour));
  }
  announce(program);
  try {
    const code = program.run() & 255;
    flushOut();
    const failed = program.specs.results.some(({ status }) => status === "failed");
    return failed && code === 0 ? exitCodes.runtimeError : code;
  } catch (error) {
    flushOut();
    return reportFailure(error, job, (path, line) => program.sourceFile(path, line));
  } finally {
    linked?.finish();
    if (settings.stats === "table") writeError(`\n${formatStatsTable(program.stats())}`);
    if (settings.stats === "json") writeError(formatStatsJson(program.stats()));
  }
}

/** Lets the main thread reach the control word. */
export function announce(program: Program): void {
  const { buffer } = program.memory;
  if (!(buffer instanceof SharedArrayBuffer)) return;
  const message: LoadedMessage = { kind: "loaded", memory: buffer };
  parentPort?.postMessage(message);
}

/** Of one program, or of one session. */
interface ProgramParts {
  /** The path of its file. */
  readonly main: string;
  readonly write: EngineOptions["write"];
  readonly notice: (text: string) => void;
}

/** Writes what the engine has to say, each thing once however many programs say it. */
export function noticeWriter(writeError: (text: string) => void): (text: string) => void {
  const written = new Set<string>();
  return (text) => {
    if (written.has(text)) return;
    written.add(text);
    writeError(`anneal: note: ${text}; \`anneal doctor\` says how to get native code\n`);
  };
}

/** What every job that runs programs gives to the engine. */
export function engineOptions(
  { settings, root, maxSource }: RunJob | TestJob | ReplJob | LiveJob,
  { main, write, notice }: ProgramParts,
): EngineOptions {
  return {
    mode: settings.mode,
    resolve: fileResolver(main, maxSource),
    backend: settings.backend,
    ...(settings.threshold === undefined ? {} : { threshold: settings.threshold }),
    ...(settings.optLevel === undefined ? {} : { optLevel: settings.optLevel }),
    ...(settings.heapBudget === undefined ? {} : { heapBudget: settings.heapBudget }),
    collectAlways: settings.collectAlways,
    write,
    onExample: (example) => write("err", formatExample(example)),
    onNotice: notice,
    files: hostFiles,
    clock: {
      monotonicNanos: () => process.hrtime.bigint(),
      unixMicros: () => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)),
    },
    sharedMemory: true,
    background: backgroundStarter(root),
    native: openedNative(settings.backend, root),
    linked: kernelFunctions(root),
    library: libraryLoader(() => readFileSync(path.join(root, "dist/bin/library.wasm"))),
  };
}

/** The kernels, which any program may declare. */
function kernelFunctions(root: string): LinkedFunction[] {
  return kernelSignatures.map((signature) => ({
    ...signature,
    call: (...args: readonly LinkedArgument[]) => callKernel(root, signature.name, args),
  }));
}

/** Whether native code can be had is known before the program starts, if it was asked for. */
function openedNative(backend: BackendChoice, root: string): () => NativeBackend {
  const open = nativeOpener(root);
  if (backend === "llvm") open();
  return open;
}

/** One line for an example of a spec that is run as a program. */
function formatExample({ groups, name, status, error }: ExampleResult): string {
  const title = [...groups, name].join(" > ");
  return `${status}: ${title}${error === null ? "" : `: ${error.message}`}\n`;
}
