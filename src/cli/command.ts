// The commands and their options.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { Command, CommanderError } from "commander";
import { DiagnosticError } from "../base/index.ts";
import { benchCommand, type BenchFlags } from "./bench.ts";
import { doctorCommand } from "./doctor.ts";
import { defaultMaxSource, readCode, readFile, readStdin } from "./input.ts";
import { writeText } from "./output.ts";
import {
  emitKinds,
  exitCodes,
  testTiers,
  type Job,
  type ReplJob,
  type RunSettings,
  type Source,
} from "./protocol.ts";
import { renderDiagnostics, renderInternalError, renderUsageError } from "./render.ts";
import { runLive } from "./live/live.ts";
import { performJob } from "./session.ts";
import type * as workerBundle from "./worker.ts";
import {
  oneOf,
  parseBackend,
  parseByteSize,
  parseHeapSize,
  parseMode,
  parseOptLevel,
  parsePort,
  parseSwitch,
  parseThreshold,
  parseTimeLimit,
  given,
  setting,
  type Environment,
} from "./settings.ts";
import {
  addContainer,
  collect,
  isModuleFile,
  moduleJob,
  refuseModuleFlags,
} from "./module-command.ts";
import { inspectTerminal } from "./terminal.ts";
import { UsageError } from "./usage.ts";
import { runPrompt } from "./prompt.ts";
import { connectedPieces } from "./repl-connected.ts";
import { localPieces } from "./repl-local.ts";
import { addRemote, liveOnDevice, performed } from "./remote.ts";
import type * as serveBundle from "./serve.ts";

/** One start of the command line. */
export interface Invocation {
  /** Folder of the package. */
  readonly root: string;
  readonly argv: readonly string[];
  readonly environment: Environment;
  /** The program's thread, already booting, for the commands that need it; not for plain programs (`plain.ts`). */
  readonly worker: Worker | undefined;
  /** The exports of a bundle, which is loaded at the first call. */
  readonly load: (bundle: string) => unknown;
}

interface SharedFlags {
  readonly code?: string;
  readonly opt?: string;
  readonly maxSource?: string;
  readonly verbose?: boolean;
}

interface RunFlags extends SharedFlags {
  readonly mode?: string;
  readonly backend?: string;
  readonly threshold?: string;
  readonly stats?: string;
  readonly timeLimit?: string;
  readonly heap?: string;
  readonly gcStress?: boolean;
  readonly link?: readonly string[];
  readonly cflag?: readonly string[];
}

interface LiveFlags extends RunFlags {
  readonly target?: string;
  readonly nreplPort?: string;
  readonly watch?: boolean;
}

interface ReplFlags extends RunFlags {
  readonly connect?: string;
}

interface ModuleFlags extends RunFlags {
  readonly call?: string;
}

interface TestFlags extends RunFlags {
  readonly tier?: string;
}

interface CompileFlags extends SharedFlags {
  readonly aot?: boolean;
  readonly for?: string;
  readonly signKey?: string;
  readonly target?: string;
  readonly emit?: string;
  readonly function?: string;
  readonly output?: string;
}

