// `anneal live` as a process: a program that runs on while editors change it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { llvm, whyNoLlvm } from "../native/llvm.ts";
import { LiveProcess, ticker } from "./live-process.ts";
import { anneal } from "./process.ts";

const quiet = `extern fn rt_thread_sleep(millis: i64)
fn busy(n: i64) -> i64:
    if n < 2: n else: busy(n - 1) + busy(n - 2)
fn main():
    while true: rt_thread_sleep(1000)
`;

let live: LiveProcess;
const start = async (program: string, ...options: string[]): Promise<LiveProcess> =>
  (live = await LiveProcess.start(program, options));

afterEach(async () => {
  if (live.child.exitCode === null) await live.stop();
});

describe("anneal live", () => {
  it("runs on with the functions that are defined meanwhile, until it is stopped", async () => {
    await start(ticker);
    const evaluate = await live.session();
    const port = readFileSync(path.join(live.folder, ".nrepl-port"), "utf8");
    expect(port).toBe(String(live.port));
    await live.until(() => live.out.includes("tick 5\n"));
    expect(await evaluate('fn line(i: i64) -> text: "TOCK {i * 10}"')).toEqual(["done"]);
    await live.until(() => live.out.includes("TOCK"));
    const from = live.out.length;
    await live.until(() => live.out.length > from + 100);
    expect(live.out.slice(from)).not.toContain("tick");
    expect(await evaluate("missing(1)")).toEqual([
      expect.stringContaining("err <input 2>:1:1: error: `missing` is not declared"),
      "ex resolve/unknown-name",
      "eval-error",
      "done",
    ]);
    const [now = ""] = await evaluate("count");
    const then = live.out.length;
    await live.until(() => live.out.length > then + 100);
    const [later = ""] = await evaluate("count");
    expect(Number(later.split(" ")[1])).toBeGreaterThan(Number(now.split(" ")[1]));
    expect(await live.stop()).toBe(130);
    expect(existsSync(path.join(live.folder, ".nrepl-port"))).toBe(false);
  });

  it.skipIf(llvm === undefined)(
    `calls kernels${whyNoLlvm}`,
    async () => {
      const dot = "extern fn rt_matvec_i8(a: [i8], x: [i8], y: [i32], m: i64, k: i64)";
      await start(`${dot}\nvar y = [0i32]\n${quiet}`);
      const evaluate = await live.session();
      expect(await evaluate("rt_matvec_i8([1i8, 2i8], [3i8, 4i8], y, 1, 2)\ny")).toEqual([
        "value [11]",
        "done",
      ]);
      const [error] = await evaluate("rt_matvec_i8([1i8], [3i8, 4i8], y, 1, 2)");
      expect(error).toContain("`a` of matvec(m 1, k 2) has 1 elements, expected 2");
    },
    60_000,
  );

  it.skipIf(llvm === undefined)(
    `runs in native code what is redefined meanwhile${whyNoLlvm}`,
    async () => {
      const program = `extern fn rt_thread_sleep(millis: i64)
fn step(i: i64) -> i64: i % 7
fn total(n: i64) -> i64:
    var sum = 0
    for i in 0..n: sum += step(i)
    sum
fn main():
    while true:
        print "total {total(100000)}"
        rt_thread_sleep(1)
`;
      await start(program, "--backend", "llvm");
      const evaluate = await live.session();
      await live.until(() => live.out.split("total 299995\n").length > 20);
      expect(await evaluate("fn step(i: i64) -> i64: i % 3")).toEqual(["done"]);
      await live.until(() => live.out.split("total 99999\n").length > 20);
      expect(live.out.slice(live.out.indexOf("total 99999"))).not.toContain("299995");
      expect((await evaluate("step(4) / step(3)"))[0]).toContain("runtime error: division by zero");
    },
    60_000,
  );

  it("sends values of all expressions, output as it comes, and errors at their place", async () => {
    await start(quiet);
    const evaluate = await live.session();
    expect(await evaluate('1\n"two"\nprint 3\nval x = 4\n[x]')).toEqual([
      "value 1",
      "value two",
      "out 3",
      "value [4]",
      "done",
    ]);
    const place = { file: "/src/a.spl", line: 41, column: 3 };
    const [error = "", ...rest] = await evaluate("\nval xs = [1]\n  # no\nxs[x]", place);
    expect(error).toContain("err /src/a.spl:44:1: runtime error: index 4 is out of range");
    expect(error).toContain("44 | xs[x]");
    expect(rest).toEqual(["ex index_out_of_range", "eval-error", "done"]);
    const [wrong = ""] = await evaluate("nothing", place);
    expect(wrong).toContain("err /src/a.spl:41:3: error: `nothing` is not declared");
    const block = "        val y = 2\n        if y > 1:\n            print y\n        nothing";
    const [inside = ""] = await evaluate(block, { ...place, column: 1 });
    expect(inside).toContain("err /src/a.spl:44:9: error: `nothing` is not declared");
    expect(await evaluate("        [x]\n    # a\n        x", place)).toEqual([
      "value [4]",
      "value 4",
      "done",
    ]);
    const twoProblems = "match x:\n    case 1: 2\n\nextern fn no_such_function()\nnothing";
    expect(await evaluate(twoProblems)).toContain("ex resolve/unknown-name");
    expect(live.out).toBe("");
  });

  it("shows the line of an error of the program, whatever was evaluated since", async () => {
    const step = "fn step(n: i64) -> i64: 100 / n\n";
    await start(quiet.replace("rt_thread_sleep(1000)", "rt_thread_sleep(step(5))") + step);
    const evaluate = await live.session();
    expect(await evaluate("val other = 1")).toEqual(["done"]);
    expect(await evaluate("fn step(n: i64) -> i64: [n][n]")).toEqual(["done"]);
    expect(await evaluate("other")).toEqual(["value 1", "done"]);
    await live.until(() => live.err.includes("at main"));
    expect(live.err).toContain("runtime error: index 5 is out of range for length 1");
    expect(live.err).toContain("1 | fn step(n: i64) -> i64: [n][n]");
  });

  it("says what became of examples", async () => {
    await start(quiet);
    const evaluate = await live.session();
    const spec =
      'describe "sums":\n    it "add":\n        expect 1 + 1 == 2\n    it "fail":\n        expect 1 == 2';
    expect(await evaluate(spec)).toEqual([
      "err passed: sums > add",
      "err failed: sums > fail: expected 1 == 2",
      "done",
    ]);
  });

  it("stops evaluations in every tier, and nothing else", async () => {
    await start(quiet);
    const client = await live.connect();
    const [opened] = await client.request({ op: "clone" });
    const session = opened?.text("new-session") ?? "";
    const evaluate = await live.session();
    for (const code of [
      'print "on"\nwhile true: 1',
      'print "on"\nbusy(70)',
      'fn spin(n: i64):\n    while true: n + 1\nprint "on"\nspin(1)',
      'extern fn rt_thread_sleep(millis: i64)\nprint "on"\nrt_thread_sleep(100000)',
    ]) {
      const words: string[] = [];
      const began = new Promise<void>((resolve) => {
        const asked = client.request({ op: "eval", code, session }, (answer) => {
          words.push(...answer.texts("status"));
          if (answer.text("out") !== undefined) resolve();
        });
        asked.catch(() => resolve());
      });
      await began;
      const [answer] = await client.request({ op: "interrupt", session });
      expect(answer?.texts("status")).toEqual(["done"]);
      while (!words.includes("interrupted")) await evaluate("0");
      expect(await evaluate("1 + 1")).toEqual(["value 2", "done"]);
    }
    expect(live.child.exitCode).toBeNull();
  });

  it("evaluates for one client while it does for another", async () => {
    await start(quiet);
    const client = await live.connect();
    const [opened] = await client.request({ op: "clone" });
    const session = opened?.text("new-session") ?? "";
    const evaluate = await live.session();
    await evaluate("var steps = 0\nvar go = true");
    const code = 'print "on"\nwhile go: steps += 1\nsteps > 0';
    let begun: () => void = () => {};
    const began = new Promise<void>((resolve) => (begun = resolve));
    const long = client.request({ op: "eval", code, session }, (answer) => {
      if (answer.text("out") !== undefined) begun();
    });
    await began;
    expect(await evaluate("go")).toEqual(["value true", "done"]);
    await evaluate("go = false");
    expect((await long).flatMap((answer) => answer.text("value") ?? [])).toEqual(["true"]);
  });

  it("has compiled loops call the newest functions", async () => {
    await start(`extern fn rt_thread_sleep(millis: i64)
var total = 0
var rounds = 0
fn f(i: i64) -> i64: i * 2
fn work(n: i64) -> i64:
    var sum = 0
    for i in 0..n: sum += f(i)
    sum
fn main():
    while true:
        total = work(20000)
        rounds += 1
        rt_thread_sleep(1)
`);
    const evaluate = await live.session();
    const rounds = async (more: number): Promise<void> => {
      const count = async () => Number((await evaluate("rounds"))[0]?.split(" ")[1]);
      const end = (await count()) + more;
      while ((await count()) < end);
    };
    await rounds(30);
    for (const factor of [3, 5, 2, 3, 7]) {
      await evaluate(`fn f(i: i64) -> i64: i * ${factor}`);
      await rounds(15);
      expect(await evaluate("total")).toEqual([`value ${199_990_000 * factor}`, "done"]);
    }
    // The program is in it for ever, and is open all the same.
    await evaluate("fn f(i: i64) -> i64:\n    while true: i + 1\n    0");
    expect(await evaluate("1 + 1")).toEqual(["value 2", "done"]);
  });

  it("waits for clients that do not read", async () => {
    await start(quiet);
    const evaluate = await live.session();
    const flood = await live.connect();
    const [opened] = await flood.request({ op: "clone" });
    const session = opened?.text("new-session") ?? "";
    await evaluate("var printed = 0");
    const text = "x".repeat(1000);
    let seen = 0;
    const ended = flood.request(
      {
        op: "eval",
        code: `while printed < 20000:\n    printed += 1\n    print "${text}"`,
        session,
      },
      (answer) => (seen += answer.text("out")?.length ?? 0),
    );
    expect(await evaluate("1")).toEqual(["value 1", "done"]);
    await ended;
    expect(seen).toBe(20_000 * 1001);
  });

  it("knows what is declared", async () => {
    await start(ticker);
    const client = await live.connect();
    const [completions] = await client.request({ op: "complete", symbol: "li" });
    const [first] = completions?.list("completions") ?? [];
    expect(first instanceof Map ? first.get("candidate") : "").toBe("line");
    const [lookup] = await client.request({ op: "lookup", sym: "line" });
    const info = lookup?.part("info");
    expect(info?.text("doc")).toBe("fn line(i: i64) -> text\n\nSays where we are.");
    expect([info?.text("file"), info?.fields.get("line")]).toEqual(["app.spl", 4]);
    const [count] = await client.request({ op: "lookup", sym: "count" });
    expect(count?.part("info")?.text("doc")).toBe("var count: i64");
  });

  it("takes back definitions", async () => {
    await start(ticker);
    const evaluate = await live.session();
    const client = await live.connect();
    await evaluate('fn line(i: i64) -> text: "one"');
    await evaluate('fn line(i: i64) -> text: "two"\nfn extra() -> i64: 5');
    await live.until(() => live.out.includes("two"));
    const [answer] = await client.request({ op: "rollback" });
    expect(answer?.texts("changed").toSorted()).toEqual(["extra", "line"]);
    const from = live.out.length;
    await live.until(() => live.out.slice(from).includes("one"));
    await client.request({ op: "rollback" });
    expect(await evaluate("line(3)")).toEqual(["value tick 3", "done"]);
    expect((await evaluate("extra()")).at(1)).toBe("ex resolve/unknown-name");
    const [most] = await client.request({ op: "rollback", steps: 100 });
    expect(most?.texts("changed")).toEqual([]);
    expect(await evaluate("line(3)")).toEqual(["value tick 3", "done"]);
  });

  it("evaluates what changes in its file, and says what is wrong there", async () => {
    await start(ticker, "--watch");
    await live.until(() => live.out.includes("tick 3\n"));
    writeFileSync(live.file, ticker.replace("tick", "tack"));
    await live.until(() => live.out.includes("tack") && live.err.includes("line changed"));
    expect(live.err).toContain("app.spl: line changed");
    writeFileSync(live.file, ticker.replace("tick {i}", "{j}"));
    await live.until(() => live.err.includes("error: `j` is not declared"));
    const evaluate = await live.session();
    // The variable has not been declared anew.
    const [count = ""] = await evaluate("count");
    expect(Number(count.split(" ")[1])).toBeGreaterThan(3);
    writeFileSync(live.file, ticker.replace("tick", "tuck"));
    await live.until(() => live.out.includes("tuck"));
  });

  it("says that what runs keeps its functions where types have changed", async () => {
    const note = "types have changed: code that runs keeps its own until it is called anew";
    const program = `class P:\n    x: i64\n${ticker}`;
    await start(program, "--watch");
    await live.until(() => live.out.includes("tick 3\n"));
    const evaluate = await live.session();
    expect(await evaluate("class P:\n    y: i64")).toEqual([`err ${note}`, "done"]);
    expect(await evaluate("class P:\n    y: i64\n    fn z() -> i64: self.y")).toEqual(["done"]);
    writeFileSync(live.file, program.replace("x: i64", "x: text"));
    await live.until(() => live.err.includes(`app.spl: P changed\n${note}\n`));
  });

  it("goes on with its variables when a file is emptied before it is written", async () => {
    await start(ticker, "--watch");
    await live.until(() => live.out.includes("tick 30\n"));
    writeFileSync(live.file, "");
    // The folder is looked at 30 ms after its last change.
    await delay(200);
    writeFileSync(live.file, ticker.replace("tick", "tack"));
    await live.until(() => live.out.includes("tack") && live.err.includes("line changed"));
    expect(live.err).toContain("app.spl: line changed");
    expect(Number(/tack (\d+)/.exec(live.out)?.[1])).toBeGreaterThan(30);
  });

  it("begins anew when a file that had an error is saved without it", async () => {
    await start("fn other() -> i64: 7\nfn main():\n    print missing\n", "--watch");
    await live.until(() => live.err.includes("`missing` is not declared"));
    writeFileSync(live.file, ticker);
    await live.until(() => live.out.includes("tick 3\n"));
    const evaluate = await live.session();
    expect(await evaluate("line(0)")).toEqual(["value tick 0", "done"]);
  });

  it("ends when nobody reads its output", async () => {
    await start(ticker);
    live.child.stdout?.destroy();
    expect(await live.ended).toBe(141);
  });

  it("stays open for editors when the program has an error or has ended", async () => {
    await start("print 1 / 0\n");
    await live.until(() => live.err.includes("division by zero"));
    const evaluate = await live.session();
    expect(await evaluate("6 * 7")).toEqual(["value 42", "done"]);
    await live.stop();
    await start("fn main():\n    print missing\n");
    await live.until(() => live.err.includes("`missing` is not declared"));
    const again = await live.session();
    expect(await again("fn f() -> i64: 3\nf()")).toEqual(["value 3", "done"]);
  });

  it("shows nothing of what it rehearses while nobody asks", async () => {
    await start('fn mine(n: i64) -> i64: n + 1\nprint "there"\n');
    const client = await live.connect();
    const evaluate = await live.session();
    // Rehearsals begin 50 ms after the last request.
    await new Promise((resolve) => {
      setTimeout(resolve, 700);
    });
    const answers = await client.request({ op: "completions", prefix: "" });
    const names = answers.flatMap((answer) => answer.list("completions"));
    const candidates = names.map((name) => (name instanceof Map ? name.get("candidate") : name));
    expect(candidates).toContain("mine");
    expect(candidates).not.toContain("area");
    expect(await evaluate("mine(1)")).toEqual(["value 2", "done"]);
    const [refused] = await evaluate("area(1, 2.0)");
    expect(refused).toContain("area");
    expect(live.out).toBe("there\n");
  });

  it("is served by the REPL of another process", async () => {
    await start(ticker);
    const { out, err, code } = await anneal(["repl", "--connect", `127.0.0.1:${live.port}`], {
      input: 'fn line(i: i64) -> text:\n    "far {i}"\n\nline(1)\nprint "hi"\n:doc line\nmissing\n',
    });
    expect(out).toBe("far 1\nhi\nfn line(i: i64) -> text\n");
    expect(err).toContain("`missing` is not declared");
    expect(code).toBe(1);
    await live.until(() => live.out.includes("far"));
  });

  it("refuses a port that is taken, and connections to nobody", async () => {
    await start(quiet);
    const taken = await anneal(["live", "--nrepl-port", String(live.port)]);
    expect(taken.code).toBe(2);
    expect(taken.err).toContain(`cannot listen on port ${live.port}`);
    const nobody = await anneal(["repl", "--connect", "127.0.0.1:1"]);
    expect(nobody.code).toBe(2);
    expect(nobody.err).toContain("cannot talk to an nREPL server at 127.0.0.1:1");
    const wrong = await anneal(["repl", "--connect", "here"]);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("expected HOST:PORT")]);
  });
});
