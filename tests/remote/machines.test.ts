// Code that a compile server makes for devices with other processors, run there under qemu.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProgramRecord, type CompileClient } from "../../src/agent/index.ts";
import { nativeTriples } from "../../src/protocol/index.ts";
import type { CompileServer } from "../../src/server/index.ts";
import { EmulatedProgram, whyNoMachine } from "./emulated-program.ts";
import { clientOf, startServer } from "./harness.ts";
import { compilers } from "./native-target.ts";

/** What a device asks a server for. */
function connect(port: number, record: ProgramRecord): CompileClient {
  const target = { triple: nativeTriples.aarch64, features: ["lse", "crc"] };
  return clientOf(port, { target: () => target, record });
}

describe.skipIf(whyNoMachine !== "")(`a device that announces aarch64${whyNoMachine}`, () => {
  let server: CompileServer;
  beforeAll(async () => {
    server = await startServer({ native: compilers });
  });
  afterAll(() => server?.stop());

  it("gets objects that run there, and redefinitions that its code calls", async () => {
    const record = new ProgramRecord();
    const client = connect(server.port, record);
    const { runtime } = await client.runtime(60_000);
    const program = new EmulatedProgram(runtime);
    const evaluate = async (text: string): Promise<string[]> => {
      const source = { path: "<input>", text, line: 1, column: 1, program: false };
      const { piece } = await client.compile({ ...source, level: 1 }, 60_000);
      const shown = program.run(piece);
      client.loaded(record.version, "kept");
      record.keep(source, piece, { whole: true });
      return shown;
    };
    expect(await evaluate("1 + 2")).toEqual(["3"]);
    const text = "fn f(n: i64) -> i64: n * 2 + 1\nfn g(n: i64) -> i64: f(n) * 100\nf(20) + g(1)";
    expect(await evaluate(text)).toEqual(["341"]);
    expect(await evaluate("fn f(n: i64) -> i64: n\ng(7)")).toEqual(["700"]);
    program.close();
    client.close();
  }, 120_000);
});
