// Native code all of which seems to take much of the time, so that small programs get to the highest level.
import {
  BackgroundService,
  type BackgroundResult,
  type EngineOptions,
  type NativeBackend,
} from "../../src/engine/index.ts";
import { resultsWordAddress } from "../../src/runtime/index.ts";

interface CodeBlock {
  readonly address: number;
  readonly size: number;
}

/** Samples that are said to wait whenever somebody looks. */
const waiting = 60;
/** Blocks of code that they fall into: the newest. */
const newest = 3;
/** Bytes between samples, and at the start of a block that they fall into: blocks are whole pages, and code is often less. */
const step = 48;
const sampledBytes = 480;

/** The backend with samples of our own in place of those of the system's timer. */
function sampled(backend: NativeBackend): NativeBackend {
  const { host } = backend;
  const blocks: CodeBlock[] = [];
  let turn = 0;
  const address = (): number => {
    turn += 1;
    const block = blocks.at(-1 - (turn % Math.min(newest, Math.max(1, blocks.length))));
    return block === undefined ? 0 : block.address + ((turn * step) % sampledBytes);
  };
  return {
    ...backend,
    host: {
      ...host,
      memory: {
        ...host.memory,
        protect: (at, size, access) => {
          if (access === "read-execute") blocks.push({ address: at, size });
          return host.memory.protect(at, size, access);
        },
      },
      sample: () => ({
        waiting,
        take: () => Array.from({ length: waiting }, address),
        stop: () => undefined,
      }),
    },
  };
}

/** Options under which native code gets to O3 soon; what compiles stands for another thread, and is done at once. */
export function hotNative(backend: NativeBackend): Partial<EngineOptions> {
  const hot = sampled(backend);
  return {
    backend: "llvm",
    native: () => hot,
    sharedMemory: true,
    pollInterval: 1,
    background: ({ file, modules, memory, linked }) => {
      const now = (): number => 0;
      const service = new BackgroundService(file, modules, { now, native: () => hot, linked });
      const warm = service.warm();
      const ready: BackgroundResult[] = warm === null ? [] : [warm];
      return {
        request: (request) => {
          ready.push(service.compile(structuredClone(request)));
          Atomics.store(new Int32Array(memory.buffer), resultsWordAddress >> 2, 1);
        },
        take: () => ready.splice(0),
      };
    },
  };
}
