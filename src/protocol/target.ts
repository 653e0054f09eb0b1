// The machines that devices may be.
import type { Body } from "./messages.ts";

/** What a device says of the machine that its code runs on. */
export type Target = Body<"hello">["target"];

/** A device that takes wasm objects. */
export const wasmTarget: Target = { triple: "wasm32-unknown-unknown", features: [] };

/** Triples of the machines whose devices take ELF objects. */
export const nativeTriples = {
  x86_64: "x86_64-unknown-linux-gnu",
  aarch64: "aarch64-unknown-linux-gnu",
} as const;

/** A machine whose devices take ELF objects. */
export type TargetMachine = keyof typeof nativeTriples;

/** The machine of a triple; null if it is none of them. */
export function machineOf(triple: string): TargetMachine | null {
  for (const machine of ["x86_64", "aarch64"] as const)
    if (nativeTriples[machine] === triple) return machine;
  return null;
}
