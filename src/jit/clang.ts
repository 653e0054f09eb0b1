// C and C++ through clang, which is looked for when it is needed. It runs once for a file; optimising is left to the module's
// levels.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { JitError, unreadable } from "./error.ts";

/** How to get clang, for messages. */
export const howToGetClang = "apt install clang · dnf install clang · brew install llvm";

/** A clang that can be run. */
export interface Clang {
  /** A program's name or path. */
  readonly command: string;
  readonly version: number;
}

const cSuffixes: readonly string[] = [".c"];
const cppSuffixes: readonly string[] = [".cc", ".cpp", ".cxx", ".c++", ".C"];
/** Older ones write bitcode that is read, but nobody has looked at. */
const oldestClang = 11;
const mostOutput = 1 << 30;
/** All that optimising needs to know, but nothing optimised; nothing that rounds differently from level to level. */
const moduleFlags = [
  "-O2 -Xclang -disable-llvm-passes -fPIC -fno-plt -ffp-contract=off",
  "-emit-llvm -c -o -",
].flatMap((flags) => flags.split(" "));

/** Whether a file is C or C++ by its name. */
export function isCSource(file: string): boolean {
  const suffix = path.extname(file);
  return cSuffixes.includes(suffix) || cppSuffixes.includes(suffix);
}

/**
 * The clang whose bitcode a libLLVM of a major version reads: the same version, else an older one. `ANNEAL_CLANG` names another.
 * Undefined if there is none.
 */
export function findClang(
  llvmVersion: number,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Clang | undefined {
  const given = environment["ANNEAL_CLANG"];
  if (given !== undefined && given !== "") return versionOf(given);
  const same = versionOf(`clang-${llvmVersion}`);
  if (same !== undefined) return same;
  const plain = versionOf("clang");
  if (plain !== undefined && plain.version <= llvmVersion) return plain;
  for (let version = llvmVersion - 1; version >= oldestClang; version -= 1) {
    const older = versionOf(`clang-${version}`);
    if (older !== undefined) return older;
  }
  return plain;
}

/** The error for a file when `findClang` found none. */
export function needsClang(
  file: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): JitError {
  const given = environment["ANNEAL_CLANG"] ?? "";
  if (given === "")
    return new JitError(`\`${file}\` needs clang, which was not found`, howToGetClang);
  return new JitError(
    `\`${file}\` needs clang, but \`ANNEAL_CLANG\` is \`${given}\`, which is no clang that can be run`,
    "without `ANNEAL_CLANG` it is looked for",
  );
}

function versionOf(command: string): Clang | undefined {
  const { stdout, status } = spawnSync(command, ["--version"], { encoding: "utf8" });
  const match = /clang version (\d+)/.exec(stdout ?? "");
  if (status !== 0 || match === null) return undefined;
  return { command, version: Number(match[1]) };
}

/** What became of a file. */
export interface ClangResult {
  readonly bitcode: Uint8Array;
  /** What clang said, as it said it; empty if nothing. */
  readonly warnings: string;
}

/** A mistake in the source: the message is clang's own text. */
export class ClangError extends JitError {
  /** As clang wrote it. */
  readonly output: string;

  constructor(file: string, output: string) {
    super(`clang cannot compile \`${file}\``);
    this.output = output;
  }
}

/** Compiles a file to bitcode without optimising it. Throws `ClangError`, or `JitError` if the file cannot be read, clang not be run, or none was found. */
export function compileC(
  clang: Clang | undefined,
  file: string,
  options: { readonly flags?: readonly string[]; readonly colour?: boolean } = {},
): ClangResult {
  const { flags = [], colour = false } = options;
  if (clang === undefined) throw needsClang(file);
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw unreadable(file, error);
  }
  const isCpp = cppSuffixes.includes(path.extname(file));
  const args = [
    ...moduleFlags,
    // Nothing unwinds native frames.
    ...(isCpp ? ["-fno-exceptions"] : []),
    colour ? "-fcolor-diagnostics" : "-fno-color-diagnostics",
    ...flags,
    "--",
    file,
  ];
  const { stdout, stderr, status, error } = spawnSync(clang.command, args, {
    maxBuffer: mostOutput,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (error !== undefined) throw new JitError(`cannot run \`${clang.command}\`: ${error.message}`);
  const said = stderr.toString("utf8");
  if (status !== 0) throw new ClangError(file, said);
  return { bitcode: stdout, warnings: said };
}
