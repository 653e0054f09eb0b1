import { expect, it } from "vitest";
import { DiagnosticSink, SourceFile } from "../base/index.ts";
import { frontend, loopSymbol, ModuleFacts, type LowerRequest } from "../compiler/index.ts";
import type { LoadedNative, NativeSampling } from "../loader/native/index.ts";
import { symbolNames } from "../runtime/index.ts";
import { NativeProfile } from "./native/index.ts";
import { HotShares } from "./shares.ts";
import type { UnitPlan } from "./units.ts";

const source = `
fn leaf(n: i64) -> i64: n * 3
fn hot(n: i64) -> i64: leaf(n) + 1
fn between(n: i64) -> i64: hot(n) + 1
fn aside(n: i64) -> i64: n - 1
fn top(n: i64) -> i64:
    var s = 0
    for i in 0..n: s += between(i)
    for i in 0..n: s += aside(i)
    s
print top(3)
`;

function factsOf(text: string): ModuleFacts {
  const module = frontend(new SourceFile("shares.spl", text), new DiagnosticSink());
  if (module === null) throw new Error("the program has errors");
  return new ModuleFacts(module);
}

const facts = factsOf(source);
const named = (name: string) => {
  const fn = facts.module.functions.find((one) => one.name === name);
  if (fn === undefined) throw new Error(`no function ${name}`);
  return fn;
};
const request = (name: string): LowerRequest => ({
  kind: "function",
  function: named(name).id,
  counted: false,
  outlined: false,
});
const loop = (number: number): LowerRequest => ({
  kind: "loop",
  function: named("top").id,
  loop: number,
});
const plan: UnitPlan = {
  requests: [loop(0), loop(1), ...["aside", "between", "hot", "leaf"].map(request)],
  options: { name: "unit", level: 2 },
  backend: "llvm",
};

/** What is found when samples fall into the functions in turn; so many of each. */
function found(counts: Readonly<Record<string, number>>) {
  const loaded = { name: "unit" } as LoadedNative;
  const names = Object.keys(counts);
  const addresses = names.flatMap((name, i) => Array.from({ length: counts[name] ?? 0 }, () => i));
  const sampling: NativeSampling = {
    get waiting() {
      return addresses.length;
    },
    take: () => addresses.splice(0),
    stop: () => undefined,
  };
  const profile = new NativeProfile(sampling, (i) => ({ loaded, name: names[i] ?? "" }));
  const shares = new HotShares({ facts, profile: () => profile, planOf: () => plan });
  expect(shares.take()).toEqual([]);
  shares.start();
  return { units: shares.take(), again: shares.take() };
}

it("finds a function with its callers in the unit and what it calls", () => {
  const { units, again } = found({
    [symbolNames.code(named("hot").symbol)]: 60,
    [symbolNames.code(named("aside").symbol)]: 4,
    "somewhere else": 36,
  });
  expect(units).toEqual([
    {
      requests: [request("hot"), loop(0), request("between"), request("leaf")],
      hot: [request("hot")],
      below: [request("leaf")],
      reason: "60% of 100 samples",
    },
  ]);
  expect(again).toEqual([]);
});

it("finds loops, with the hottest first", () => {
  const { units } = found({
    [symbolNames.code(named("leaf").symbol)]: 20,
    [symbolNames.code(loopSymbol(named("top"), 1))]: 70,
    "somewhere else": 10,
  });
  expect(units.map(({ reason }) => reason)).toEqual(["70% of 100 samples"]);
  expect(units[0]?.requests).toEqual([
    loop(1),
    loop(0),
    request("aside"),
    request("between"),
    request("hot"),
    request("leaf"),
  ]);
});

it("finds nothing in few samples, or where the time goes elsewhere", () => {
  const name = symbolNames.code(named("hot").symbol);
  expect(found({ [name]: 40 }).units).toEqual([]);
  expect(found({ [name]: 50, "somewhere else": 950 }).units).toEqual([]);
  expect(found({ [name]: 51, "somewhere else": 949 }).units).toHaveLength(1);
  expect(found({ "somewhere else": 500 }).units).toEqual([]);
});
