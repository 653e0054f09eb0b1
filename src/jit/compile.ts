// Modules to objects, through libLLVM: prepared once, then compiled unit by unit at any level. The compiler's thread does
// the same with the same code.
import {
  LlvmError,
  LlvmMachines,
  type LlvmLevel,
  type LlvmLibrary,
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

/** Compiles for one target; keeps a target machine for each level. */
export class PartCompiler {
  readonly #machines: LlvmMachines;

  constructor(library: LlvmLibrary, target: LlvmTarget) {
    this.#machines = new LlvmMachines(library, target);
  }

  /** Reads, verifies and separates a module. Throws `JitError`. */
  prepare(source: ModuleSource, separation: LlvmSeparation): PreparedModule {
    const { name } = source;
    try {
      return this.#machines.withModule(
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
    return this.#machines.withModule(
      (context) => context.readBitcode(bitcode, "variables"),
      (module) => {
        module.keepVariables();
        return module.emitObject(this.#machines.machine(0));
      },
    );
  }

  /** The object of a unit. Throws `LlvmError`. */
  unit(bitcode: Uint8Array, unit: LlvmUnit, level: LlvmLevel): Uint8Array {
    return this.#machines.withModule(
      (context) => context.readUnit(bitcode, "unit", unit),
      (module) => {
        const machine = this.#machines.machine(level);
        module.runPasses(machine, { pipeline: `default<O${level}>`, vectorise: level >= 2 });
        return module.emitObject(machine);
      },
    );
  }

  /** The object of our own text. */
  text(text: string): Uint8Array {
    return this.#machines.compileText(text);
  }

  dispose(): void {
    this.#machines.dispose();
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
