// Makes a module that others made fit to be taken apart.
import {
  LlvmError,
  type LlvmModuleParts,
  type LlvmSeparation,
  type LlvmStrength,
} from "../codegen/llvm/index.ts";
import type { LlvmFunctions, Pointer } from "./functions.ts";
import { findLabelTables, nameLabelTables } from "./labels.ts";
import { functionPart, strengthOf, variablePart } from "./parts.ts";
import {
  attributeIndex,
  attributeKind,
  each,
  functionsOf,
  isIntrinsic,
  linkages,
  nameOf,
  rename,
  runModulePasses,
  variablesOf,
  visibilities,
} from "./values.ts";

/** Attributes that tie a function to the processor that it was made for. */
const machineAttributes = ["target-cpu", "target-features", "tune-cpu"];
/** Variables that only keep others alive, or say something about them. */
const keepers = ["llvm.used", "llvm.compiler.used", "llvm.global.annotations"];
const constructors = "llvm.global_ctors";
const destructors = "llvm.global_dtors";
const handleName = "__dso_handle";
/** Before names that are to be taken as they are. */
const verbatim = "\u0001";

/** Prepares a module in place; see `LlvmModule.separate`. */
export function separateModule(
  llvm: LlvmFunctions,
  module: Pointer,
  separation: LlvmSeparation,
): LlvmModuleParts {
  refuseForeignParts(llvm, module);
  llvm.LLVMStripModuleDebugInfo(module);
  for (const variable of variablesOf(llvm, module)) {
    if (keepers.includes(nameOf(llvm, variable))) llvm.LLVMDeleteGlobal(variable);
  }
  const named = new Naming(llvm, separation);
  const aliases = dissolveAliases(llvm, module, named);
  const starts = takeList(llvm, { module, named }, constructors);
  const ends = takeList(llvm, { module, named }, destructors).toReversed();
  runModulePasses(llvm, module, "globaldce");
  const tables = findLabelTables(llvm, module);
  const functions = functionsOf(llvm, module)
    .filter((fn) => !isIntrinsic(nameOf(llvm, fn)))
    .map((fn) => ({ fn, strength: prepareFunction(llvm, fn, named) }));
  nameLabelTables(llvm, tables);
  const labelled = new Set(tables.values());
  const variables = variablesOf(llvm, module)
    .filter((variable) => !isIntrinsic(nameOf(llvm, variable)) && !tables.has(variable))
    .map((variable) => prepareVariable(llvm, { module, variable, named }));
  return {
    triple: llvm.text(llvm.LLVMGetTarget(module)),
    dataLayout: llvm.text(llvm.LLVMGetDataLayoutStr(module)),
    functions: functions.map(({ fn, strength }) =>
      functionPart(llvm, fn, { strength, labels: labelled.has(fn) }),
    ),
    variables: variables.map(({ variable, strength }) => variablePart(llvm, variable, strength)),
    aliases: aliases.map(({ name, value }) => ({ name, target: nameOf(llvm, value) })),
    initializers: starts.map((fn) => nameOf(llvm, fn)),
    finalizers: ends.map((fn) => nameOf(llvm, fn)),
  };
}

function refuseForeignParts(llvm: LlvmFunctions, module: Pointer): void {
  const length = [0];
  llvm.LLVMGetModuleInlineAsm(module, length);
  if ((length[0] ?? 0) > 0) {
    throw new LlvmError("it has assembly outside of functions, which cannot be taken apart");
  }
  const chosen = llvm.LLVMGetFirstGlobalIFunc(module);
  if (chosen !== 0) {
    throw new LlvmError(`\`${nameOf(llvm, chosen)}\` is a function that is chosen at load time`);
  }
}

/**
 * The functions of one of LLVM's lists of those that run without being called, by their priority; the list goes. Code
 * generation would make of it what is for the system's loader.
 */
function takeList(
  llvm: LlvmFunctions,
  { module, named }: { readonly module: Pointer; readonly named: Naming },
  name: string,
): Pointer[] {
  const list = llvm.LLVMGetNamedGlobal(module, name);
  if (list === 0) return [];
  const entries = llvm.LLVMGetInitializer(list);
  const found: { readonly priority: number; readonly fn: Pointer }[] = [];
  for (let i = 0; i < llvm.LLVMGetNumOperands(entries); i += 1) {
    const entry = llvm.LLVMGetOperand(entries, i);
    // Lists of zeros have entries without parts.
    if (llvm.LLVMGetNumOperands(entry) < 2) continue;
    const fn = llvm.LLVMGetOperand(entry, 1);
    if (llvm.LLVMIsAFunction(fn) === 0) continue;
    named.keep(fn);
    found.push({ priority: llvm.LLVMConstIntGetSExtValue(llvm.LLVMGetOperand(entry, 0)), fn });
  }
  llvm.LLVMDeleteGlobal(list);
  return found.toSorted((a, b) => a.priority - b.priority).map(({ fn }) => fn);
}

