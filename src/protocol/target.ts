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

/** Why code that was made for one target does not run on another; null if it does. */
export function targetProblem(made: Target, device: Target): string | null {
  if (made.triple !== device.triple)
    return `it was compiled for \`${made.triple}\`, and this device takes \`${device.triple}\``;
  const missing = made.features.filter((name) => !device.features.includes(name));
  return missing.length === 0
    ? null
    : `it was compiled for a processor with ${missing.map((name) => `\`${name}\``).join(", ")}`;
}

/** The machine of a triple; null if it is none of them. */
export function machineOf(triple: string): TargetMachine | null {
  for (const machine of ["x86_64", "aarch64"] as const)
    if (nativeTriples[machine] === triple) return machine;
  return null;
}
