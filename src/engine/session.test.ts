// Sessions: pieces in one world, definitions that are replaced, and what becomes of what they leave behind.
import { describe, expect, it } from "vitest";
import { DiagnosticError, SourceFile } from "../base/index.ts";
import { runtimeLibrary } from "../../tests/engine/runtime-library.ts";
import { testClock } from "../../tests/engine/harness.ts";
import type { EngineOptions } from "./options.ts";
import { Session } from "./session.ts";

class Console {
  out = "";
  readonly session: Session;

  constructor(options: Partial<EngineOptions> = {}) {
    this.session = new Session({
      clock: testClock,
      verify: true,
      library: runtimeLibrary,
      heapBudget: 2 ** 21,
      ...options,
      write: (_, text) => {
        this.out += text;
      },
    });
  }

  /** Evaluates a piece; gives what it prints, or the codes of its errors. */
  say(text: string): string {
    this.out = "";
    try {
      const { warnings } = this.session.evaluate(new SourceFile("<input>", `${text}\n`));
      return [...warnings.map(({ code }) => code), this.out.trimEnd()].join(" ").trim();
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
      return error.diagnostics.map(({ code }) => code).join(" ");
    }
  }
}

const modes: readonly Partial<EngineOptions>[] = [
  { mode: "interpret" },
  { mode: "jit" },
  { threshold: 1, loopThreshold: 1, loopFuel: 1, collectAlways: true },
];

