import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { connect } from "node:net";
import type * as agent from "../../src/agent/index.ts";
import { libraryImage } from "../library/image.ts";
import { startServer } from "./harness.ts";

const root = path.join(import.meta.dirname, "../..");

/** Evaluates through an nREPL connection; everything that comes back. */
function evaluate(port: number, code: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let received = "";
    socket.on("error", reject);
    socket.on("data", (chunk) => {
      received += chunk.toString();
      if (!received.includes("4:done")) return;
      socket.destroy();
      resolve(received);
    });
    socket.write(`d2:op4:eval4:code${code.length}:${code}2:id1:1e`);
  });
}

it("an application opens a port for editors, and gets a compile server later", async () => {
  const library = path.join(mkdtempSync(path.join(tmpdir(), "anneal-embed-")), "library.wasm");
  writeFileSync(library, libraryImage());
  // The built library, as an application has it.
  const { EvalServer } = (await import(path.join(root, "dist/agent/index.js"))) as typeof agent;
  const server = await startServer();
  const device = new EvalServer({ library });
  const port = await device.startEvalServer(0);
  await expect(device.startEvalServer(0)).rejects.toThrow("started already");
  expect(await evaluate(port, "6 * 7")).toContain("there is no compile server yet");
  device.enableRemoteCompile("127.0.0.1", server.port);
  expect(await evaluate(port, "6 * 7")).toContain("5:value2:42");
  await device.stopEvalServer();
  const again = await device.startEvalServerRemote(0, "127.0.0.1", server.port);
  expect(await evaluate(again, "6 * 7")).toContain("5:value2:42");
  await device.stopEvalServer();
  await server.stop();
}, 60_000);
