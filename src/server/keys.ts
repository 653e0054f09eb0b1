// What the functions of a device's program go by.
//
// Each function has a slot, and a slot has a key. Functions that a later declaration may replace while their callers run
// (`HirFunction.replaceable`) go by symbol and types, so the new code goes into the slot of the old. The types of objects
// must still be the same: each change of a type begins a generation with slots of its own for functions that take or give
// objects. All other functions go by what they do: lambdas, nested functions, functions for one lambda, the prelude. So code
// in their slots never changes, and a closure never meets code that takes its captures for something else.
import { hash } from "node:crypto";
import { componentsOf, signatureOf, type ModuleFacts } from "../compiler/index.ts";
import type { FunctionId, HirFunction, HirModule } from "../ir/hir/index.ts";

/** What a function goes by, and which code it has. */
export interface FunctionKey {
  readonly key: string;
  /** Equal where the code is, up to the places in the source. */
  readonly content: string;
}

/** The keys of all functions of a module, by function number. */
export function functionKeys(facts: ModuleFacts, generation: number): FunctionKey[] {
  const { module, graph } = facts;
  const live = module.functions.map((fn) => liveKey(fn, generation));
  const keys = [...live];
  // Functions that go by what they do come before those that call them.
  const callees = graph.callees.map((list, id) => (live[id] === null ? list : []));
  for (const members of componentsOf(callees)) {
    const unkeyed = members.filter((id) => live[id] === null);
    if (unkeyed.length === 0) continue;
    const nameOf = (callee: FunctionId): string => keys[callee] ?? facts.function(callee).symbol;
    const content = digest(unkeyed.map((id) => contentOf(module, id, nameOf)).join("\n"));
    for (const id of unkeyed) keys[id] = `${facts.function(id).symbol}#${content}`;
  }
  return module.functions.map((fn) => {
    const key = keys[fn.id] ?? fn.symbol;
    if (live[fn.id] === null) return { key, content: key };
    return { key, content: digest(contentOf(module, fn.id, (callee) => keys[callee] ?? "")) };
  });
}

/** Null if the function goes by what it does. */
function liveKey(fn: HirFunction, generation: number): string | null {
  if (fn.replaceable === undefined) return null;
  const { params, results } = signatureOf(fn);
  const objects = [...params, ...results].some((type) => type === "ref" || type === "any");
  return `${fn.symbol} ${fn.replaceable}${objects ? ` @${generation}` : ""}`;
}

/** 96 bits of SHA-256. */
export function digest(text: string): string {
  return hash("sha256", text, "base64url").slice(0, 16);
}

/** Everything about a function but its places in the source. */
function contentOf(
  module: HirModule,
  id: FunctionId,
  nameOf: (callee: FunctionId) => string,
): string {
  const replace = (name: string, value: unknown): unknown => {
    if (name === "span") return undefined;
    if (typeof value === "number") {
      if (name === "callee") return nameOf(value);
      if (name === "global") return module.globals[value]?.symbol;
      // JSON has no -0, no infinities, and rounds nothing else.
      const plain = Number.isFinite(value) && !Object.is(value, -0);
      return plain ? value : `${Object.is(value, -0) ? "-0" : value}f`;
    }
    return typeof value === "bigint" ? `${value}n` : value;
  };
  const { parameterCount, locals, result, body } = module.functions[id] ?? {};
  const types = locals?.map(({ type }) => type);
  return JSON.stringify({ parameterCount, types, result, body }, replace);
}
