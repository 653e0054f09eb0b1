import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CompileServer } from "../../src/server/index.ts";
import { encodeMessage, FrameReader, decodeMessage } from "../../src/protocol/index.ts";
import {
  Channel,
  connectTcp,
  newSigningKey,
  SignatureCheck,
  signContent,
  sha256,
  type SignedContent,
} from "../../src/transport/index.ts";
import { abiFields, abiHash } from "../../src/runtime/index.ts";
import { libraryImage } from "../library/image.ts";
import { startServer, TestDevice } from "./harness.ts";
import { Proxy } from "./processes.ts";

const secret = Buffer.from("a secret of some length");

function hello(abi = { hash: abiHash(), fields: abiFields() }) {
  return {
    agent: "test",
    device: "d",
    target: { triple: "wasm32-unknown-unknown", features: [] },
    abi,
    sharedMemory: true,
    frameLimit: 1 << 20,
    symbolDigest: "",
    symbols: [],
    challenge: new Uint8Array(32),
  };
}

describe("a compile server with a secret", () => {
  let server: CompileServer;
  beforeAll(async () => {
    libraryImage();
    server = await startServer({ secret });
  }, 60_000);
  afterAll(() => server.stop());

  it("compiles for a device that has it", async () => {
    const device = new TestDevice(server.port, { secret });
    expect(await device.value("6 * 7")).toBe("42");
    await device.stop();
  });

  it("is refused by a device that has another one, and refuses that", async () => {
    const device = new TestDevice(server.port, {
      secret: Buffer.from("another one of that length"),
    });
    expect((await device.evaluate("1")).end).toMatchObject({
      kind: "failed",
      failure: { code: "secret", message: "the compile server does not have the device's secret" },
    });
    await device.stop();
  });

  it("gives nothing to a device that cannot prove it", async () => {
    const channel = new Channel(await connectTcp("127.0.0.1", server.port, 10_000));
    const challenge = await channel.request("hello", hello(), {
      answer: "challenge",
      timeout: 10_000,
    });
    expect(challenge.proof).toHaveLength(32);
    const proof = channel.request(
      "proof",
      { proof: challenge.proof },
      { answer: "welcome", timeout: 10_000 },
    );
    await expect(proof).rejects.toThrow("the device does not have the server's secret");
  });

  it("takes no request before the proof", async () => {
    const channel = new Channel(await connectTcp("127.0.0.1", server.port, 10_000));
    const query = { version: 0, what: "names", text: "" } as const;
    await expect(
      channel.request("query", query, { answer: "answer", timeout: 10_000 }),
    ).rejects.toThrow("closed");
  });

  it("signs what it sends: a changed object does not run", async () => {
    const proxy = await Proxy.start(server.port);
    const device = new TestDevice(proxy.port, { secret });
    await device.evaluate("fn one() -> i64: 1");
    proxy.misbehaviour.change = (bytes) => {
      // The name of a section of the object.
      const at = bytes.indexOf("anneal.lines");
      if (at < 0) return bytes;
      const changed = Buffer.from(bytes);
      changed.write("anneal.linez", at);
      return changed;
    };
    expect((await device.evaluate("one()")).end).toMatchObject({
      kind: "failed",
      failure: { code: "secret", message: expect.stringContaining("not signed") as string },
    });
    proxy.misbehaviour.change = null;
    expect(await device.value("one()")).toBe("1");
    await device.stop();
    await proxy.stop();
  });
});

describe("a compile server", () => {
  it("without a secret is refused by a device that has one", async () => {
    const server = await startServer();
    const device = new TestDevice(server.port, { secret });
    expect((await device.evaluate("1")).end).toMatchObject({
      kind: "failed",
      failure: {
        code: "secret",
        message: "the device wants a secret, and the compile server has none",
      },
    });
    await device.stop();
    await server.stop();
  });

  it("needs a secret of some length, and one at all where others can connect", async () => {
    await expect(startServer({ secret: Buffer.from("short") })).rejects.toThrow("at least 16");
    await expect(startServer({ host: "0.0.0.0" })).rejects.toThrow("a secret is needed");
  });

  it("names the field of the ABI that differs", async () => {
    const server = await startServer();
    const channel = new Channel(await connectTcp("127.0.0.1", server.port, 10_000));
    const fields = { ...abiFields(), "layout.controlWordAddress": "20" };
    const request = channel.request("hello", hello({ hash: "other", fields }), {
      answer: "welcome",
      timeout: 10_000,
    });
    await expect(request).rejects.toThrow(
      "device and compile server differ in `layout.controlWordAddress`: 16 here, 20 there",
    );
    await server.stop();
  });

  it("takes no frame of more than 64 KiB before the greeting", async () => {
    const server = await startServer();
    const link = await connectTcp("127.0.0.1", server.port, 10_000);
    const closed = new Promise<string>((resolve) => {
      link.onClose = () => resolve("closed");
    });
    const answers: string[] = [];
    const reader = new FrameReader();
    link.onData = (chunk) => {
      for (const frame of reader.push(chunk)) answers.push(decodeMessage(frame).kind);
    };
    link.write(encodeMessage("query", 1, { version: 0, what: "names", text: "x".repeat(70_000) }));
    expect(await closed).toBe("closed");
    expect(answers).toEqual([]);
    await server.stop();
  });
});

describe("signatures", () => {
  const key = newSigningKey();
  const check = new SignatureCheck(key.publicKey);
  const content: SignedContent = {
    device: "d",
    abi: "a",
    generation: 1,
    request: sha256(Buffer.from("request")),
    answer: sha256(Buffer.from("answer")),
  };
  const signature = signContent(key, content);

  it("hold for what was signed, and for nothing else", () => {
    expect(check.accepts(content, signature)).toBe(true);
    const others: SignedContent[] = [
      { ...content, device: "e" },
      { ...content, abi: "b" },
      { ...content, generation: 2 },
      { ...content, request: content.answer },
      { ...content, answer: content.request },
    ];
    for (const other of others) expect(check.accepts(other, signature)).toBe(false);
    expect(new SignatureCheck(newSigningKey().publicKey).accepts(content, signature)).toBe(false);
  });
});
