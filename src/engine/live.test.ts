// Functions that are replaced while they run: pieces that run at a safepoint of an earlier one.
import { describe, expect, it } from "vitest";
import { SourceFile } from "../base/index.ts";
import {
  controlAttention,
  controlInterrupt,
  controlWordAddress,
  ProgramError,
} from "../runtime/index.ts";
import { runtimeLibrary } from "../../tests/engine/runtime-library.ts";
import { collectedInstances } from "../../tests/engine/instances.ts";
import { testClock } from "../../tests/engine/harness.ts";
import type { EngineOptions } from "./options.ts";
import { Session } from "./session.ts";

/** A session in which a line that the program prints can have a piece run at the next safepoint. */
class Live {
  out = "";
  readonly session: Session;
  readonly #pieces: ReadonlyMap<string, string>;
  readonly #due: string[] = [];
  /** After this text the control word says that the piece is to stop. */
  interrupt = "";

  /** `pieces` by the line that calls for them. */
  constructor(options: Partial<EngineOptions>, pieces: Readonly<Record<string, string>>) {
    this.#pieces = new Map(Object.entries(pieces));
    this.session = new Session({
      clock: testClock,
      verify: true,
      library: runtimeLibrary,
      heapBudget: 2 ** 21,
      ...options,
      write: (_, text) => this.#write(text),
      attend: (open) => {
        if (!open) return;
        for (let piece = this.#due.shift(); piece !== undefined; piece = this.#due.shift())
          this.say(piece);
      },
    });
  }

  say(text: string): void {
    if (text === "rollback") {
      this.session.rollback(1);
      return;
    }
    try {
      this.session.evaluate(new SourceFile("<input>", `${text}\n`));
    } catch (error) {
      this.out += error instanceof ProgramError ? `${error.code}\n` : `${String(error)}\n`;
    }
  }

  setControlWord(bits: number): void {
    const word = this.session.program?.views.i32;
    if (word !== undefined) Atomics.or(word, controlWordAddress >> 2, bits);
  }

  #write(text: string): void {
    this.out += text;
    if (text === this.interrupt) this.setControlWord(controlInterrupt);
    const piece = this.#pieces.get(text.trimEnd());
    if (piece === undefined) return;
    this.#due.push(piece);
    this.setControlWord(controlAttention);
  }
}

const modes: readonly Partial<EngineOptions>[] = [
  { mode: "interpret" },
  { mode: "jit" },
  { threshold: 1, loopThreshold: 1, loopFuel: 1, collectAlways: true },
  { threshold: 2, loopThreshold: 3, loopFuel: 2 },
];

const sleeper = "extern fn rt_thread_sleep(millis: i64)\n";

