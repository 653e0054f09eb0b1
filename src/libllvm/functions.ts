// The functions of LLVM's C interface that are used, as JavaScript functions. Every pointer is a number: user addresses
// are below 2^47.
import type * as koffi from "koffi";
import type { LibraryHandle } from "koffi";

/** The address of something of LLVM's; 0 is null. */
export type Pointer = number;

/** What of koffi is used. */
export type Koffi = typeof koffi;

type TypeSpec = Parameters<Koffi["out"]>[0];

const p = "uintptr_t";
const u = "uint32_t";

/** Result and parameters. `out` is a pointer that the function writes to the first element of an array. */
const prototypes = {
  LLVMGetVersion: ["void", "out u", "out u", "out u"],
  LLVMDisposeMessage: ["void", p],
  LLVMContextCreate: [p],
  LLVMContextDispose: ["void", p],
  LLVMContextSetDiagnosticHandler: ["void", p, "diagnostic", p],
  LLVMGetDiagInfoDescription: [p, p],
  LLVMGetDiagInfoSeverity: [u, p],
  LLVMCreateMemoryBufferWithMemoryRangeCopy: [p, "bytes", "size_t", "str"],
  LLVMGetBufferStart: [p, p],
  LLVMGetBufferSize: ["size_t", p],
  LLVMDisposeMemoryBuffer: ["void", p],
  LLVMGetBitcodeModuleInContext2: ["int", p, p, "out p"],
  LLVMModuleCreateWithNameInContext: [p, "str", p],
  LLVMParseBitcodeInContext2: ["int", p, p, "out p"],
  LLVMWriteBitcodeToMemoryBuffer: [p, p],
  LLVMVerifyModule: ["int", p, "int", "out p"],
  LLVMPrintModuleToString: [p, p],
  LLVMDisposeModule: ["void", p],
  LLVMSetTarget: ["void", p, "str"],
  LLVMSetModuleDataLayout: ["void", p, p],
  LLVMGetDefaultTargetTriple: [p],
  LLVMGetHostCPUName: [p],
  LLVMGetHostCPUFeatures: [p],
  LLVMGetTargetFromTriple: ["int", "str", "out p", "out p"],
  LLVMCreateTargetMachine: [p, p, "str", "str", "str", "int", "int", "int"],
  LLVMDisposeTargetMachine: ["void", p],
  LLVMCreateTargetDataLayout: [p, p],
  LLVMCopyStringRepOfTargetData: [p, p],
  LLVMDisposeTargetData: ["void", p],
  LLVMTargetMachineEmitToMemoryBuffer: ["int", p, p, "int", "out p", "out p"],
  LLVMCreatePassBuilderOptions: [p],
  LLVMDisposePassBuilderOptions: ["void", p],
  LLVMPassBuilderOptionsSetVerifyEach: ["void", p, "int"],
  LLVMPassBuilderOptionsSetLoopVectorization: ["void", p, "int"],
  LLVMPassBuilderOptionsSetLoopInterleaving: ["void", p, "int"],
  LLVMPassBuilderOptionsSetSLPVectorization: ["void", p, "int"],
  LLVMRunPasses: [p, p, "str", p, p],
  LLVMGetErrorMessage: [p, p],
  LLVMDisposeErrorMessage: ["void", p],
  LLVMGetFirstFunction: [p, p],
  LLVMGetNextFunction: [p, p],
  LLVMGetSubprogram: [p, p],
  LLVMGetFirstBasicBlock: [p, p],
  LLVMGetNextBasicBlock: [p, p],
  LLVMGetFirstInstruction: [p, p],
  LLVMGetNextInstruction: [p, p],
  LLVMIsACallInst: [p, p],
  LLVMInstructionGetDebugLoc: [p, p],
  LLVMInstructionSetDebugLoc: ["void", p, p],
  LLVMDILocationGetLine: [u, p],
  LLVMDILocationGetInlinedAt: [p, p],
  LLVMDIBuilderCreateDebugLocation: [p, p, u, u, p, p],
  LLVMAddGlobal: [p, p, p, "str"],
  LLVMSetInitializer: ["void", p, p],
  LLVMSetSection: ["void", p, "str"],
  LLVMSetAlignment: ["void", p, u],
  LLVMSetGlobalConstant: ["void", p, "int"],
  LLVMSetVisibility: ["void", p, "int"],
  LLVMConstStringInContext: [p, p, "bytes", u, "int"],
  LLVMTypeOf: [p, p],
  LLVMGetTarget: [p, p],
  LLVMGetDataLayoutStr: [p, p],
  LLVMGetModuleInlineAsm: [p, p, "out p"],
  LLVMStripModuleDebugInfo: ["int", p],
  LLVMLinkModules2: ["int", p, p],
  LLVMGetNamedFunction: [p, p, "str"],
  LLVMGetNamedGlobal: [p, p, "str"],
  LLVMGetFirstGlobal: [p, p],
  LLVMGetNextGlobal: [p, p],
  LLVMGetFirstGlobalAlias: [p, p],
  LLVMGetNextGlobalAlias: [p, p],
  LLVMAliasGetAliasee: [p, p],
  LLVMGetFirstGlobalIFunc: [p, p],
  LLVMDeleteGlobal: ["void", p],
  LLVMGetInitializer: [p, p],
  LLVMIsGlobalConstant: ["int", p],
  LLVMIsThreadLocal: ["int", p],
  LLVMIsDeclaration: ["int", p],
  LLVMIsAFunction: [p, p],
  LLVMIsAGlobalVariable: [p, p],
  LLVMGetLinkage: [u, p],
  LLVMSetLinkage: ["void", p, u],
  LLVMGetVisibility: [u, p],
  LLVMSetComdat: ["void", p, p],
  LLVMGetValueName2: [p, p, "out p"],
  LLVMSetValueName2: ["void", p, "bytes", "size_t"],
  LLVMReplaceAllUsesWith: ["void", p, p],
  LLVMGetFirstUse: [p, p],
  LLVMGetNextUse: [p, p],
  LLVMGetUser: [p, p],
  LLVMIsAInstruction: [p, p],
  LLVMIsAInvokeInst: [p, p],
  LLVMGetCalledValue: [p, p],
  LLVMGetNumOperands: ["int", p],
  LLVMGetOperand: [p, p, u],
  LLVMConstIntGetSExtValue: ["int64_t", p],
  LLVMSetOperand: ["void", p, u, p],
  LLVMGetInstructionParent: [p, p],
  LLVMGetInstructionOpcode: [u, p],
  LLVMGetBasicBlockParent: [p, p],
  LLVMGetBasicBlockTerminator: [p, p],
  LLVMGetNumSuccessors: [u, p],
  LLVMGetSuccessor: [p, p, u],
  LLVMGetEntryBasicBlock: [p, p],
  LLVMBasicBlockAsValue: [p, p],
  LLVMCountBasicBlocks: [u, p],
  LLVMAddFunction: [p, p, "str", p],
  LLVMGetFunctionCallConv: [u, p],
  LLVMSetFunctionCallConv: ["void", p, u],
  LLVMGetEnumAttributeKindForName: [u, "str", "size_t"],
  LLVMGetAttributeCountAtIndex: [u, p, u],
  LLVMGetAttributesAtIndex: ["void", p, u, "bytes"],
  LLVMAddAttributeAtIndex: ["void", p, u, p],
  LLVMGetEnumAttributeAtIndex: [p, p, u, u],
  LLVMRemoveEnumAttributeAtIndex: ["void", p, u, u],
  LLVMRemoveStringAttributeAtIndex: ["void", p, u, "str", u],
  LLVMGlobalGetValueType: [p, p],
  LLVMGetTypeKind: [u, p],
  LLVMGetIntTypeWidth: [u, p],
  LLVMPrintTypeToString: [p, p],
  LLVMGetReturnType: [p, p],
  LLVMCountParamTypes: [u, p],
  LLVMGetParamTypes: ["void", p, "bytes"],
  LLVMIsFunctionVarArg: ["int", p],
  LLVMCreateBuilderInContext: [p, p],
  LLVMDisposeBuilder: ["void", p],
  LLVMPositionBuilderBefore: ["void", p, p],
  LLVMBuildCall2: [p, p, p, p, "bytes", u, "str"],
  memcpy: [p, "bytes", p, "size_t"],
  strlen: ["size_t", p],
} as const satisfies Record<string, readonly string[]>;

