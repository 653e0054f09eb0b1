// `anneal device`: a program that gets its code from a compile server, and can be changed from an editor while it runs.
import path from "node:path";
import {
  Device,
  DeviceEvaluator,
  PieceCache,
  renderFailure,
  renderPlain,
  Sources,
  startThread,
  type EmbeddedAhead,
  type EvaluationEnd,
  type PieceEvents,
  type SourcePiece,
} from "../agent/index.ts";
import { AheadFileError, type AheadFiles, type ObjectFolder } from "../ahead/index.ts";
import { processExit } from "../native-host/index.ts";
import { startNreplServer, type NreplServer } from "../nrepl/index.ts";
import { wasmTarget } from "../protocol/index.ts";
import { printFigures } from "./device-figures.ts";
import { readModule } from "./device-modules.ts";
import { optimiseSooner } from "./optimise-sooner.ts";
import { writeText } from "./output.ts";
import { ProgramOutput } from "./program-output.ts";
import { exitCodes, type Source } from "./protocol.ts";
import { cacheError } from "./kept.ts";
import { ownCacheKey, trustedFiles } from "./keys.ts";
import { watchSaved, type SavedFileOptions } from "./saved-file.ts";
import { UsageError } from "./usage.ts";

/** Settings of `anneal device`. */
export interface DeviceCommandSettings {
  /** Folder of the package. */
  readonly root: string;
  /** Null: nothing runs but what is evaluated. */
  readonly source: Source | null;
  /** The file of a program that was compiled ahead. */
  readonly ahead: string | null;
  readonly compile: { readonly host: string; readonly port: number };
  /** What the compile server has to know; null where it wants none. */
  readonly secret: Uint8Array | null;
  /** Null: no editor can connect. */
  readonly nreplPort: number | null;
  readonly heapBudget: number;
  readonly optLevel: 0 | 1 | 2 | 3;
  readonly timeLimit: number | null;
  /** Milliseconds without a call after which a module is unloaded. */
  readonly unloadAfter: number | null;
  /** Files with functions for code to call. */
  readonly symbolModules: readonly string[];
  /** Where pieces are kept between two starts. */
  readonly cacheFolder: string | undefined;
  /** A folder of pieces that are loaded while the program runs. */
  readonly objectFolder: string | undefined;
  /** Files with the public keys of those who may sign what was compiled ahead. Empty: it need not be signed. */
  readonly trustedKeys: readonly string[];
  /** Takes files that are older than what was taken before. */
  readonly allowOlder: boolean;
  /** What the code is for: this machine, or wasm. Null: what was compiled ahead says, otherwise wasm. */
  readonly target: "native" | "wasm32" | null;
  readonly stats: boolean;
  /** Where editors are told to connect: standard output or standard error. */
  readonly announceOn: 1 | 2;
  /** Compares two texts of the program's file, which is watched; null if it is not. */
  readonly changes: SavedFileOptions["changes"] | null;
  readonly version: string;
}

const compileTime = 30_000;
/** Milliseconds. */
const stopTime = 4000;

const threadBundles = { native: "device-native.cjs", wasm32: "device-thread.cjs" } as const;

/** Runs until the program has ended, or with an nREPL server until a signal comes; the result is the exit code. */
export async function runDevice(settings: DeviceCommandSettings): Promise<number> {
  const { root, version } = settings;
  const files = filesOf(settings);
  const ahead = settings.ahead === null ? null : readAhead(settings.ahead, files);
  const source = ahead?.request ?? settings.source;
  const isNative = ahead !== null && ahead.target.triple !== wasmTarget.triple;
  const target = settings.target ?? (isNative ? "native" : "wasm32");
  const sources = new Sources();
  if (source !== null) sources.add(wholeFile(source));
  const folder = path.dirname(path.resolve(source?.path ?? "."));
  const bin = path.join(root, "dist/bin");
  const common = {
    secret: settings.secret,
    agent: `anneal ${version}`,
    readModule: (name: string) => readModule(folder, name),
  };
  const device = new Device({
    thread: startThread(path.join(bin, threadBundles[target]), {
      packages: path.join(root, "package.json"),
      library: path.join(bin, "library.wasm"),
      heapBudget: settings.heapBudget,
      symbolModules: settings.symbolModules.map((file) => path.resolve(file)),
    }),
    address: settings.compile,
    ...common,
    cache: cacheOf(settings, common),
    log: (line) => writeText(2, `anneal: ${line}\n`),
    level: settings.optLevel,
    compileTime,
    timeLimit: settings.timeLimit,
    ...(settings.unloadAfter === null ? {} : { unloadAfter: settings.unloadAfter }),
  });
  const signalled = new Promise<number>((resolve) => {
    process.once("SIGINT", () => resolve(exitCodes.interrupted));
    process.once("SIGTERM", () => resolve(exitCodes.terminated));
  });
  const output = new ProgramOutput();
  device.watchOutput((stream, text) => output.write(stream, text));
  await untilReady(device);
  const nrepl = await startNrepl(settings, new DeviceEvaluator(device, sources, version));
  const watchers: { close(): void }[] = [];
  try {
    const program = new RunningProgram(device, { sources, output });
    const ended = program.run(source, ahead);
    watchers.push(...watchObjects(settings.objectFolder, { device, sources, files, output }));
    if (source !== null && settings.changes !== null)
      watchers.push(program.watch(source, settings.changes));
    const unread = output.broken.then(() => exitCodes.brokenPipe);
    const lasting = nrepl === null ? ended : new Promise<number>(() => {});
    return await Promise.race([signalled, unread, lasting]);
  } finally {
    for (const watcher of watchers) watcher.close();
    await output.writtenSoon();
    if (settings.stats) await printFigures(device);
    await nrepl?.close();
    await stopDevice(device, { target, root });
  }
}

