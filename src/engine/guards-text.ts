// What code was made for, in words: `n = 64`, `f always square`, `x always int`, `shape always Circle`.
import {
  loopInterface,
  loopSymbol,
  type EntryPlace,
  type Expected,
  type LowerRequest,
  type ModuleFacts,
  type SiteGuard,
  type Speculation,
} from "../compiler/index.ts";
import { firstLayout, type HirFunction, type ValueType } from "../ir/hir/index.ts";
import { anyKind, boolOfAny, f64OfAny, intOfAny, type IntValue } from "../runtime/index.ts";

/** So many are said of a unit. */
const mostSaid = 4;

/** The guards of a unit's functions, one text for each; those of the unit's first need not say whose they are. */
export function describeGuards(
  facts: ModuleFacts,
  guarded: readonly Speculation[],
  first: LowerRequest | undefined,
): string[] {
  const all = guarded.flatMap((one) => describe(facts, one, first));
  const said = [...new Set(all)];
  return said.length <= mostSaid
    ? said
    : [...said.slice(0, mostSaid), `${said.length - mostSaid} more`];
}

function describe(
  facts: ModuleFacts,
  { symbol, entry, sites }: Speculation,
  first: LowerRequest | undefined,
): string[] {
  const place = findFunction(facts, symbol);
  if (place === undefined) return [];
  const { fn, loop } = place;
  const guards = (entry?.guards ?? []).map(({ place: at, expected }) => {
    const local = localOf(facts, { fn, loop, at });
    const name = local?.name ?? "a value";
    const whose = fn.id === first?.function ? name : `${name} of ${fn.name}`;
    return `${whose} ${describeValue(facts, local?.type ?? "i64", expected)}`;
  });
  return [...guards, ...sites.map((site) => describeSite(facts, fn, site))];
}

function describeSite(facts: ModuleFacts, fn: HirFunction, site: SiteGuard): string {
  if (site.kind === "class") return `${fn.name} first for ${className(facts, site.typeId)}`;
  const target = findFunction(facts, site.symbol)?.fn.name ?? site.symbol;
  return `${fn.name} calls ${target}`;
}

function findFunction(
  { module }: ModuleFacts,
  symbol: string,
): { readonly fn: HirFunction; readonly loop: number } | undefined {
  for (const fn of module.functions) {
    if (fn.symbol === symbol) return { fn, loop: -1 };
    for (let loop = 0; loop < fn.loopCount; loop += 1)
      if (loopSymbol(fn, loop) === symbol) return { fn, loop };
  }
  return undefined;
}

function localOf(
  facts: ModuleFacts,
  { fn, loop, at }: { readonly fn: HirFunction; readonly loop: number; readonly at: EntryPlace },
): HirFunction["locals"][number] | undefined {
  if (at.kind === "param") return fn.locals[at.index];
  const { offsets } = loopInterface(facts.loops(fn.id), loop);
  for (const [local, offset] of offsets) if (offset === at.offset) return fn.locals[local];
  return undefined;
}

function describeValue(facts: ModuleFacts, type: ValueType, expected: Expected): string {
  switch (expected.kind) {
    case "value":
      return `= ${display(type, expected.bits)}`;
    case "any":
      return `always ${expected.is === "ref" ? "an object" : expected.is}`;
    case "class":
      return `always ${className(facts, expected.typeId)}`;
  }
}

function className({ module }: ModuleFacts, typeId: number): string {
  return module.layouts[typeId - firstLayout]?.name ?? `type ${typeId}`;
}

function display(type: ValueType, bits: bigint): string {
  if (type === "bool") return bits === 0n ? "false" : "true";
  if (type === "u64") return String(BigInt.asUintN(64, bits));
  if (type === "u32") return String(BigInt.asUintN(32, bits));
  if (type === "f64") return String(new Float64Array(BigInt64Array.of(bits).buffer)[0]);
  if (type === "f32") return String(new Float32Array(Int32Array.of(Number(bits)).buffer)[0]);
  if (type !== "any") return String(bits);
  const value: IntValue = Number.isSafeInteger(Number(bits)) ? Number(bits) : bits;
  const kind = anyKind(value);
  if (kind === "int") return String(intOfAny(Number(value)));
  if (kind === "bool") return String(boolOfAny(value));
  return kind === "float" ? String(f64OfAny(value)) : "nil";
}