/** Parses textual IR and takes the buffer; newer versions have another function that leaves the buffer. */
const parsers = ["LLVMParseIRInContext", "LLVMParseIRInContext2"] as const;

type ArgumentOf<T extends string> = T extends `out ${string}`
  ? number[]
  : T extends "bytes"
    ? Uint8Array
    : T extends "str"
      ? string
      : T extends "diagnostic"
        ? bigint
        : number;
type ArgumentsOf<T extends readonly string[]> = T extends readonly [
  infer First extends string,
  ...infer Rest extends readonly string[],
]
  ? [ArgumentOf<First>, ...ArgumentsOf<Rest>]
  : [];
type FunctionOf<T extends readonly string[]> = T extends readonly [
  infer Result extends string,
  ...infer Rest extends readonly string[],
]
  ? (...args: ArgumentsOf<Rest>) => Result extends "void" ? undefined : number
  : never;

type Bound = { readonly [Name in keyof typeof prototypes]: FunctionOf<(typeof prototypes)[Name]> };

/** The C interface of one libLLVM. */
export interface LlvmFunctions extends Bound {
  readonly parseIr: (
    context: Pointer,
    buffer: Pointer,
    module: number[],
    message: number[],
  ) => number;
  /** Makes a function that LLVM can call with the severity and the text of what it has to say. */
  readonly diagnosticHandler: (
    handle: (severity: number, text: string) => void,
  ) => DiagnosticHandler;
  /** Calls a function of no parameters, if it is there. */
  readonly initialize: (symbol: string) => boolean;
  readonly text: (address: Pointer) => string;
}