describe.each(modes)("a running program with %j", (options) => {
  const run = (pieces: Readonly<Record<string, string>>, ...texts: readonly string[]): string => {
    const live = new Live(options, pieces);
    for (const text of texts) live.say(text);
    return live.out.trimEnd().replaceAll("\n", " ");
  };

  it("calls the new version from its next call on, also through functions that have not changed", () => {
    const program = `${sleeper}fn shape(i: i64) -> text: "a{i}"
fn line(i: i64) -> text: shape(i) + "."
fn main():
    var i = 0
    while i < 6:
        print line(i)
        rt_thread_sleep(0)
        i += 1
`;
    const pieces = {
      "a1.": 'fn shape(i: i64) -> text: "b{i * 2}"',
      "b6.": 'fn line(i: i64) -> text: shape(i) + "!"',
    };
    expect(run(pieces, program, "main()")).toBe("a0. a1. b4. b6. b8! b10!");
  });

  it("goes back to versions that were there before, a hundred times", () => {
    const program = `${sleeper}fn f(i: i64) -> i64: i
fn main():
    for i in 0..100:
        print "{i}: {f(i)}"
        rt_thread_sleep(0)
`;
    const factor = (i: number) => (i % 7) + 1;
    const lines = Array.from({ length: 100 }, (_, i) => `${i}: ${i * factor(i)}`);
    const pieces = lines.map((line, i) => [line, `fn f(i: i64) -> i64: i * ${factor(i + 1)}`]);
    expect(run(Object.fromEntries(pieces), program, "main()")).toBe(lines.join(" "));
  });

  it("keeps its objects while pieces make garbage", () => {
    const program = `${sleeper}fn item(i: i64) -> text: "item {i}"
fn main():
    var all: [text] = []
    for i in 0..5:
        all.push(item(i))
        print "{i}"
        rt_thread_sleep(0)
    print all.join(",")
`;
    const garbage = 'for i in 0..300: "garbage {i}" + "more"';
    const pieces = {
      "0": garbage,
      "1": `fn item(i: i64) -> text: "I" + "{i}"`,
      "2": garbage,
      "3": garbage,
    };
    expect(run(pieces, program, "main()")).toBe("0 1 2 3 4 item 0,item 1,I2,I3,I4");
  });

  it("goes on with the old version where a type has changed", () => {
    const program = `${sleeper}class Point:
    x: i64
fn show(p: Point) -> text: "x {p.x}"
fn twice(n: i64) -> i64: n + n
fn main():
    val p = Point(x: 7)
    for i in 0..4:
        print "{show(p)} {twice(i)}"
        rt_thread_sleep(0)
`;
    const pieces = {
      "x 7 0": "class Point:\n    label: text\n    x: i64\nfn show(p: Point) -> text: p.label",
      "x 7 2": "fn twice(n: i64) -> i64: n * 100",
    };
    expect(run(pieces, program, "main()")).toBe("x 7 0 x 7 2 x 7 200 x 7 300");
  });

  it("keeps closures where a type of their code has changed, for itself and for new code", () => {
    const program = `${sleeper}class Point:
    x: i64
fn area(p: Point) -> i64: p.x * 10
fn twice(n: i64) -> i64: n + n
fn make(p: Point) -> fn(i64) -> i64: \\n: area(p) + Point(x: n).x + twice(n)
var call: fn(i64) -> i64 = make(Point(x: 7))
fn main():
    for i in 0..5:
        print "{i}: {call(1)}"
        rt_thread_sleep(0)
`;
    const pieces = {
      "0: 73":
        'class Point:\n    label: text\n    x: f64\nfn area(p: Point) -> i64: p.label.len()\nfn make(p: i64): p\nprint "new {call(2) + area(Point(label: "abc", x: 1.5))}"',
      "1: 73": "fn twice(n: i64) -> i64: n * 100",
      "2: 171": 'call = \\n: area(Point(label: "four", x: 0.5)) + n',
      "3: 5": "class Point:\n    y: i64\nfn area(p: Point) -> i64: 1",
    };
    expect(run(pieces, program, "main()")).toBe("0: 73 new 79 1: 73 2: 171 3: 5 4: 5");
  });

  it("goes on when a piece fails", () => {
    const program = `${sleeper}fn f(i: i64) -> i64: i
fn deep(n: i64) -> i64: deep(n + 1) + 1
fn main():
    for i in 0..5:
        print f(i)
        rt_thread_sleep(0)
`;
    const pieces = {
      "0": "print 1 / 0",
      "1": "val xs = [1]\nxs[7]",
      "2": "fn f(i: i64) -> i64: i * 11\nmissing()",
      "3": "fn f(i: i64) -> i64: i * 11",
    };
    const out = run(pieces, program, "main()");
    expect(out).toBe(
      "0 division_by_zero 1 index_out_of_range 2 DiagnosticError: `missing` is not declared 3 44",
    );
  });

  it("is not stopped by what stops a piece in it", () => {
    const program = `${sleeper}fn again():
    print "again"
    while true: rt_thread_sleep(0)
fn main():
    for i in 0..3:
        print i
        rt_thread_sleep(0)
`;
    const live = new Live(options, { "0": "again()" });
    live.interrupt = "again\n";
    live.say(program);
    live.say("main()");
    expect(live.out).toBe("0\nagain\ninterrupted\n1\n2\n");
  });

  it("waits with other pieces until one that declares something has ended", () => {
    const live = new Live(options, { first: "print known", second: "print known" });
    live.say(`${sleeper}fn pause(): rt_thread_sleep(0)`);
    live.say('print "first"\npause()\nval known = "late"\nprint "end"');
    live.say('print "second"\npause()\nprint "end"');
    expect(live.out).toBe("first\nend\nsecond\nlate\nlate\nend\n");
  });

  it("keeps what it runs when what nothing reaches any more is given back", () => {
    const program = `${sleeper}fn f(i: i64) -> text: "text {i}"
fn main():
    for i in 0..700:
        print "{i}"
        rt_thread_sleep(0)
        if f(i) == "": print "empty"
`;
    const pieces = Array.from({ length: 700 }, (_, i) => [
      String(i),
      `fn f(i: i64) -> text: "text ${i} {i}"`,
    ]);
    const live = new Live({ ...options, verify: false }, Object.fromEntries(pieces));
    live.say(program);
    live.say("main()");
    live.out = "";
    live.say("f(3)");
    expect(live.out).toBe("text 699 3\n");
  });
});

