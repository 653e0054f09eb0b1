// `anneal run` of modules, `wrap` and `unwrap`, as processes.
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { findClang, howToGetClang } from "../../src/jit/index.ts";
import { anneal, root, temporaryFile } from "../cli/process.ts";
import { llvm } from "../native/llvm.ts";
import { fibonacci, whyNoJit } from "./modules.ts";

const fixture = path.join(import.meta.dirname, "fixtures/fibonacci.bc");
const clang = llvm === undefined ? undefined : findClang(llvm.version[0]);
const whyNoClang = clang === undefined ? ` (skipped: clang was not found; ${howToGetClang})` : "";

function newPath(name: string): string {
  return path.join(mkdtempSync(path.join(tmpdir(), "anneal-test-")), name);
}

describe("wrap and unwrap", () => {
  test("bitcode goes into a container and comes back", async () => {
    const container = newPath("fib.llbc");
    const done = await anneal([
      "wrap",
      fixture,
      "-o",
      container,
      "--name",
      "demo",
      "--entry",
      "fib",
    ]);
    expect(done).toMatchObject({ code: 0, out: "", err: "" });
    const shown = await anneal(["unwrap", container]);
    expect(shown.out).toMatch(
      /^name +demo\nentry +fib\nbitcode +\d+ bytes\n +fib at \d+\n +twice at \d+\n$/,
    );
    const back = newPath("back.bc");
    expect((await anneal(["unwrap", container, "-o", back])).code).toBe(0);
    expect(readFileSync(back)).toEqual(readFileSync(fixture));
  });

  test("mistakes are one message", async () => {
    const nobody = await anneal(["wrap", fixture, "-o", newPath("x"), "--entry", "fibb"]);
    expect(nobody).toMatchObject({ code: 2, out: "" });
    expect(nobody.err).toBe(
      `anneal: error: \`${fixture}\` does not define \`fibb\`\n  help: did you mean \`fib\`?\n`,
    );
    const text = temporaryFile("a.bc", "no bitcode");
    const wrong = await anneal(["wrap", text, "-o", newPath("x")]);
    expect([wrong.code, wrong.err]).toEqual([
      2,
      `anneal: error: \`${text}\`: it is no bitcode, which starts with \`BC\`\n`,
    ]);
    expect((await anneal(["unwrap", fixture])).err).toContain("which starts with `LLBC`");
    expect((await anneal(["wrap", "/no/such.bc", "-o", newPath("x")])).err).toContain(
      "no such file",
    );
  });
});