/** A function for `LLVMContextSetDiagnosticHandler`. */
export interface DiagnosticHandler {
  readonly pointer: bigint;
  release(): void;
}

const utf8 = new TextDecoder();

/** Binds all functions. Throws if one is missing. */
export function bindFunctions(koffi: Koffi, library: LibraryHandle): LlvmFunctions {
  const diagnostic = koffi.proto("void", [p, p]);
  const types: Readonly<Record<string, TypeSpec>> = {
    "out p": koffi.out(koffi.pointer(p)),
    "out u": koffi.out(koffi.pointer(u)),
    bytes: "uint8_t *",
    diagnostic: koffi.pointer(diagnostic),
  };
  const bind = (name: string, [result = "void", ...params]: readonly string[]): unknown =>
    library.func(
      name,
      result,
      params.map((param) => types[param] ?? param),
    );
  const bound = Object.fromEntries(
    Object.entries(prototypes).map(([name, prototype]) => [name, bind(name, prototype)]),
  ) as unknown as Bound;
  const text = (address: Pointer): string => {
    if (address === 0) return "";
    const bytes = new Uint8Array(bound.strlen(address));
    bound.memcpy(bytes, address, bytes.length);
    return utf8.decode(bytes);
  };
  return {
    ...bound,
    text,
    parseIr: bindParser(bound, bind),
    initialize: (symbol) => {
      try {
        library.func(symbol, "void", [])();
        return true;
      } catch {
        return false;
      }
    },
    diagnosticHandler: (handle) => {
      const pointer = koffi.register((info: number) => {
        handle(bound.LLVMGetDiagInfoSeverity(info), describe(bound, info, text));
      }, koffi.pointer(diagnostic));
      return { pointer, release: () => koffi.unregister(pointer) };
    },
  };
}

function describe(bound: Bound, info: Pointer, text: (address: Pointer) => string): string {
  const message = bound.LLVMGetDiagInfoDescription(info);
  const shown = text(message);
  bound.LLVMDisposeMessage(message);
  return shown;
}

function bindParser(
  bound: Bound,
  bind: (name: string, prototype: readonly string[]) => unknown,
): LlvmFunctions["parseIr"] {
  const prototype = ["int", p, p, "out p", "out p"];
  const [takes, leaves] = parsers;
  try {
    return bind(takes, prototype) as LlvmFunctions["parseIr"];
  } catch {
    const parse = bind(leaves, prototype) as LlvmFunctions["parseIr"];
    return (context, buffer, module, message) => {
      const failed = parse(context, buffer, module, message);
      bound.LLVMDisposeMemoryBuffer(buffer);
      return failed;
    };
  }
}
