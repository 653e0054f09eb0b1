import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { CompileServer } from "../../src/server/index.ts";
import { abiFields, abiHash } from "../../src/runtime/index.ts";
import { Channel, webSocketLink, type WebSocketLike } from "../../src/transport/index.ts";
import { startServer } from "./harness.ts";

let server: CompileServer;
beforeAll(async () => {
  server = await startServer({ origins: ["https://app.example"] });
});
afterAll(() => server.stop());

function open(headers: Readonly<Record<string, string>> = {}): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`, { headers });
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve(socket));
    socket.on("error", reject);
  });
}

async function channel(): Promise<Channel> {
  const socket = (await open()) as unknown as WebSocketLike;
  return new Channel(webSocketLink(socket, { peer: "server", loopback: true }));
}

const hello = {
  agent: "page",
  device: "page",
  target: { triple: "wasm32-unknown-unknown", features: [] },
  abi: { hash: abiHash(), fields: abiFields() },
  sharedMemory: false,
  frameLimit: 1 << 20,
  symbolDigest: "",
  symbols: [],
  challenge: new Uint8Array(32),
};

describe("a compile server over WebSocket", () => {
  it("compiles, on the same port", async () => {
    const page = await channel();
    page.allowFrames();
    const wait = { timeout: 10_000 } as const;
    expect(await page.request("hello", hello, { ...wait, answer: "welcome" })).toMatchObject({
      version: null,
    });
    const source = { path: "p.spl", text: "6 * 7", line: 1, column: 1, program: false };
    const rest = { version: 0, deadline: 10_000, level: 1 } as const;
    const { piece } = await page.request(
      "compile",
      { ...source, ...rest, files: [] },
      { ...wait, answer: "object" },
    );
    expect(piece.object.subarray(0, 4)).toEqual(Uint8Array.of(0, 97, 115, 109));
    page.close("enough");
  });

  it("takes pages of other sites only if it was told so", async () => {
    await expect(open({ origin: "https://evil.example" })).rejects.toThrow("403");
    await expect(open({ host: "evil.example" })).rejects.toThrow("403");
    (await open({ origin: "https://app.example" })).close();
    (await open({ host: "localhost" })).close();
  });

  it("ends a connection that sends text, or what is no frame", async () => {
    for (const message of ["text", Uint8Array.of(1, 2, 3, 4, 5, 6)]) {
      const socket = await open();
      const closed = new Promise((resolve) => {
        socket.on("close", resolve);
      });
      socket.send(message);
      await closed;
    }
  });

  it("is not ended by a page that is refused and goes away", async () => {
    const request = [
      "GET / HTTP/1.1",
      "Host: evil.example",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version: 13",
    ].join("\r\n");
    for (let round = 0; round < 20; round += 1)
      await new Promise<void>((resolve) => {
        const socket = connect(server.port, "127.0.0.1", () => {
          socket.write(`${request}\r\n\r\n${"x".repeat(100)}`);
          setTimeout(() => socket.resetAndDestroy(), round % 4);
        });
        socket.on("error", () => {});
        socket.on("close", () => resolve());
      });
    (await open()).close();
  });

  it("stops without those who have not said what they want", async () => {
    const stopping = await startServer();
    const closed: Promise<void>[] = [];
    for (const text of ["", "GET / HTTP/1.1\r\n", "\x10\0\0\0\x01"]) {
      const socket = connect(stopping.port, "127.0.0.1");
      socket.on("error", () => {});
      closed.push(new Promise((resolve) => socket.on("close", () => resolve())));
      await new Promise<void>((resolve) => socket.write(text, () => resolve()));
    }
    await stopping.stop();
    await Promise.all(closed);
  });

  it("says to others what it is", async () => {
    const response = await fetch(`http://127.0.0.1:${server.port}/`);
    expect(response.status).toBe(426);
  });
});