describe.skipIf(whyNoJit !== "")(`anneal run of modules${whyNoJit}`, () => {
  test("bitcode, text, and a container with what to start with", async () => {
    const container = newPath("fib.llbc");
    await anneal(["wrap", fixture, "-o", container, "--entry", "fib"]);
    const outcomes = await Promise.all([
      anneal(["run", fixture, "--call", "fib", "20"]),
      anneal(["run", fixture, "--call", "twice", "-7"]),
      anneal(["run", temporaryFile("fib.ll", fibonacci), "--call", "fib", "0x10", "--mode", "jit"]),
      anneal(["run", container, "12"]),
    ]);
    expect(outcomes.map(({ code, out, err }) => [code, out, err])).toEqual([
      [0, "6765\n", ""],
      [0, "-14\n", ""],
      [0, "987\n", ""],
      [0, "144\n", ""],
    ]);
  });

  test("results and arguments of every type", async () => {
    const file = temporaryFile(
      "types.ll",
      `define zeroext i1 @not(i1 zeroext %x) { %r = xor i1 %x, true ret i1 %r }
       define float @half(float %x) { %r = fmul float %x, 0.5 ret float %r }
       define double @same(double %x) { ret double %x }
       declare i64 @strlen(ptr)
       define i64 @length(ptr %x) { %r = call i64 @strlen(ptr %x) ret i64 %r }
       define ptr @null() { ret ptr null }
       define void @nothing() { ret void }`,
    );
    const call = async (...args: string[]) => (await anneal(["run", file, "--call", ...args])).out;
    const outs = [
      call("not", "false"),
      call("half", "3"),
      call("same", "1e300"),
      call("same", "--", "-inf"),
      call("length", "grün"),
      call("null"),
      call("nothing"),
    ];
    expect(await Promise.all(outs)).toEqual([
      "true\n",
      "1.5\n",
      "1e+300\n",
      "-Infinity\n",
      "5\n",
      "0x0\n",
      "",
    ]);
  });

  test("mistakes are one message with help, and nothing runs", async () => {
    const run = async (...args: string[]) => {
      const { code, out, err } = await anneal(["run", ...args]);
      expect([code, out]).toEqual([2, ""]);
      return err;
    };
    expect(await run(fixture)).toBe(
      "anneal: error: `fibonacci.bc` has no `main`: name a function with --call\n  help: it has `fib`, `twice`\n",
    );
    expect(await run(fixture, "--call", "fibs", "1")).toBe(
      "anneal: error: no function `fibs`\n  help: did you mean `fib`?\n",
    );
    expect(await run(fixture, "--call", "fib")).toBe(
      "anneal: error: `fib` takes 1 argument, found 0\n  help: it is `i64 fib(i64)`\n",
    );
    expect(await run(fixture, "--call", "fib", "ten")).toBe(
      "anneal: error: argument 1 of `fib` must be i64, found `ten`\n  help: it is `i64 fib(i64)`\n",
    );
    expect(await run(fixture, "--call", "twice", "4294967296")).toContain("must fit i32");
    expect(await run("/no/such.bc")).toContain("cannot read `/no/such.bc`: there is no such file");
    expect(await run("/no/such.c")).toContain("cannot read `/no/such.c`: there is no such file");
    for (const [shown, ...options] of [
      ["--mode interpret", "--mode", "interpret"],
      ["--backend wasm", "--backend", "wasm"],
      ["--heap", "--heap", "4MiB"],
      ["--gc-stress", "--gc-stress"],
      ["--max-source", "--max-source", "1MiB"],
    ]) {
      expect(await run(fixture, ...options)).toContain(`\`${shown}\` is for programs in Simple`);
    }
    expect(await run(temporaryFile("a.spl", "print 1"), "--call", "f")).toContain(
      "is for native modules",
    );
    expect(await run(temporaryFile("a.bc", "BC\u00c0\u00de"))).toContain("cannot read `a.bc`");
  });

  test("endless native code ends by its time limit, or by Ctrl-C", async () => {
    const file = temporaryFile(
      "endless.ll",
      `declare i32 @puts(ptr)
       declare i32 @fflush(ptr)
       @text = constant [3 x i8] c"go\\00"
       define void @main() {
         call i32 @puts(ptr @text)
         call i32 @fflush(ptr null)
         br label %again
       again:
         %x = load volatile i8, ptr @text
         br label %again
       }`,
    );
    const limited = await anneal(["run", file, "--time-limit", "1000"]);
    expect(limited).toMatchObject({
      code: 1,
      err: "runtime error: time limit exceeded\n",
    });
    const stopped = await anneal(["run", file], { onOutput: (child) => child.kill("SIGINT") });
    expect(stopped).toMatchObject({ signal: "SIGINT", err: "" });
  });

  test("the tier report has a line for each decision, and figures at the end", async () => {
    const args = ["run", fixture, "--call", "fib", "32", "--verbose", "--stats=json"];
    const { err, out } = await anneal(args);
    expect(out).toBe("2178309\n");
    expect(err).toMatch(/fibonacci\.bc → O0 +loaded/);
    const figures: unknown = JSON.parse(err.trim().split("\n").at(-1) ?? "");
    expect(figures).toMatchObject({
      modules: 1,
      functions: [{ name: "fib" }, { name: "twice", level: 0 }],
    });
  });
});

