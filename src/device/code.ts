// How objects become code in the slots of a program: the same for wasm and for native code.
import type { DataBlock, Space, Traces } from "../engine/index.ts";
import type { SymbolTable, WasmFunction } from "../loader/index.ts";
import type { FunctionType } from "../object/index.ts";
import type { WasmHost } from "../runtime/index.ts";
import type { HostSymbols } from "./host-symbols.ts";

/** Code of a function that can be put into a slot. */
export interface PlacedCode {
  /** Calls it, with values as wasm's JavaScript interface has them. */
  readonly call: WasmFunction;
  /** Where native code stands; 0 for wasm, and for a function of this host. */
  readonly address: number;
  /** Of a function of this host that native code is to call. */
  readonly type?: FunctionType;
}

/** A function of this host that stands in a slot: it counts calls, or loads the code that is to be there. */
export interface HostedFunction {
  readonly type: FunctionType;
  readonly code: WasmFunction;
}

/** An object that is in the program's memory. */
export interface LoadedCode {
  readonly name: string;
  /** Its data in linear memory. */
  readonly data: DataBlock;
  /** Bytes of its code. */
  readonly codeBytes: number;
  /** Bytes besides its code that stay where the code is: names, tables, constants. */
  readonly extraBytes: number;
  /** Plain data that is kept for traces and links. */
  readonly kept: () => readonly unknown[];
  /** As `UnitState.release`. */
  readonly release?: () => boolean;
  /** A function that it defines. Throws `RangeError` if there is none. */
  function(symbol: string, type: FunctionType): PlacedCode;
}

/** What a program gives to its code. */
export interface CodeParts {
  readonly space: Space;
  readonly traces: Traces;
  readonly host: WasmHost;
  /** Functions of the application. */
  readonly application: HostSymbols | null;
  /** Why the program is to stop. */
  readonly stopCode: () => "interrupted" | "time_limit";
}

/** What every native program needs: ELF objects. */
export interface NativeRuntime {
  readonly runtime: Uint8Array;
  readonly library: Uint8Array;
}

/** Objects of one kind, for one program. */
export interface CodeLoader {
  /** Loads an object, or throws `LoadError`, `ObjectError`, `NativeRefused` or `RangeError`. `symbols` are those of the piece. */
  load(object: Uint8Array, symbols: SymbolTable): LoadedCode;
  /** Makes slots with smaller numbers usable. */
  ensure(count: number): void;
  /** Puts code into a slot, or takes it out. */
  install(slot: number, code: PlacedCode | null): void;
  /** Names of the objects with frames on the stack; null if the stack is too deep to tell. */
  running(): ReadonlySet<string> | null;
  /** What the code is, for people. */
  readonly kind: "wasm" | "native";
  /** Functions of this host as code for slots. */
  hosted(functions: readonly HostedFunction[]): PlacedCode[];
  /** Takes the native runtime; throws where code is not native. */
  open(runtime: NativeRuntime): void;
}
