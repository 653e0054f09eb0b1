// The server: TCP, connections, and the way of a request to its operation.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { defaultDecoderLimits, type DecoderLimits, type EncodableDict } from "./bencode.ts";
import { Connection, type ConnectionOwner } from "./connection.ts";
import type { Evaluator } from "./evaluator.ts";
import { operations } from "./operations.ts";
import { connectHere, Rehearsals } from "./rehearsals.ts";
import type { Request } from "./request.ts";
import { Sessions, type QueueBudget } from "./sessions.ts";

const defaultHost = "127.0.0.1";
const mostConnections = 2000;
/** Bytes of begun messages that all clients together may hold. */
const mostHeld = 256 * 2 ** 20;

/** How a server is started. */
export interface NreplOptions {
  readonly evaluator: Evaluator;
  /** Where it listens. Default `127.0.0.1`: whoever can connect can do everything that the program can. */
  readonly host?: string;
  /** 0: any that is free. */
  readonly port: number;
  /** A file for the port, where editors look for it: `.nrepl-port` in the folder of the project. Removed at the end. A file that cannot be written is left out. */
  readonly portFile?: string;
  /** Limits of one message. */
  readonly limits?: DecoderLimits;
}

/** A server that listens. */
export interface NreplServer {
  readonly host: string;
  readonly port: number;
  /** The line that editors look for in the output of a server. */
  readonly startLine: string;
  /** Ends all connections and what they evaluate. */
  close(): Promise<void>;
}

/** Starts a server. Rejects with the system's error if it cannot listen. */
export async function startNreplServer(options: NreplOptions): Promise<NreplServer> {
  const { host = defaultHost, port, portFile } = options;
  const server = createServer();
  server.maxConnections = mostConnections;
  const address = await listen(server, host, port);
  const clients = new Clients(options, (answered) => connectHere(host, address.port, answered));
  server.on("connection", (socket) => clients.add(new Connection(socket, clients)));
  if (portFile !== undefined) writePortFile(portFile, address.port);
  return {
    host,
    port: address.port,
    startLine: `nREPL server started on port ${address.port} on host ${host} - nrepl://${host}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        if (portFile !== undefined) removePortFile(portFile, address.port);
        server.close(() => resolve());
        clients.close();
      }),
  };
}

/** In a folder that cannot be written the port has to be told to editors. */
function writePortFile(file: string, port: number): void {
  try {
    writeFileSync(file, String(port));
  } catch {
    // Nobody finds it there.
  }
}

/** Removes the file unless another server has written its own port into it. */
function removePortFile(file: string, port: number): void {
  try {
    if (readFileSync(file, "utf8").trim() === String(port)) rmSync(file);
  } catch {
    // Somebody has removed it.
  }
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      // An error of accepting one client is not the server's end.
      server.on("error", () => {});
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("no port"));
      else resolve(address);
    });
  });
}

/** The connected clients, and what they share. */
class Clients implements ConnectionOwner {
  readonly limits: DecoderLimits;
  readonly #evaluator: Evaluator;
  readonly #sessions: Sessions;
  readonly #connections = new Set<Connection>();
  readonly #rehearsals: Rehearsals;
  #held = 0;

  constructor(
    { evaluator, limits = defaultDecoderLimits }: NreplOptions,
    connect: ConstructorParameters<typeof Rehearsals>[1],
  ) {
    this.#evaluator = evaluator;
    this.limits = limits;
    this.#sessions = new Sessions(evaluator);
    this.#rehearsals = new Rehearsals(evaluator, connect);
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
  }

  close(): void {
    this.#rehearsals.close();
    for (const connection of this.#connections) connection.destroy();
  }

  get budget(): QueueBudget {
    return this.#sessions.budget;
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection);
    this.#sessions.leave(connection);
  }

  hold(bytes: number): boolean {
    this.#held += bytes;
    return bytes <= 0 || this.#held <= mostHeld;
  }

  request(connection: Connection, request: Request): void {
    const { op = "", session: name } = request;
    const id = request.id();
    const rehearsals = this.#rehearsals;
    const isRehearsal = op === rehearsals.op;
    if (!isRehearsal) rehearsals.asked();
    const echo = {
      ...(id === undefined ? {} : { id }),
      session: name ?? connection.ownSession,
    };
    const reply = (message: EncodableDict): void => connection.send({ ...echo, ...message });
    const session = name === undefined || name === connection.ownSession ? null : name;
    const found = session === null ? null : this.#sessions.find(session);
    if (found === undefined) {
      reply({ status: ["done", "error", "unknown-session"] });
      return;
    }
    found?.users.add(connection);
    const known = isRehearsal ? "eval" : op;
    const operation = Object.hasOwn(operations, known) ? operations[known] : undefined;
    if (operation === undefined) {
      reply({ op, status: ["done", "error", "unknown-op"] });
      return;
    }
    const call = {
      evaluator: isRehearsal ? rehearsals.evaluator : this.#evaluator,
      sessions: this.#sessions,
      connection,
      request,
      session: found,
      reply,
    };
    void attempt(() => operation.perform(call), reply);
  }
}

/** Performs; a failure, which is the evaluator's, is the answer. */
async function attempt(
  perform: () => void | Promise<void>,
  reply: (message: EncodableDict) => void,
): Promise<void> {
  try {
    await perform();
  } catch (error) {
    reply({
      err: `internal error: ${String(error)}\n`,
      status: ["done", "error", "internal-error"],
    });
  }
}
