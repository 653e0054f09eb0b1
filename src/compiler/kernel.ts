// Kernels: functions of the low-level dialect on arrays, made for the sizes that they will be called with.
import {
  printLlvmModule,
  type KernelFacts,
  type LlvmCompileOptions,
  type LlvmCompiler,
} from "../codegen/llvm/index.ts";
import type { HirModule } from "../ir/hir/index.ts";
import { renderVerifyErrors, verifyModule, type MirModule } from "../ir/mir/index.ts";
import { lowerUnit, ModuleFacts } from "../lower/index.ts";
import { bindParameters, kernelPasses, runPasses } from "../opt/index.ts";
import { currentAbi } from "../runtime/index.ts";

/** A kernel to make. */
export interface KernelRequest {
  /** Symbol of the function. */
  readonly entry: string;
  /** The values of parameters that are constants, by name. */
  readonly constants: Readonly<Record<string, number>>;
}

/** The MIR of a kernel, ready for code generation. Throws if there is no such function or parameter. */
export function buildKernel(hir: HirModule, { entry, constants }: KernelRequest): MirModule {
  const requests = hir.functions
    .filter(({ id }) => id !== hir.init)
    .map(
      ({ id }) => ({ kind: "function", function: id, counted: false, outlined: false }) as const,
    );
  const lowered = lowerUnit(new ModuleFacts(hir), requests, { safepoints: "none" });
  const names = parameterNames(hir, entry);
  const byIndex = Object.entries(constants).map(([name, value]) => {
    const index = names.indexOf(name);
    if (index < 0) throw new Error(`@${entry} has no parameter ${name}`);
    return [index, BigInt.asIntN(32, BigInt(value))] as const;
  });
  const functions = lowered.functions.map((fn) =>
    fn.symbol === entry ? bindParameters(fn, new Map(byIndex)) : fn,
  );
  const module = { ...lowered, functions };
  runPasses(module, kernelPasses);
  const used = { ...module, functions: reachable(functions, entry) };
  const wrong = verifyModule(used);
  if (wrong.length > 0) throw new Error(renderVerifyErrors(wrong));
  return used;
}

/** The names of a function's parameters, in order. Throws if there is none of this symbol. */
export function parameterNames(hir: HirModule, symbol: string): string[] {
  const fn = hir.functions.find((each) => each.symbol === symbol);
  if (fn === undefined) throw new Error(`there is no function @${symbol}`);
  return fn.locals.slice(0, fn.parameterCount).map(({ name }) => name);
}

/** A kernel's object, with the text of LLVM IR that it is made from, which says all that it depends on but machine and libLLVM. */
export function compileKernel(
  module: MirModule,
  facts: KernelFacts,
  compiler: LlvmCompiler,
): { readonly text: string; readonly object: () => Uint8Array } {
  const options: LlvmCompileOptions = {
    name: facts.entry,
    level: 3,
    // Nothing in a kernel can fail.
    locations: "none",
    abiHash: currentAbi(),
    kernel: facts,
  };
  const { text } = printLlvmModule(module, {
    ...options,
    architecture: compiler.target.architecture,
  });
  return { text, object: () => compiler.compile(module, options) };
}

function reachable(functions: MirModule["functions"], entry: string): MirModule["functions"] {
  const bySymbol = new Map(functions.map((fn) => [fn.symbol, fn]));
  const needed = new Set<string>();
  const open = [entry];
  for (let symbol = open.pop(); symbol !== undefined; symbol = open.pop()) {
    const fn = bySymbol.get(symbol);
    if (fn === undefined || needed.has(symbol)) continue;
    needed.add(symbol);
    for (const { insts } of fn.blocks) {
      for (const { op, imm } of insts) if (op === "call") open.push(String(imm));
    }
  }
  return functions.filter(({ symbol }) => needed.has(symbol));
}
