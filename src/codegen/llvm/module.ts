// A MIR module as textual LLVM IR. The text depends on the module and the options alone.
import { utf8Bytes } from "../../base/index.ts";
import { computeCfg, isReachable, rpoNumber } from "../../analysis/index.ts";
import { callPlaces, symbolNames } from "../../runtime/index.ts";
import { noLocation, type DataItem, type MirFunction, type MirModule } from "../../ir/mir/index.ts";
import { functionAttributes, printLlvmFunction } from "./function.ts";
import { KernelAddresses, type KernelFacts } from "./kernel.ts";
import { FunctionLocations, type LocationForm, type LocationTable } from "./locations.ts";
import { byteConstant, globalName, llvmType, quoted, resultType, sectionNames } from "./names.ts";
import { ModuleScope } from "./scope.ts";
import { tripleOf, type LlvmArchitecture } from "./target.ts";

/** What the text depends on besides the module. */
export interface LlvmTextOptions {
  readonly name: string;
  readonly architecture: LlvmArchitecture;
  /** What the object says of its ABI. */
  readonly abiHash: string;
  /** Default `table`. */
  readonly locations?: LocationForm;
  /**
   * Which functions get another one that takes the arguments from memory, for calls from JavaScript: all, those that `anneal:call`
   * cannot call, or none. Default `all`; wasm has none.
   */
  readonly entries?: "all" | "large" | "none";
  /** Symbol of a function that runs once: unless it loops, as little work as possible goes into it. */
  readonly runsOnce?: string;
  /** The module is a kernel: its entry is the only function that can be called, and LLVM is told what the caller promises. */
  readonly kernel?: KernelFacts;
}

/** A module's text, and the locations that its lines number. */
export interface LlvmText {
  readonly text: string;
  readonly locations: LocationTable;
  /** Whether all of it runs once. */
  readonly runsOnce: boolean;
}

/** Prints a verified module without instructions that other layers replace (`new`). */
export function printLlvmModule(module: MirModule, options: LlvmTextOptions): LlvmText {
  const { architecture, locations = "table" } = options;
  const kernel = options.kernel && new KernelAddresses(module, options.kernel);
  const scope = new ModuleScope(module, { architecture, locations, kernel });
  const bounded = boundedFunctions(module);
  const hasEntry = (fn: MirFunction): boolean =>
    !scope.isFlat &&
    (kernel === undefined ? needsEntry(fn, options) : fn.symbol === kernel.facts.entry);
  const once = module.functions.find((fn) => fn.symbol === options.runsOnce && !hasLoops(fn));
  const functions = module.functions.flatMap((fn) => [
    "",
    ...printLlvmFunction(fn, scope, {
      checksStack: !bounded.has(fn.symbol),
      runsOnce: fn === once,
    }),
    ...(hasEntry(fn) ? ["", ...entryFunction(fn, scope)] : []),
  ]);
  const abi = utf8Bytes(options.abiHash);
  const data = module.data.flatMap((item) => dataItem(item, scope));
  const defined = new Set(data.map((line) => line.slice(0, line.indexOf(" "))));
  const lines = [
    `source_filename = ${quoted(options.name)}`,
    `target triple = ${quoted(tripleOf(architecture))}`,
    "",
    constant("anneal.abi", abi, `section ${quoted(sectionNames.abi)}, align 1`),
    ...data,
    ...scope.declarations.filter((line) => !defined.has(line.slice(0, line.indexOf(" ")))),
    ...functions,
    "",
    ...functionAttributes(options.kernel?.vectorise !== false, once !== undefined),
    "",
    ...scope.debug.header,
    ...scope.metadata.lines,
    "",
  ];
  const isOnce = once !== undefined && module.functions.length === 1;
  return { text: lines.join("\n"), locations: scope.debug.table, runsOnce: isOnce };
}

