// Links over WebSocket, for devices that have nothing else, such as a page in a browser. One binary message is one write.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { Socket } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import { isLoopback, isLoopbackHost, type Link } from "./link.ts";

/** The part of the standard's WebSocket that a link needs; that of browsers, Node 22 and `ws` fit. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close" | "error", listener: () => void): void;
}

/** A link over an open WebSocket; `peer` names it in messages. */
export function webSocketLink(
  socket: WebSocketLike,
  { peer, loopback }: Pick<Link, "peer" | "loopback">,
): Link {
  let closed = false;
  const link: Link = {
    peer,
    loopback,
    write: (bytes) => socket.send(Uint8Array.from(bytes)),
    destroy: () => {
      socket.close();
      finish(null);
    },
    get backlog() {
      return socket.bufferedAmount;
    },
    onData: () => {},
    onClose: () => {},
  };
  const finish = (error: Error | null): void => {
    if (closed) return;
    closed = true;
    link.onClose(error);
  };
  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", ({ data }) => {
    if (closed) return;
    if (data instanceof ArrayBuffer) link.onData(new Uint8Array(data));
    else link.destroy();
  });
  socket.addEventListener("close", () => finish(null));
  socket.addEventListener("error", () => finish(new Error("the WebSocket failed")));
  return link;
}

/** Who may connect from a page of a browser. */
export interface UpgradeRules {
  /** The host that the server listens on: what the `Host` header may name besides loopback. */
  readonly host: string;
  /** Origins of pages that may connect; programs send none. */
  readonly origins: readonly string[];
  /** The longest message in bytes. */
  readonly limit: number;
}

/** Milliseconds from the first bytes of a request to its last. */
const requestTime = 5000;

/** Takes sockets that speak HTTP, and gives links for those that become WebSockets. */
export class WebSocketGate {
  readonly #server: Server;
  readonly #upgrades: WebSocketServer;
  /** Requests that are not whole yet. The server of HTTP looks at the time only where it listens itself. */
  readonly #begun = new WeakMap<Socket, NodeJS.Timeout>();

  constructor(rules: UpgradeRules, onLink: (link: Link) => void) {
    this.#upgrades = new WebSocketServer({
      noServer: true,
      maxPayload: rules.limit,
      perMessageDeflate: false,
    });
    this.#server = createServer((_, response) => {
      response
        .writeHead(426, { "content-type": "text/plain", connection: "close" })
        .end("a WebSocket is expected here\n");
    });
    this.#server.on("upgrade", (request, socket: Socket, head) => {
      const problem = refusal(request, rules);
      if (problem !== null) {
        const answer = `HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n${problem}\n`;
        socket.end(answer, () => socket.destroy());
        return;
      }
      clearTimeout(this.#begun.get(socket));
      this.#upgrades.handleUpgrade(request, socket, head, (client) =>
        onLink(linkOf(client, socket)),
      );
    });
  }

  /** Goes on with a socket whose first bytes were put back. */
  take(socket: Socket): void {
    // From an upgrade on, errors of the socket are nobody's.
    socket.on("error", () => {});
    const timer = setTimeout(() => socket.destroy(), requestTime);
    this.#begun.set(socket, timer);
    socket.once("close", () => clearTimeout(timer));
    this.#server.emit("connection", socket);
  }
}

/** `ws` has the standard's interface, with types of its own. */
function linkOf(client: WebSocket, { remoteAddress = "?", remotePort = 0 }: Socket): Link {
  return webSocketLink(client as unknown as WebSocketLike, {
    peer: `${remoteAddress}:${remotePort}`,
    loopback: isLoopback(remoteAddress),
  });
}

/** Pages of other sites must not reach a server on this machine, by whatever name they found for it (DNS rebinding). */
function refusal({ headers }: IncomingMessage, { host, origins }: UpgradeRules): string | null {
  const name = (headers.host ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  if (name !== host && !isLoopbackHost(name)) return `the host \`${name}\` is not this server`;
  const { origin } = headers;
  if (origin !== undefined && !origins.includes(origin))
    return `the origin \`${origin}\` may not connect`;
  return null;
}
