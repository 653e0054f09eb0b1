// Values of a module as LLVM's C interface gives them: lists, names, attributes.
import type { LlvmFunctions, Pointer } from "./functions.ts";

/** `LLVMLinkage`. */
export const linkages = {
  external: 0,
  availableExternally: 1,
  linkOnceAny: 2,
  linkOnceOdr: 3,
  weakAny: 5,
  weakOdr: 6,
  internal: 8,
  private: 9,
  externalWeak: 12,
  common: 14,
} as const;

/** `LLVMVisibility`. */
export const visibilities = { default: 0, hidden: 1 } as const;

/** `LLVMOpcode`, those that are looked for. */
export const opcodes = { indirectBr: 4, alloca: 26, phi: 44, landingPad: 59 } as const;

/** Where attributes stand: at the result, at parameters from 1 on, at the function itself. */
export const attributeIndex = { result: 0, parameter: 1, function: 0xffff_ffff } as const;

const utf8 = new TextDecoder();

/** The members of one of LLVM's linked lists. */
export function* each(
  first: Pointer,
  next: (pointer: Pointer) => Pointer,
): Generator<Pointer, void, undefined> {
  for (let at = first; at !== 0;) {
    // The member may be taken out while it is looked at.
    const following = next(at);
    yield at;
    at = following;
  }
}

/** Functions of a module. */
export function functionsOf(llvm: LlvmFunctions, module: Pointer): Pointer[] {
  return [...each(llvm.LLVMGetFirstFunction(module), (at) => llvm.LLVMGetNextFunction(at))];
}

/** Variables of a module. */
export function variablesOf(llvm: LlvmFunctions, module: Pointer): Pointer[] {
  return [...each(llvm.LLVMGetFirstGlobal(module), (at) => llvm.LLVMGetNextGlobal(at))];
}

/** Basic blocks of a function. */
export function blocksOf(llvm: LlvmFunctions, fn: Pointer): Pointer[] {
  return [...each(llvm.LLVMGetFirstBasicBlock(fn), (at) => llvm.LLVMGetNextBasicBlock(at))];
}

/** The function that an instruction is in. */
export function functionAround(llvm: LlvmFunctions, instruction: Pointer): Pointer {
  return llvm.LLVMGetBasicBlockParent(llvm.LLVMGetInstructionParent(instruction));
}

/** What uses a value: instructions and constants, one entry for each use. */
export function usersOf(llvm: LlvmFunctions, value: Pointer): Pointer[] {
  return [...each(llvm.LLVMGetFirstUse(value), (at) => llvm.LLVMGetNextUse(at))].map((use) =>
    llvm.LLVMGetUser(use),
  );
}

/** The name of a global value; empty if it has none. */
export function nameOf(llvm: LlvmFunctions, value: Pointer): string {
  const length = [0];
  const start = llvm.LLVMGetValueName2(value, length);
  const bytes = new Uint8Array(length[0] ?? 0);
  if (bytes.length > 0) llvm.memcpy(bytes, start, bytes.length);
  return utf8.decode(bytes);
}

/** Renames a global value; LLVM changes the name if it is taken. */
export function rename(llvm: LlvmFunctions, value: Pointer, name: string): void {
  const bytes = new TextEncoder().encode(name);
  llvm.LLVMSetValueName2(value, bytes, bytes.length);
}

/** Whether a global value is LLVM's own: an intrinsic, a list of initialisers, a list of uses. */
export function isIntrinsic(name: string): boolean {
  return name.startsWith("llvm.");
}

/** The number that LLVM has for an attribute; 0 if it does not know it. */
export function attributeKind(llvm: LlvmFunctions, name: string): number {
  return llvm.LLVMGetEnumAttributeKindForName(name, name.length);
}

/** A reference to a function, with everything that is known of it. */
export function addReference(
  llvm: LlvmFunctions,
  module: Pointer,
  { fn, name }: { readonly fn: Pointer; readonly name: string },
): Pointer {
  const type = llvm.LLVMGlobalGetValueType(fn);
  const reference = llvm.LLVMAddFunction(module, name, type);
  llvm.LLVMSetFunctionCallConv(reference, llvm.LLVMGetFunctionCallConv(fn));
  const parameters = Array.from({ length: llvm.LLVMCountParamTypes(type) }, (_, i) => i + 1);
  for (const index of [attributeIndex.function, attributeIndex.result, ...parameters]) {
    const attributes = new BigUint64Array(llvm.LLVMGetAttributeCountAtIndex(fn, index));
    if (attributes.length === 0) continue;
    llvm.LLVMGetAttributesAtIndex(fn, index, new Uint8Array(attributes.buffer));
    for (const attribute of attributes) {
      llvm.LLVMAddAttributeAtIndex(reference, index, Number(attribute));
    }
  }
  return reference;
}

/** Runs passes that need no machine. */
export function runModulePasses(llvm: LlvmFunctions, module: Pointer, pipeline: string): void {
  const options = llvm.LLVMCreatePassBuilderOptions();
  const error = llvm.LLVMRunPasses(module, pipeline, 0, options);
  llvm.LLVMDisposePassBuilderOptions(options);
  if (error !== 0) throw new Error(`LLVM has no passes ${pipeline}`);
}

/** Blocks that a path in the function comes back to, from the entry on. */
export function loopHeaders(llvm: LlvmFunctions, fn: Pointer): Set<Pointer> {
  const headers = new Set<Pointer>();
  const open = new Set<Pointer>();
  const seen = new Set<Pointer>();
  const path: { readonly block: Pointer; readonly rest: Pointer[] }[] = [];
  const enter = (block: Pointer): void => {
    seen.add(block);
    open.add(block);
    path.push({ block, rest: successors(llvm, block) });
  };
  enter(llvm.LLVMGetEntryBasicBlock(fn));
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const next = top.rest.pop();
    if (next === undefined) {
      open.delete(top.block);
      path.pop();
    } else if (open.has(next)) headers.add(next);
    else if (!seen.has(next)) enter(next);
  }
  return headers;
}

function successors(llvm: LlvmFunctions, block: Pointer): Pointer[] {
  const last = llvm.LLVMGetBasicBlockTerminator(block);
  if (last === 0) return [];
  const count = llvm.LLVMGetNumSuccessors(last);
  return Array.from({ length: count }, (_, i) => llvm.LLVMGetSuccessor(last, i));
}
