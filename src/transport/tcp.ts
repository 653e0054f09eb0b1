// Links over TCP.
import { connect as connectSocket, createServer, type Server, type Socket } from "node:net";
import { isLoopback, type Link } from "./link.ts";

/** A link over a connected socket. */
export function tcpLink(socket: Socket): Link {
  socket.setNoDelay(true);
  let failure: Error | null = null;
  const link: Link = {
    peer: `${socket.remoteAddress ?? "?"}:${socket.remotePort ?? 0}`,
    loopback: isLoopback(socket.remoteAddress ?? ""),
    write: (bytes) => void socket.write(bytes),
    destroy: () => socket.destroy(),
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

/** Listens; resolves when the port is open. */
export function listenTcp(
  host: string,
  port: number,
  onLink: (link: Link) => void,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => onLink(tcpLink(socket)));
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve(server);
    });
  });
}
