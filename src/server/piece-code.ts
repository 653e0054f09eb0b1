// The objects of a piece: one with its own functions, and one for each module that it imports, which a device loads when one of its functions
// is called.
import type { SourceFile } from "../base/index.ts";
import {
  buildMir,
  functionType,
  signatureOf,
  type ModuleFacts,
  type OptLevel,
} from "../compiler/index.ts";
import {
  singletonSymbol,
  staticsOf,
  textSymbol,
  type HirFunction,
  type HirModule,
} from "../ir/hir/index.ts";
import type { MirModule } from "../ir/mir/index.ts";
import type { Piece, SlotUse } from "../protocol/index.ts";
import { codeFlags } from "../runtime/index.ts";
import type { FunctionKey } from "./keys.ts";
import type { CodeTarget } from "./targets.ts";

/** An analysed piece. */
export interface PieceToCompile {
  readonly facts: ModuleFacts;
  /** By function number. */
  readonly keys: readonly FunctionKey[];
  /** The path of the module that a file is; null for the program's own source. */
  readonly moduleOf: (file: SourceFile) => string | null;
}

/** How a piece is compiled. */
export interface PieceCompilation {
  readonly target: CodeTarget;
  /** Of the object; those of modules have a number behind it. */
  readonly name: string;
  readonly level: OptLevel;
  readonly sharedMemory: boolean;
  /** As `UnitOptions.forwardCalls`, of the piece's own object; those of modules call so in any case. */
  readonly forwardCalls: boolean;
  /** Whether the device has the code of a function. */
  readonly isThere: (key: FunctionKey) => boolean;
}

type CodePart = Omit<Piece["modules"][number], "name">;

/** Compiles the functions of a piece that the device does not have. */
export function compilePiece(
  piece: PieceToCompile,
  how: PieceCompilation,
): CodePart & Pick<Piece, "modules"> {
  const { facts, keys, moduleOf } = piece;
  const { module } = facts;
  const own: HirFunction[] = [];
  const byModule = new Map<string, HirFunction[]>();
  for (const fn of module.functions) {
    const key = keys[fn.id];
    if (fn.id === module.init || key === undefined || how.isThere(key)) continue;
    // The top level of a module runs at once.
    const name = fn.topLevel === true ? null : moduleOf(fn.span.file);
    if (name === null) own.push(fn);
    else byModule.set(name, [...(byModule.get(name) ?? []), fn]);
  }
  const modules = [...byModule].map(([name, functions], index) => ({
    name,
    ...compilePart(piece, functions, { ...how, name: `${how.name}-${index}`, forwardCalls: true }),
  }));
  return { ...compilePart(piece, own, { ...how, init: module.init }), modules };
}

/** One object; with `init` the top level is in it. */
function compilePart(
  { facts, keys }: PieceToCompile,
  functions: readonly HirFunction[],
  {
    target,
    name,
    level,
    sharedMemory,
    forwardCalls,
    init,
  }: PieceCompilation & { readonly init?: number },
): CodePart {
  const { module } = facts;
  const ids = [...(init === undefined ? [] : [init]), ...functions.map(({ id }) => id)];
  const requests = ids.map((id) => ({
    kind: "function" as const,
    function: id,
    counted: false,
    outlined: false,
  }));
  const options = { name, level, sharedMemory, forwardCalls };
  const { safepoints, slotCalls } = codeFlags;
  const mir = buildMir(facts, requests, { ...options, safepoints, slotCalls });
  const runsOnce = (init === undefined ? null : module.functions[init]?.symbol) ?? null;
  const object = target.emit(mir, { ...options, runsOnce });
  const placed = functions.map((fn) => ({
    ...slotUse(fn, keys),
    content: keys[fn.id]?.content ?? "",
  }));
  return { object, functions: placed, ...references(module, mir, keys) };
}

/** What the code of a unit refers to outside of it. */
function references(
  module: HirModule,
  mir: MirModule,
  keys: readonly FunctionKey[],
): Omit<CodePart, "object" | "functions"> {
  const data = new Set(mir.externalData);
  const called = new Set(
    mir.declarations.flatMap(({ linkage, symbol }) => (linkage === "slot" ? [symbol] : [])),
  );
  return {
    uses: module.functions
      .filter(({ symbol }) => called.has(symbol))
      .map((fn) => slotUse(fn, keys)),
    variables: module.globals.flatMap(({ symbol }) => (data.has(symbol) ? [symbol] : [])),
    texts: [...staticsOf(module).texts]
      .map(([text, number]): [string, string] => [textSymbol(number), text])
      .filter(([symbol]) => data.has(symbol)),
    singletons: module.layouts
      .map(({ id }): [string, number] => [singletonSymbol(id), id])
      .filter(([symbol]) => data.has(symbol)),
  };
}

function slotUse(fn: HirFunction, keys: readonly FunctionKey[]): SlotUse {
  const { params, results } = functionType(signatureOf(fn));
  const type = { params: [...params], results: [...results] };
  return { symbol: fn.symbol, key: keys[fn.id]?.key ?? "", type };
}