describe.skipIf(whyNoJit !== "" || clang === undefined)(
  `anneal run of C and C++${whyNoJit}${whyNoClang}`,
  () => {
    test("a program's output, arguments and exit code", async () => {
      const file = temporaryFile(
        "main.c",
        `#include <stdio.h>
#include <stdlib.h>
static void bye(void) { puts("bye"); }
int main(int argc, char **argv) {
  atexit(bye);
  for (int i = 1; i < argc; i++) printf("%s\\n", argv[i]);
  if (argc > 2) exit(9);
  return argc + 299;
}
`,
      );
      const two = await anneal(["run", file, "a"]);
      expect(two).toMatchObject({ code: 301 & 255, out: "a\nbye\n", err: "" });
      const three = await anneal(["run", file, "--", "-x", "b"]);
      expect(three).toMatchObject({ code: 9, out: "-x\nb\nbye\n", err: "" });
    });

    test.each(["auto", "jit", "interpret"])(
      "the example with callbacks, in mode %s",
      async (mode) => {
        const base = path.join(root, "examples/native/numeric");
        const args = ["run", `${base}.spl`, "--link", `${base}.c`, "--mode", mode];
        const expected = readFileSync(`${base}.expected`, "utf8");
        expect(await anneal(args)).toMatchObject({ code: 0, out: expected, err: "" });
      },
    );

    test("functions of C and C++ by name, options for clang", async () => {
      const c = temporaryFile("k.c", "double area(double w, double h) { return w * h * SCALE; }");
      const scaled = await anneal(["run", c, "--cflag", "-DSCALE=2", "--call", "area", "3", "1.5"]);
      expect(scaled).toMatchObject({ code: 0, out: "9\n" });
      const cpp = temporaryFile(
        "k.cpp",
        `#include <string>
#include <vector>
struct Shape { virtual ~Shape() {} virtual int corners() const = 0; };
struct Square : Shape { int corners() const override { return 4; } };
static std::vector<std::string> names = {"one", "two", "three"};
extern "C" int letters() { int n = 0; for (auto &name : names) n += name.size(); Square s; const Shape &shape = s; return n * shape.corners(); }
`,
      );
      expect(await anneal(["run", cpp, "--call", "letters"])).toMatchObject({
        code: 0,
        out: "44\n",
        err: "",
      });
    });

    test("functions that several threads call at once", async () => {
      const file = temporaryFile(
        "threads.c",
        `#include <pthread.h>
#include <stdio.h>
static long fib(long n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
static void *run(void *x) { return (void *)fib((long)x); }
int main(void) {
  long sum = 0;
  for (int round = 0; round < 20; round++) {
    pthread_t threads[4];
    for (long i = 0; i < 4; i++) pthread_create(&threads[i], 0, run, (void *)(20 + i));
    sum += fib(22);
    for (int i = 0; i < 4; i++) { void *part; pthread_join(threads[i], &part); sum += (long)part; }
  }
  printf("%ld\\n", sum);
  return 0;
}
`,
      );
      const { code, out, err } = await anneal(["run", file, "--stats=json"]);
      expect([code, out]).toEqual([0, `${20 * (17_711 + 6765 + 10_946 + 17_711 + 28_657)}\n`]);
      expect(JSON.parse(err)).toMatchObject({
        functions: expect.arrayContaining([
          expect.objectContaining({ name: "fib", visible: false }),
          expect.objectContaining({ name: "main", visible: true }),
        ]),
      });
    });

    test("what clang says is shown as it is", async () => {
      const wrong = temporaryFile("wrong.c", "int main(void) { return unknown; }\n");
      const { code, out, err } = await anneal(["run", wrong]);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toContain(`${wrong}:1:25: error: use of undeclared identifier 'unknown'`);
      expect(err).toContain("anneal: error: clang cannot compile");
      const warned = temporaryFile("w.c", 'int main(void) { "text"; return 3; }\n');
      const warning = await anneal(["run", warned]);
      expect(warning.code).toBe(3);
      expect(warning.err).toContain("warning: expression result unused");
      const missing = temporaryFile(
        "m.c",
        "int getpidd(void); int main(void) { return getpidd(); }\n",
      );
      expect((await anneal(["run", missing])).err).toContain("no symbol `getpidd`");
    });

    test("without clang it says how to get it", async () => {
      const file = temporaryFile("m.c", "int main(void) { return 0; }\n");
      const { code, err } = await anneal(["run", file], { environment: { PATH: "/nowhere" } });
      expect(code).toBe(2);
      expect(err).toContain(`needs clang, which was not found\n  help: ${howToGetClang}`);
      const given = await anneal(["run", file], {
        environment: { ANNEAL_CLANG: "/no/such/clang" },
      });
      expect(given.code).toBe(2);
      expect(given.err).toBe(
        `anneal: error: \`${file}\` needs clang, but \`ANNEAL_CLANG\` is \`/no/such/clang\`, which is no clang that can be run\n` +
          "  help: without `ANNEAL_CLANG` it is looked for\n",
      );
    });
  },
);
