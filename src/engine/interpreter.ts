// Tier 0 of a program: what the interpreter of HIR needs of its program and its host.
import type { HirModule } from "../ir/hir/index.ts";
import {
  createInterpContext,
  never,
  type FunctionCell,
  type InterpContext,
  type InterpHeap,
  type InterpHooks,
} from "../interp/index.ts";
import { isHostSymbol, type Host } from "../runtime/index.ts";
import type { EngineOptions } from "./options.ts";
import { loopThreshold } from "./policy.ts";
import type { World } from "./world.ts";

const defaultThreshold = 10;
/** Calls and back-edges between two polls in tier 0: about 1 ms. */
const pollInterval = 10_000;
/** Where tier 0 samples or is called by its host, and as long as something waits for a poll. */
export const frequentPollInterval = 1000;

/** What a program gives to its interpreter. */
export interface InterpreterParts {
  readonly module: HirModule;
  readonly options: EngineOptions;
  readonly world: World;
  /** Addresses of the module's variables. */
  readonly globals: readonly number[];
  /** Functions that an earlier program of the session has already. */
  readonly cells: readonly (FunctionCell | undefined)[];
  /** What the interpreters of a session share. */
  readonly roots: InterpContext["roots"] | undefined;
  /** Made when it is first needed. */
  readonly host: () => Host;
  readonly heap: Pick<InterpHeap, "functionSlot" | "fromLibrary">;
  readonly hooks: Pick<InterpHooks, "onHotFunction" | "onHotLoop" | "poll">;
}

/** Makes the interpreter. */
export function createInterpreter(parts: InterpreterParts): InterpContext {
  const { module, options, world, globals, cells, roots, host, hooks } = parts;
  const { mode = "auto", threshold = defaultThreshold, write, onValue } = options;
  const counts = mode === "auto";
  const frequent = mode === "hybrid" || world.replaceable;
  return createInterpContext({
    module,
    memory: world.views,
    globals,
    cells,
    slotCells: world.slotCells,
    callThreshold: counts ? Math.max(1, threshold) : never,
    loopThreshold: counts ? (options.loopThreshold ?? loopThreshold) : never,
    pollInterval: options.pollInterval ?? (frequent ? frequentPollInterval : pollInterval),
    hooks: {
      ...hooks,
      write: (text, stream) => {
        if (stream !== "value") write(stream, text);
        else if (onValue === undefined) write("out", text);
        else onValue(text.trimEnd());
      },
      host: (symbol) => (isHostSymbol(symbol) ? host().tierZero[symbol] : undefined),
    },
    ...heapOf(parts),
    ...(roots === undefined ? {} : { roots }),
  });
}

function heapOf({ world, host, heap: own }: InterpreterParts): { heap?: InterpHeap } {
  const { heap, singletons, staticTexts, texts } = world;
  if (heap === null) return {};
  return {
    heap: {
      ...own,
      objects: heap.objects,
      display: () => host().display,
      text: (value) => texts?.object(value) ?? staticTexts.text(value),
      singleton: (layout) => singletons.of(layout),
    },
  };
}
