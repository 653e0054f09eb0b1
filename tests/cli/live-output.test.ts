// Output without end, and nobody who takes it: whoever else is there is answered.
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { encode } from "../../src/nrepl/index.ts";
import { whyNoNative } from "../remote/native-target.ts";
import { LiveProcess, ticker } from "./live-process.ts";

const noisy = `fn word(n: i64) -> text: "line {n}"
fn main():
    var n = 0
    while true:
        print word(n)
        n += 1
`;

let live: LiveProcess;
afterEach(async () => {
  if (live.child.exitCode === null) {
    live.child.kill("SIGKILL");
    await live.ended;
  }
});

const modes = [[], ["--target", "wasm32"], ["--target", "native"]].map((options) => ({
  options,
  name: options.at(-1) ?? "without --target",
  skip: options.at(-1) === "native" && whyNoNative !== "",
}));

describe.each(modes)("anneal live $name", ({ options, skip }) => {
  it.skipIf(skip)("evaluations that print without end are interrupted", async () => {
    live = await LiveProcess.start(ticker, options);
    const silent = connect(live.port, "127.0.0.1");
    const evaluate = await live.session();
    expect(await evaluate("1 + 2")).toEqual(["value 3", "done"]);
    const opened = new Promise<string>((resolve) => {
      silent.once("data", (chunk) => {
        resolve(/new-session\d+:([-\da-f]+)/.exec(chunk.toString())?.[1] ?? "");
      });
    });
    silent.write(encode({ op: "clone", id: "1" }));
    const session = await opened;
    silent.pause();
    silent.write(encode({ op: "eval", id: "2", session, code: 'while true: print "word"' }));
    // Long enough to fill what is between the two.
    await delay(1500);
    silent.write(encode({ op: "interrupt", id: "3", session, "interrupt-id": "2" }));
    expect(await evaluate("3 + 4")).toEqual(["value 7", "done"]);
    silent.destroy();
    expect(await live.stop()).toBe(130);
  });

  it.skipIf(skip)("a program that nobody reads is stopped", async () => {
    live = await LiveProcess.start(noisy, options);
    await live.until(() => live.out !== "");
    live.child.stdout?.pause();
    await delay(500);
    if (options.length > 0) {
      const evaluate = await live.session();
      expect(await evaluate("1 + 2")).toEqual(["value 3", "done"]);
    }
    live.child.kill("SIGINT");
    live.child.stdout?.resume();
    expect(await live.ended).toBe(130);
  });

  it.skipIf(skip)("a program whose reader is gone ends", async () => {
    live = await LiveProcess.start(noisy, options);
    await live.until(() => live.out !== "");
    live.child.stdout?.destroy();
    expect(await live.ended).toBe(141);
    expect(live.err).not.toContain("EPIPE");
  });
});
