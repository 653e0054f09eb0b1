// Versions of the functions of a session: which functions of two pieces are the same, and which are still needed.
//
// A function has a slot of its own for each version. Two functions are the same version if they have the same symbol and
// body and call the same versions. So code in a slot never changes its meaning: a closure that was made earlier goes on
// with the functions that it was made with, and no code meets objects of other types than it was compiled for.
//
// In a session whose functions are replaced while they run, a function with an interface (`HirFunction.replaceable`) has one
// slot for all of its versions, as long as no type of its parameters and its result may have changed: what calls it through
// the slot calls the newest. Its loops have slots for each version, so that a loop under way goes on with its own code.
import { componentsOf, loopSymbol, signatureOf, type ModuleFacts } from "../compiler/index.ts";
import type { FunctionId, HirFunction, HirModule } from "../ir/hir/index.ts";
import type { SlotNumbers } from "./slot-numbers.ts";

/** What a function goes by in a session. */
export interface FunctionKeys {
  /** Of its slot. */
  readonly slot: string;
  /** Of its version, with the functions that it calls; of the slots of its loops. */
  readonly version: string;
  /** The slot has held another version. */
  readonly replaces: boolean;
}

/** What the code of a function refers to. */
interface Version {
  readonly version: string;
  /** Keys of its slot and of the slots of its loops. */
  readonly keys: readonly string[];
  /** Slots of the functions that it calls or puts into closures. */
  readonly callees: readonly number[];
  /** Symbols of module-level variables. */
  readonly globals: ReadonlySet<string>;
  readonly texts: ReadonlySet<string>;
}

/** Versions that there may be before those that nothing reaches are looked for. */
const leastDue = 256;

/** The versions of the functions of one session. */
export class Versions {
  readonly #numbers: SlotNumbers;
  readonly #bySlot = new Map<number, Version>();
  /** Slots of the functions in force by their symbols: those of the newest module, and of earlier ones what is as it was. */
  readonly #current = new Map<string, number>();
  /** Keys of the loops of versions whose slot holds another one. */
  #replacedLoops: string[] = [];
  #due = leastDue;
  readonly #replaceable: boolean;

  /** `replaceable`: functions may be replaced while they run. */
  constructor(numbers: SlotNumbers, replaceable: boolean) {
    this.#numbers = numbers;
    this.#replaceable = replaceable;
  }

