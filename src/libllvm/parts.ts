// What the functions and variables of a module are, for those who call them.
import type {
  LlvmFunctionPart,
  LlvmParameter,
  LlvmStrength,
  LlvmValueType,
  LlvmVariablePart,
} from "../codegen/llvm/index.ts";
import type { LlvmFunctions, Pointer } from "./functions.ts";
import { takeText } from "./text.ts";
import {
  attributeIndex,
  attributeKind,
  functionAround,
  linkages,
  loopHeaders,
  nameOf,
  usersOf,
} from "./values.ts";

/** `LLVMTypeKind`. */
const typeKinds: ReadonlyMap<number, "void" | "float" | "double" | "pointer"> = new Map([
  [0, "void"],
  [2, "float"],
  [3, "double"],
  [12, "pointer"],
]);
const integerKind = 8;

/** Attributes of pointers that stand for what they point to. */
const indirectAttributes = ["byval", "sret", "inalloca", "preallocated", "byref"];

/** A type as a caller must know it. */
export function valueType(llvm: LlvmFunctions, type: Pointer): LlvmValueType {
  const kind = llvm.LLVMGetTypeKind(type);
  if (kind === integerKind) return { kind: "integer", bits: llvm.LLVMGetIntTypeWidth(type) };
  const simple = typeKinds.get(kind);
  if (simple !== undefined) return { kind: simple };
  return { kind: "other", text: takeText(llvm, llvm.LLVMPrintTypeToString(type)) };
}

/** How a definition compares with others of its name. */
export function strengthOf(linkage: number): LlvmStrength {
  switch (linkage) {
    case linkages.linkOnceOdr:
    case linkages.weakOdr:
      return "weak";
    case linkages.linkOnceAny:
    case linkages.weakAny:
    case linkages.common:
    case linkages.externalWeak:
      return "interposable";
    default:
      return "strong";
  }
}

/** A function; `strength` is that of its linkage when the module came, `labels` whether tables hold addresses of its blocks. */
export function functionPart(
  llvm: LlvmFunctions,
  fn: Pointer,
  { strength, labels }: Pick<LlvmFunctionPart, "strength" | "labels">,
): LlvmFunctionPart {
  const type = llvm.LLVMGlobalGetValueType(fn);
  const count = llvm.LLVMCountParamTypes(type);
  const types = new BigUint64Array(count);
  if (count > 0) llvm.LLVMGetParamTypes(type, new Uint8Array(types.buffer));
  const at = parameterReader(llvm, fn);
  const defined = llvm.LLVMIsDeclaration(fn) === 0;
  return {
    name: nameOf(llvm, fn),
    defined,
    strength,
    result: at(attributeIndex.result, llvm.LLVMGetReturnType(type)),
    parameters: [...types].map((pointer, i) => at(attributeIndex.parameter + i, Number(pointer))),
    variadic: llvm.LLVMIsFunctionVarArg(type) !== 0,
    blocks: defined ? llvm.LLVMCountBasicBlocks(fn) : 0,
    labels,
    loops: defined && loopHeaders(llvm, fn).size > 0,
    users: defined ? functionsThatUse(llvm, fn) : [],
  };
}

function parameterReader(
  llvm: LlvmFunctions,
  fn: Pointer,
): (index: number, type: Pointer) => LlvmParameter {
  const has = (index: number, name: string): boolean => {
    const kind = attributeKind(llvm, name);
    return kind !== 0 && llvm.LLVMGetEnumAttributeAtIndex(fn, index, kind) !== 0;
  };
  return (index, type) => ({
    type: valueType(llvm, type),
    extension: has(index, "signext") ? "sign" : has(index, "zeroext") ? "zero" : "none",
    indirect: indirectAttributes.some((name) => has(index, name)),
  });
}

function functionsThatUse(llvm: LlvmFunctions, fn: Pointer): string[] {
  const names = new Set<string>();
  for (const user of usersOf(llvm, fn)) {
    if (llvm.LLVMIsAInstruction(user) === 0) continue;
    names.add(nameOf(llvm, functionAround(llvm, user)));
  }
  return [...names];
}

/** A variable; `strength` as for functions. */
export function variablePart(
  llvm: LlvmFunctions,
  variable: Pointer,
  strength: LlvmStrength,
): LlvmVariablePart {
  const defined = llvm.LLVMIsDeclaration(variable) === 0;
  return { name: nameOf(llvm, variable), defined, strength };
}
