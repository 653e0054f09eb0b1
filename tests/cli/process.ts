// Starts the built command line as a process of its own.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export const root = path.join(import.meta.dirname, "../..");
export const launcher = path.join(root, "bin/anneal.js");

export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

export interface Options {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with the process after each piece of its output. */
  readonly onOutput?: (child: ChildProcess, out: string) => void;
}

/** Only what the program itself prints depends on the machine: no variable of the caller's shell gets through. */
function environmentWith(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, ...extra };
}

/** Runs `anneal` with the arguments to its end. */
export function anneal(args: readonly string[], options: Options = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [launcher, ...args], {
    env: environmentWith(options.environment ?? {}),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    options.onOutput?.(child, out);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, out, err }));
  });
}

/** Writes a file into a fresh folder of the system's temporary files; returns its path. */
export function temporaryFile(name: string, content: string | Uint8Array): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "anneal-test-")), name);
  writeFileSync(file, content);
  return file;
}