/** Throws `UsageError` if there is no native code here. */
async function untilReady(device: Device): Promise<void> {
  try {
    await device.ready;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the program cannot run here: ${reason}`);
  }
}

/** Loads what is in the folder, and what comes. Throws `UsageError`. */
function watchObjects(
  folder: string | undefined,
  {
    device,
    sources,
    files,
    output,
  }: Readonly<{ device: Device; sources: Sources; files: AheadFiles; output: ProgramOutput }>,
): ObjectFolder[] {
  if (folder === undefined) return [];
  const events = {
    ...outputEvents(output),
    onValue: () => {},
    onWarnings: () => {},
  };
  try {
    return [files.watch(folder, device, { events, sources })];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `cannot watch \`${folder}\`: ${reason}`,
      "name a folder of your own with --watch-objects, that nobody else may write to",
    );
  }
}

/** Native code that never comes to a safepoint keeps its thread; then the process ends without it. */
async function stopDevice(
  device: Device,
  { target, root }: Pick<DeviceCommandSettings, "target" | "root">,
): Promise<void> {
  const stopping = device.stop();
  if (target === "wasm32") return stopping;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), stopTime);
  });
  if ((await Promise.race([stopping, late])) === "late")
    processExit(path.join(root, "package.json"))?.(exitCodes.interrupted);
  clearTimeout(timer);
}

/** Throws `UsageError`. */
function cacheOf(
  { cacheFolder: folder, trustedKeys: files }: DeviceCommandSettings,
  options: Omit<ConstructorParameters<typeof PieceCache>[0], "folder">,
): PieceCache | null {
  if (folder === undefined) return null;
  // Who takes only what is signed does not take what anybody may have put there.
  const secret = options.secret ?? (files.length > 0 ? ownCacheKey() : null);
  try {
    return new PieceCache({ ...options, secret, folder });
  } catch (error) {
    throw cacheError(folder, error);
  }
}

/** Which files that were compiled ahead are taken. Throws `UsageError`. */
function filesOf(settings: DeviceCommandSettings): AheadFiles {
  const { secret, ahead, objectFolder, trustedKeys: files, allowOlder } = settings;
  const named = ahead ?? objectFolder ?? null;
  if (secret !== null && named !== null && files.length === 0)
    throw new UsageError(
      `a device with a secret takes from \`${named}\` only what is signed`,
      "name the public key of whoever compiles it with --trust-key",
    );
  return trustedFiles(files, allowOlder);
}

/** Throws `UsageError`. */
function readAhead(file: string, files: AheadFiles): EmbeddedAhead {
  try {
    return files.program(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const help =
      error instanceof AheadFileError ? error.help : "compile it again with `anneal compile --aot`";
    throw new UsageError(`\`${file}\`: ${reason}`, help);
  }
}

async function startNrepl(
  { nreplPort, announceOn }: DeviceCommandSettings,
  evaluator: DeviceEvaluator,
): Promise<NreplServer | null> {
  if (nreplPort === null) return null;
  optimiseSooner("device");
  try {
    const nrepl = await startNreplServer({ evaluator, port: nreplPort, portFile: ".nrepl-port" });
    writeText(announceOn, `${nrepl.startLine}\n`);
    return nrepl;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`no nREPL server: ${reason}`, "choose another --nrepl-port");
  }
}

/** The program of a device, and whether it runs. */
class RunningProgram {
  readonly #device: Device;
  readonly #sources: Sources;
  readonly #output: ProgramOutput;
  #hasStarted = false;

  constructor(
    device: Device,
    { sources, output }: { readonly sources: Sources; readonly output: ProgramOutput },
  ) {
    this.#device = device;
    this.#sources = sources;
    this.#output = output;
  }

  /** The exit code when it has ended; without a program never. */
  async run(source: Source | null, ahead: EmbeddedAhead | null): Promise<number> {
    if (source === null) return new Promise(() => {});
    const { started, ended } = this.#device.start(wholeFile(source), {
      ...outputEvents(this.#output),
      onValue: () => {},
      onWarnings: (warnings) => writeText(2, renderPlain(warnings)),
      ahead,
    });
    if ((await started) === null) this.#hasStarted = true;
    const end = await ended;
    await this.#output.written();
    writeText(2, endText(end, this.#sources));
    return end.kind === "done" ? end.exitCode : exitCodes.runtimeError;
  }

  /** Evaluates what is saved. */
  watch(source: Source, changes: SavedFileOptions["changes"]): { close(): void } {
    return watchSaved({
      device: this.#device,
      sources: this.#sources,
      output: outputEvents(this.#output),
      source,
      hasStarted: () => this.#hasStarted,
      start: (saved) => {
        this.#sources.add(wholeFile(saved));
        void this.run(saved, null);
      },
      changes,
      describe: (end) => endText(end, this.#sources),
    });
  }
}

/** What a piece of the program's own prints goes where the program's output goes. */
function outputEvents(output: ProgramOutput): Pick<PieceEvents, "onOutput" | "backlog"> {
  return {
    onOutput: (stream, text) => output.write(stream, text),
    backlog: () => output.backlog,
  };
}

function wholeFile({ path: file, text }: Source): SourcePiece {
  return { path: file, text, line: 1, column: 1 };
}

function endText(end: EvaluationEnd, sources: Sources): string {
  switch (end.kind) {
    case "done":
      return "";
    case "errors":
      return renderPlain(end.diagnostics);
    case "failed":
      return renderFailure(end.failure, sources);
    case "interrupted":
      return "interrupted\n";
  }
}
