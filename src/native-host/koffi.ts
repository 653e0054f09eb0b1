// The part of koffi that is used. It is looked for at run time, so that everything else works without it.
import { createRequire } from "node:module";

/** A function of the machine; 64-bit integers come back as numbers if they are safe, else as bigints. */
export type NativeCallable = (...args: readonly unknown[]) => unknown;

/** A shared library, or the process itself. */
export interface KoffiLibrary {
  func(prototype: string): NativeCallable;
}

/** https://koffi.dev */
export interface Koffi {
  load(path: string | null): KoffiLibrary;
  proto(result: string, parameters: readonly string[]): object;
  decode(address: bigint, type: object): NativeCallable;
  pointer(type: object): object;
  register(call: (...args: never[]) => unknown, type: object): bigint;
  unregister(pointer: bigint): void;
  view(address: bigint, size: number): ArrayBuffer;
  address(pointer: unknown): bigint;
}

/** The koffi package as the file or URL `from` sees it, or why there is none. */
export function findKoffi(from: string): Koffi | string {
  try {
    return createRequire(from)("koffi") as Koffi;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return `the package koffi cannot be loaded: ${reason}`;
  }
}
