// Native modules on the command line: which files are some, and their container.
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import {
  BitcodeError,
  bitcodeFunctions,
  decodeContainer,
  encodeContainer,
  isContainer,
} from "../object/bitcode/index.ts";
import { nearestNames } from "../loader/index.ts";
import { readBytes } from "./input.ts";
import { writeBytes, writeText } from "./output.ts";
import type { ModuleJob, RunSettings } from "./protocol.ts";
import { UsageError } from "./usage.ts";

const suffixes = [".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".bc", ".ll", ".llbc"];
/** Longest bitcode in bytes. */
const mostBitcode = 512 * 1024 ** 2;

/** Whether a file is a native module, by its name. */
export function isModuleFile(file: string): boolean {
  return suffixes.includes(path.extname(file));
}

interface ModuleFlags {
  readonly call?: string;
  readonly link?: readonly string[];
  readonly cflag?: readonly string[];
  readonly backend?: string;
  readonly heap?: string;
  readonly gcStress?: boolean;
  readonly maxSource?: string;
}

/** Adds the value of an option that may be given several times. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** The job that runs a module. */
export function moduleJob(
  given: {
    readonly file: string;
    readonly args: readonly string[];
    readonly settings: RunSettings;
    readonly context: Pick<ModuleJob, "root" | "terminal" | "version">;
  },
  flags: ModuleFlags,
): ModuleJob {
  const { file, args, settings, context } = given;
  if (settings.mode === "interpret" || settings.mode === "hybrid") {
    throw new UsageError(
      `\`--mode ${settings.mode}\` is for programs in Simple, and \`${file}\` is a native module`,
      "give auto or jit",
    );
  }
  const option = programOption(flags);
  if (option !== undefined) {
    throw new UsageError(
      `\`${option}\` is for programs in Simple, and \`${file}\` is a native module`,
    );
  }
  return { kind: "module", file, args, call: flags.call, settings, ...context };
}

/** An option that says nothing to a module. */
function programOption({ backend, heap, gcStress, maxSource }: ModuleFlags): string | undefined {
  if (backend === "wasm") return "--backend wasm";
  if (heap !== undefined) return "--heap";
  if (gcStress === true) return "--gc-stress";
  return maxSource === undefined ? undefined : "--max-source";
}

/** Options for modules say nothing to a program in Simple. */
export function refuseModuleFlags({ call, link = [], cflag = [] }: ModuleFlags): void {
  const compiles = cflag.length > 0 && link.length === 0;
  const name = call !== undefined ? "--call" : compiles ? "--cflag" : undefined;
  if (name === undefined) return;
  const help = `files of modules end in ${suffixes.join(", ")}`;
  throw new UsageError(`\`${name}\` is for native modules`, help);
}

interface WrapFlags {
  readonly output: string;
  readonly name?: string;
  readonly entry?: string;
}

/** Adds `wrap` and `unwrap`. */
export function addContainer(program: Command, finish: (exitCode: number) => void): void {
  program
    .command("wrap")
    .description("put LLVM's bitcode into the container LLBC, with a name and where to start")
    .argument("<file>", "bitcode")
    .requiredOption("-o, --output <path>", "file to write")
    .option("--name <name>", "name of the module, up to 31 bytes (default: that of the file)")
    .option("--entry <function>", "function to start with (default: none)")
    .action((file: string, flags: WrapFlags) => finish(wrap(file, flags)));
  program
    .command("unwrap")
    .description("take the bitcode out of a container, or say what is in it")
    .argument("<file>", "container")
    .option(
      "-o, --output <path>",
      "file to write, - for standard output (default: say what is in it)",
    )
    .action((file: string, { output }: { readonly output?: string }) =>
      finish(unwrap(file, output)),
    );
}

function wrap(file: string, { output, name = path.parse(file).name, entry }: WrapFlags): number {
  const bitcode = readBytes(file, mostBitcode);
  const container = checked(file, () => {
    if (isContainer(bitcode)) throw new BitcodeError("it is a container already");
    const functions = bitcodeFunctions(bitcode).map((each) => each.name);
    if (entry !== undefined && !functions.includes(entry)) {
      const near = nearestNames(entry, functions, 3).map((each) => `\`${each}\``);
      const help = near.length > 0 ? `did you mean ${near.join(", ")}?` : undefined;
      throw new UsageError(`\`${file}\` does not define \`${entry}\``, help);
    }
    return encodeContainer({ name, entry, bitcode });
  });
  write(output, container);
  return 0;
}

function unwrap(file: string, output: string | undefined): number {
  const bytes = readBytes(file, mostBitcode);
  const { name, entry, bitcode } = checked(file, () => decodeContainer(bytes));
  if (output === undefined) {
    const lines = [
      `name     ${name}`,
      `entry    ${entry ?? "none"}`,
      `bitcode  ${bitcode.length} bytes`,
      ...checked(file, () => bitcodeFunctions(bitcode)).map(
        (each) => `         ${each.name} at ${each.offset}`,
      ),
    ];
    writeText(1, `${lines.join("\n")}\n`);
  } else if (output === "-") writeBytes(1, bitcode);
  else write(output, bitcode);
  return 0;
}

function checked<Result>(file: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof BitcodeError)) throw error;
    throw new UsageError(`\`${file}\`: ${error.message}`);
  }
}

function write(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot write \`${file}\`: ${why}`);
  }
}
