// The compile server: listens, and serves each device that connects.
import {
  ConnectionError,
  isLoopbackHost,
  leastSecret,
  listenTcp,
  newSigningKey,
  WebSocketGate,
  type Link,
  type Listener,
} from "../transport/index.ts";
import { defaultFrameLimit, type Body } from "../protocol/index.ts";
import { DeviceConnection, type ServerState } from "./connection.ts";
import type { NativeCompilers } from "./targets.ts";
import { Workers, type WorkersOptions } from "./workers.ts";

/** How a compile server runs. */
export interface CompileServerOptions {
  /** Name and version, for devices. */
  readonly name: string;
  /** Address to listen on; off loopback a secret is needed. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** What devices have to know; null where only this machine can connect. */
  readonly secret: Uint8Array | null;
  /** Origins of web pages that may connect over WebSocket. Default: none. */
  readonly origins?: readonly string[];
  /** Where compiled pieces are kept between two starts. Default: nowhere. */
  readonly cacheFolder?: string;
  /** Bytes of compiled pieces that each thread keeps in memory. Default 64 MiB. */
  readonly cacheMemory?: number;
  /** Identifies the compiler: pieces of another one are not used. */
  readonly build?: string;
  /** Threads that compile. Default: none but that of the server, which can be kept busy for as long as a compilation takes. */
  readonly workers?: Pick<WorkersOptions, "count" | "start">;
  /** Milliseconds that a request may take on its thread. Default 10,000. */
  readonly timeLimit?: number;
  /** Makes native code, where there are no such threads. Default: devices get wasm alone. */
  readonly native?: NativeCompilers;
  /** Receives lines about what happens. */
  readonly log: (line: string) => void;
}

/** A compile server cannot be started this way. */
export class ServerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ServerError";
  }
}

/** Bytes in front of a frame's body. */
const frameHead = 16;
const defaultTimeLimit = 10_000;
/** Milliseconds for what is under way when the server stops. */
const stopTime = 3000;
/** Connections at the same time. */
const mostConnections = 256;

/** A compile server that listens. */
export class CompileServer {
  readonly #state: ServerState;
  readonly #listener: Listener;
  readonly #connections: Set<DeviceConnection>;

  private constructor(state: ServerState, listener: Listener, connections: Set<DeviceConnection>) {
    this.#state = state;
    this.#listener = listener;
    this.#connections = connections;
  }

  /** Starts to listen. Throws `ServerError`; rejects if the port is taken. */
  static async start(options: CompileServerOptions): Promise<CompileServer> {
    const { host, port, secret, name, log } = options;
    if (secret === null && !isLoopbackHost(host))
      throw new ServerError(`\`${host}\` can be reached from other machines: a secret is needed`);
    if (secret !== null && secret.length < leastSecret)
      throw new ServerError(
        `the secret has ${secret.length} bytes, at least ${leastSecret} are needed`,
      );
    const state: ServerState = {
      name,
      workers: workersOf(options),
      secret,
      key: newSigningKey(),
      log,
      stopping: false,
    };
    const connections = new Set<DeviceConnection>();
    const accept = (link: Link): void => {
      if (connections.size >= mostConnections || (secret === null && !link.loopback)) {
        log(`${link.peer} refused`);
        link.destroy();
        return;
      }
      connections.add(
        new DeviceConnection(state, link, (connection) => connections.delete(connection)),
      );
    };
    const rules = { host, origins: options.origins ?? [], limit: defaultFrameLimit + frameHead };
    const gate = new WebSocketGate(rules, accept);
    const listener = await listenTcp({ host, port }, accept, (socket) => gate.take(socket));
    return new CompileServer(state, listener, connections);
  }

  /** The port that it listens on. */
  get port(): number {
    return this.#listener.port;
  }

  /** The ids of the devices that are connected. */
  get devices(): string[] {
    return [...this.#connections].flatMap(({ device }) => device ?? []);
  }

  /**
   * Calls a function of a device's program, with numbers and bools as the language writes them; waits `timeout` milliseconds.
   * Rejects with `AnswerError` if the call fails, with `ConnectionError` if there is no such device.
   */
  call(
    device: string,
    { name, texts }: { readonly name: string; readonly texts: readonly string[] },
    timeout: number,
  ): Promise<Body<"result">> {
    return this.#connection(device).then((found) => found.call(name, texts, timeout));
  }

  /** Counts the calls of functions of a device's program: begins, ends, or looks. Waits and rejects as `call`. */
  profile(
    device: string,
    action: Body<"profile">["action"],
    timeout: number,
  ): Promise<Body<"profiled">> {
    return this.#connection(device).then((found) => found.profile(action, timeout));
  }

  #connection(device: string): Promise<DeviceConnection> {
    const found = [...this.#connections].findLast((connection) => connection.device === device);
    return found === undefined
      ? Promise.reject(new ConnectionError(`there is no device \`${device}\``))
      : Promise.resolve(found);
  }

  /**
   * Takes no more work, ends what is under way if that does not take long, and all connections; resolves when all is closed.
   */
  async stop(): Promise<void> {
    const { workers } = this.#state;
    this.#state.stopping = true;
    const closed = this.#listener.close();
    await workers.settled(stopTime);
    for (const connection of this.#connections) connection.close("the compile server goes down");
    this.#listener.destroyAll();
    await Promise.all([closed, workers.stop()]);
  }
}

function workersOf(options: CompileServerOptions): Workers {
  const { workers, cacheFolder, cacheMemory, build, timeLimit, native, log } = options;
  return new Workers({
    count: workers?.count ?? 0,
    start: workers?.start ?? noThreads,
    settings: {
      cacheFolder: cacheFolder ?? null,
      ...(cacheMemory === undefined ? {} : { cacheMemory }),
      build: build ?? "",
    },
    timeLimit: timeLimit ?? defaultTimeLimit,
    native: native ?? null,
    log,
  });
}

function noThreads(): never {
  throw new ServerError("the server has no threads");
}
