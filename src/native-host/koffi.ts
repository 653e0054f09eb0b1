// The part of koffi that is used. It is looked for at run time, so that everything else works without it.
import { createRequire } from "node:module";
import type { NativeCallable } from "../loader/native/index.ts";

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
  config(options?: { readonly sync_stack_size: number }): { readonly sync_stack_size: number };
}

/** The most that koffi gives to the stack of calls; pages that are not touched cost nothing. */
const wantedStack = 16 << 20;

/** Sets the size of the stack that calls run on, and returns it in bytes. It cannot be changed after the first library. */
export function configureStack(koffi: Koffi): number {
  try {
    return koffi.config({ sync_stack_size: wantedStack }).sync_stack_size;
  } catch {
    return koffi.config().sync_stack_size;
  }
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