/** Parses and performs a command line; the result is the exit code. Every user's mistake ends in one message. */
export async function runCommandLine(invocation: Invocation): Promise<number> {
  const { colour } = inspectTerminal(invocation.environment);
  let exitCode = 0;
  const program = buildProgram(invocation, (code) => {
    exitCode = code;
  });
  try {
    const [first] = invocation.argv;
    if (first?.endsWith(".spl") === true) {
      throw new UsageError(`unknown command \`${first}\``, `run it with \`anneal run ${first}\``);
    }
    await program.parseAsync(separateStats(invocation.argv), { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    if (error instanceof UsageError) {
      writeText(2, renderUsageError(error, colour));
      return exitCodes.usage;
    }
    if (error instanceof DiagnosticError) {
      writeText(2, renderDiagnostics(error.diagnostics, colour));
      return exitCodes.usage;
    }
    const { root, argv } = invocation;
    writeText(2, renderInternalError(error, packageVersion(root), argv.includes("--verbose")));
    return exitCodes.internal;
  }
}

/** `--stats FILE` must not take the file for its format: a bare `--stats` becomes `--stats=table`. */
function separateStats(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return argv.map((argument, index) => {
    const isOption = argv[0] === "run" && (end < 0 || index < end) && argv[index - 1] !== "-c";
    return isOption && argument === "--stats" ? "--stats=table" : argument;
  });
}

export function packageVersion(root: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const known = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return known ? String(manifest.version) : "unknown";
}

const examples = `
Examples:
  anneal run program.spl                  run a program
  anneal run program.spl --stats          and say what was compiled
  anneal run -c 'print 6 * 7'             run a piece of code
  echo 'print 1' | anneal run -           run standard input
  anneal compile program.spl --emit mir   show what the compiler makes of it
  anneal repl                             evaluate what is typed
  anneal live program.spl --watch         run it, and change it while it runs
  anneal test spec/                       run specs
  anneal run kernel.c --call f 1 2        call a function of a C file, or of bitcode
  anneal serve                            compile for devices
  anneal device program.spl               run a program as a device, open for an editor
  anneal doctor                           check this machine
`;

const variables = `
Environment (options win):
  ANNEAL_MODE, ANNEAL_BACKEND, ANNEAL_THRESHOLD, ANNEAL_VERBOSE, NO_COLOR
`;

function buildProgram(invocation: Invocation, finish: (exitCode: number) => void): Command {
  const program = new Command("anneal")
    .description("Runs Simple programs in an interpreter and heats the hot parts into native code.")
    .version(packageVersion(invocation.root), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeText(1, text),
      writeErr: (text) => writeText(2, text),
      outputError: (text, write) => write(`anneal: ${text}`),
    })
    .addHelpText("after", examples + variables);
  addRun(program, invocation, finish);
  addCompile(program, invocation, finish);
  addTest(program, invocation, finish);
  addRepl(program, invocation, finish);
  addLive(program, invocation, finish);
  addContainer(program, finish);
  const version = packageVersion(invocation.root);
  addRemote(program, { root: invocation.root, version, load: invocation.load, finish });
  program
    .command("doctor")
    .description("check this machine: what is required, what is optional, and how to get it")
    .action(() => finish(doctorCommand(invocation.root, inspectTerminal(invocation.environment))));
  program
    .command("bench")
    .description("measure the benchmark programs (in a checkout of the repository)")
    .option("--quick", "fewer and shorter runs")
    .option("--only <names>", "only these programs, separated by commas")
    .option("--no-write", "leave docs/benchmarks.md as it is")
    .action((flags: BenchFlags) => finish(benchCommand(invocation.root, flags)));
  return program;
}

function addRun(
  program: Command,
  invocation: Invocation,
  finish: (exitCode: number) => void,
): void {
  program
    .command("run")
    .description("run a program")
    .argument("[file]", "source file, - for standard input, or a module: C, C++, .bc, .ll, .llbc")
    .argument("[args...]", "arguments of the program, after --, or of the module's function")
    .option("-c, --code <code>", "run this code instead of a file")
    .option("--call <name>", "function of the module to call (default: main)")
    .option(
      "--link <module>",
      "native module for `extern fn`; may be given several times",
      collect,
      [],
    )
    .option("--cflag <flag>", "option for clang; may be given several times", collect, [])
    .option("--mode <mode>", "auto, jit, interpret or hybrid (default: auto)")
    .option("--backend <name>", "wasm, llvm, or auto: llvm where it is found (default: wasm)")
    .option("--threshold <n>", "calls of a function before it is compiled (default: 10)")
    .option("--opt <level>", "highest optimisation level, 0 to 3 (default: 2)")
    .option("--verbose", "a line on standard error for each decision of the tiers")
    .option("--stats [format]", "figures at the end on standard error: a table, or --stats=json")
    .option("--heap <size>", "memory of the program, at least 1MiB (default: 256MiB)")
    .option("--gc-stress", "collect garbage at every allocation, to test the collector")
    .option("--time-limit <ms>", "stop the program after this many milliseconds")
    .option("--max-source <size>", "longest source file (default: 4MiB)")
    .action(async (file: string | undefined, args: string[], flags: ModuleFlags) => {
      const { environment, argv } = invocation;
      const settings = runSettings(flags, environment);
      const limit = given("--time-limit", flags.timeLimit, parseTimeLimit);
      if (file !== undefined && flags.code === undefined && isModuleFile(file)) {
        const job = moduleJob({ file, args, settings, context: jobContext(invocation) }, flags);
        finish(await performJob(requireWorker(invocation), job, limit));
        return;
      }
      refuseModuleFlags(flags);
      const end = argv.indexOf("--");
      const own = end >= 0 && argv.length - end - 1 === args.length + 1;
      const source = readSource(file, flags, own);
      const maxSource = maxSourceOf(flags);
      const job: Job = { kind: "run", settings, source, maxSource, ...jobContext(invocation) };
      const { worker } = invocation;
      finish(
        await (worker === undefined ? runHere(invocation, job) : performJob(worker, job, limit)),
      );
    });
}

/** Runs a plain program, for which no thread was started. */
function runHere({ load }: Invocation, job: Job): number {
  const { performHere } = load("worker") as typeof workerBundle;
  return performHere(job) ?? 0;
}

function addCompile(
  program: Command,
  invocation: Invocation,
  finish: (exitCode: number) => void,
): void {
  program
    .command("compile")
    .description("compile a program and write one of the compiler's forms of it")
    .argument("[file]", "source file, or - for standard input")
    .option("--emit <form>", "hir, mir, wasm or object")
    .option("--aot", "a program for `anneal device`, which needs no compile server to start")
    .option("--for <file>", "with --aot: a piece for the devices that run this program")
    .option(
      "--target <name>",
      "with --aot: wasm32 (default), native (this machine), x86_64, aarch64",
    )
    .option("--sign-key <file>", "with --aot: sign with this key, made if it is not there")
    .option("-o, --output <path>", "file to write (default: standard output)")
    .option("--function <name>", "only this function")
    .option("-c, --code <code>", "compile this code instead of a file")
    .option("--opt <level>", "optimisation level, 0 to 3 (default: 2)")
    .option("--max-source <size>", "longest source file (default: 4MiB)")
    .option("--verbose", "details of internal errors")
    .action(async (file: string | undefined, flags: CompileFlags) => {
      if (flags.aot === true) {
        const { aheadTargets, compileAhead } = invocation.load("serve") as typeof serveBundle;
        const target = given("--target", flags.target, oneOf(aheadTargets)) ?? "wasm32";
        const level = given("--opt", flags.opt, parseOptLevel) ?? 1;
        const { output, signKey } = flags;
        if (output === undefined)
          throw new UsageError(
            "a program that is compiled ahead goes to a file",
            "name it with -o",
          );
        const base = flags.for === undefined ? null : readFile(flags.for, defaultMaxSource);
        const source = readSource(file, flags, false);
        const { root } = invocation;
        const settings = { source, base, output, level, signKey, target, root };
        finish(await performed(() => compileAhead(settings)));
        return;
      }
      if (flags.emit === undefined) {
        throw new UsageError(
          "no form given",
          `name one with --emit: ${emitKinds.join(", ")}, or --aot`,
        );
      }
      const settings = {
        emit: given("--emit", flags.emit, oneOf(emitKinds)) ?? "mir",
        optLevel: given("--opt", flags.opt, parseOptLevel),
        function: flags.function,
        output: flags.output,
        verbose: flags.verbose ?? false,
      };
      const source = readSource(file, flags, false);
      const maxSource = maxSourceOf(flags);
      const job: Job = { kind: "compile", settings, source, maxSource, ...jobContext(invocation) };
      finish(await performJob(requireWorker(invocation), job, undefined));
    });
}

function addTest(
  program: Command,
  invocation: Invocation,
  finish: (exitCode: number) => void,
): void {
  program
    .command("test")
    .description("run specs: files, or folders with files named *_spec.spl")
    .argument("<paths...>", "files and folders")
    .option("--tier <tier>", "auto, interpret, jit, or all to compare them (default: auto)")
    .option("--backend <name>", "wasm, llvm, or auto: llvm where it is found (default: wasm)")
    .option("--heap <size>", "memory of each program, at least 1MiB (default: 256MiB)")
    .option("--gc-stress", "collect garbage at every allocation, to test the collector")
    .option("--opt <level>", "highest optimisation level, 0 to 3 (default: 2)")
    .option("--threshold <n>", "calls of a function before it is compiled (default: 10)")
    .option("--time-limit <ms>", "stop after this many milliseconds")
    .option("--max-source <size>", "longest source file (default: 4MiB)")
    .action(async (paths: string[], flags: TestFlags) => {
      const job: Job = {
        kind: "test",
        paths,
        tier: given("--tier", flags.tier, oneOf(testTiers)) ?? "auto",
        settings: runSettings(flags, invocation.environment),
        maxSource: maxSourceOf(flags),
        ...jobContext(invocation),
      };
      const limit = given("--time-limit", flags.timeLimit, parseTimeLimit);
      finish(await performJob(requireWorker(invocation), job, limit));
    });
}

function addRepl(
  program: Command,
  invocation: Invocation,
  finish: (exitCode: number) => void,
): void {
  program
    .command("repl")
    .description("evaluate what is typed, line by line")
    .option("--mode <mode>", "auto, jit, interpret or hybrid (default: auto)")
    .option("--backend <name>", "wasm, llvm, or auto: llvm where it is found (default: wasm)")
    .option("--heap <size>", "memory of the session, at least 1MiB (default: 256MiB)")
    .option("--gc-stress", "collect garbage at every allocation, to test the collector")
    .option("--opt <level>", "highest optimisation level, 0 to 3 (default: 2)")
    .option("--threshold <n>", "calls of a function before it is compiled (default: 10)")
    .option("--connect <host:port>", "evaluate in a program that `anneal live` runs")
    .option("--max-source <size>", "longest source file (default: 4MiB)")
    .option("--verbose", "details of internal errors")
    .action(async (flags: ReplFlags) => {
      if (flags.connect !== undefined) {
        finish(await runPrompt(await connectedPieces(flags.connect, maxSourceOf(flags))));
        return;
      }
      const job: ReplJob = {
        kind: "repl",
        settings: runSettings(flags, invocation.environment),
        maxSource: maxSourceOf(flags),
        ...jobContext(invocation),
      };
      finish(await runPrompt(localPieces(requireWorker(invocation), job)));
    });
}

function addLive(
  program: Command,
  invocation: Invocation,
  finish: (exitCode: number) => void,
): void {
  program
    .command("live")
    .description("run a program that editors can change while it runs, through nREPL")
    .argument("[file]", "source file")
    .option("--nrepl-port <port>", "port of the nREPL server (default: 0, any that is free)")
    .option("--watch", "evaluate the definitions that change in the file")
    .option("--target <name>", "as on a device, with a compile server of its own: native or wasm32")
    .option("--mode <mode>", "auto, jit, interpret or hybrid (default: auto)")
    .option("--backend <name>", "wasm, llvm, or auto: llvm where it is found (default: wasm)")
    .option("--heap <size>", "memory of the program, at least 1MiB (default: 256MiB)")
    .option("--gc-stress", "collect garbage at every allocation, to test the collector")
    .option("--opt <level>", "highest optimisation level, 0 to 3 (default: 2)")
    .option("--threshold <n>", "calls of a function before it is compiled (default: 10)")
    .option("--max-source <size>", "longest source file (default: 4MiB)")
    .option("--verbose", "details of internal errors")
    .action(async (file: string | undefined, flags: LiveFlags) => {
      const maxSource = maxSourceOf(flags);
      if (flags.watch === true && file === undefined)
        throw new UsageError("found `--watch` and no file", "name the file to watch");
      if (flags.target !== undefined) {
        refuseWithTarget(flags);
        void invocation.worker?.terminate();
        const { root, load } = invocation;
        const context = { root, version: packageVersion(root), load, finish };
        finish(await liveOnDevice(file, flags, context));
        return;
      }
      const job = {
        kind: "live",
        settings: runSettings(flags, invocation.environment),
        source: file === undefined ? { path: "<live>", text: "" } : readFile(file, maxSource),
        maxSource,
        ...jobContext(invocation),
      } as const;
      const port = given("--nrepl-port", flags.nreplPort, parsePort) ?? 0;
      const watch = flags.watch ?? false;
      finish(await runLive(requireWorker(invocation), { job, port, watch }));
    });
}

/** Options of the tiers, which a device does not have. */
function refuseWithTarget(flags: LiveFlags): void {
  const given = {
    "--mode": flags.mode,
    "--backend": flags.backend,
    "--threshold": flags.threshold,
    "--gc-stress": flags.gcStress,
  };
  for (const [option, value] of Object.entries(given))
    if (value !== undefined)
      throw new UsageError(
        `found \`${option}\` and \`--target\``,
        "with --target all code is compiled by a server; leave one of them out",
      );
}

/** The settings of a run from its flags and the environment. */
export function runSettings(flags: RunFlags, environment: Environment): RunSettings {
  const verbose = { name: "--verbose", value: flags.verbose === true ? "1" : undefined };
  const verboseNames = ["ANNEAL_VERBOSE", "SIMPLE_JIT_VERBOSE"];
  const backend = { name: "--backend", value: flags.backend };
  const backendNames = ["ANNEAL_BACKEND", "SIMPLE_JIT_BACKEND"];
  const mode = { name: "--mode", value: flags.mode };
  const threshold = { name: "--threshold", value: flags.threshold };
  return {
    mode: setting(mode, ["ANNEAL_MODE"], environment, parseMode) ?? "auto",
    backend: setting(backend, backendNames, environment, parseBackend) ?? "wasm",
    threshold: setting(threshold, ["ANNEAL_THRESHOLD"], environment, parseThreshold),
    optLevel: given("--opt", flags.opt, parseOptLevel),
    heapBudget: given("--heap", flags.heap, parseHeapSize),
    collectAlways: flags.gcStress ?? false,
    verbose: setting(verbose, verboseNames, environment, parseSwitch) ?? false,
    stats: given("--stats", flags.stats, oneOf(["table", "json"])) ?? "none",
    link: flags.link ?? [],
    clangFlags: flags.cflag ?? [],
  };
}

/** Longest source file in bytes. */
function maxSourceOf(flags: SharedFlags): number {
  return given("--max-source", flags.maxSource, parseByteSize) ?? defaultMaxSource;
}

/** Reads the program; `own` is whether `file` stands behind `--` and belongs to the program. */
function readSource(file: string | undefined, flags: SharedFlags, own: boolean): Source {
  const limit = maxSourceOf(flags);
  if (flags.code !== undefined) {
    if (file === undefined || own) return readCode(flags.code);
    throw new UsageError(
      `found both a file, \`${file}\`, and \`-c\``,
      "give one of them; arguments of the program stand behind --",
    );
  }
  if (file === undefined) {
    throw new UsageError("no program given", "name a file, - for standard input, or use -c CODE");
  }
  return file === "-" ? readStdin(limit) : readFile(file, limit);
}

function jobContext({ root, environment }: Invocation): Pick<Job, "root" | "terminal" | "version"> {
  return { root, terminal: inspectTerminal(environment), version: packageVersion(root) };
}

function requireWorker({ worker }: Invocation): Worker {
  if (worker === undefined) throw new Error("the program's thread was not started");
  return worker;
}
