// What this machine must have, and modules for it.
import type { LlvmLibrary, LlvmModuleParts } from "../codegen/llvm/index.ts";
import { loadLlvm } from "../libllvm/index.ts";
import { openNativeHost, type NativeHost } from "../native-host/index.ts";
import { JitError } from "./error.ts";

const help = "compile it again for this machine: sizes and layouts are in the bitcode";

/** libLLVM and this process. Throws `JitError` if native code cannot be made or run here. */
export function openMachine(from: string): {
  readonly library: LlvmLibrary;
  readonly host: NativeHost;
} {
  const search = loadLlvm(from);
  if (search.kind === "absent") throw new JitError(search.reason, search.help);
  const host = openNativeHost(from);
  if (host.kind === "absent") throw new JitError(host.reason);
  return { library: search.library, host };
}

/** A data layout of big endian, and one whose pointers have not 64 bits. */
const foreignLayout = /(^|-)(E(-|$)|p0?:(?!64:))/;

/** Throws `JitError` for a module of another machine. */
export function checkMachine(
  { triple, dataLayout }: Pick<LlvmModuleParts, "triple" | "dataLayout">,
  machine: string,
  name: string,
): void {
  if (foreignLayout.test(dataLayout)) {
    throw new JitError(
      `\`${name}\` was made for the data layout \`${dataLayout}\`, pointers of ${machine} have 64 bits, least byte first`,
      help,
    );
  }
  if (triple === "") return;
  const [architecture = ""] = triple.split("-");
  const known =
    architecture === "arm64" ? "aarch64" : architecture === "amd64" ? "x86_64" : architecture;
  if (known === machine && !triple.includes("gnux32")) return;
  throw new JitError(`\`${name}\` was made for \`${triple}\`, this machine is ${machine}`, help);
}