/** Replaces second names by what they stand for, and lists those that others may use. */
function dissolveAliases(
  llvm: LlvmFunctions,
  module: Pointer,
  named: Naming,
): { readonly name: string; readonly value: Pointer }[] {
  const visible: { readonly name: string; readonly value: Pointer }[] = [];
  const first = llvm.LLVMGetFirstGlobalAlias(module);
  for (const alias of each(first, (at) => llvm.LLVMGetNextGlobalAlias(at))) {
    const value = llvm.LLVMAliasGetAliasee(alias);
    const name = nameOf(llvm, alias);
    if (llvm.LLVMIsAFunction(value) === 0 && llvm.LLVMIsAGlobalVariable(value) === 0) {
      throw new LlvmError(`\`${name}\` is a second name for a part of something`);
    }
    const linkage = llvm.LLVMGetLinkage(alias);
    if (linkage !== linkages.internal && linkage !== linkages.private) {
      visible.push({ name, value });
      named.keep(value);
    }
    llvm.LLVMReplaceAllUsesWith(alias, value);
    // Nothing uses it any more, so dead code goes with it.
    llvm.LLVMSetLinkage(alias, linkages.internal);
  }
  return visible;
}

/** Gives names to what had none that others can see. */
class Naming {
  readonly #llvm: LlvmFunctions;
  readonly #separation: LlvmSeparation;
  #unnamed = 0;

  constructor(llvm: LlvmFunctions, separation: LlvmSeparation) {
    this.#llvm = llvm;
    this.#separation = separation;
  }

  /** Makes a definition visible; the result is what it was among those of its name. */
  publish(value: Pointer): LlvmStrength {
    const llvm = this.#llvm;
    const linkage = llvm.LLVMGetLinkage(value);
    const name = nameOf(llvm, value);
    if (linkage === linkages.internal || linkage === linkages.private) {
      const local = name === "" ? String((this.#unnamed += 1)) : withoutMark(name);
      rename(llvm, value, this.#separation.local(local));
    } else if (name.startsWith(verbatim)) rename(llvm, value, withoutMark(name));
    llvm.LLVMSetVisibility(value, visibilities.default);
    llvm.LLVMSetComdat(value, 0);
    return strengthOf(linkage);
  }

  /** What others find without its name must not disappear. */
  keep(value: Pointer): void {
    const llvm = this.#llvm;
    switch (llvm.LLVMGetLinkage(value)) {
      case linkages.internal:
      case linkages.private:
        this.publish(value);
        llvm.LLVMSetLinkage(value, linkages.external);
        break;
      case linkages.linkOnceOdr:
        llvm.LLVMSetLinkage(value, linkages.weakOdr);
        break;
      case linkages.linkOnceAny:
        llvm.LLVMSetLinkage(value, linkages.weakAny);
    }
  }

  /** A name that is used and not defined. */
  reference(value: Pointer): LlvmStrength {
    const llvm = this.#llvm;
    const name = nameOf(llvm, value);
    if (name === handleName) rename(llvm, value, this.#separation.handle);
    else if (name.startsWith(verbatim)) rename(llvm, value, withoutMark(name));
    return strengthOf(llvm.LLVMGetLinkage(value));
  }
}

function withoutMark(name: string): string {
  return name.startsWith(verbatim) ? name.slice(verbatim.length) : name;
}

function prepareFunction(llvm: LlvmFunctions, fn: Pointer, named: Naming): LlvmStrength {
  if (llvm.LLVMIsDeclaration(fn) !== 0) return named.reference(fn);
  const strength = named.publish(fn);
  llvm.LLVMSetLinkage(fn, linkages.external);
  const { function: index } = attributeIndex;
  for (const name of machineAttributes) {
    llvm.LLVMRemoveStringAttributeAtIndex(fn, index, name, name.length);
  }
  const unoptimised = attributeKind(llvm, "optnone");
  if (llvm.LLVMGetEnumAttributeAtIndex(fn, index, unoptimised) !== 0) {
    // `clang -O0` says that nothing is ever to be optimised, and that needs `noinline`.
    llvm.LLVMRemoveEnumAttributeAtIndex(fn, index, unoptimised);
    llvm.LLVMRemoveEnumAttributeAtIndex(fn, index, attributeKind(llvm, "noinline"));
  }
  return strength;
}

interface VariablePlan {
  readonly module: Pointer;
  readonly variable: Pointer;
  readonly named: Naming;
}

function prepareVariable(
  llvm: LlvmFunctions,
  { module, variable, named }: VariablePlan,
): { readonly variable: Pointer; readonly strength: LlvmStrength } {
  if (llvm.LLVMIsDeclaration(variable) !== 0) {
    const strength = named.reference(variable);
    return { variable: withoutNearness(llvm, module, variable), strength };
  }
  const strength = named.publish(variable);
  switch (llvm.LLVMGetLinkage(variable)) {
    case linkages.linkOnceOdr:
      llvm.LLVMSetLinkage(variable, linkages.weakOdr);
      break;
    case linkages.linkOnceAny:
      llvm.LLVMSetLinkage(variable, linkages.weakAny);
      break;
    case linkages.internal:
    case linkages.private:
      llvm.LLVMSetLinkage(variable, linkages.external);
  }
  return { variable, strength };
}

/** Code for fixed addresses takes variables of the C library to be near, which they are not: a new reference knows nothing. */
function withoutNearness(llvm: LlvmFunctions, module: Pointer, variable: Pointer): Pointer {
  const name = nameOf(llvm, variable);
  if (llvm.LLVMIsThreadLocal(variable) !== 0) return variable;
  if (llvm.LLVMGetVisibility(variable) !== visibilities.default) return variable;
  const type = llvm.LLVMGlobalGetValueType(variable);
  const fresh = llvm.LLVMAddGlobal(module, type, "");
  llvm.LLVMSetLinkage(fresh, llvm.LLVMGetLinkage(variable));
  llvm.LLVMReplaceAllUsesWith(variable, fresh);
  llvm.LLVMDeleteGlobal(variable);
  rename(llvm, fresh, name);
  return fresh;
}
