// Units of a separated module.
import { labelsOwner, llvmPartNames, type LlvmUnit } from "../codegen/llvm/index.ts";
import type { LlvmFunctions, Pointer } from "./functions.ts";
import {
  addReference,
  attributeIndex,
  attributeKind,
  each,
  functionsOf,
  isIntrinsic,
  linkages,
  loopHeaders,
  nameOf,
  opcodes,
  rename,
  runModulePasses,
  usersOf,
  variablesOf,
  visibilities,
} from "./values.ts";

const countName = "anneal:count";

/** Weights make the call unlikely; what the program keeps in memory is nothing to it. */
const countText = `
declare preserve_mostcc void @"${llvmPartNames.hot}"(ptr) #1
define void @"${countName}"(ptr %cell) #0 {
  %before = load i64, ptr %cell
  %left = sub i64 %before, 1
  store i64 %left, ptr %cell
  %due = icmp slt i64 %left, 0
  br i1 %due, label %hot, label %done, !prof !0
hot:
  call preserve_mostcc void @"${llvmPartNames.hot}"(ptr %cell) #1
  br label %done
done:
  ret void
}
attributes #0 = { alwaysinline nounwind }
attributes #1 = { cold nounwind memory(argmem: readwrite, inaccessiblemem: readwrite) }
!0 = !{!"branch_weights", i32 1, i32 1000000}
`;

/** What a unit is made in. */
export interface UnitPlace {
  readonly llvm: LlvmFunctions;
  readonly context: Pointer;
  readonly module: Pointer;
  /** Reads text into the same context. */
  readonly parse: (text: string) => Pointer;
}

/** See `LlvmModule.keepVariables`. */
export function keepVariables(llvm: LlvmFunctions, module: Pointer): void {
  for (const fn of definedFunctions(llvm, module)) {
    llvm.LLVMSetLinkage(fn, linkages.availableExternally);
  }
  runModulePasses(llvm, module, "elim-avail-extern");
  dropTables(llvm, module, new Set());
}

/**
 * Reads of a separated module only what a unit needs, into a module of its own: functions are read when they are linked, and
 * linked when they are asked for. The time does not grow with the code that is left out.
 */
export function readParts(
  place: Omit<UnitPlace, "module">,
  { bytes, name }: { readonly bytes: Uint8Array; readonly name: string },
  unit: LlvmUnit,
): Pointer {
  const { llvm, context } = place;
  const buffer = llvm.LLVMCreateMemoryBufferWithMemoryRangeCopy(bytes, bytes.length, name);
  const source = [0];
  // The module takes the buffer.
  if (llvm.LLVMGetBitcodeModuleInContext2(context, buffer, source) !== 0) {
    llvm.LLVMDisposeMemoryBuffer(buffer);
    throw new Error(`${name} is not bitcode`);
  }
  const [module = 0] = source;
  leaveOut(llvm, module, unit);
  const parts = llvm.LLVMModuleCreateWithNameInContext(name, context);
  // Linking takes the other module.
  if (llvm.LLVMLinkModules2(parts, module) !== 0) throw new Error(`${name} does not link`);
  return parts;
}

/** Puts references in the place of functions that the unit has nothing of; what stays is linked if something refers to it. */
function leaveOut(llvm: LlvmFunctions, module: Pointer, unit: LlvmUnit): void {
  const own = new Set(unit.functions);
  const inlined = new Set(unit.inlined);
  const variables = variablesOf(llvm, module);
  // Their blocks have addresses, which would get lost with a reference.
  const labelled = new Set(variables.map((variable) => labelsOwner(nameOf(llvm, variable))));
  for (const fn of definedFunctions(llvm, module)) {
    const name = nameOf(llvm, fn);
    if (own.has(name)) continue;
    if (!inlined.has(name) && !labelled.has(name)) {
      rename(llvm, fn, `left:${name}`);
      const reference = addReference(llvm, module, { fn, name });
      near(llvm, reference);
      llvm.LLVMReplaceAllUsesWith(fn, reference);
    }
    llvm.LLVMSetLinkage(fn, linkages.availableExternally);
  }
  for (const variable of variables) referVariable(llvm, variable);
  detachVariables(llvm, module);
}

/** Leaves a unit of the parts that were read for it. */
export function keepUnit(place: UnitPlace, unit: LlvmUnit): void {
  const { llvm, module } = place;
  const own = new Set(unit.functions);
  const inlined = new Set(unit.inlined);
  for (const fn of definedFunctions(llvm, module)) {
    const name = nameOf(llvm, fn);
    const stays = own.has(name) || inlined.has(name);
    llvm.LLVMSetLinkage(fn, stays ? linkages.external : linkages.availableExternally);
    near(llvm, fn);
  }
  dropBodies(llvm, module);
  dropTables(llvm, module, own);
  const kept = definedFunctions(llvm, module);
  for (const fn of kept) {
    if (!own.has(nameOf(llvm, fn))) llvm.LLVMSetLinkage(fn, linkages.availableExternally);
  }
  runModulePasses(llvm, module, "globaldce");
  const parts = definedFunctions(llvm, module).filter((fn) => own.has(nameOf(llvm, fn)));
  const counted = unit.counted ? parts.map((fn) => ({ fn, name: nameOf(llvm, fn) })) : [];
  for (const fn of parts) detach(place, fn, unit.direct);
  if (counted.length > 0) count(place, counted);
}

function definedFunctions(llvm: LlvmFunctions, module: Pointer): Pointer[] {
  return functionsOf(llvm, module).filter((fn) => llvm.LLVMIsDeclaration(fn) === 0);
}

