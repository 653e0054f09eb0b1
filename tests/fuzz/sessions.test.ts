// Sessions of random definitions: one that builds again only what a piece concerns says the same as one that builds
// everything with every piece.
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { DiagnosticError, SourceFile } from "../../src/base/index.ts";
import { Session, type EngineOptions } from "../../src/engine/index.ts";
import { SourceSession } from "../../src/frontend/simple/index.ts";
import { ProgramError } from "../../src/runtime/index.ts";
import { testClock } from "../engine/harness.ts";
import { nativeBackend } from "../engine/native-backend.ts";
import { runtimeLibrary } from "../engine/runtime-library.ts";

/** An `i64` expression that calls functions below `f{limit}` only, so that nothing recurs. */
function number(limit: number): fc.Arbitrary<string> {
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 3 },
      fc.nat(9).map(String),
      fc.nat(2).map((index) => `v${index}`),
      ...(limit === 0
        ? []
        : [
            fc.tuple(fc.nat(limit - 1), tie("expression")).map(([index, of]) => `f${index}(${of})`),
          ]),
      fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(${a} + ${b})`),
      tie("expression").map((value) => `S(a: ${value}).get()`),
    ),
  }));
  return expression;
}

const functions = 4;

/** Types that change under closures that know them inside, and functions and methods that give closures which hold other things. */
const closures: readonly ((value: string) => string)[] = [
  () => "class T:\n    a: i64 = 1",
  () => 'class T:\n    t: text = "tt"\n    a: i64 = 2',
  () => "class T:\n    a: f64 = 0.5\n    all: [i64] = [7]",
  (value) => `val c: fn(i64) -> i64 = \\y: part(T()).len() + y + ${value}`,
  (value) => `val d = [c, \\y: y * ${value}]`,
  () => "fn m(x): \\y: y + x + part(T()).len()",
  () => 'fn m(x):\n    val t = "abc"\n    \\y: y + t.len() + x',
  (value) => `val k = m(${value})`,
  () => "impl B:\n    fn mk(): \\y: y + self.n",
  () => "impl B:\n    fn mk():\n        val t = [5, 6]\n        \\y: y + t[1]",
  () => "val j = B().mk()",
  (value) => `print [c(1), d[0](${value}), d[1](2)]`,
  () => "print [k(1), j(1)]",
  () => "print [c, k, j]",
];

const piece = fc.nat(functions - 1).chain((index) =>
  fc.oneof(
    ...[
      (value: string) => `fn f${index}(x: i64) -> i64: x + ${value}`,
      (value: string) => `fn f${index}(x: i64): x * 2 + ${value}`,
      (value: string) => `fn f${index}(x): x + ${value}`,
      (value: string) => `fn f${index}(x: i64) -> text: "t{x}{${value}}"`,
      (value: string) => `fn g${index % 2}() -> any: S(a: ${value})`,
      (value: string) => `fn g${index % 2}() -> any: Box(value: ${value})`,
    ].map((make) => number(index).map(make)),
    // No functions: they may call the method.
    fc
      .nat(9)
      .map((value) => `struct S:\n    a: i64\n\n    fn get() -> i64: self.a * v0 + ${value}`),
    ...[
      (value: string) => `var v${index % 3} = ${value}`,
      (value: string) => `v${index % 3} = ${value}`,
      (value: string) => `val h = \\y: y + ${value}`,
      (value: string) => `print h(${value})`,
      (value: string) => `print [${value}, g${index % 2}().a]`,
      (value: string) => `val w = g${index % 2}()\nprint [${value}, w.value]`,
      (value: string) => `print ${value}`,
      ...closures,
    ].map((make) => number(functions).map(make)),
  ),
);

const beginning = [
  "var v0 = 1\nvar v1 = 2\nvar v2 = 3\nval h = \\y: y",
  "struct Box<T>:\n    value: T\nstruct S:\n    a: i64\n\n    fn get() -> i64: self.a",
  ...Array.from({ length: functions }, (_, index) => `fn f${index}(x: i64) -> i64: x + ${index}`),
  "fn g0() -> any: S(a: 3)\nfn g1() -> any: Box(value: 3)",
  'class T:\n    a: i64 = 1\nclass B:\n    n: i64 = 4\nfn part(t: T) -> text: "{t}"',
  "fn m(x): \\y: y + x\nimpl B:\n    fn mk(): \\y: y + self.n",
  "val c: fn(i64) -> i64 = \\y: part(T()).len() + y\nval d = [c, \\y: y]\nval k = m(3)\nval j = B().mk()",
];

/** What each piece prints, or its error. */
function transcript(pieces: readonly string[], options: Partial<EngineOptions>): string[] {
  let out = "";
  const session = new Session({
    clock: testClock,
    library: runtimeLibrary,
    heapBudget: 2 ** 20,
    ...options,
    write: (_, text) => {
      out += text;
    },
  });
  return pieces.map((text) => {
    out = "";
    try {
      session.evaluate(new SourceFile("<piece>", `${text}\n`));
      return out;
    } catch (error) {
      if (error instanceof ProgramError) return `${out}${error.message}`;
      if (!(error instanceof DiagnosticError)) throw error;
      const errors = error.diagnostics.filter(({ severity }) => severity === "error");
      return errors.map(({ code }) => code).join(" ");
    }
  });
}

/** As `transcript`, where every piece builds everything. */
function transcriptOfAll(pieces: readonly string[], options: Partial<EngineOptions>): string[] {
  // oxlint-disable-next-line typescript/unbound-method
  const { evaluate } = SourceSession.prototype;
  const spy = vi.spyOn(SourceSession.prototype, "evaluate");
  spy.mockImplementation(function all(this: SourceSession, ...args) {
    this.buildEverything();
    return evaluate.apply(this, args);
  });
  try {
    return transcript(pieces, options);
  } finally {
    spy.mockRestore();
  }
}

const waysOfSessions: readonly Partial<EngineOptions>[] = [
  { mode: "interpret" },
  { threshold: 1, loopThreshold: 1, attend: () => undefined },
];

it.each(waysOfSessions)("a session with %j says the same", (options) => {
  const runs = Math.ceil(Number(process.env["ANNEAL_FUZZ_RUNS"] ?? 60) / 20);
  fc.assert(
    fc.property(fc.array(piece, { minLength: 20, maxLength: 30 }), (pieces) => {
      const all = [...beginning, ...pieces];
      expect(transcript(all, options)).toEqual(transcriptOfAll(all, options));
    }),
    { numRuns: runs },
  );
});

const soon = { threshold: 1, loopThreshold: 1 } as const;
const tiers: Partial<EngineOptions>[] = [soon, { mode: "jit" }];
const backend = nativeBackend;
if (backend !== undefined) tiers.push({ ...soon, backend: "llvm", native: () => backend });

/** Open: what runs calls the newest functions. */
const kinds: readonly (readonly [string, Partial<EngineOptions>])[] = [
  ["a session", {}],
  ["an open session", { attend: () => undefined }],
];

it.each(kinds)("%s says the same in every tier", (_, options) => {
  const runs = Math.ceil(Number(process.env["ANNEAL_FUZZ_RUNS"] ?? 60) / 60);
  fc.assert(
    fc.property(fc.array(piece, { minLength: 20, maxLength: 30 }), (pieces) => {
      const all = [...beginning, ...pieces];
      const expected = transcript(all, { ...options, mode: "interpret" });
      for (const tier of tiers) expect(transcript(all, { ...options, ...tier })).toEqual(expected);
    }),
    { numRuns: runs },
  );
});