it("a rollback changes what runs at once", () => {
  const program = `${sleeper}fn f() -> text: "one"
fn main():
    for i in 0..4:
        print "{i} {f()}"
        rt_thread_sleep(0)
`;
  const live = new Live({}, { "0 one": 'fn f() -> text: "two"', "1 two": "rollback" });
  live.say(program);
  live.say("main()");
  expect(live.out).toBe("0 one\n1 two\n2 one\n3 one\n");
});

describe.each(modes)("a rollback with %j", (options) => {
  it("brings back functions, types and variables", () => {
    const live = new Live(options, {});
    live.say('fn f() -> text: "one"\nval x = 1\nclass P:\n    a: i64\nval p = P(a: 3)');
    live.say("val keep = 5");
    live.say('fn f() -> text: "two"\nfn g() -> i64: 7\nval x = "text"');
    live.say('class P:\n    b: text\nval p = P(b: "new")');
    const values = '"{f()} {x} {p}"';
    live.say(`print ${values}`);
    expect(live.session.rollback(1)).toEqual({ left: 3, changed: ["P", "p"] });
    live.say(`print ${values}`);
    expect(live.session.rollback(1)).toEqual({ left: 2, changed: ["f", "g", "x"] });
    live.say(`print ${values}`);
    expect(live.session.rollback(1)).toEqual({ left: 1, changed: ["keep"] });
    expect(live.session.rollback(9)).toEqual({ left: 0, changed: ["f", "x", "P", "p"] });
    expect(live.session.rollback(1)).toEqual({ left: 0, changed: [] });
    live.say("f()");
    expect(live.out.trimEnd().split("\n")).toEqual([
      "two text P(b: new)",
      "two text P(a: 3)",
      "one 1 P(a: 3)",
      "DiagnosticError: `f` is not declared",
    ]);
  });
});

describe("a live session", () => {
  it("gives back the instances of code that was replaced", async () => {
    const live = new Live({}, {});
    live.say("fn g(n: i64) -> i64: n + 1");
    const redefine = (): void => {
      for (let turn = 0; turn < 200; turn += 1) {
        live.say(`fn f(n: i64) -> i64: g(n) + ${turn}`);
        live.say("fn run(n: i64) -> i64:\n    var s = 0\n    for i in 0..n: s += f(i)\n    s");
        live.say("run(20)");
      }
    };
    expect(await collectedInstances(redefine, 100)).toBeGreaterThanOrEqual(100);
    expect(live.out.trim().split("\n").at(-1)).toBe(String(190 + 20 + 20 * 199));
  }, 60_000);
});

describe("code of a program that draws at fixed times", () => {
  /** What it shows; `compiled` stands where something was. */
  const shown = (length: number): string[] => {
    let nanos = 0n;
    const clock = { ...testClock, monotonicNanos: (): bigint => (nanos += 1_000_000n) };
    const live = new Live({ clock, threshold: 3, loopThreshold: 5, onTierEvent }, {});
    function onTierEvent(): void {
      if (!live.out.endsWith("compiled\n")) live.out += "compiled\n";
    }
    live.say(`${sleeper}fn f(i: i64) -> i64: i
fn main():
    var i = 0
    while i < 7:
        rt_thread_sleep(${length})
        i += 1
        print "draws"
        print "{f(i)}"
`);
    live.say("main()");
    return live.out.trim().split("\n");
  };

  it("is compiled while it sleeps", () => {
    const lines = shown(20);
    expect(lines.filter((line) => /\d/.test(line))).toEqual(["1", "2", "3", "4", "5", "6", "7"]);
    const places = lines.flatMap((line, index) => (line === "compiled" ? [index] : []));
    expect(places).toHaveLength(2);
    expect(places.map((place) => lines[place + 1])).toEqual(["draws", "draws"]);
  });

  it("is compiled at once if it sleeps too shortly", () => {
    const lines = shown(0);
    expect(lines[lines.indexOf("compiled") - 1]).toBe("draws");
  });
});
