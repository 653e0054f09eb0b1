// The machines that code is made for.
import type { LlvmLevel, LlvmMachineOptions } from "./library.ts";

/** The architectures of the back end. */
export const llvmArchitectures = ["x86_64", "aarch64", "i686", "wasm32"] as const;
/** An architecture of the back end. */
export type LlvmArchitecture = (typeof llvmArchitectures)[number];

/** A machine to make code for. */
export interface LlvmTarget {
  readonly architecture: LlvmArchitecture;
  /** A processor that LLVM knows, or the least of the architecture. */
  readonly cpu?: string;
  /** `+name` or `-name`, separated by commas; added to those of the processor. */
  readonly features?: string;
}

interface ArchitectureRow {
  readonly triple: string;
  readonly cpu: string;
  readonly features: string;
  readonly pointerBits: 32 | 64;
  readonly relocation: "pic" | "static";
}

const rows: Readonly<Record<LlvmArchitecture, ArchitectureRow>> = {
  x86_64: {
    triple: "x86_64-unknown-linux-gnu",
    cpu: "x86-64",
    features: "",
    pointerBits: 64,
    relocation: "pic",
  },
  aarch64: {
    triple: "aarch64-unknown-linux-gnu",
    cpu: "generic",
    features: "",
    pointerBits: 64,
    relocation: "pic",
  },
  // The x87 unit rounds twice, so SSE2 is needed.
  i686: {
    triple: "i686-unknown-linux-gnu",
    cpu: "pentium4",
    features: "+sse2",
    pointerBits: 32,
    relocation: "static",
  },
  wasm32: {
    triple: "wasm32-unknown-unknown",
    cpu: "generic",
    features: "+bulk-memory,+nontrapping-fptoint,+sign-ext,+mutable-globals",
    pointerBits: 32,
    relocation: "static",
  },
};

/** Bits of an address of the machine. */
export function pointerBits(architecture: LlvmArchitecture): 32 | 64 {
  return rows[architecture].pointerBits;
}

/** The triple of an architecture. */
export function tripleOf(architecture: LlvmArchitecture): string {
  return rows[architecture].triple;
}

/** The description of a target for LLVM. */
export function machineOptions(target: LlvmTarget, level: LlvmLevel): LlvmMachineOptions {
  const { triple, cpu, features, relocation } = rows[target.architecture];
  const added = [features, target.features ?? ""].filter((text) => text !== "").join(",");
  return { triple, cpu: target.cpu ?? cpu, features: added, level, relocation };
}
