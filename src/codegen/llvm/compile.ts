// MIR modules to relocatable objects through libLLVM.
import { RecentBytes } from "../../base/index.ts";
import type { MirModule } from "../../ir/mir/index.ts";
import type { LlvmLevel, LlvmLibrary, LlvmMachine, LlvmModule } from "./library.ts";
import { LlvmMachines } from "./machines.ts";
import { printLlvmModule, type LlvmText, type LlvmTextOptions } from "./module.ts";
import { sectionNames } from "./names.ts";
import type { LlvmTarget } from "./target.ts";

/** How a module is compiled. */
export interface LlvmCompileOptions extends Omit<LlvmTextOptions, "architecture"> {
  readonly level: LlvmLevel;
  /** Instead of the level's own. */
  readonly pipeline?: string;
  /** Check the IR before and after each pass. For tests. */
  readonly verify?: boolean;
  /** Whether the same module may come again: then `compile` keeps its object for a while. The name in it is that of the first. */
  readonly comesAgain?: boolean;
}

/** Bytes of all objects that may come again, with the texts that they were made from. */
const mostRecent = 2 ** 20;
/** Characters and bytes of one: what is longer takes so long to compile that nobody evaluates it every second. */
const longestRecent = 2 ** 15;

/** Compiles for one target; keeps a target machine for each level. */
export class LlvmCompiler {
  readonly target: LlvmTarget;
  readonly #machines: LlvmMachines;
  readonly #recent = new RecentBytes(mostRecent);

  constructor(library: LlvmLibrary, target: LlvmTarget) {
    this.#machines = new LlvmMachines(library, target);
    this.target = target;
  }

  /** The object of a verified module: ELF, or for wasm32 a relocatable wasm object. Throws `LlvmError`. */
  compile(module: MirModule, options: LlvmCompileOptions): Uint8Array {
    const printed = this.#print(module, options);
    const make = (): Uint8Array =>
      this.#optimised(printed, options, (made, machine) => made.emitObject(machine));
    if (options.comesAgain !== true || printed.text.length > longestRecent) return make();
    const key = keyOf(printed, options);
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    const object = make();
    if (key.length + object.length <= longestRecent) this.#recent.set(key, object);
    return object;
  }

  /** The assembly text of a module. */
  assembly(module: MirModule, options: LlvmCompileOptions): string {
    return this.#optimised(this.#print(module, options), options, (made, machine) =>
      made.emitAssembly(machine),
    );
  }

  /** The IR of a module after LLVM's passes, as text. */
  optimisedText(module: MirModule, options: LlvmCompileOptions): string {
    return this.#optimised(this.#print(module, options), options, (made) => made.print());
  }

  /** The bitcode of a module after LLVM's passes. */
  bitcode(module: MirModule, options: LlvmCompileOptions): Uint8Array {
    return this.#optimised(this.#print(module, options), options, (made) => made.writeBitcode());
  }

  /** The object of IR that is not a program's: see `LlvmMachines.compileText`. */
  compileText(text: string): Uint8Array {
    return this.#machines.compileText(text);
  }

  dispose(): void {
    this.#machines.dispose();
  }

  #print(module: MirModule, options: LlvmCompileOptions): LlvmText {
    return printLlvmModule(module, { ...options, architecture: this.target.architecture });
  }

  #optimised<Result>(
    { text, locations, runsOnce }: LlvmText,
    options: LlvmCompileOptions,
    use: (made: LlvmModule, machine: LlvmMachine) => Result,
  ): Result {
    const level = runsOnce ? 0 : options.level;
    const { verify = false, pipeline = `default<O${level}>` } = options;
    const machine = this.#machines.machine(level);
    return this.#machines.withModule(
      (context) => context.parseIr(text, options.name),
      (made) => {
        made.runPasses(machine, { pipeline, verifyEach: verify, vectorise: level >= 2 });
        if ((options.locations ?? "table") === "table") {
          made.flattenLocations((numbers) => locations.join(numbers));
          made.addSection(sectionNames.locations, locations.encode());
        }
        return use(made, machine);
      },
    );
  }
}

/** All that an object depends on but the module's name, which is the text's first line. */
function keyOf({ text, locations }: LlvmText, options: LlvmCompileOptions): string {
  const { level, pipeline = "", locations: form = "" } = options;
  const places = String.fromCharCode(...locations.encode());
  return `${level} ${pipeline} ${form} ${places}${text.slice(text.indexOf("\n"))}`;
}
