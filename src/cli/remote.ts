// The commands `serve` and `device`. What they do is in bundles of their own.
import type { Command } from "commander";
import { defaultMaxSource, readFile } from "./input.ts";
import type * as deviceBundle from "./device.ts";
import type * as serveBundle from "./serve.ts";
import { readSecret } from "./kept.ts";
import type * as liveServer from "./live/own-server.ts";
import {
  given,
  oneOf,
  parseAddress,
  parseHeapSize,
  parseOptLevel,
  parsePort,
  parseTimeLimit,
  parseWorkers,
} from "./settings.ts";
import { symbolsCommand } from "./symbols.ts";
import { UsageError } from "./usage.ts";

/** What the commands need of the command line. */
export interface RemoteContext {
  readonly root: string;
  readonly version: string;
  /** The exports of a bundle. */
  readonly load: (bundle: string) => unknown;
  readonly finish: (exitCode: number) => void;
}

const defaultServerPort = 5559;
const defaultNreplPort = 5558;
/** How names of programs that were compiled ahead end. */
const aheadEnd = ".anneal";
const targets = ["native", "wasm32"] as const;
const defaultHeap = 64 * 2 ** 20;

interface ServeFlags {
  readonly host?: string;
  readonly port?: string;
  readonly secretFile?: string;
  readonly cache?: string;
  readonly workers?: string;
  readonly timeLimit?: string;
  readonly origin?: readonly string[];
  readonly verbose?: boolean;
}

interface DeviceFlags {
  readonly compile?: string;
  readonly secretFile?: string;
  readonly nreplPort?: string;
  readonly nrepl?: boolean;
  readonly target?: string;
  readonly heap?: string;
  readonly opt?: string;
  readonly timeLimit?: string;
  readonly symbols?: readonly string[];
  readonly cache?: string;
  readonly watchObjects?: string;
  readonly trustKey?: readonly string[];
  readonly allowOlder?: boolean;
  readonly unloadAfter?: string;
  readonly stats?: boolean;
}

/** What `anneal live --target` may say. */
export interface LiveDeviceFlags extends Pick<
  DeviceFlags,
  "target" | "nreplPort" | "heap" | "opt"
> {
  readonly watch?: boolean;
}

/** `anneal live --target`: a compile server, a device and its port for editors in one process; the exit code. */
export function liveOnDevice(
  file: string | undefined,
  flags: LiveDeviceFlags,
  context: RemoteContext,
): Promise<number> {
  return performed(async () => {
    const { root, version } = context;
    const { watch = false, ...others } = flags;
    const settings = deviceSettings(file, { nreplPort: "0", ...others }, context);
    const { startOwnServer } = context.load("serve") as Pick<typeof liveServer, "startOwnServer">;
    const { runDevice } = context.load("device") as typeof deviceBundle;
    const server = await startOwnServer(root, version);
    try {
      const { port, secret, changes } = server;
      const compile = { host: "127.0.0.1", port };
      const own = { compile, secret, announceOn: 2, changes: watch ? changes : null } as const;
      return await runDevice({ ...settings, ...own });
    } finally {
      await server.stop();
    }
  });
}

/** Adds the commands. */
export function addRemote(program: Command, context: RemoteContext): void {
  addSymbols(program, context.finish);
  addServe(program, context);
  addDevice(program, context);
}

function addServe(program: Command, context: RemoteContext): void {
  program
    .command("serve")
    .description("compile for devices that have no compiler")
    .option(
      "--host <address>",
      "where to listen; off this machine with --secret-file only",
      "127.0.0.1",
    )
    .option("--port <port>", `0 takes any that is free (default: ${defaultServerPort})`)
    .option("--secret-file <file>", "what devices have to know, at least 16 bytes")
    .option("--origin <urls...>", "web pages of these origins may connect")
    .option("--cache <folder>", "keep compiled pieces there between two starts")
    .option(
      "--workers <number>",
      "threads that compile, 0 for none of their own (default: by the processors)",
    )
    .option("--time-limit <ms>", "give up what takes longer to compile (default: 10000)")
    .option("--verbose", "a line on standard error for each connection")
    .action(async (flags: ServeFlags) => {
      const { runServe } = context.load("serve") as typeof serveBundle;
      const settings = {
        host: flags.host ?? "127.0.0.1",
        port: given("--port", flags.port, parsePort) ?? defaultServerPort,
        secretFile: flags.secretFile,
        origins: flags.origin ?? [],
        cacheFolder: flags.cache,
        workers: given("--workers", flags.workers, parseWorkers) ?? null,
        timeLimit: given("--time-limit", flags.timeLimit, parseTimeLimit) ?? null,
        root: context.root,
        verbose: flags.verbose ?? false,
        version: context.version,
      };
      context.finish(await performed(() => runServe(settings)));
    });
}

