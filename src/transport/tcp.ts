// Links over TCP.
import { connect as connectSocket, createServer, type AddressInfo, type Socket } from "node:net";
import { isLoopback, type Link } from "./link.ts";

/** Milliseconds of silence before the system asks whether the other side is still there. */
const keepAlive = 30_000;

/** A link over a connected socket. */
export function tcpLink(socket: Socket): Link {
  socket.setNoDelay(true);
  // The other machine may be gone without a word.
  socket.setKeepAlive(true, keepAlive);
  let failure: Error | null = null;
  const link: Link = {
    peer: `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`,
    loopback: isLoopback(socket.remoteAddress ?? ""),
    write: (bytes) => {
      // Frames that are sent at the same time go out in one piece.
      if (socket.writableCorked === 0) {
        socket.cork();
        process.nextTick(() => socket.uncork());
      }
      socket.write(bytes);
    },
    destroy: () => {
      socket.uncork();
      socket.destroy();
    },
    get backlog() {
      return socket.writableLength;
    },
    onData: () => {},
    onClose: () => {},
  };
  socket.on("data", (chunk: Buffer) => link.onData(chunk));
  socket.on("error", (error: Error) => {
    failure = error;
  });
  socket.on("close", () => link.onClose(failure));
  return link;
}

/** Connects; rejects if there is nobody, or after `timeout` milliseconds. */
export function connectTcp(host: string, port: number, timeout: number): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port });
    const timer = setTimeout(() => socket.destroy(new Error("no answer in time")), timeout);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once("error", fail);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", fail);
      resolve(tcpLink(socket));
    });
  });
}

/** Connections at the same time, also those that have not said anything. */
const mostSockets = 1024;
/** How HTTP begins; as the length of a frame it is too long. */
const httpStart = "GET ";
/** Milliseconds for the first bytes. */
const silence = 5000;

/** A port that is open. */
export interface Listener {
  readonly port: number;
  /** Takes no more connections; resolves when those that are there have ended. */
  close(): Promise<void>;
  /** Ends all connections, also those that have not said anything and those that speak HTTP. */
  destroyAll(): void;
}

/** Listens; resolves when the port is open. Connections that begin as HTTP does are taken by `http` if there is one. */
export function listenTcp(
  address: { readonly host: string; readonly port: number },
  onLink: (link: Link) => void,
  http?: (socket: Socket) => void,
): Promise<Listener> {
  const { host, port } = address;
  const begin = (socket: Socket, first: Buffer): void => {
    if (http !== undefined && first.toString("latin1", 0, httpStart.length) === httpStart) {
      socket.unshift(first);
      http(socket);
      return;
    }
    const link = tcpLink(socket);
    onLink(link);
    link.onData(first);
  };
  const sockets = new Set<Socket>();
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      const ignore = (): void => {};
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      socket.setTimeout(silence, () => socket.destroy());
      socket.on("error", ignore);
      socket.once("data", (first) => {
        socket.setTimeout(0);
        socket.pause();
        begin(socket, first);
        socket.off("error", ignore);
        socket.resume();
      });
    });
    server.maxConnections = mostSockets;
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      // That one client cannot be accepted is not the end.
      server.on("error", () => {});
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => new Promise((closed) => server.close(() => closed())),
        destroyAll: () => {
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}
