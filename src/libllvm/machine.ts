// A target machine in LLVM's memory.
import { LlvmError, type LlvmMachine, type LlvmMachineOptions } from "../codegen/llvm/index.ts";
import type { LlvmFunctions, Pointer } from "./functions.ts";
import { takeText } from "./text.ts";

const relocations = { static: 1, pic: 2 } as const;
const defaultCodeModel = 0;
const smallCodeModel = 3;

/** A machine with its address. */
export class NativeMachine implements LlvmMachine {
  readonly options: LlvmMachineOptions;
  readonly dataLayout: string;
  readonly #llvm: LlvmFunctions;
  #machine: Pointer;
  #layout: Pointer;

  constructor(llvm: LlvmFunctions, options: LlvmMachineOptions) {
    this.#llvm = llvm;
    this.options = options;
    const [target, message] = [[0], [0]];
    if (llvm.LLVMGetTargetFromTriple(options.triple, target, message) !== 0) {
      throw new LlvmError(takeText(llvm, message[0] ?? 0));
    }
    const { triple, cpu, features, level } = options;
    const model = triple.startsWith("wasm") ? defaultCodeModel : smallCodeModel;
    const relocation = relocations[options.relocation];
    const of = target[0] ?? 0;
    this.#machine = llvm.LLVMCreateTargetMachine(
      of,
      triple,
      cpu,
      features,
      level,
      relocation,
      model,
    );
    if (this.#machine === 0) throw new LlvmError(`libLLVM makes no code for ${triple}`);
    this.#layout = llvm.LLVMCreateTargetDataLayout(this.#machine);
    this.dataLayout = takeText(llvm, llvm.LLVMCopyStringRepOfTargetData(this.#layout));
  }

  /** The address of the machine, and of its data layout. */
  get pointers(): { readonly machine: Pointer; readonly layout: Pointer } {
    if (this.#machine === 0) throw new Error("the target machine was disposed of");
    return { machine: this.#machine, layout: this.#layout };
  }

  dispose(): void {
    if (this.#machine === 0) return;
    this.#llvm.LLVMDisposeTargetData(this.#layout);
    this.#llvm.LLVMDisposeTargetMachine(this.#machine);
    this.#machine = 0;
    this.#layout = 0;
  }
}