function addDevice(program: Command, context: RemoteContext): void {
  program
    .command("device")
    .description("run a program with code from a compile server, open for an editor")
    .argument("[file]", "source file, or one of `anneal compile --aot`")
    .option("--compile <host:port>", `the compile server (default: 127.0.0.1:${defaultServerPort})`)
    .option("--secret-file <file>", "what the compile server has to know")
    .option(
      "--nrepl-port <port>",
      `for editors; 0 takes any that is free (default: ${defaultNreplPort})`,
    )
    .option("--no-nrepl", "no port for editors; ends with the program")
    .option(
      "--target <name>",
      "what the code is for: native (this machine), wasm32 (default: as the file)",
    )
    .option("--heap <size>", "memory of the program, at least 1MiB (default: 64MiB)")
    .option("--opt <level>", "optimisation level, 0 to 3 (default: 1)")
    .option("--time-limit <ms>", "stop what is evaluated after this many milliseconds")
    .option(
      "--symbols <files...>",
      "what code may call: JavaScript or wasm modules; native: ELF libraries and objects, lists",
    )
    .option("--cache <folder>", "keep compiled pieces there between two starts")
    .option("--watch-objects <folder>", "load the pieces that are put there while the program runs")
    .option("--trust-key <files...>", "take only what these keys have signed (public keys)")
    .option("--allow-older", "with --trust-key: take what is older than what was taken before")
    .option(
      "--unload-after <ms>",
      "unload modules that were not called for so long (default: 10000)",
    )
    .option("--stats", "figures of the memory at the end, on standard error")
    .action(async (file: string | undefined, flags: DeviceFlags) => {
      const { runDevice } = context.load("device") as typeof deviceBundle;
      context.finish(await performed(() => runDevice(deviceSettings(file, flags, context))));
    });
}

function addSymbols(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("symbols")
    .description("list what a wasm module or an ELF file defines and needs")
    .argument("<file>", "wasm module, ELF executable, library or object")
    .option("--json", "as JSON")
    .action((file: string, flags: { readonly json?: boolean }) =>
      finish(symbolsCommand(file, flags.json ?? false)),
    );
}

/** A mistake of the user's that another bundle reports is one of its own class there. */
export async function performed(command: () => number | Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "UsageError") throw error;
    const help = "help" in error && typeof error.help === "string" ? error.help : undefined;
    throw new UsageError(error.message, help);
  }
}

function deviceSettings(
  file: string | undefined,
  flags: DeviceFlags,
  { root, version }: RemoteContext,
): deviceBundle.DeviceCommandSettings {
  const isAhead = file?.endsWith(aheadEnd) === true;
  const port = given("--nrepl-port", flags.nreplPort, parsePort) ?? defaultNreplPort;
  return {
    root,
    version,
    source: file === undefined || isAhead ? null : readFile(file, defaultMaxSource),
    ahead: isAhead ? (file ?? null) : null,
    compile: given("--compile", flags.compile, parseAddress) ?? {
      host: "127.0.0.1",
      port: defaultServerPort,
    },
    secret: flags.secretFile === undefined ? null : readSecret(flags.secretFile),
    nreplPort: flags.nrepl === false ? null : port,
    heapBudget: given("--heap", flags.heap, parseHeapSize) ?? defaultHeap,
    optLevel: given("--opt", flags.opt, parseOptLevel) ?? 1,
    timeLimit: given("--time-limit", flags.timeLimit, parseTimeLimit) ?? null,
    unloadAfter: given("--unload-after", flags.unloadAfter, parseTimeLimit) ?? null,
    symbolModules: flags.symbols ?? [],
    objectFolder: flags.watchObjects,
    trustedKeys: flags.trustKey ?? [],
    allowOlder: flags.allowOlder ?? false,
    cacheFolder: flags.cache,
    target: given("--target", flags.target, oneOf(targets)) ?? null,
    stats: flags.stats ?? false,
    announceOn: 1,
    changes: null,
  };
}
