// The host functions of a program, with what the options of its engine say of them.
import type { HirModule } from "../ir/hir/index.ts";
import { markRoots, type InterpContext, type Value } from "../interp/index.ts";
import { createHost, linkedHostFunctions, type Host } from "../runtime/index.ts";
import type { ExecutionManagers } from "./execution-managers.ts";
import type { EngineOptions } from "./options.ts";
import type { Poller } from "./poller.ts";
import type { SpecRunner } from "./specs.ts";
import type { World } from "./world.ts";

/** What of a program its host functions use. */
export interface ProgramHostParts {
  readonly module: HirModule;
  readonly options: EngineOptions;
  readonly world: World;
  readonly context: InterpContext;
  readonly poller: Poller;
  readonly specs: SpecRunner;
  readonly managers: ExecutionManagers;
  /** Compiled code asks for its function's next tier. */
  readonly tierUp: (id: number) => void;
  /** Native code calls a closure of the program. */
  readonly callClosure: (closure: number, args: readonly Value[]) => Value;
}

/** Makes the host functions. */
export function createProgramHost(parts: ProgramHostParts): Host {
  const { module, options, world, context, poller, specs, managers, tierUp, callClosure } = parts;
  const { clock, write, onValue, files, linked, functionPointers } = options;
  return createHost({
    clock,
    write,
    ...(onValue === undefined ? {} : { onValue }),
    memory: world.views,
    poll: () => poller.poll(),
    sleep: (micros) => poller.sleep(micros),
    tierUp,
    layouts: module.layouts,
    ...(world.heap === null ? {} : { heap: world.heap.objects }),
    markRoots: (mark) => {
      markRoots(context.roots, mark);
      world.holder?.markRoots(mark);
    },
    specs,
    jit: managers,
    ...(files === undefined ? {} : { files }),
    linked: linkedHostFunctions({
      ...(linked === undefined ? {} : { linked }),
      ...(functionPointers === undefined ? {} : { functionPointers }),
      memory: world.views,
      layouts: module.layouts,
      callClosure,
    }),
  });
}
