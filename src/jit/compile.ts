// Modules to objects, through libLLVM: prepared once, then compiled unit by unit at any level. The compiler's thread does
// the same with the same code.
import {
  LlvmError,
  machineOptions,
  type LlvmContext,
  type LlvmLevel,
  type LlvmLibrary,
  type LlvmMachine,
  type LlvmModule,
  type LlvmModuleParts,
  type LlvmSeparation,
  type LlvmTarget,
  type LlvmUnit,
} from "../codegen/llvm/index.ts";
import { JitError } from "./error.ts";
import type { ModuleSource } from "./source.ts";

/** A module that is ready to be compiled in units. */
export interface PreparedModule {
  readonly parts: LlvmModuleParts;
  readonly bitcode: Uint8Array;
}

/** This machine as a target, with all that its processor can do. */
export function hostTarget(library: LlvmLibrary, machine: "x86_64" | "aarch64"): LlvmTarget {
  return { architecture: machine, cpu: library.host.cpu, features: library.host.features };
}

/** Compiles for one target; keeps a target machine for each level. */
export class PartCompiler {
  readonly #library: LlvmLibrary;
  readonly #target: LlvmTarget;
  readonly #machines = new Map<LlvmLevel, LlvmMachine>();

  constructor(library: LlvmLibrary, target: LlvmTarget) {
    this.#library = library;
    this.#target = target;
  }

  /** Reads, verifies and separates a module. Throws `JitError`. */
  prepare(source: ModuleSource, separation: LlvmSeparation): PreparedModule {
    const { name } = source;
    try {
      return this.#withModule(
        (context) =>
          source.kind === "text"
            ? context.parseIr(source.text, name)
            : context.readBitcode(source.bytes, name),
        (module) => {
          const wrong = module.verify();
          if (wrong !== undefined)
            throw new JitError(`\`${name}\` is not valid: ${firstLine(wrong)}`);
          const parts = module.separate(separation);
          return { parts, bitcode: module.writeBitcode() };
        },
      );
    } catch (error) {
      if (!(error instanceof LlvmError)) throw error;
      throw new JitError(`cannot read \`${name}\`: ${error.message.trim()}`);
    }
  }

  /** The object with a prepared module's variables and initialisers. */
  variables(bitcode: Uint8Array): Uint8Array {
    return this.#withModule(
      (context) => context.readBitcode(bitcode, "variables"),
      (module) => {
        module.keepVariables();
        return module.emitObject(this.#machine(0));
      },
    );
  }

  /** The object of a unit. Throws `LlvmError`. */
  unit(bitcode: Uint8Array, unit: LlvmUnit, level: LlvmLevel): Uint8Array {
    return this.#withModule(
      (context) => context.readUnit(bitcode, "unit", unit),
      (module) => {
        const machine = this.#machine(level);
        module.runPasses(machine, { pipeline: `default<O${level}>`, vectorise: level >= 2 });
        return module.emitObject(machine);
      },
    );
  }

  /** The object of our own text. */
  text(text: string): Uint8Array {
    return this.#withModule(
      (context) => context.parseIr(text, "runtime"),
      (module) => module.emitObject(this.#machine(1)),
    );
  }

  dispose(): void {
    for (const machine of this.#machines.values()) machine.dispose();
    this.#machines.clear();
  }

  #machine(level: LlvmLevel): LlvmMachine {
    const known = this.#machines.get(level);
    if (known !== undefined) return known;
    const machine = this.#library.createMachine(machineOptions(this.#target, level));
    this.#machines.set(level, machine);
    return machine;
  }

  #withModule<Result>(
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
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
