// A module in LLVM's memory.
import {
  LlvmError,
  type LlvmMachine,
  type LlvmModule,
  type LlvmModuleParts,
  type LlvmPassOptions,
  type LlvmSeparation,
} from "../codegen/llvm/index.ts";
import type { LlvmFunctions, Pointer } from "./functions.ts";
import { NativeMachine } from "./machine.ts";
import { separateModule } from "./separate.ts";
import { takeBuffer, takeText } from "./text.ts";
import { keepVariables } from "./unit.ts";

const forms = { assembly: 0, object: 1 } as const;
const returnStatus = 2;
const hidden = 1;

function pointersOf(machine: LlvmMachine): NativeMachine["pointers"] {
  if (machine instanceof NativeMachine) return machine.pointers;
  throw new TypeError("the target machine is of another library");
}

/** What a module needs of its context. */
export interface ModuleContext {
  readonly context: Pointer;
  /** Throws what LLVM has complained about. */
  readonly raise: () => void;
}

/** A module of a context. */
export class NativeModule implements LlvmModule {
  readonly #llvm: LlvmFunctions;
  readonly #context: Pointer;
  readonly #owner: ModuleContext;
  #module: Pointer;

  constructor(llvm: LlvmFunctions, owner: ModuleContext, module: Pointer) {
    this.#llvm = llvm;
    this.#owner = owner;
    this.#context = owner.context;
    this.#module = module;
  }

  verify(): string | undefined {
    const message = [0];
    const failed = this.#llvm.LLVMVerifyModule(this.#live(), returnStatus, message);
    const text = takeText(this.#llvm, message[0] ?? 0);
    return failed === 0 ? undefined : text;
  }

  runPasses(machine: LlvmMachine, options: LlvmPassOptions): void {
    const llvm = this.#llvm;
    const { pipeline, vectorise = true, verifyEach = false } = options;
    this.#setTarget(machine);
    const builder = llvm.LLVMCreatePassBuilderOptions();
    llvm.LLVMPassBuilderOptionsSetLoopVectorization(builder, Number(vectorise));
    llvm.LLVMPassBuilderOptionsSetLoopInterleaving(builder, Number(vectorise));
    llvm.LLVMPassBuilderOptionsSetSLPVectorization(builder, Number(vectorise));
    llvm.LLVMPassBuilderOptionsSetVerifyEach(builder, Number(verifyEach));
    const error = llvm.LLVMRunPasses(this.#live(), pipeline, pointersOf(machine).machine, builder);
    llvm.LLVMDisposePassBuilderOptions(builder);
    if (error !== 0) {
      const message = llvm.LLVMGetErrorMessage(error);
      const text = llvm.text(message);
      llvm.LLVMDisposeErrorMessage(message);
      throw new LlvmError(text);
    }
    this.#owner.raise();
  }

  emitObject(machine: LlvmMachine): Uint8Array {
    return this.#emit(machine, forms.object);
  }

  emitAssembly(machine: LlvmMachine): string {
    return new TextDecoder().decode(this.#emit(machine, forms.assembly));
  }

  #emit(machine: LlvmMachine, form: number): Uint8Array {
    const llvm = this.#llvm;
    this.#setTarget(machine);
    const [message, buffer] = [[0], [0]];
    const { machine: pointer } = pointersOf(machine);
    const failed = llvm.LLVMTargetMachineEmitToMemoryBuffer(
      pointer,
      this.#live(),
      form,
      message,
      buffer,
    );
    if (failed !== 0) throw new LlvmError(takeText(llvm, message[0] ?? 0));
    const bytes = takeBuffer(llvm, buffer[0] ?? 0);
    this.#owner.raise();
    return bytes;
  }

  print(): string {
    return takeText(this.#llvm, this.#llvm.LLVMPrintModuleToString(this.#live()));
  }

  writeBitcode(): Uint8Array {
    return takeBuffer(this.#llvm, this.#llvm.LLVMWriteBitcodeToMemoryBuffer(this.#live()));
  }

  flattenLocations(numberOf: (lines: readonly number[]) => number): void {
    const llvm = this.#llvm;
    const known = new Map<string, number>();
    this.#eachCall((call, subprogram) => {
      const location = llvm.LLVMInstructionGetDebugLoc(call);
      if (location === 0 || llvm.LLVMDILocationGetInlinedAt(location) === 0) return;
      const lines: number[] = [];
      for (let at = location; at !== 0; at = llvm.LLVMDILocationGetInlinedAt(at)) {
        lines.push(llvm.LLVMDILocationGetLine(at));
      }
      const key = lines.join();
      const line = known.get(key) ?? numberOf(lines);
      known.set(key, line);
      const flat = llvm.LLVMDIBuilderCreateDebugLocation(this.#context, line, 0, subprogram, 0);
      llvm.LLVMInstructionSetDebugLoc(call, flat);
    });
  }

  addSection(name: string, bytes: Uint8Array): void {
    const llvm = this.#llvm;
    const text = llvm.LLVMConstStringInContext(this.#context, bytes, bytes.length, 1);
    const global = llvm.LLVMAddGlobal(this.#live(), llvm.LLVMTypeOf(text), name.slice(1));
    llvm.LLVMSetInitializer(global, text);
    llvm.LLVMSetGlobalConstant(global, 1);
    llvm.LLVMSetVisibility(global, hidden);
    llvm.LLVMSetAlignment(global, 1);
    llvm.LLVMSetSection(global, name);
  }

  separate(separation: LlvmSeparation): LlvmModuleParts {
    return separateModule(this.#llvm, this.#live(), separation);
  }

  keepVariables(): void {
    keepVariables(this.#llvm, this.#live());
  }

  dispose(): void {
    if (this.#module === 0) return;
    this.#llvm.LLVMDisposeModule(this.#module);
    this.#module = 0;
  }

  #live(): Pointer {
    if (this.#module === 0) throw new Error("the module was disposed of");
    return this.#module;
  }

  #setTarget(machine: LlvmMachine): void {
    this.#llvm.LLVMSetTarget(this.#live(), machine.options.triple);
    this.#llvm.LLVMSetModuleDataLayout(this.#live(), pointersOf(machine).layout);
  }

  /** The calls in functions that have a subprogram, with that. */
  #eachCall(visit: (call: Pointer, subprogram: Pointer) => void): void {
    const llvm = this.#llvm;
    for (
      let fn = llvm.LLVMGetFirstFunction(this.#live());
      fn !== 0;
      fn = llvm.LLVMGetNextFunction(fn)
    ) {
      const subprogram = llvm.LLVMGetSubprogram(fn);
      if (subprogram === 0) continue;
      for (
        let block = llvm.LLVMGetFirstBasicBlock(fn);
        block !== 0;
        block = llvm.LLVMGetNextBasicBlock(block)
      ) {
        for (
          let inst = llvm.LLVMGetFirstInstruction(block);
          inst !== 0;
          inst = llvm.LLVMGetNextInstruction(inst)
        ) {
          if (llvm.LLVMIsACallInst(inst) !== 0) visit(inst, subprogram);
        }
      }
    }
  }
}
