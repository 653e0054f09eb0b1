// The ABI hash: objects made for another memory layout, representation of values, table of functions or way to compile are
// refused by the loader.
import { trapCodes } from "./errors.ts";
import { hostFunctions, type HostFunction } from "./host.ts";
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
import { blockKinds, blockShift, heapWords, sizeClassFields, sizeClasses } from "./heap-layout.ts";
import { libraryFunctions } from "./library.ts";
import * as native from "./native.ts";
import * as objects from "./object-layout.ts";

/** How code is compiled for programs that change while they run; no back end contracts products and sums. */
export const codeFlags = {
  safepoints: "call",
  slotCalls: true,
  floatContraction: false,
} as const;

const signatures = (
  functions: Readonly<Record<string, Pick<HostFunction, "params" | "result">>>,
): unknown[] =>
  Object.entries(functions).map(([symbol, { params, result }]) => [symbol, params, result]);

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
    flags: codeFlags,
    heap: {
      words: heapWords,
      blockShift,
      blockKinds,
      sizeClassFields,
      sizeClasses: sizeClasses.join(),
    },
    objects: {
      header: [objects.typeIdOffset, objects.collectorWordOffset, objects.headerSize],
      types: objects.typeIds,
      firstProgramType: objects.firstProgramType,
      storage: objects.storageTypes.map((type) => [type, objects.storageSizes[type]]),
      box: objects.boxValueOffset,
      text: objects.textLayout,
      buffer: objects.bufferLayout,
      array: objects.arrayLayout,
      dict: objects.dictLayout,
      closure: objects.closureSlotOffset,
    },
    any: {
      tags: objects.anyTags,
      int: String(objects.anyIntTag),
      float: String(objects.anyFloatOffset),
    },
    native: {
      symbols: [native.symbolNames.slots, native.runtimeNames, native.stubNames],
      firstHostFailure: native.firstHostFailure,
      mostTraceFrames: native.mostTraceFrames,
      frameHead: native.frameHeadSize,
      thunk: native.thunkSize,
      registers: native.registerLayouts,
      call: [native.mostStackedWords, native.callResultPlaces],
    },
    host: signatures(hostFunctions),
    library: signatures(libraryFunctions),
  });
}

let cachedHash: string | undefined;

/** The ABI hash of this build, computed once. */
export function currentAbi(): string {
  return (cachedHash ??= abiHash());
}

/** FNV-1a, 64 bits, of the description, in hexadecimal. */
export function abiHash(): string {
  let [high, low] = [0xcbf29ce4, 0x84222325];
  const description = abiDescription();
  for (let index = 0; index < description.length; index += 1) {
    low = (low ^ description.charCodeAt(index)) >>> 0;
    // Times 2^40 + 0x1b3, in halves: a bigint for each character takes a millisecond of every start.
    const product = low * 0x1b3;
    high = (Math.imul(high, 0x1b3) + Math.floor(product / 2 ** 32) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return [high, low].map((half) => half.toString(16).padStart(8, "0")).join("");
}
