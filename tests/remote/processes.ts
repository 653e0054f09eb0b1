// Servers and devices as processes, and a proxy between them that misbehaves.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { launcher } from "../cli/process.ts";

/** Keys and what devices have taken are not the user's. */
const ownSettings = mkdtempSync(path.join(tmpdir(), "anneal-settings-"));

/** A process of the command line that goes on until it is killed. */
export class RunningCommand {
  readonly child: ChildProcess;
  output = "";
  errors = "";
  readonly ended: Promise<void>;
  /** It has ended, and all of its output is there. */
  #closed = false;

  constructor(
    args: readonly string[],
    cwd?: string,
    environment: Readonly<Record<string, string>> = {},
  ) {
    const { PATH, HOME } = process.env;
    this.child = spawn(process.execPath, [launcher, ...args], {
      env: { PATH, HOME, XDG_CONFIG_HOME: ownSettings, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.output += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    this.ended = new Promise((resolve) => {
      this.child.on("close", () => {
        this.#closed = true;
        resolve();
      });
    });
  }

  /** Waits for output that fits, from `start` on. */
  printed(pattern: RegExp, start = 0): Promise<RegExpExecArray> {
    return this.#find(pattern, () => this.output.slice(start));
  }

  /** As `printed`, on standard error. */
  complained(pattern: RegExp, start = 0): Promise<RegExpExecArray> {
    return this.#find(pattern, () => this.errors.slice(start));
  }

  async #find(pattern: RegExp, text: () => string): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(text());
      if (found !== null) return found;
      if (this.#closed) throw new Error(`ended: ${this.output}${this.errors}`);
      await pause(10);
    }
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }
}

/** Lets milliseconds pass. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** A compile server in a process of its own; port 0 takes any. */
export async function serverProcess(
  port = 0,
  args: readonly string[] = [],
): Promise<{ readonly server: RunningCommand; readonly port: number }> {
  const server = new RunningCommand(["serve", "--port", String(port), ...args]);
  const [, found] = await server.printed(/compile server on .*:(\d+)\n/);
  return { server, port: Number(found) };
}

/** What a proxy does with what the server sends. */
export interface Misbehaviour {
  /** Milliseconds before anything is passed on. */
  delay: number;
  /** After so many bytes to the device the connection is cut, once. */
  cutAfter: number | null;
  /** Bytes to send to the device in place of the next ones of the server, once. */
  garbage: Uint8Array | null;
  /** What becomes of the server's bytes. */
  change: ((bytes: Buffer) => Buffer) | null;
}

/** A proxy in front of a port. */
export class Proxy {
  readonly misbehaviour: Misbehaviour = { delay: 0, cutAfter: null, garbage: null, change: null };
  target: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number, server: Server) {
    this.target = target;
    this.#server = server;
    server.on("connection", (device) => this.#pass(device));
  }

  static async start(target: number): Promise<Proxy> {
    const server = createServer();
    const proxy = new Proxy(target, server);
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #pass(device: Socket): void {
    const server = connect(this.target, "127.0.0.1");
    for (const socket of [device, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#sockets.delete(socket);
        device.destroy();
        server.destroy();
      });
    }
    device.on("data", (chunk) => void server.write(chunk));
    server.on("data", (chunk: Buffer) => {
      const { delay } = this.misbehaviour;
      if (delay === 0) this.#give(device, chunk);
      else setTimeout(() => this.#give(device, chunk), delay);
    });
  }

  #give(device: Socket, chunk: Buffer): void {
    const { garbage, cutAfter } = this.misbehaviour;
    if (garbage !== null) {
      this.misbehaviour.garbage = null;
      device.write(garbage);
    } else if (cutAfter !== null) {
      this.misbehaviour.cutAfter = null;
      device.end(chunk.subarray(0, cutAfter));
    } else device.write(this.misbehaviour.change?.(chunk) ?? chunk);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
