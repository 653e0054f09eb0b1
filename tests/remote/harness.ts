// A compile server and a device in this process, the program in a thread, over a real connection.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  CompileClient,
  Device,
  ProgramRecord,
  startThread,
  type CompileClientOptions,
  type DeviceSettings,
  type EvaluationEnd,
} from "../../src/agent/index.ts";
import { wasmTarget } from "../../src/protocol/index.ts";
import { CompileServer, type CompileServerOptions } from "../../src/server/index.ts";
import { libraryImage } from "../library/image.ts";

const root = path.join(import.meta.dirname, "../..");

/** Starts a server on a free port. */
export function startServer(options: Partial<CompileServerOptions> = {}): Promise<CompileServer> {
  return CompileServer.start({
    name: "test",
    host: "127.0.0.1",
    port: 0,
    secret: null,
    log: () => {},
    ...options,
  });
}

/** A client of the server on this port, for a program that has nothing yet. */
export function clientOf(port: number, more: Partial<CompileClientOptions> = {}): CompileClient {
  return new CompileClient({
    address: { host: "127.0.0.1", port },
    secret: null,
    agent: "test",
    sharedMemory: false,
    symbols: () => [],
    target: () => wasmTarget,
    record: new ProgramRecord(),
    readModule: () => null,
    log: () => {},
    ...more,
  });
}

/** What one evaluation showed. */
export interface Shown {
  readonly end: EvaluationEnd;
  readonly out: string;
  readonly values: readonly string[];
}

/** What a device's program is. */
interface ProgramOptions {
  readonly symbolModules?: readonly string[];
  readonly target?: "wasm32" | "native";
}

const threads = { wasm32: "worker.js", native: "native-worker.js" } as const;

/** A device with what it has shown. */
export class TestDevice {
  readonly device: Device;
  /** What the program has printed outside of evaluations. */
  output = "";
  readonly log: string[] = [];
  readonly #folder = mkdtempSync(path.join(tmpdir(), "anneal-device-"));

  constructor(
    port: number,
    options: Partial<DeviceSettings> = {},
    { symbolModules = [], target = "wasm32" }: ProgramOptions = {},
  ) {
    const library = path.join(this.#folder, "library.wasm");
    writeFileSync(library, libraryImage());
    // Built by `tsc -b`: a thread of Node 20 runs no TypeScript.
    const entry = path.join(root, "dist/agent", threads[target]);
    this.device = new Device({
      thread: startThread(entry, {
        library,
        heapBudget: 2 ** 24,
        symbolModules,
        packages: path.join(root, "package.json"),
      }),
      level: 1,
      compileTime: 20_000,
      timeLimit: 20_000,
      address: { host: "127.0.0.1", port },
      secret: null,
      agent: "test",
      readModule: () => null,
      log: (line) => this.log.push(line),
      ...options,
    });
    this.device.watchOutput((_, text) => {
      this.output += text;
    });
  }

  /** Starts a program; throws if it does not start. */
  async start(text: string): Promise<void> {
    const quiet = { onOutput: () => {}, onValue: () => {}, onWarnings: () => {} };
    const { started } = this.device.start({ path: "app.spl", text, line: 1, column: 1 }, quiet);
    const problem = await started;
    if (problem !== null) throw new Error(JSON.stringify(problem));
  }

  async evaluate(text: string, signal: AbortSignal = new AbortController().signal): Promise<Shown> {
    let out = "";
    const values: string[] = [];
    const end = await this.device.evaluate(
      { path: "<input>", text, line: 1, column: 1 },
      {
        onOutput: (_, piece) => {
          out += piece;
        },
        onValue: (value) => values.push(value),
        onWarnings: () => {},
      },
      signal,
    );
    return { end, out, values };
  }

  /** The value of the piece; throws if it has none. */
  async value(text: string): Promise<string> {
    const { end, values } = await this.evaluate(text);
    const [value] = values;
    if (value === undefined) throw new Error(`no value of ${text}: ${JSON.stringify(end)}`);
    return value;
  }

  /** Waits until the program has printed something that fits. */
  async printed(pattern: RegExp): Promise<void> {
    const start = this.output.length;
    while (!pattern.test(this.output.slice(start))) {
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    }
  }

  async stop(): Promise<void> {
    await this.device.stop();
    rmSync(this.#folder, { recursive: true });
  }
}
