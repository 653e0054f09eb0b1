// Host functions that programs may declare.
import { hostFunction, hostFunctions, isHostSymbol } from "../../../runtime/index.ts";

/** Whether a program may call it; the low-level dialect may call all of them. */
export function isAvailable(name: string, lowLevel: boolean): boolean {
  return isHostSymbol(name) && (lowLevel || hostFunction(name).extern === true);
}

/** The host functions that programs may declare. */
export function externNames(): string[] {
  return Object.keys(hostFunctions).filter((name) => isAvailable(name, false));
}