describe.each(modes)("a session with %j", (options) => {
  it("replaces functions for everything that is declared", () => {
    const { say } = bound(options);
    say("fn f(x: i64) -> i64: x + 1\nfn g(x: i64) -> i64: f(x) * 10\nval h = \\x: f(x)");
    expect(say("[g(1), h(1)]")).toBe("[20, 2]");
    say("fn f(x: i64) -> i64: x - 1");
    expect(say("[g(1), h(1)]")).toBe("[0, 0]");
    expect(say('fn f(x: i64) -> text: "t"')).toBe("type/mismatch");
    expect(say("[g(1), h(1)]")).toBe("[0, 0]");
  });

  it("shows functions by their names", () => {
    const { say } = bound(options);
    say("fn f(x: i64) -> i64: x + 1\nval n = 2\nval m = f");
    expect(say("f")).toBe("<fn f>");
    expect(say("[m, \\x: x + n]")).toBe("[<fn f>, <fn lambda>]");
    expect(say("m == f")).toBe("true");
    expect(say("val g: fn(i64) -> i64 = m\ng")).toBe("<fn f>");
    expect(say("[g(1), m(1)]")).toBe("[2, 2]");
  });

  it("checks again what a definition concerns, and only that", () => {
    const { say, session } = bound(options);
    const functions = (): string[] =>
      session.program?.module.functions.map((fn) => fn.symbol) ?? [];
    say("fn a(x: i64) -> i64: x + 1\nfn b(x: i64): a(x)\nfn c(x: i64) -> i64: b(x) * 2");
    say("fn other(x: i64) -> i64: x - 1\nval kept = [other(3)]");
    say("fn a(x: i64) -> i64: x + 10");
    expect(functions().toSorted()).toEqual([".init", "a.i64", "b.i64", "c.i64"]);
    expect(say("c(1)")).toBe("22");
    expect(functions()).not.toContain("other.i64");
    // Through two functions, one of which infers its result.
    expect(say('fn a(x: i64) -> text: "t"')).toBe("type/mismatch");
    expect(say("c(1) + other(kept[0])")).toBe("23");
  });

  // To fill a heap with a collection at each allocation takes a minute.
  it.skipIf(options.collectAlways)("has the memory of a piece that fails back at once", () => {
    const { say } = bound({ ...options, heapBudget: 2 ** 21 });
    say("var rest = [0]\nfn more(n: i64):\n    for i in 0..n: rest.push(i)");
    const fill = "var lost = [[0]]\nwhile true: lost.push([1, 2, 3, 4, 5, 6, 7, 8])";
    for (let turn = 0; turn < 3; turn += 1) {
      expect(() => say(fill)).toThrow("out of heap");
      expect(say("more(5000)\nrest.len()")).toBe(String(5000 * (turn + 1) + 1));
    }
  });

  it("tells warnings once", () => {
    const { say } = bound(options);
    const unknown = "extern fn no_such_function()";
    expect(say(unknown)).toBe("resolve/unknown-extern");
    expect(say("enum E:\n    A\n\nval e = E.A")).toBe("");
    expect(say(unknown)).toBe("resolve/unknown-extern");
    expect(say("e")).toBe("E::A");
  });

  it("takes choices whose branches have no common value as statements", () => {
    const { say } = bound(options);
    say("var xs = [1]\nfn f() -> i64: 3\nfn g():\n    xs.push(7)");
    expect(say("if xs.len() == 1: xs.push(2)")).toBe("");
    expect(say("if xs.len() == 1: f() else: g()")).toBe("");
    expect(say("match xs.len():\n    case 3: g()\n    case 2: f()")).toBe("");
    expect(say('if xs.len() == 1: 1 elif xs.len() == 2: "x" else: print xs')).toBe("[1, 2, 7, 7]");
    expect(say("if xs.len() == 4: f() else: 4")).toBe("3");
    expect(say("if xs.len() == 4: nope")).toBe("resolve/unknown-name");
    expect(say('val y = if xs.len() == 4: 1 else: "x"')).toBe("type/branch-mismatch");
  });

  it("knows the types of objects that only earlier functions make", () => {
    const { say } = bound(options);
    say("struct Box<T>:\n    value: T\n\nfn make() -> any: Box(value: 7)");
    say("val box = make()");
    expect(say("box.value")).toBe("7");
    say(
      "trait Area:\n    fn area() -> i64\nclass S:\n    a: i64\nimpl Area for S:\n    fn area() -> i64: self.a",
    );
    say("val s: dyn Area = S(a: 3)\nfn size(x: dyn Area) -> i64: x.area()");
    say("fn twice() -> i64: size(s) * 2");
    expect(say("twice()")).toBe("6");
  });

  it("finds out that a variable is assigned later", () => {
    const { say } = bound(options);
    say("var n = 1\nfn get() -> i64: n");
    expect(say("get()")).toBe("1");
    say("n = 2");
    expect(say("get()")).toBe("2");
    say("fn set(): n = 3\nset()");
    expect(say("get()")).toBe("3");
  });

  it("leaves closures the functions that they were made with", () => {
    const { say } = bound(options);
    say("fn f(x: i64) -> i64: x + 1\nfn make(n: i64) -> fn(i64) -> i64: \\x: f(x) + n");
    say("val old = make(123456789012345)");
    say("fn f(x: i64) -> i64: x * 100");
    say("fn make(n: i64) -> fn(i64) -> i64:\n    val all = [n, 2, 3]\n    \\x: f(x) + all.len()");
    say("val new = make(1)");
    expect(say("[old(1), new(1)]")).toBe("[123456789012347, 103]");
  });

  it("tells types of one representation apart in values of any type", () => {
    const { say } = bound(options);
    say("struct Box<T>:\n    value: T\n\nenum Tree<T>:\n    Leaf(T)");
    say('val boxes: [Any] = [Box(value: "x"), Box(value: [7])]');
    say('val trees: [Any] = [Tree.Leaf("x"), Tree.Leaf([7])]');
    say("val functions: [Any] = [(\\x: x), (\\x, y: x)]");
    // A piece that has one of the types alone.
    expect(say("(boxes[1] as Box<[i64]>).value[0]")).toBe("7");
    expect(() => say("(boxes[0] as Box<[i64]>).value[0]")).toThrow("expected Box<[i64]>");
    expect(say("(trees[1] as Tree<[i64]>)")).toBe("Tree::Leaf([7])");
    expect(() => say("(trees[0] as Tree<[i64]>)")).toThrow("expected Tree<[i64]>");
    expect(say("(functions[1] as fn(i64, i64) -> i64)(3, 4)")).toBe("3");
    expect(() => say("(functions[0] as fn(i64, i64) -> i64)(3, 4)")).toThrow("expected");
  });

  it("drops variables whose types have changed", () => {
    const { say } = bound(options);
    say('struct A:\n    x: i64\nstruct B:\n    a: A\nval n = 7\nval words = ["x"]');
    say("val a = A(x: 5)\nval b = [B(a: a)]");
    expect(
      say("struct A:\n    x: i64\n\n    fn double() -> i64: self.x * 2\nb[0].a.double()"),
    ).toBe("10");
    expect(say("struct A:\n    x: text")).toBe("session/dropped-variables");
    expect(say("a")).toBe("resolve/unknown-name");
    expect(say("b")).toBe("resolve/unknown-name");
    expect(say('[n, words.len(), A(x: "abc").x.len()]')).toBe("[7, 1, 3]");
  });

  it("keeps variables that a changed type cannot be reached from", () => {
    const { say } = bound(options);
    say("class Body:\n    n: i64\n    me grow() -> i64:\n        self.n += 1\n        self.n");
    say("class Sun:\n    bodies: [Body]\n    best: Body? = nil\nstruct Look:\n    color: text");
    say('val b = Body(n: 1)\nval sun = Sun(bodies: [b])\nval look = {"a": Look(color: "red")}');
    expect(say("struct Look:\n    color: text\n    size: i64 = 4")).toBe(
      "session/dropped-variables",
    );
    expect(say("look")).toBe("resolve/unknown-name");
    expect(say("b.grow() + sun.bodies[0].n")).toBe("4");
    expect(say("class Body:\n    n: i64\n    size: i64 = 1")).toBe("session/dropped-variables");
    expect(say("sun")).toBe("resolve/unknown-name");
  });

  it("drops variables whose types cannot be written and may have changed", () => {
    const { say } = bound(options);
    say("fn make(n: i64): \\y: y + n");
    say("val g = make(5)\nval literal = \\y: y");
    expect(say("g(1)")).toBe("6");
    expect(say('fn make(n: i64):\n    val t = "abc"\n    \\y: y + t.len() + n')).toBe(
      "session/dropped-variables",
    );
    expect(say("g(1)")).toBe("resolve/unknown-name");
    expect(say("literal(1)")).toBe("1");
  });

  it("keeps functions of signatures that a changed type cannot be reached from", () => {
    const { say } = bound(options);
    say("class P:\n    x: i64\nclass Q:\n    n: i64\nclass Button:\n    on: fn(Q) -> i64");
    say("fn area(p: P) -> i64: p.x * 10\nfn scale(x: i64) -> i64: x * 2");
    // These work on objects of the old type for ever.
    say("fn make(p: P) -> fn(i64) -> i64: \\n: scale(area(p)) + P(x: n).x + n");
    say("val p = P(x: 7)\nval kept = make(p)\nval all: [fn(i64) -> i64] = [kept, \\n: n + 1]");
    say("val button = Button(on: \\q: q.n + area(P(x: 1)))");
    say("val gone: fn(P) -> i64 = area\nval lost: fn() -> P = \\: P(x: 3)");
    say("val open: fn(Any) -> Any = \\p: p");
    expect(say("[kept(1), all[0](2), all[1](3), button.on(Q(n: 4))]")).toBe("[142, 144, 4, 14]");
    say("fn make(n: i64) -> i64: n");
    expect(say("class P:\n    name: text\n    x: f64\nfn area(p: P) -> i64: p.name.len()")).toBe(
      "session/dropped-variables",
    );
    expect(say("[kept(1), all[0](2), all[1](3), button.on(Q(n: 4))]")).toBe("[142, 144, 4, 14]");
    expect(say('area(P(name: "abc", x: 1.5)) + kept(1)')).toBe("145");
    for (const name of ["p", "gone", "lost", "open"]) {
      expect(say(name)).toBe("resolve/unknown-name");
    }
    say("class Q:\n    text: text");
    expect(say("button")).toBe("resolve/unknown-name");
    expect(say("kept(1)")).toBe("142");
  });

  it("keeps variables whose types cannot be written and lead to nothing that has changed", () => {
    const { say } = bound(options);
    say("class P:\n    x: i64\nclass Q:\n    n: i64\nimpl Q:\n    fn adder(): \\y: y + self.n");
    say("fn plus(n): \\y: y + n\nfn within(p: P): \\y: y + p.x\nfn one() -> i64: 1");
    say("val g = plus(5)\nval q = Q(n: 6)\nval h = q.adder()\nval p = P(x: 3)\nval w = plus(p)");
    say("val inner = within(P(x: 4))\nval named = one\nval both = [g, plus(6)]\nval l = \\y: y");
    say("val reads = \\y: y + p.x");
    const all = "[g(1), h(1), inner(1), named(), both[1](1), l(1), reads(1)]";
    expect(say(all)).toBe("[6, 7, 5, 1, 7, 1, 4]");
    say("fn other() -> i64: 2\nfn one() -> i64: 1");
    expect(say(all)).toBe("[6, 7, 5, 1, 7, 1, 4]");
    say("fn within(p): p");
    expect(say("class P:\n    name: text\n    y: i64")).toBe("session/dropped-variables");
    for (const name of ["p", "w", "inner", "reads"]) {
      expect(say(name)).toBe("resolve/unknown-name");
    }
    expect(say("[g(1), h(1), named(), both[1](1), l(1)]")).toBe("[6, 7, 1, 7, 1]");
    // A method with the same name whose closures hold something else.
    expect(say('impl Q:\n    fn adder():\n        val t = "text"\n        \\y: y + t.len()')).toBe(
      "session/dropped-variables",
    );
    expect(say("h")).toBe("resolve/unknown-name");
    expect(say("[g(1), named(), q.adder()(1)]")).toBe("[6, 1, 5]");
  });

  it("replaces methods", () => {
    const { say } = bound(options);
    say(
      "struct A:\n    x: i64\nimpl A:\n    fn m() -> i64: self.x\n    fn n() -> i64: self.m() + 1",
    );
    say("val a = A(x: 3)");
    expect(say("[a.m(), a.n()]")).toBe("[3, 4]");
    say("impl A:\n    fn m() -> i64: self.x * 2");
    expect(say("[a.m(), a.n()]")).toBe("[6, 7]");
  });

  it("keeps nothing of a piece with errors", () => {
    const { say } = bound(options);
    say("val x = 1\nfn f() -> i64: x");
    expect(say("val y = 2\nfn f() -> i64: nope")).toBe("resolve/unknown-name");
    expect(say("y")).toBe("resolve/unknown-name");
    expect(say("f()")).toBe("1");
  });
});

