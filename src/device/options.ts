// What a device's program needs of its host.
import type { LibraryLoader } from "../engine/index.ts";
import type { FileHost } from "../runtime/index.ts";
import type { CodeLoader, CodeParts } from "./code.ts";
import type { HostSymbols } from "./host-symbols.ts";
import type { Packing } from "./lazy-modules.ts";

/** What a device's program needs of its host. */
export interface DeviceOptions {
  readonly library: LibraryLoader;
  readonly write: (stream: "out" | "err", text: string) => void;
  /** Receives the value of a piece, in its display form. */
  readonly onValue: (text: string) => void;
  readonly clock: { monotonicNanos(): bigint; unixMicros(): bigint };
  /** Called at a safepoint when the host has asked for attention. May load pieces; what it throws stops what runs. */
  readonly attend?: () => void;
  /** Is told the keys of slots that are free again. */
  readonly onUnload?: (keys: readonly string[]) => void;
  readonly files?: FileHost;
  /** Functions of the host that code may call. */
  readonly symbols?: HostSymbols;
  /** How objects are kept that are loaded later. Default: as they came. */
  readonly packing?: Packing;
  /** What objects become code by. Default: `WasmCode`. */
  readonly code?: (parts: CodeParts) => CodeLoader;
  /** Bytes of all memory. */
  readonly heapBudget?: number;
  /** Whether another thread may set the control word. */
  readonly sharedMemory?: boolean;
  /** A larger memory is not copied before a piece runs, so that a piece that fails leaves its traces. Bytes. */
  readonly mostImage?: number;
  /** Changes that can be taken back. */
  readonly mostChanges?: number;
}
