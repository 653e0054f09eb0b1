// Host functions that programs may declare.
import { hostFunction, isHostSymbol } from "../../../runtime/index.ts";

export function isAvailable(name: string): boolean {
  return isHostSymbol(name) && hostFunction(name).extern === true;
}