function bound(options: Partial<EngineOptions>): {
  readonly session: Session;
  readonly say: (text: string) => string;
} {
  const console = new Console(options);
  return { session: console.session, say: (text) => console.say(text) };
}

describe("what is replaced is given back", () => {
  const filler = "x".repeat(1000);

  it("texts, functions and lambdas", () => {
    const { say } = bound({ heapBudget: 2 ** 20 });
    say('fn keep() -> text: "kept"\nval made: [fn(i64) -> i64] = [\\x: x + keep().len()]');
    // More than the memory holds at once.
    for (let count = 0; count < 1500; count += 1) {
      say(`fn f(x: i64) -> text: "${count} ${filler}"\nval g: fn(i64) -> i64 = \\y: y + ${count}`);
    }
    expect(say("f(1).len()")).toBe(String(1005));
    expect(say("[g(1), made[0](1)]")).toBe("[1500, 5]");
  });

  it("compiled units", () => {
    const { say } = bound({ heapBudget: 2 ** 20, mode: "jit", verify: false });
    for (let count = 0; count < 300; count += 1) {
      say(`fn f(x: i64): print "{x}${count}${filler}{x}"`);
      say("f(1)");
    }
    expect(say("f(2)")).toBe(`2299${filler}2`);
  });

  it("not what closures still need", () => {
    const { say } = bound({ heapBudget: 2 ** 20 });
    say("var all: [fn(i64) -> text] = []\nvar base = 10");
    for (let count = 0; count < 20; count += 1) {
      say(`fn helper(x: i64) -> text: "{x} ${count}"`);
      say("all.push(\\x: helper(x + base))");
    }
    for (let count = 0; count < 600; count += 1) say(`fn other(x: i64) -> i64: x + ${count}`);
    expect(say('all.map(\\f: f(1)).join(",")')).toBe(
      Array.from({ length: 20 }, (_, count) => `11 ${count}`).join(","),
    );
  });
});
