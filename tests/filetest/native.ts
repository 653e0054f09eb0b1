// The targets `O0` to `O3`: native code of this machine through LLVM, with fresh memory for each call. They exist where libLLVM
// and a host of native code do.
import type { LlvmLevel } from "../../src/codegen/llvm/index.ts";
import { hostWebAssembly } from "../../src/loader/index.ts";
import {
  dataStart,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
} from "../../src/runtime/index.ts";
import { llvm } from "../native/llvm.ts";
import { nativeHost, NativeLinker } from "../native/llvm-program.ts";
import { implSymbol, testHost, type Target } from "./targets.ts";

const memoryPages = 8;

/** The targets that this machine has. */
export const nativeTargets: readonly Target[] = makeTargets();

function makeTargets(): Target[] {
  if (llvm === undefined || nativeHost === undefined) return [];
  const linker = new NativeLinker(llvm, nativeHost);
  return ([0, 1, 2, 3] as const).map((level) => target(linker, level));
}

function target(linker: NativeLinker, level: LlvmLevel): Target {
  return {
    name: `O${level}`,
    prepare: (module) => {
      const { Memory } = hostWebAssembly();
      const memory = new Memory({ initial: memoryPages });
      const bytes = new Uint8Array(memory.buffer);
      const view = new DataView(memory.buffer);
      const program = linker.load(module, {
        compile: { name: "filetest", abiHash: "filetest", level, verify: true },
        memory,
        dataBase: dataStart,
        host: testHost,
        slotFunction: implSymbol,
      });
      return (symbol, args) => {
        bytes.fill(0);
        program.writeData();
        view.setInt32(shadowStackPointerAddress, shadowStackStart, true);
        view.setInt32(shadowStackLimitAddress, dataStart, true);
        return program.call(symbol, args);
      };
    },
  };
}
