// Loads one of the bundles beside this file, with V8's code cache where the build has left one for this very Node: it
// saves the time to parse and compile the functions that every run needs. On another thread it is the entry.
//
// Start-up time counts: the program's thread starts first, and everything else loads while it boots.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire, wrap } from "node:module";
import path from "node:path";
import { Script } from "node:vm";
import type * as mainBundle from "./main.ts";
import { runsPlainProgram } from "./plain.ts";
import { liveYoungGenerationMb } from "./young-generation.ts";
import { isMainThread, SHARE_ENV, Worker } from "node:worker_threads";

/** Set by the build: the bundles whose caches are written at the end instead of read. */
const written = process.env["ANNEAL_WRITE_CODE_CACHE"]?.split(",") ?? [];

/** What another thread is to load at its start, and with which cache. */
const [bundle, variant] = isMainThread ? [] : process.argv.slice(2);

/** A CommonJS module: its exports are complete when its code has run. */
interface BundleModule {
  readonly exports: unknown;
}

/** What has been loaded on this thread. */
const loaded = new Map<string, BundleModule>();

/** The exports of the bundle `name`, which is loaded at the first call. */
export function load(name: string): unknown {
  return (loaded.get(name) ?? loadBundle(name)).exports;
}

/** A cache that V8 does not accept is as good as none. */
function loadBundle(name: string): BundleModule {
  const filename = path.join(__dirname, `${name}.cjs`);
  const target = `${process.version}-${process.platform}-${process.arch}`;
  const cacheName = path.join(__dirname, `${cacheOf(name)}-${target}.cache`);
  const writing = written.includes(name);
  const cachedData = writing ? undefined : readIfThere(cacheName);
  // The bundles are pure ASCII, and this decodes fastest.
  const source = wrap(readFileSync(filename, "latin1"));
  const script = new Script(source, { filename, cachedData });
  if (writing) process.on("exit", () => writeFileSync(cacheName, script.createCachedData()));
  const module: BundleModule = { exports: {} };
  loaded.set(name, module);
  const run = script.runInThisContext();
  run(module.exports, createRequire(filename), module, filename, __dirname);
  return module;
}

/** Of the program's own bundle there are two caches: see `tiersVariant`. */
function cacheOf(name: string): string {
  return variant !== undefined && name === bundle ? `${name}-${variant}` : name;
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

type MainBundle = typeof mainBundle;

/** Recursion of a million frames must fit; the main thread's stack cannot be made larger. */
const stackSizeMb = 256;

/**
 * The code cache that also holds what installs native code, for programs that are to have it: functions that V8 makes at their first
 * call are most of the pauses at first. All others would start later for it.
 */
const tiersVariant = "tiers";

/** Whether a command line asks for native code; to be wrong costs a few milliseconds. */
function asksForNative(argv: readonly string[]): boolean {
  const { ANNEAL_BACKEND: own, SIMPLE_JIT_BACKEND: other } = process.env;
  return [...argv, own ?? other ?? ""].some((word) => /^(?:--backend=)?(?:llvm|auto)$/.test(word));
}

function startWorker(command: string, argv: readonly string[]): Worker {
  const young = command === "live" ? { maxYoungGenerationSizeMb: liveYoungGenerationMb } : {};
  return new Worker(__filename, {
    argv: asksForNative(argv) ? ["worker", tiersVariant] : ["worker"],
    resourceLimits: { stackSizeMb, ...young },
    env: SHARE_ENV,
    trackUnmanagedFds: false,
  });
}

/** Commands whose work is done on a thread of its own. */
const onThread: ReadonlySet<string> = new Set(["run", "compile", "test", "repl", "live"]);

/** Whether the program is run on this thread. Not if a variable may change how. */
function runsHere(argv: readonly string[]): boolean {
  const isSetting = (name: string): boolean => /^(ANNEAL|SIMPLE_JIT)_/.test(name);
  return runsPlainProgram(argv) && !Object.keys(process.env).some(isSetting);
}

/** Runs a command line and ends the process. `root` is the folder of the package. */
export async function start(root: string, argv: readonly string[]): Promise<void> {
  const [command = ""] = argv;
  const worker = onThread.has(command) && !runsHere(argv) ? startWorker(command, argv) : undefined;
  const { runCommandLine } = load("main") as MainBundle;
  process.exit(await runCommandLine({ root, argv, environment: process.env, worker, load }));
}

if (bundle !== undefined) load(bundle);
