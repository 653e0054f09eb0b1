// libLLVM as the interface that the back end uses. Everything that LLVM gives is disposed of by whom it was given to.
import {
  LlvmError,
  type LlvmContext,
  type LlvmHost,
  type LlvmLibrary,
  type LlvmModule,
  type LlvmUnit,
} from "../codegen/llvm/index.ts";
import type { LlvmFunctions, Pointer } from "./functions.ts";
import { NativeMachine } from "./machine.ts";
import { NativeModule, type ModuleContext } from "./module.ts";
import { takeText } from "./text.ts";
import { keepUnit, readParts } from "./unit.ts";

/** Back ends that are used if this libLLVM has them. */
const architectures = ["X86", "AArch64", "WebAssembly"];
// Code of others may hold inline assembly, which LLVM reads with the parser, or ends the process.
const parts = ["TargetInfo", "Target", "TargetMC", "AsmPrinter", "AsmParser"];

const errorSeverity = 0;

/** The library behind bound functions. */
export function createLibrary(
  llvm: LlvmFunctions,
  path: string,
  version: LlvmLibrary["version"],
): LlvmLibrary {
  for (const name of architectures) {
    for (const part of parts) llvm.initialize(`LLVMInitialize${name}${part}`);
  }
  let host: LlvmHost | undefined;
  return {
    path,
    version,
    get host() {
      host ??= {
        triple: takeText(llvm, llvm.LLVMGetDefaultTargetTriple()),
        cpu: takeText(llvm, llvm.LLVMGetHostCPUName()),
        features: takeText(llvm, llvm.LLVMGetHostCPUFeatures()),
      };
      return host;
    },
    createContext: () => new NativeContext(llvm),
    createMachine: (options) => new NativeMachine(llvm, options),
  };
}

class NativeContext implements LlvmContext {
  readonly #llvm: LlvmFunctions;
  readonly #messages: string[] = [];
  readonly #handler: ReturnType<LlvmFunctions["diagnosticHandler"]>;
  #context: Pointer;

  constructor(llvm: LlvmFunctions) {
    this.#llvm = llvm;
    this.#context = llvm.LLVMContextCreate();
    // Without a handler LLVM prints errors and ends the process.
    this.#handler = llvm.diagnosticHandler((severity, text) => {
      if (severity === errorSeverity) this.#messages.push(text);
    });
    llvm.LLVMContextSetDiagnosticHandler(this.#context, this.#handler.pointer, 0);
  }

  parseIr(text: string, name: string): LlvmModule {
    return this.#module(this.#parse(text, name));
  }

  #parse(text: string, name: string): Pointer {
    const llvm = this.#llvm;
    const bytes = new TextEncoder().encode(text);
    // The reader wants a zero behind the text, which the copy adds.
    const buffer = llvm.LLVMCreateMemoryBufferWithMemoryRangeCopy(bytes, bytes.length, name);
    const [module, message] = [[0], [0]];
    if (llvm.parseIr(this.#live(), buffer, module, message) !== 0) {
      throw new LlvmError(takeText(llvm, message[0] ?? 0));
    }
    return module[0] ?? 0;
  }

  readBitcode(bytes: Uint8Array, name: string): LlvmModule {
    const llvm = this.#llvm;
    const buffer = llvm.LLVMCreateMemoryBufferWithMemoryRangeCopy(bytes, bytes.length, name);
    const module = [0];
    const failed = llvm.LLVMParseBitcodeInContext2(this.#live(), buffer, module);
    llvm.LLVMDisposeMemoryBuffer(buffer);
    this.#raise();
    if (failed !== 0) throw new LlvmError(`${name} is not bitcode`);
    return this.#module(module[0] ?? 0);
  }

  readUnit(bytes: Uint8Array, name: string, unit: LlvmUnit): LlvmModule {
    const llvm = this.#llvm;
    const place = {
      llvm,
      context: this.#live(),
      parse: (text: string) => this.#parse(text, "counters"),
    };
    const module = readParts(place, { bytes, name }, unit);
    keepUnit({ ...place, module }, unit);
    this.#raise();
    return this.#module(module);
  }

  dispose(): void {
    if (this.#context === 0) return;
    this.#llvm.LLVMContextDispose(this.#context);
    this.#handler.release();
    this.#context = 0;
  }

  #live(): Pointer {
    if (this.#context === 0) throw new Error("the context was disposed of");
    return this.#context;
  }

  #module(pointer: Pointer): LlvmModule {
    const owner: ModuleContext = {
      context: this.#live(),
      raise: () => this.#raise(),
    };
    return new NativeModule(this.#llvm, owner, pointer);
  }

  /** Throws what LLVM has complained about since the last time. */
  #raise(): void {
    const messages = this.#messages.splice(0);
    if (messages.length > 0) throw new LlvmError(messages.join("\n"));
  }
}
