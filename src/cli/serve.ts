// `anneal serve`: a compile server for devices.
import { availableParallelism } from "node:os";
import { CompileServer, ObjectCache, ServerError } from "../server/index.ts";
import { buildOf, startWorkerThread } from "./compile-threads.ts";
import { cacheError, readSecret } from "./kept.ts";
import { optimiseSooner } from "./optimise-sooner.ts";
import { UsageError } from "./usage.ts";
import { writeText } from "./output.ts";

export { aheadTargets, compileAhead } from "./ahead.ts";
export { startOwnServer } from "./live/own-server.ts";

/** Settings of `anneal serve`. */
export interface ServeSettings {
  readonly host: string;
  readonly port: number;
  readonly secretFile: string | undefined;
  /** Origins of web pages that may connect. */
  readonly origins: readonly string[];
  readonly cacheFolder: string | undefined;
  /** Threads that compile; null for as many as this machine is good for. */
  readonly workers: number | null;
  /** Milliseconds that a request may take on such a thread; null for the server's own idea. */
  readonly timeLimit: number | null;
  /** Folder of the package. */
  readonly root: string;
  readonly verbose: boolean;
  readonly version: string;
}

/** Serves until a signal comes; the result is the exit code. Throws `UsageError`. */
export async function runServe(settings: ServeSettings): Promise<number> {
  const { host, port, secretFile, verbose, version } = settings;
  const secret = secretFile === undefined ? null : readSecret(secretFile);
  checkCache(settings.cacheFolder);
  let server: CompileServer;
  try {
    server = await CompileServer.start({
      name: `anneal ${version}`,
      host,
      port,
      secret,
      ...(settings.cacheFolder === undefined ? {} : { cacheFolder: settings.cacheFolder }),
      ...(settings.timeLimit === null ? {} : { timeLimit: settings.timeLimit }),
      workers: {
        count: settings.workers ?? defaultWorkers(),
        start: (thread) => startWorkerThread(settings.root, thread),
      },
      origins: settings.origins,
      build: buildOf(settings.root),
      log: (line) => {
        if (verbose) writeText(2, `${line}\n`);
      },
    });
  } catch (error) {
    throw asUsageError(error, `${host}:${port}`);
  }
  optimiseSooner("server");
  writeText(1, `compile server on ${host}:${server.port}\n`);
  await signalled();
  // Who sends another signal does not want to wait.
  await Promise.race([server.stop(), signalled()]);
  return 0;
}

/** Threads of the compiler; a device keeps one of them busy for moments only. */
const mostDefaultWorkers = 4;

function defaultWorkers(): number {
  return Math.min(mostDefaultWorkers, Math.max(1, availableParallelism() - 1));
}

/** The threads have no words of their own. Throws `UsageError`. */
function checkCache(folder: string | undefined): void {
  if (folder === undefined) return;
  try {
    new ObjectCache(folder);
  } catch (error) {
    throw cacheError(folder, error);
  }
}

function asUsageError(error: unknown, address: string): unknown {
  if (error instanceof ServerError)
    return new UsageError(
      error.message,
      "write one to a file, and give it to both sides with --secret-file",
    );
  if (error instanceof Error && "code" in error)
    return new UsageError(
      `cannot listen on ${address}: ${error.message}`,
      "choose another --port or --host",
    );
  return error;
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}
