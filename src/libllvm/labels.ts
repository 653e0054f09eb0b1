// Tables with addresses of blocks, as interpreters written in C have them for `goto *table[opcode]`. Such an address means
// something in one compilation of its function only.
import { LlvmError, llvmPartNames } from "../codegen/llvm/index.ts";
import type { LlvmFunctions, Pointer } from "./functions.ts";
import {
  blocksOf,
  functionAround,
  functionsOf,
  linkages,
  nameOf,
  opcodes,
  rename,
  runModulePasses,
  usersOf,
} from "./values.ts";

/** Tables with the functions that they belong to. */
export type LabelTables = ReadonlyMap<Pointer, Pointer>;

/** Finds all tables. Throws `LlvmError` for those that cannot be copied into each compilation of their function. */
export function findLabelTables(llvm: LlvmFunctions, module: Pointer): LabelTables {
  let tables = collectTables(llvm, module);
  if ([...tables.keys()].some((table) => llvm.LLVMIsGlobalConstant(table) === 0)) {
    // Finds out which variables are never written.
    runModulePasses(llvm, module, "globalopt");
    tables = collectTables(llvm, module);
  }
  for (const [table, fn] of tables) checkTable(llvm, table, fn);
  return tables;
}

/** Names tables so that each says which function it belongs to; functions have their names already. */
export function nameLabelTables(llvm: LlvmFunctions, tables: LabelTables): void {
  let index = 0;
  for (const [table, fn] of tables) {
    rename(llvm, table, llvmPartNames.labels(nameOf(llvm, fn), (index += 1)));
    llvm.LLVMSetLinkage(table, linkages.internal);
  }
}

function collectTables(llvm: LlvmFunctions, module: Pointer): LabelTables {
  const tables = new Map<Pointer, Pointer>();
  for (const fn of functionsOf(llvm, module)) {
    const blocks = blocksOf(llvm, fn);
    if (!blocks.some((block) => jumpsAnywhere(llvm, block))) continue;
    for (const block of blocks) {
      for (const user of usersOf(llvm, llvm.LLVMBasicBlockAsValue(block))) {
        if (llvm.LLVMIsAInstruction(user) !== 0) continue;
        for (const table of variablesAround(llvm, user)) tables.set(table, fn);
      }
    }
  }
  return tables;
}

function jumpsAnywhere(llvm: LlvmFunctions, block: Pointer): boolean {
  const last = llvm.LLVMGetBasicBlockTerminator(block);
  return last !== 0 && llvm.LLVMGetInstructionOpcode(last) === opcodes.indirectBr;
}

/** The variables whose values a constant is a part of. */
function variablesAround(llvm: LlvmFunctions, constant: Pointer): Set<Pointer> {
  const found = new Set<Pointer>();
  const constants = new Set([constant]);
  for (const at of constants) {
    for (const user of usersOf(llvm, at)) {
      if (llvm.LLVMIsAInstruction(user) !== 0) continue;
      if (llvm.LLVMIsAGlobalVariable(user) === 0) constants.add(user);
      else found.add(user);
    }
  }
  return found;
}

function checkTable(llvm: LlvmFunctions, table: Pointer, fn: Pointer): void {
  const refuse = (why: string): never => {
    throw new LlvmError(`\`${nameOf(llvm, table)}\` has addresses of labels, and ${why}`);
  };
  const linkage = llvm.LLVMGetLinkage(table);
  if (linkage !== linkages.internal && linkage !== linkages.private) refuse("others can see it");
  if (llvm.LLVMIsGlobalConstant(table) === 0) refuse("it is written");
  const users = new Set(usersOf(llvm, table));
  for (const user of users) {
    if (llvm.LLVMIsAGlobalVariable(user) !== 0) refuse("another variable refers to it");
    else if (llvm.LLVMIsAInstruction(user) === 0)
      for (const next of usersOf(llvm, user)) users.add(next);
    else if (functionAround(llvm, user) !== fn) refuse("another function uses it");
  }
}
