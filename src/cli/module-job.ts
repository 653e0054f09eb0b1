// `anneal run` of native modules: C and C++ through clang, bitcode, LLVM's text. A bundle of its own: programs in Simple start
// without it.
import path from "node:path";
import { Worker } from "node:worker_threads";
import {
  ClangError,
  compileC,
  findClang,
  isCSource,
  Jit,
  JitError,
  needsClang,
  parseArgument,
  type JitArgument,
  type JitEvent,
  type JitFunction,
  type JitHostFunction,
  type JitImport,
  type JitModule,
  type JitOptions,
  type JitResult,
} from "../jit/index.ts";
import { processExit } from "../native-host/index.ts";
import { writeText } from "./output.ts";
import { exitCodes, type ModuleJob, type RunJob } from "./protocol.ts";
import { painter } from "./render.ts";
import { formatJitEvent, formatJitTable, jitFigures } from "./module-stats.ts";

/** Runs the module; the result is the process's exit code. */
export function runModuleJob(job: ModuleJob): number {
  const events: JitEvent[] = [];
  try {
    const jit = Jit.create(jitOptions(job, events));
    for (const file of job.settings.link) loadModule(jit, file, job);
    const code = callModule(jit, loadModule(jit, job.file, job), job);
    if (job.settings.stats === "table") writeText(2, `\n${formatJitTable(jit)}`);
    if (job.settings.stats === "json") writeText(2, `${JSON.stringify(jitFigures(jit, events))}\n`);
    // Everything is written. The end of the thread would wait for what is being compiled.
    processExit(path.join(job.root, "package.json"))?.(code);
    return code;
  } catch (error) {
    if (!(error instanceof JitError)) throw error;
    writeText(2, renderJitError(error, job.terminal.colour));
    return exitCodes.usage;
  }
}

/** Native modules beside a program in Simple. */
export interface LinkedModules {
  readonly functions: readonly JitHostFunction[];
  /** Functions of the program that they call. */
  readonly imports: readonly JitImport[];
  readonly functionPointers: Jit["callback"];
  readonly nativeStackInUse: () => number;
  /** Writes what C's standard output holds. */
  flush(): void;
  /** When the program has ended: what modules have left to do, and their figures. */
  finish(): void;
}

/** Loads the modules that a program is linked with; the message if that cannot be done. */
export function linkModules(job: RunJob): LinkedModules | string {
  const events: JitEvent[] = [];
  try {
    const jit = Jit.create({ ...jitOptions(job, events), collectImports: true });
    const modules = job.settings.link.map((file) => loadModule(jit, file, job));
    return {
      functions: modules.flatMap((module) => jit.hostFunctions(module)),
      imports: jit.imports(),
      functionPointers: (signature, call) => jit.callback(signature, call),
      nativeStackInUse: () => jit.stackInUse,
      flush: () => jit.flush(),
      finish: () => {
        jit.finish();
        if (job.settings.stats === "table") writeText(2, `\n${formatJitTable(jit)}`);
      },
    };
  } catch (error) {
    if (!(error instanceof JitError)) throw error;
    return renderJitError(error, job.terminal.colour);
  }
}

type Job = ModuleJob | RunJob;

function jitOptions({ root, settings, kind }: Job, events: JitEvent[]): JitOptions {
  const { optLevel: top = 2, threshold, mode } = settings;
  const start = performance.now();
  return {
    from: path.join(root, "package.json"),
    top,
    first: mode === "jit" ? top : 0,
    eagerLoops: true,
    // Beside a program in Simple the threshold is that of its functions.
    ...(threshold === undefined || kind === "run"
      ? {}
      : { thresholds: { o1: threshold, o2: 10 * threshold, o3: 100 * threshold } }),
    background: (workerData, transferList) =>
      new Worker(path.join(root, "dist/bin/load.cjs"), {
        argv: ["worker"],
        workerData,
        transferList: [...transferList],
      }),
    now: () => performance.now() - start,
    onEvent: (event) => {
      events.push(event);
      if (settings.verbose) writeText(2, formatJitEvent(event));
    },
  };
}

function loadModule(jit: Jit, file: string, { settings, root, terminal }: Job): JitModule {
  const { clangFlags, link } = settings;
  if (!isCSource(file)) {
    if (clangFlags.length === 0 || link.length > 0) return jit.loadFile(file);
    throw new JitError("`--cflag` is for C and C++", `\`${file}\` is compiled already`);
  }
  const clang = findClang(Jit.llvmVersion(path.join(root, "package.json")));
  if (clang === undefined) throw needsClang(file);
  const options = { flags: clangFlags, colour: terminal.colour };
  const { bitcode, warnings } = compileC(clang, file, options);
  if (warnings !== "") writeText(2, warnings);
  return jit.loadMemory(bitcode, path.basename(file));
}

/** Calls the function that was asked for, or what the module starts with. */
function callModule(jit: Jit, module: JitModule, job: ModuleJob): number {
  const { call, args } = job;
  const name = call ?? module.entry ?? (module.functions.includes("main") ? "main" : undefined);
  if (name === undefined) {
    const some = module.functions.slice(0, 8).map((each) => `\`${each}\``);
    const help = some.length === 0 ? "it has no functions" : `it has ${some.join(", ")}`;
    throw new JitError(`\`${module.name}\` has no \`main\`: name a function with --call`, help);
  }
  const info = jit.functionInfo(name);
  const fn = jit.find(name);
  if (call === undefined && name === "main")
    return callMain(jit, fn, { types: info.parameters, job });
  const values = args.map((text, i): JitArgument => parseArgument(text, info, i));
  const result = fn.call(...values);
  jit.finish();
  if (result !== undefined) writeText(1, `${formatResult(result, info.result)}\n`);
  return 0;
}

/** `int main()`, `int main(int, char **)`, and with the environment behind it. */
function callMain(
  jit: Jit,
  fn: JitFunction,
  { types, job }: { readonly types: readonly string[]; readonly job: ModuleJob },
): number {
  const words = [job.file, ...job.args].map((word) => Buffer.from(`${word}\0`));
  const values: JitArgument[] = [words.length, jit.pointers(words), jit.pointers([])];
  const known = types.length === 0 || (types[0] === "i32" && types[1] === "ptr");
  if (!known || types.length > values.length) {
    throw new JitError(
      `\`main\` is \`${fn.signature}\``,
      "it must be `int main(int, char **)`, or without parameters",
    );
  }
  const result = fn.call(...values.slice(0, types.length));
  jit.finish();
  return typeof result === "number" || typeof result === "bigint" ? Number(result) & 255 : 0;
}

function formatResult(result: JitResult, type: string): string {
  return type === "ptr" && typeof result === "bigint" ? `0x${result.toString(16)}` : String(result);
}

function renderJitError(error: JitError, colour: boolean): string {
  const said = error instanceof ClangError ? error.output : "";
  const help = error.help === "" ? "" : `  help: ${error.help}\n`;
  return `${said}anneal: ${painter(colour)("red", "error:")} ${error.message}\n${help}`;
}