function needsEntry(
  { signature: { params, results } }: MirFunction,
  options: LlvmTextOptions,
): boolean {
  const { architecture, entries = "all" } = options;
  if (entries === "none") return false;
  if (entries === "all" || architecture === "i686" || architecture === "wasm32") return true;
  const floats = params.map((type) => type === "f32" || type === "f64");
  return results.length > 1 || callPlaces(architecture, floats) === null;
}

/** Whether a jump goes back in an order in which every block comes before those it leads to, but for loops. */
function hasLoops(fn: MirFunction): boolean {
  const cfg = computeCfg(fn);
  return fn.blocks.some(
    ({ id, insts }) =>
      isReachable(cfg, id) &&
      insts.some(({ targets }) =>
        targets.some(({ block }) => rpoNumber(cfg, block) <= rpoNumber(cfg, id)),
      ),
  );
}

function constant(name: string, bytes: Uint8Array, rest: string): string {
  return `${globalName(name)} = hidden constant [${bytes.length} x i8] ${byteConstant(bytes)}, ${rest}`;
}

/** Bytes for linear memory. The loader copies the section there; a flat memory has the symbol itself. */
function dataItem({ symbol, bytes, align }: DataItem, scope: ModuleScope): string[] {
  const aligned = `align ${Math.max(1, align)}`;
  if (scope.isFlat) return [constant(symbolNames.address(symbol), bytes, aligned)];
  const section = `section ${quoted(sectionNames.data)}, ${aligned}`;
  return [constant(symbolNames.data(symbol), bytes, section)];
}

/** Calls a function with arguments from 8-byte places, and leaves its results there. */
function entryFunction(fn: MirFunction, scope: ModuleScope): string[] {
  const {
    symbol,
    signature: { params, results },
  } = fn;
  const locations = new FunctionLocations(fn, scope.debug);
  const lines: string[] = [];
  const place = (i: number, name: string): string => {
    lines.push(`  ${name} = getelementptr inbounds i8, ptr %frame, i32 ${8 * i}`);
    return name;
  };
  const args = params.map((type, i) => {
    lines.push(`  %a${i} = load ${llvmType(type)}, ptr ${place(i, `%p${i}`)}, align 8`);
    return `${llvmType(type)} %a${i}`;
  });
  const result = resultType(results);
  const callee = globalName(symbolNames.code(symbol));
  const call = `call ${result} ${callee}(${["ptr swiftself %m", ...args].join(", ")}) noinline${locations.at(noLocation)}`;
  lines.push(results.length === 0 ? `  ${call}` : `  %r = ${call}`);
  results.forEach((type, i) => {
    const value = results.length === 1 ? "%r" : `%r${i}`;
    if (results.length > 1) lines.push(`  ${value} = extractvalue ${result} %r, ${i}`);
    lines.push(`  store ${llvmType(type)} ${value}, ptr ${place(i, `%q${i}`)}, align 8`);
  });
  const name = globalName(symbolNames.enter(symbol));
  return [
    `define void ${name}(ptr %m, ptr %frame) #0${locations.head} {`,
    ...lines,
    "  ret void",
    "}",
  ];
}

/** Functions whose calls under way are at most as many as the module has functions: they call only such functions. */
function boundedFunctions({ functions }: MirModule): ReadonlySet<string> {
  const bounded = new Set<string>();
  const open = new Map<string, readonly string[]>();
  for (const fn of functions) {
    const callees = directCallees(fn);
    if (callees !== undefined) open.set(fn.symbol, callees);
  }
  for (let found = true; found;) {
    found = false;
    for (const [symbol, callees] of open) {
      if (!callees.every((callee) => bounded.has(callee))) continue;
      bounded.add(symbol);
      open.delete(symbol);
      found = true;
    }
  }
  return bounded;
}

/** The functions of the module that a function calls; undefined if it calls anything else that may go deep. */
function directCallees(fn: MirFunction): string[] | undefined {
  const callees = new Set<string>();
  for (const { insts } of fn.blocks) {
    for (const { op, imm } of insts) {
      if (op === "call_slot" || op === "call_table" || op === "call_host") return undefined;
      if (op === "call") callees.add(String(imm));
    }
  }
  return [...callees];
}
