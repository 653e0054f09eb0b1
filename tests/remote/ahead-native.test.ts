// Programs and pieces that were compiled ahead to native code.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { AheadFiles } from "../../src/ahead/index.ts";
import { nativeTriples, targetProblem } from "../../src/protocol/index.ts";
import { openSigningKey } from "../../src/store/index.ts";
import { anneal } from "../cli/process.ts";
import { EmulatedProgram, whyNoMachine } from "./emulated-program.ts";
import { whyNoNative } from "./native-target.ts";
import { RunningCommand } from "./processes.ts";

const folder = mkdtempSync(path.join(tmpdir(), "anneal-ahead-"));
const watched = mkdtempSync(path.join(tmpdir(), "anneal-watched-"));

const app = `
extern fn rt_thread_sleep(millis: i64)
fn shape(i: i64) -> text: "{[i, i * 2].map(_ * 1.5)}"
fn main():
    while true:
        print "shape {shape(1)}"
        rt_thread_sleep(5)
`;

const compile = (target: string, output: string, ...source: readonly string[]) =>
  anneal(["compile", "--aot", "--target", target, "--sign-key", "key", "-o", output, ...source], {
    cwd: folder,
  });

const device = (...args: readonly string[]) =>
  new RunningCommand(["device", ...args, "--compile", "127.0.0.1:1", "--no-nrepl"], folder);

beforeAll(() => {
  openSigningKey(path.join(folder, "key"));
  writeFileSync(path.join(folder, "app.spl"), app);
  writeFileSync(path.join(folder, "piece.spl"), 'fn shape(i: i64) -> text: "piece {i * 3}"\n');
});

describe.skipIf(whyNoNative !== "")(`programs compiled ahead to native code${whyNoNative}`, () => {
  it("start without a server, and take pieces of the same kind", async () => {
    expect(await compile("native", "app.anneal", "app.spl")).toMatchObject({ code: 0, err: "" });
    const running = device("app.anneal", "--watch-objects", watched, "--trust-key", "key.pub");
    await running.printed(/shape \[1.5, 3.0\]\n/);
    const output = path.join(watched, "piece.anneal");
    const piece = ["--for", "app.spl", "piece.spl"];
    expect(await compile("native", output, ...piece)).toMatchObject({ code: 0, err: "" });
    await running.printed(/shape piece 3\n/);
    expect(await compile("wasm32", output, ...piece)).toMatchObject({ code: 0 });
    await running.complained(/does not fit/);
    expect(running.errors).toMatch(
      /piece.anneal does not fit: it was compiled for `wasm32-unknown-unknown`, and this device takes/,
    );
    await running.kill();
  }, 120_000);

  it("are refused where the machine is another one, with its name", async () => {
    expect(await compile("aarch64", "arm.anneal", "app.spl")).toMatchObject({ code: 0, err: "" });
    const target = process.arch === "arm64" ? "wasm32" : "native";
    const other = device("arm.anneal", "--target", target);
    await other.ended;
    expect(other.errors).toContain("it was compiled for `aarch64-unknown-linux-gnu`");
    expect(other.child.exitCode).toBe(1);
    const wasm = device("arm.anneal", "--target", "wasm32");
    await wasm.ended;
    expect(wasm.errors).toContain("this device takes `wasm32-unknown-unknown`");
  }, 120_000);
});

const numbers = `
var total = 0
fn collatz(start: i64) -> i64:
    var n = start
    var steps = 0
    while n != 1:
        n = if n % 2 == 0: n / 2 else: 3 * n + 1
        steps += 1
    steps
fn weigh(x: f64) -> i64: (x * 1000.0 + 0.4) as i64
fn hash(n: i64) -> i64: (n * 2654435761) ^ (n >> 3)
fn main():
    for n in 1..50:
        total += collatz(n)
    print total
    print weigh(2.0 / 3.0)
    print hash(-123456789)
    print collatz(27) % -7
    print 9223372036854775807 + total
`;

/** As it is with the piece. */
const changed = numbers.replace(
  /fn collatz[^]*?steps\nfn weigh/,
  "fn collatz(start: i64) -> i64: start * start\nfn weigh",
);
const ownTarget = whyNoNative === "" ? "native" : "wasm32";

describe.skipIf(whyNoMachine !== "")(`files for aarch64${whyNoMachine}`, () => {
  it("do there what they do here, and take pieces of their kind", async () => {
    writeFileSync(path.join(folder, "numbers.spl"), numbers);
    writeFileSync(
      path.join(folder, "change.spl"),
      "fn collatz(start: i64) -> i64: start * start\n",
    );
    const files = new AheadFiles({
      trustedKeys: [path.join(folder, "key.pub")],
      folder: path.join(folder, "taken"),
    });
    const compiled = async (target: string, ...source: readonly string[]): Promise<string> => {
      const output = `${source.at(-1)}.${target}.anneal`;
      expect(await compile(target, output, ...source)).toMatchObject({ code: 0, err: "" });
      return path.join(folder, output);
    };
    const program = files.program(await compiled("aarch64", "numbers.spl"));
    program.onStarted?.();
    const device = { triple: nativeTriples.aarch64, features: ["lse", "crc"] };
    expect(targetProblem(program.target, device)).toBeNull();
    const { runtime, answer } = program;
    if (runtime == null) throw new Error("no native runtime in the file");
    const emulated = new EmulatedProgram(runtime.runtime);
    const start = emulated.link(answer.piece);
    const here = await printed(await compiled(ownTarget, "numbers.spl"));
    expect(emulated.execute(start)).toEqual(here);
    const change = ["--for", "numbers.spl", "change.spl"];
    const piece = files.piece(await compiled("aarch64", ...change));
    expect(targetProblem(piece.target, device)).toBeNull();
    emulated.run(piece.piece.answer.piece);
    writeFileSync(path.join(folder, "numbers.spl"), changed);
    expect(emulated.execute(start)).toEqual(
      await printed(await compiled(ownTarget, "numbers.spl")),
    );
    emulated.close();
  }, 120_000);
});

/** What the program in a file prints on a device of this machine. */
async function printed(file: string): Promise<string[]> {
  const running = device(file, "--trust-key", "key.pub");
  await running.ended;
  expect(running.child.exitCode).toBe(0);
  return running.output.trim().split("\n");
}

describe("code for a processor", () => {
  const triple = "x86_64-unknown-linux-gnu";

  it("runs where all of its features are there", () => {
    const device = { triple, features: ["avx", "avx2"] };
    expect(targetProblem({ triple, features: [] }, device)).toBeNull();
    expect(targetProblem({ triple, features: ["avx2"] }, device)).toBeNull();
    expect(targetProblem({ triple, features: ["avx2", "fma"] }, device)).toBe(
      "it was compiled for a processor with `fma`",
    );
  });
});
