// Calls from native code to JavaScript: the arguments from where the stub has left them, the result to there.
import type { MirType } from "../../ir/mir/index.ts";
import type { WasmFunction } from "../../loader/index.ts";
import type { NativeHost } from "../../loader/native/index.ts";
import { registerLayouts, type RegisterLayout } from "../../runtime/index.ts";
import { NativePlaces, type NativeValue } from "./values.ts";

/** The types of a native function; of wasm's there are two more, which are integers as well. */
export interface NativeSignature {
  readonly params: readonly MirType[];
  readonly results: readonly MirType[];
}

/** What a thunk calls. */
export interface NativeCallee {
  readonly signature: NativeSignature;
  readonly code: WasmFunction;
}

const placeSize = 8;

/** The memory in which the stub leaves registers. */
export class StubRegisters {
  readonly #host: NativeHost;
  readonly #layout: RegisterLayout;
  readonly #places: NativePlaces;

  /** `address` is that of `anneal:registers`. */
  constructor(host: NativeHost, address: number) {
    this.#host = host;
    this.#layout = registerLayouts[host.machine];
    this.#places = new NativePlaces(host, address, this.#layout.size);
  }

  /** The address of the arguments on the stack. */
  get stack(): number {
    return this.#places.pointer(this.#layout.stackAt / placeSize);
  }

  /** Calls with the arguments that are in registers and on the stack. */
  call({ signature: { params, results }, code }: NativeCallee): void {
    const { integers, floatsAt, floats } = this.#layout;
    const places = this.#places;
    let nextInteger = 0;
    let nextFloat = 0;
    let stacked: NativePlaces | null = null;
    let nextStacked = 0;
    const args: NativeValue[] = [];
    for (const type of params) {
      const float = isFloat(type);
      if (float && nextFloat < floats) {
        args.push(places.load(floatsAt / placeSize + nextFloat, type));
        nextFloat += 1;
      } else if (!float && nextInteger < integers) {
        args.push(places.load(nextInteger, type));
        nextInteger += 1;
      } else {
        stacked ??= new NativePlaces(this.#host, this.stack, placeSize * params.length);
        args.push(stacked.load(nextStacked, type));
        nextStacked += 1;
      }
    }
    const value = code(...args);
    const [result] = results;
    if (result === undefined || value === undefined || typeof value === "object") return;
    places.store(isFloat(result) ? floatsAt / placeSize : 0, result, value);
  }
}

/** Whether values of the type are in registers for floats. */
export function isFloat(type: MirType): boolean {
  return type === "f32" || type === "f64";
}
