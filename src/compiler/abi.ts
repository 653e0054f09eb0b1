// The ABI that objects are made for.
import { abiHash } from "../runtime/index.ts";

let cachedAbi: string | undefined;

/** The ABI hash of this build. */
export function currentAbi(): string {
  return (cachedAbi ??= abiHash());
}
