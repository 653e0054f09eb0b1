// The ABI hash: objects made for another layout or another host function table are refused by the loader.
import { trapCodes } from "./errors.ts";
import { hostFunctions } from "./host.ts";
import {
  controlWordAddress,
  frameLocalOffset,
  frameResultOffset,
  loopFinished,
  loopReturned,
  loopSuspended,
  nativeStackLimitAddress,
  shadowStackLimitAddress,
  shadowStackPointerAddress,
  shadowStackStart,
} from "./layout.ts";

/** Everything that compiled code and its host must agree on, as text. */
export function abiDescription(): string {
  return JSON.stringify({
    version: 1,
    layout: {
      controlWordAddress,
      shadowStackPointerAddress,
      shadowStackLimitAddress,
      shadowStackStart,
      nativeStackLimitAddress,
      frameResult: frameResultOffset,
      frameLocals: [frameLocalOffset(0), frameLocalOffset(1)],
      loop: [loopFinished, loopReturned, loopSuspended],
    },
    traps: trapCodes,
    host: Object.entries(hostFunctions).map(([symbol, { params, result }]) => [
      symbol,
      params,
      result,
    ]),
  });
}

let cachedHash: string | undefined;

/** The ABI hash of this build, computed once. */
export function currentAbi(): string {
  return (cachedHash ??= abiHash());
}

/** FNV-1a, 64 bits, of the description, in hexadecimal. */
export function abiHash(): string {
  let hash = 0xcbf29ce484222325n;
  const description = abiDescription();
  for (let index = 0; index < description.length; index += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(description.charCodeAt(index))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}
