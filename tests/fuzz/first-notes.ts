// What code noted at its first call, taken for what is always so.
import type {
  Expected,
  Guard,
  Noted,
  NotedValue,
  ProfiledFunction,
  SiteGuard,
  Speculation,
} from "../../src/compiler/index.ts";
import { anyKind, type MemoryViews } from "../../src/runtime/index.ts";

/** Numbers of slots, the same in all runs of a program. */
export class SlotTable {
  readonly #symbols = [""];

  slotIndex(symbol: string): number {
    const known = this.#symbols.indexOf(symbol);
    return known < 0 ? this.#symbols.push(symbol) - 1 : known;
  }

  symbolAt(slot: number): string | undefined {
    return this.#symbols[slot];
  }
}

/** What a run of MIR has besides: numbers of slots, and looks at the memory before and after it. */
export interface Visit {
  readonly table: SlotTable;
  before?(views: MemoryViews): void;
  after?(views: MemoryViews): void;
}

interface FirstNotes {
  readonly visit: Visit;
  readonly speculations: () => readonly Speculation[];
}

/** Has a run note; afterwards what to expect. `counter` is the address of a word for guards that fail. */
export function noteReader(
  noted: readonly Noted[],
  functions: readonly ProfiledFunction[],
  counter: number,
): FirstNotes {
  const found = new Map<string, { guards: Guard[]; sites: SiteGuard[] }>();
  const table = new SlotTable();
  const read = (block: Noted, views: MemoryViews): void => {
    if (views.i32[block.address >> 2] === block.notes) return;
    const of = found.get(block.symbol) ?? { guards: [], sites: [] };
    found.set(block.symbol, of);
    block.values.forEach((value, i) => {
      const bits = bitsAt(views, block.address + block.head + i * block.size, value);
      const { place } = value;
      if (place.kind === "param" || place.kind === "local")
        of.guards.push({ place, expected: expectedOf(value, bits, of.guards.length) });
      else if (place.kind === "class")
        of.sites.push({ kind: "class", site: place.site, typeId: Number(bits) });
      else {
        const slot = Number(bits);
        const symbol = table.symbolAt(slot);
        if (symbol !== undefined)
          of.sites.push({ kind: "call", site: place.site, slot, symbol, failures: counter });
      }
    });
  };
  return {
    visit: {
      table,
      before: (views) => {
        for (const { address, notes } of noted) views.i32[address >> 2] = notes;
      },
      after: (views) => {
        for (const block of noted) read(block, views);
      },
    },
    speculations: () =>
      functions.flatMap(({ symbol, isLoop }) => {
        const { guards, sites } = found.get(symbol) ?? { guards: [], sites: [] };
        const entry = guards.length === 0 ? null : { guards, failures: counter };
        return [{ symbol, isLoop, entry, sites }];
      }),
  };
}

function bitsAt(views: MemoryViews, address: number, { type }: NotedValue): bigint {
  const low = views.i32[address >> 2] ?? 0;
  if (type === "i32" || type === "f32" || type === "ref") return BigInt(low);
  return (BigInt(views.i32[(address >> 2) + 1] ?? 0) << 32n) | BigInt(low >>> 0);
}

/** Of an `any` now its value, now what it is. */
function expectedOf({ type }: NotedValue, bits: bigint, turn: number): Expected {
  if (type === "ref") return { kind: "class", typeId: Number(bits) };
  if (type !== "any") return { kind: "value", bits };
  const is = anyKind(Number.isSafeInteger(Number(bits)) ? Number(bits) : bits);
  return is === "ref" || turn % 2 === 0 ? { kind: "any", is } : { kind: "value", bits };
}