/** What the module defines is loaded within reach. */
function near(llvm: LlvmFunctions, value: Pointer): void {
  llvm.LLVMSetVisibility(value, visibilities.hidden);
}

/** Variables with values that the unit may know become values without a place, others mere references. */
function referVariable(llvm: LlvmFunctions, variable: Pointer): void {
  const name = nameOf(llvm, variable);
  if (isIntrinsic(name) || llvm.LLVMIsDeclaration(variable) !== 0) return;
  switch (llvm.LLVMGetLinkage(variable)) {
    case linkages.external:
      near(llvm, variable);
      break;
    case linkages.weakAny:
    case linkages.common:
      llvm.LLVMSetInitializer(variable, 0);
      llvm.LLVMSetLinkage(variable, linkages.external);
  }
}

/** Drops the code of functions that are available elsewhere, but not the values of variables that are. */
function dropBodies(llvm: LlvmFunctions, module: Pointer): void {
  for (const variable of variablesOf(llvm, module)) {
    if (llvm.LLVMGetLinkage(variable) !== linkages.availableExternally) continue;
    llvm.LLVMSetLinkage(variable, linkages.external);
  }
  runModulePasses(llvm, module, "elim-avail-extern");
  detachVariables(llvm, module);
}

/** Variables are available elsewhere, but for tables that belong to functions. */
function detachVariables(llvm: LlvmFunctions, module: Pointer): void {
  for (const variable of variablesOf(llvm, module)) {
    const name = nameOf(llvm, variable);
    if (isIntrinsic(name) || labelsOwner(name) !== undefined) continue;
    if (llvm.LLVMIsDeclaration(variable) !== 0) continue;
    llvm.LLVMSetLinkage(variable, linkages.availableExternally);
  }
}

/** Takes away the tables with blocks of functions that are not in the unit, which nothing uses. */
function dropTables(llvm: LlvmFunctions, module: Pointer, own: ReadonlySet<string>): void {
  for (const variable of variablesOf(llvm, module)) {
    const owner = labelsOwner(nameOf(llvm, variable));
    if (owner === undefined || own.has(owner)) continue;
    if (llvm.LLVMGetFirstUse(variable) === 0) llvm.LLVMDeleteGlobal(variable);
  }
}

/** Parts a function's code from its name: everybody uses the name, but for calls of the unit itself if they are direct. */
function detach({ llvm, module }: UnitPlace, fn: Pointer, direct: boolean): void {
  const name = nameOf(llvm, fn);
  rename(llvm, fn, llvmPartNames.code(name));
  llvm.LLVMSetVisibility(fn, visibilities.default);
  const reference = addReference(llvm, module, { fn, name });
  near(llvm, reference);
  llvm.LLVMReplaceAllUsesWith(fn, reference);
  if (!direct) return;
  for (const user of usersOf(llvm, reference)) {
    const calls = llvm.LLVMIsACallInst(user) !== 0 || llvm.LLVMIsAInvokeInst(user) !== 0;
    if (!calls || llvm.LLVMGetCalledValue(user) !== reference) continue;
    // The function is the last operand of every kind of call.
    llvm.LLVMSetOperand(user, llvm.LLVMGetNumOperands(user) - 1, fn);
  }
}

interface CountedFunction {
  readonly fn: Pointer;
  readonly name: string;
}

function count(place: UnitPlace, functions: readonly CountedFunction[]): void {
  const { llvm, context, module, parse } = place;
  // Linking takes the other module.
  if (llvm.LLVMLinkModules2(module, parse(countText)) !== 0) throw new Error("counters do not fit");
  const counter = llvm.LLVMGetNamedFunction(module, countName);
  llvm.LLVMSetLinkage(counter, linkages.internal);
  near(llvm, llvm.LLVMGetNamedFunction(module, llvmPartNames.hot));
  const builder = llvm.LLVMCreateBuilderInContext(context);
  const type = llvm.LLVMGlobalGetValueType(counter);
  const naked = attributeKind(llvm, "naked");
  const cellType = llvm.LLVMTypeOf(counter);
  const add = (before: Pointer, cellName: string): void => {
    const named = llvm.LLVMGetNamedGlobal(module, cellName);
    const cell = named === 0 ? llvm.LLVMAddGlobal(module, cellType, cellName) : named;
    near(llvm, cell);
    llvm.LLVMPositionBuilderBefore(builder, before);
    const args = new Uint8Array(new BigUint64Array([BigInt(cell)]).buffer);
    llvm.LLVMBuildCall2(builder, type, counter, args, 1, "");
  };
  for (const { fn, name } of functions) {
    if (llvm.LLVMGetEnumAttributeAtIndex(fn, attributeIndex.function, naked) !== 0) continue;
    const headers = loopHeaders(llvm, fn);
    add(
      firstBut(llvm, llvm.LLVMGetEntryBasicBlock(fn), [opcodes.alloca]),
      llvmPartNames.calls(name),
    );
    const loops = llvmPartNames.loops(name);
    for (const header of headers) {
      add(firstBut(llvm, header, [opcodes.phi, opcodes.landingPad]), loops);
    }
  }
  llvm.LLVMDisposeBuilder(builder);
}

/** The first instruction of a block that is none of these. */
function firstBut(llvm: LlvmFunctions, block: Pointer, skipped: readonly number[]): Pointer {
  const first = llvm.LLVMGetFirstInstruction(block);
  for (const at of each(first, (one) => llvm.LLVMGetNextInstruction(one))) {
    if (!skipped.includes(llvm.LLVMGetInstructionOpcode(at))) return at;
  }
  throw new Error("a block has no terminator");
}