  /**
   * Gives slots to the functions of a module; the result is the keys of each function by its number. `typeChanges` counts
   * how often types were declared anew; `changed` are the names of what is not as it was, as in `Evaluation`.
   */
  enter(
    facts: ModuleFacts,
    typeChanges: number,
    changed: ReadonlySet<string> | null,
  ): FunctionKeys[] {
    const { module, graph } = facts;
    const keys = module.functions.map(() => "");
    const found: FunctionKeys[] = [];
    // Callees come before their callers.
    for (const members of componentsOf(graph.callees)) {
      const bodies = members.map((id) =>
        describe(module, id, (callee) =>
          members.includes(callee)
            ? facts.function(callee).symbol
            : String(this.#numbers.take(keys[callee] ?? "")),
        ),
      );
      const all = bodies.map(({ text }) => text).join("\n");
      const versions = new Map<FunctionId, string>();
      for (const id of members) {
        const fn = facts.function(id);
        // The top level runs once, and no code refers to it.
        const version = id === module.init ? fn.symbol : `${versionless(fn)}\n${all}`;
        versions.set(id, version);
        keys[id] = this.#slotKey(fn, typeChanges) ?? version;
      }
      for (const [index, id] of members.entries()) {
        const fn = facts.function(id);
        const slot = keys[id] ?? "";
        const version = versions.get(id) ?? slot;
        const callees = (graph.callees[id] ?? []).map((to) => this.#numbers.take(keys[to] ?? ""));
        const { globals = none, texts = none } = bodies[index] ?? {};
        const own = [slot, ...loopKeys(fn, version)];
        const replaces = this.#put(slot, { version, keys: own, callees, globals, texts });
        found[id] = { slot, version, replaces };
      }
    }
    this.#setCurrent(module, keys, changed);
    return found;
  }

  #setCurrent(
    { functions }: HirModule,
    keys: readonly string[],
    changed: ReadonlySet<string> | null,
  ): void {
    if (changed === null) this.#current.clear();
    else {
      for (const symbol of this.#current.keys())
        if (changed.has(declarationOf(symbol))) this.#current.delete(symbol);
    }
    for (const { id, symbol } of functions)
      this.#current.set(symbol, this.#numbers.take(keys[id] ?? ""));
  }

  /** The key of the slot of all versions of a function; null if each has its own. */
  #slotKey(fn: HirFunction, typeChanges: number): string | null {
    if (!this.#replaceable || fn.replaceable === undefined) return null;
    const { params, results } = signatureOf(fn);
    const objects = [...params, ...results].some((type) => type === "ref" || type === "any");
    return `${versionless(fn)}\n${fn.replaceable}\n${objects ? typeChanges : ""}`;
  }

  /** The version whose code belongs into the slot; undefined if that is free. */
  versionIn(slot: number): string | undefined {
    return this.#bySlot.get(slot)?.version;
  }

  /** Whether the slot has held another version. */
  #put(key: string, version: Version): boolean {
    const slot = this.#numbers.take(key);
    const before = this.#bySlot.get(slot);
    this.#bySlot.set(slot, version);
    if (before === undefined || before.version === version.version) return false;
    this.#replacedLoops.push(...before.keys.slice(1));
    return true;
  }

  /** Whether it is time to look for versions that nothing reaches. */
  get due(): boolean {
    return this.#bySlot.size + this.#replacedLoops.length >= this.#due;
  }

  /**
   * Forgets the versions that neither a function in force, a closure nor a program under way can reach; gives the slots that
   * are free now. `pinned` are the slots of programs under way.
   */
  sweep(closures: Iterable<number>, pinned: ReadonlySet<number>): number[] {
    const reached = new Set<number>();
    const pending = [...this.#current.values(), ...closures, ...pinned];
    for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
      const version = this.#bySlot.get(slot);
      if (version === undefined || reached.has(slot)) continue;
      reached.add(slot);
      pending.push(...version.callees);
    }
    const freed: number[] = [];
    for (const [slot, { keys }] of this.#bySlot) {
      if (reached.has(slot)) continue;
      this.#bySlot.delete(slot);
      for (const key of keys) {
        const own = this.#numbers.find(key);
        if (own !== undefined) freed.push(own);
        this.#numbers.release(key);
      }
    }
    freed.push(...this.#sweepLoops(pinned));
    this.#due = Math.max(leastDue, 2 * this.#bySlot.size);
    return freed;
  }

  /** Loops of replaced versions, unless a program under way has them. */
  #sweepLoops(pinned: ReadonlySet<number>): number[] {
    const replaced = new Set(this.#replacedLoops);
    // A version that came back has its loops again.
    for (const { keys } of this.#bySlot.values()) for (const key of keys) replaced.delete(key);
    const freed: number[] = [];
    this.#replacedLoops = [];
    for (const key of replaced) {
      const slot = this.#numbers.find(key);
      if (slot === undefined) continue;
      if (pinned.has(slot)) this.#replacedLoops.push(key);
      else {
        freed.push(slot);
        this.#numbers.release(key);
      }
    }
    return freed;
  }

  /** The variables and the texts that code refers to. */
  references(): { readonly globals: ReadonlySet<string>; readonly texts: ReadonlySet<string> } {
    const globals = new Set<string>();
    const texts = new Set<string>();
    for (const version of this.#bySlot.values()) {
      for (const symbol of version.globals) globals.add(symbol);
      for (const text of version.texts) texts.add(text);
    }
    return { globals, texts };
  }
}

const none: ReadonlySet<string> = new Set();

/** The name of the declaration to which a function of this symbol belongs: symbols are paths, with types behind them. */
function declarationOf(symbol: string): string {
  return /^[^.$]*/.exec(symbol)?.[0] ?? "";
}

/** The key of a function's slot where there is one version only. */
export function versionless(fn: HirFunction): string {
  const { params, results } = signatureOf(fn);
  return `${fn.symbol} (${params.join()}) -> ${results.join()}`;
}

/** The keys of the slots of a function's loops, for its own key. */
export function loopKeys(fn: HirFunction, key: string): string[] {
  return Array.from({ length: fn.loopCount }, (_, loop) => `${loopSymbol(fn, loop)}\n${key}`);
}

/** Everything about a function but its places in the source, and what it refers to. */
function describe(
  module: HirModule,
  id: FunctionId,
  calleeOf: (callee: FunctionId) => string,
): { text: string; globals: ReadonlySet<string>; texts: ReadonlySet<string> } {
  const globals = new Set<string>();
  const texts = new Set<string>();
  const replace = (name: string, value: unknown): unknown => {
    if (typeof value === "number") {
      if (name === "callee") return calleeOf(value);
      if (name !== "global") return isPlain(value) ? value : numberText(value);
      const symbol = module.globals[value]?.symbol ?? "";
      globals.add(symbol);
      return symbol;
    }
    if (typeof value === "bigint") return `${value}n`;
    if (name === "span") return undefined;
    if (isText(value)) texts.add(value.value);
    return value;
  };
  const { parameterCount, locals, result, body } = module.functions[id] ?? {};
  const types = locals?.map(({ type }) => type);
  const text = JSON.stringify({ parameterCount, types, result, body }, replace);
  return { text, globals, texts };
}

function isPlain(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

/** Numbers that JSON cannot tell apart or does not have. */
function numberText(value: number): string {
  return Object.is(value, -0) ? "-0f" : `${value}f`;
}

function isText(value: unknown): value is { readonly value: string } {
  if (typeof value !== "object" || value === null) return false;
  return (
    "kind" in value && value.kind === "text" && "value" in value && typeof value.value === "string"
  );
}
