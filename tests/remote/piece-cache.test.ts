// Pieces that a device keeps between two starts.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PieceCache } from "../../src/agent/index.ts";
import type { CompileServer } from "../../src/server/index.ts";
import { encodeAhead, decodeAhead } from "../../src/protocol/index.ts";
import { FolderStore } from "../../src/store/index.ts";
import { anneal } from "../cli/process.ts";
import { libraryImage } from "../library/image.ts";
import { startServer, TestDevice } from "./harness.ts";

const app = `
extern fn rt_thread_sleep(millis: i64)
use near.near_by
class P:
    x: i64
var frames = 0
fn shape(i: i64) -> i64: P(x: near_by(i)).x
fn main():
    while true:
        frames += 1
        print "shape {shape(1)}"
        rt_thread_sleep(2)
`;
const secret = Buffer.from("a secret of some length");

let server: CompileServer;
let module = "";

beforeAll(async () => {
  libraryImage();
  server = await startServer();
}, 60_000);
afterAll(() => server.stop());

const nowhere = 1;

function newFolder(): string {
  return mkdtempSync(path.join(tmpdir(), "anneal-pieces-"));
}

function newDevice(folder: string, port: number, key: Uint8Array | null = null): TestDevice {
  const readModule = (name: string): string | null => (name === "near" ? module : null);
  const cache = new PieceCache({ folder, secret: key, agent: "test", readModule });
  // Where there is no server, this is waited for.
  const compileTime = port === nowhere ? 3000 : 20_000;
  return new TestDevice(port, { cache, readModule, secret: key, compileTime });
}

/** Starts the program and lets it print; the device is stopped. */
async function shows(device: TestDevice, shape: number): Promise<void> {
  try {
    await device.start(app);
    await device.printed(new RegExp(`shape ${shape}\n`));
  } finally {
    await device.stop();
  }
}

describe("a device that keeps its pieces", () => {
  it("starts without a server what it has started before, and goes on with one", async () => {
    module = "fn near_by(i: i64) -> i64: i * 2\n";
    const folder = newFolder();
    await shows(newDevice(folder, server.port), 2);
    expect(readdirSync(folder).length).toBe(1);
    await shows(newDevice(folder, nowhere), 2);
    const third = newDevice(folder, server.port);
    await third.start(app);
    // The server has not been told of anything yet.
    await third.evaluate("fn shape(i: i64) -> i64: P(x: i * 30).x");
    await third.printed(/shape 30\n/);
    await third.evaluate("fn added() -> i64: shape(2)");
    expect(await third.value("added()")).toBe("60");
    await third.stop();
    // All three pieces are known now; what declares nothing is not kept.
    const fourth = newDevice(folder, nowhere);
    await fourth.start(app);
    await fourth.evaluate("fn shape(i: i64) -> i64: P(x: i * 30).x");
    await fourth.printed(/shape 30\n/);
    expect((await fourth.evaluate("fn added() -> i64: shape(2)")).end.kind).toBe("done");
    expect((await fourth.evaluate("added()")).end.kind).toBe("failed");
    await fourth.stop();
  }, 60_000);

  it("asks again when a module has changed, or what came before", async () => {
    const folder = newFolder();
    module = "fn near_by(i: i64) -> i64: i * 3\n";
    await shows(newDevice(folder, server.port), 3);
    module = "fn near_by(i: i64) -> i64: i * 4\n";
    await expect(shows(newDevice(folder, nowhere), 3)).rejects.toThrow("no compile server");
    await shows(newDevice(folder, server.port), 4);
    const device = newDevice(folder, nowhere);
    expect((await device.evaluate("fn shape(i: i64) -> i64: i")).end.kind).toBe("failed");
    await device.stop();
  }, 60_000);

  it("takes nothing that was changed, or was made without its secret", async () => {
    module = "fn near_by(i: i64) -> i64: i * 2\n";
    const folder = newFolder();
    const secured = await startServer({ secret });
    const withSecret = (port: number): TestDevice => newDevice(folder, port, secret);
    await shows(withSecret(secured.port), 2);
    await shows(withSecret(nowhere), 2);
    const [name = ""] = readdirSync(folder);
    const file = path.join(folder, name);
    const entry = path.basename(name, ".anneal");
    // The same content under a tag that anybody can make.
    const content = readFileSync(file).subarray(32);
    const store = { folder, suffix: ".anneal", mostBytes: 2 ** 20, key: null };
    new FolderStore(store).write(entry, content);
    await expect(shows(withSecret(nowhere), 2)).rejects.toThrow("no compile server");
    await shows(withSecret(secured.port), 2);
    const bytes = readFileSync(file);
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    await expect(shows(withSecret(nowhere), 2)).rejects.toThrow("no compile server");
    await secured.stop();
  }, 60_000);

  it("compiles again what does not fit the program", async () => {
    module = "fn near_by(i: i64) -> i64: i * 2\n";
    const folder = newFolder();
    await shows(newDevice(folder, server.port), 2);
    const [name = ""] = readdirSync(folder);
    const store = new FolderStore({ folder, suffix: ".anneal", mostBytes: 2 ** 20, key: null });
    const entry = path.basename(name, ".anneal");
    const { request, answer } = decodeAhead(store.read(entry) ?? new Uint8Array(0));
    const piece = { ...answer.piece, layoutStart: 7 };
    store.write(entry, encodeAhead({ request, answer: { ...answer, piece } }));
    await expect(shows(newDevice(folder, nowhere), 2)).rejects.toThrow("no compile server");
    await shows(newDevice(folder, server.port), 2);
    await shows(newDevice(folder, nowhere), 2);
  }, 60_000);

  it("keeps nothing where others may write", async () => {
    const folder = newFolder();
    chmodSync(folder, 0o777);
    expect(() => newDevice(folder, nowhere)).toThrow("others may write");
    const file = path.join(newFolder(), "a.spl");
    writeFileSync(file, "print 1\n");
    expect(await anneal(["device", file, "--cache", folder])).toMatchObject({
      code: 2,
      err: expect.stringContaining("others may write") as string,
    });
    expect(await anneal(["serve", "--port", "0", "--cache", folder])).toMatchObject({ code: 2 });
  }, 60_000);
});

describe("a folder of entries", () => {
  it("stays within its size: what was not used for longest goes", () => {
    const folder = newFolder();
    const options = { folder, suffix: ".x", mostBytes: 1000, key: null };
    const content = new Uint8Array(300);
    for (const name of ["a", "b", "c", "d"]) new FolderStore(options).write(name, content);
    expect(readdirSync(folder).length).toBe(3);
  });
});
