// The machines that a server makes code for: wasm always, others where it is given a compiler.
import {
  compileNative,
  emitUnit,
  type LlvmTarget,
  type NativeObjects,
  type UnitOptions,
} from "../compiler/index.ts";
import type { MirModule } from "../ir/mir/index.ts";
import {
  machineOf,
  nativeTriples,
  wasmTarget,
  type Body,
  type Target,
  type TargetMachine,
} from "../protocol/index.ts";

/** Gives the objects for a machine. Throws if there is no compiler for it. */
export type NativeCompilers = (target: NativeTarget) => NativeObjects;

/** A machine with native code. */
export type NativeTarget = LlvmTarget & { readonly architecture: TargetMachine };

/** How an object is made. */
export interface EmitOptions extends Pick<
  UnitOptions,
  "name" | "level" | "sharedMemory" | "forwardCalls"
> {
  /** Symbol of a function that runs once; null if there is none. */
  readonly runsOnce: string | null;
}

/** Code for one kind of device. */
export interface CodeTarget {
  /** Equal where the same MIR gives the same object. */
  readonly key: string;
  /** What runs it. */
  readonly target: Target;
  /** The object of a module that is ready for code generation. */
  emit(module: MirModule, options: EmitOptions): Uint8Array;
  /** What every native program needs besides its own code; null for wasm. */
  readonly runtime: (() => Pick<Body<"runtime-objects">, "runtime" | "library">) | null;
}

/** Code for devices that take wasm. */
export const wasmCode: CodeTarget = {
  key: "wasm32",
  target: wasmTarget,
  emit: emitUnit,
  runtime: null,
};

/** Machines whose compilers are kept; the one that was not used for longest goes. */
const mostMachines = 8;

/** Features of processors that code is made for, if the device has them: none that changes results. */
const usedFeatures: Readonly<Record<TargetMachine, ReadonlySet<string>>> = {
  x86_64: new Set(
    "sse3 ssse3 sse4.1 sse4.2 popcnt cx16 lzcnt bmi bmi2 avx avx2 f16c fma movbe".split(" "),
  ),
  aarch64: new Set("lse crc rdm dotprod fp-armv8 neon".split(" ")),
};

/** See the head of this file. */
export class CodeTargets {
  readonly #compilers: NativeCompilers | null;
  readonly #made = new Map<string, { readonly code: CodeTarget; readonly close: () => void }>();

  /** `compilers` is null where there are none. */
  constructor(compilers: NativeCompilers | null) {
    this.#compilers = compilers;
  }

  /** The code for a device, or why there is none. */
  open(target: Target): CodeTarget | string {
    if (target.triple === wasmTarget.triple) return wasmCode;
    const architecture = machineOf(target.triple);
    if (architecture === null) return `no code can be made for \`${target.triple}\``;
    const known = target.features.filter((name) => usedFeatures[architecture].has(name));
    const wanted = [...new Set(known)].toSorted().map((name) => `+${name}`);
    return this.#native({ architecture, features: wanted.join(",") }, known);
  }

  #native(target: NativeTarget, features: readonly string[]): CodeTarget | string {
    const key = `${target.architecture} ${target.features}`;
    const made = this.#made.get(key);
    if (made !== undefined) {
      this.#made.delete(key);
      this.#made.set(key, made);
      return made.code;
    }
    if (this.#compilers === null) return "the compile server makes code for wasm32 alone";
    let objects: NativeObjects;
    try {
      objects = this.#compilers(target);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return `the compile server makes no code for ${target.architecture}: ${reason}`;
    }
    const triple = nativeTriples[target.architecture];
    const code = nativeCode(key, { triple, features: [...new Set(features)] }, objects);
    this.#made.set(key, { code, close: () => objects.compiler.dispose() });
    const [oldest] = this.#made;
    if (this.#made.size > mostMachines && oldest !== undefined) {
      this.#made.delete(oldest[0]);
      oldest[1].close();
    }
    return code;
  }
}

function nativeCode(key: string, target: Target, objects: NativeObjects): CodeTarget {
  return {
    key: `${objects.description} ${key}`,
    target,
    emit: (module, { name, level, runsOnce }) => {
      const once = runsOnce === null ? {} : { runsOnce };
      const options = { name, level, entries: "large", comesAgain: true, ...once } as const;
      return compileNative(module, options, objects.compiler);
    },
    runtime: () => ({ runtime: objects.runtime(), library: objects.library() }),
  };
}
