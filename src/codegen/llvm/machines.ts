// What all compilation through libLLVM shares: target machines, which are kept, and modules, which are not.
import type { LlvmContext, LlvmLevel, LlvmLibrary, LlvmMachine, LlvmModule } from "./library.ts";
import { machineOptions, type LlvmTarget } from "./target.ts";

/** The processor that runs this program, with all that it can do, as a target. */
export function hostTarget(library: LlvmLibrary, machine: "x86_64" | "aarch64"): LlvmTarget {
  return { architecture: machine, cpu: library.host.cpu, features: library.host.features };
}

/** The machines of one target, one for each level; made when they are first needed. */
export class LlvmMachines {
  readonly target: LlvmTarget;
  readonly #library: LlvmLibrary;
  readonly #machines = new Map<LlvmLevel, LlvmMachine>();

  constructor(library: LlvmLibrary, target: LlvmTarget) {
    this.#library = library;
    this.target = target;
  }

  /** Lives until `dispose`. */
  machine(level: LlvmLevel): LlvmMachine {
    const known = this.#machines.get(level);
    if (known !== undefined) return known;
    const machine = this.#library.createMachine(machineOptions(this.target, level));
    this.#machines.set(level, machine);
    return machine;
  }

  /** Uses a module in a context of its own, and disposes of both. */
  withModule<Result>(
    read: (context: LlvmContext) => LlvmModule,
    use: (module: LlvmModule) => Result,
  ): Result {
    const context = this.#library.createContext();
    try {
      const module = read(context);
      try {
        return use(module);
      } finally {
        module.dispose();
      }
    } finally {
      context.dispose();
    }
  }

  /** The object of our own text, as it is: no pass is run. Throws `LlvmError`. */
  compileText(text: string): Uint8Array {
    return this.withModule(
      (context) => context.parseIr(text, "runtime"),
      (module) => module.emitObject(this.machine(1)),
    );
  }

  dispose(): void {
    for (const machine of this.#machines.values()) machine.dispose();
    this.#machines.clear();
  }
}
