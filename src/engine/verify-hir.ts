// The check of HIR with the signatures of everything that a program may call.
import { verifyHir, type HirModule } from "../ir/hir/index.ts";
import { hostFunction, isHostSymbol, isLibrarySymbol, libraryFunctions } from "../runtime/index.ts";

/** Throws an `Error` with all that is wrong with a module, which is a mistake of the front end. */
export function checkHir(module: HirModule): void {
  const problems = verifyHir(module, (symbol) => {
    if (isHostSymbol(symbol)) return hostFunction(symbol);
    return isLibrarySymbol(symbol) ? libraryFunctions[symbol] : undefined;
  });
  if (problems.length > 0) throw new Error(`HIR is not well formed:\n${problems.join("\n")}`);
}
