// The state of a heap without objects: the words of `heap-layout.ts` and the tables that the collector works on.
import {
  blockShift,
  blockSize,
  heapWords,
  libraryStackReserve,
  mostTableSize,
  sizeClass,
  sizeClasses,
  sizeClassFields,
  sizeClassRecord,
  sizeClassTable,
} from "./heap-layout.ts";
import { shadowStackLimitAddress, shadowStackPointerAddress, shadowStackStart } from "./layout.ts";
import { textLayout, typeIds } from "./object-layout.ts";

/** Where a heap is to be. */
export interface HeapPlan {
  /** First byte for the tables and the blocks: behind the static data. */
  readonly start: number;
  /** First byte behind the memory. */
  readonly end: number;
  /** End of the shadow stack. */
  readonly stackEnd: number;
  /** Collect at every allocation. Default false. */
  readonly stress?: boolean;
  /** Bytes between collections at the least. Default `leastTriggerSize`; for tests. */
  readonly leastTrigger?: number;
}

/** While the live data are smaller, a collection is due each time so much was allocated: it fits the cache. */
export const leastTriggerSize = 4 << 20;

const characters = 128;
const leastMarkStack = 8 << 10;
const mostMarkStack = 256 << 10;

function alignUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** Writes the words and tables; the memory from `start` on is zero. Throws if there is no room for a single block. */
export function setUpHeap(memory: ArrayBufferLike, plan: HeapPlan): void {
  const words = new Uint32Array(memory);
  const set = (address: number, value: number): void => {
    words[address >>> 2] = value;
  };
  const texts = alignUp(plan.start, 16);
  const textsSize = (characters + 1) * textLayout.size + characters;
  const markStack = alignUp(texts + textsSize, 16);
  const share = (plan.end - plan.start) / 256;
  const markSize = Math.min(mostMarkStack, Math.max(leastMarkStack, alignUp(share, 4096)));
  const table = markStack + markSize;
  const most = Math.floor((plan.end - table) / blockSize);
  const heapStart = alignUp(table + most * 8, blockSize);
  const blocks = Math.floor((plan.end - heapStart) / blockSize);
  if (blocks < 1) throw new RangeError(`no room for a heap from ${plan.start} to ${plan.end}`);
  writeCharacterTexts(words, new Uint8Array(memory), texts);
  set(heapWords.characterTexts, texts);
  set(heapWords.markStackStart, markStack);
  set(heapWords.markStackEnd, table);
  set(heapWords.blockTable, table);
  set(heapWords.blockCount, blocks);
  set(heapWords.heapStart, heapStart);
  set(heapWords.heapSize, blocks << blockShift);
  set(heapWords.stress, plan.stress === true ? 1 : 0);
  const trigger = plan.leastTrigger ?? leastTriggerSize;
  set(heapWords.leastTrigger, trigger);
  set(heapWords.trigger, trigger);
  set(shadowStackPointerAddress, shadowStackStart);
  set(shadowStackLimitAddress, plan.stackEnd - libraryStackReserve);
  writeClasses(words, new Uint8Array(memory));
}

function writeClasses(words: Uint32Array, bytes: Uint8Array): void {
  sizeClasses.forEach((cell, index) => {
    words[(sizeClassRecord(index) + sizeClassFields.cell) >>> 2] = cell;
  });
  for (let granules = 0; granules <= mostTableSize / 16; granules += 1) {
    bytes[sizeClassTable + granules] = sizeClass(granules * 16);
  }
}

/** The texts of the characters 0 to 127, the empty text, then the characters. */
function writeCharacterTexts(words: Uint32Array, bytes: Uint8Array, start: number): void {
  const data = start + (characters + 1) * textLayout.size;
  for (let code = 0; code <= characters; code += 1) {
    const text = start + code * textLayout.size;
    const length = code < characters ? 1 : 0;
    words[text >>> 2] = typeIds.text;
    words[(text + textLayout.data) >>> 2] = data + code;
    words[(text + textLayout.length) >>> 2] = length;
    words[(text + textLayout.count) >>> 2] = length;
    if (length > 0) bytes[data + code] = code;
  }
}
