// Functions of JavaScript that native code calls. Each has a thunk, an address that native code may keep. What such a function
// throws cannot pass native frames: it is kept, the frames are left (`callback-runtime.ts`), and it is thrown again behind the call
// that JavaScript had made.
import type { LlvmFunctionPart } from "../codegen/llvm/index.ts";
import { encodeThunk, registerLayouts, stubNames, thunkSize } from "../runtime/index.ts";
import { unloadNative, type LoadedNative, type PoolBlock } from "../loader/native/index.ts";
import type {
  JitCallback,
  JitCallbackFunction,
  JitCallbackSignature,
  JitHostType,
} from "./callback-types.ts";
import {
  callbackRuntimeText,
  callbackSymbols,
  callShape,
  safeFunctionText,
} from "./callback-runtime.ts";
import { JitError } from "./error.ts";
import type { JitProgram, SafeCalls, SymbolOwner } from "./program.ts";

interface Callee {
  readonly signature: JitCallbackSignature;
  call: JitCallbackFunction;
}

const owner: SymbolOwner = { name: "the runtime", keepsCode: false };
const mostThunks = 1 << 20;
const word = 8;
const returnedSize = 4;
/** What calls from JavaScript use of the runtime. */
const shared: ReadonlySet<string> = new Set([
  callbackSymbols.jump,
  callbackSymbols.left,
  callbackSymbols.top,
]);
/** What is left is for native code in the innermost call. */
const stackShare = 2;

/** All functions of JavaScript that the modules of a `Jit` may call. */
export class Callbacks implements SafeCalls {
  readonly #program: JitProgram;
  readonly #runtime: LoadedNative;
  readonly #loaded: LoadedNative[] = [];
  readonly #blocks: PoolBlock[] = [];
  readonly #callees: (Callee | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #perBlock: number;
  /** The number of these callbacks for the host's dispatcher. */
  readonly #number: number;
  readonly #registers: DataView;
  readonly #returned: DataView;
  readonly #left: DataView;
  readonly #safe = new Map<string, number>();
  #failure: unknown;
  readonly #top: DataView;
  /** Bytes of the stack between the outermost call from JavaScript and the innermost back to it. */
  #stackInUse = 0;

  /** Loads the runtime. Throws `JitError`. */
  constructor(program: JitProgram) {
    const { host, compiler, pools } = program;
    this.#program = program;
    this.#perBlock = pools.memory.pageSize / thunkSize;
    this.#runtime = program.load(compiler.text(callbackRuntimeText(host.machine)), "runtime");
    for (const symbol of this.#runtime.symbols.values()) {
      if (shared.has(symbol.name)) program.define(symbol, owner);
    }
    this.#number = host.dispatcher.add((number) => this.#dispatch(number));
    this.#registers = this.#view(stubNames.registers, registerLayouts[host.machine].size);
    this.#returned = this.#view(stubNames.returned, returnedSize);
    this.#left = this.#view(callbackSymbols.left, returnedSize);
    this.#top = this.#view(callbackSymbols.top, word);
    const cell = (name: string, value: number): void =>
      this.#view(name, word).setBigUint64(0, BigInt(value), true);
    cell(callbackSymbols.host, host.dispatcher.address);
    cell(stubNames.dispatcher, this.#address(callbackSymbols.guard));
    this.#view(stubNames.program, 4).setInt32(0, this.#number, true);
    host.callable(this.#address(callbackSymbols.attach), "void", [])();
  }

  #address(name: string): number {
    const symbol = this.#runtime.symbols.get(name);
    if (symbol === undefined) throw new Error(`the runtime lacks ${name}`);
    return symbol.address;
  }

  #view(name: string, size: number): DataView {
    const { buffer, byteOffset } = this.#program.host.view(this.#address(name), size);
    return new DataView(buffer, byteOffset, size);
  }

  /** Makes a function callable. Throws `JitError` if there is no room. */
  make(signature: JitCallbackSignature, call: JitCallbackFunction): JitCallback {
    if (this.#free.length === 0) this.#addThunks();
    const number = this.#free.pop() ?? 0;
    const callee = { signature, call };
    this.#callees[number] = callee;
    const block = this.#blocks[Math.floor(number / this.#perBlock)];
    const address = (block?.address ?? 0) + thunkSize * (number % this.#perBlock);
    const release = (): void => {
      // The number may be another function's by now.
      if (this.#callees[number] !== callee) return;
      this.#callees[number] = undefined;
      this.#free.push(number);
    };
    return { address, release };
  }

  #addThunks(): void {
    const { pools, host } = this.#program;
    const first = this.#blocks.length * this.#perBlock;
    const size = thunkSize * this.#perBlock;
    const block = first >= mostThunks ? null : pools.allocate("code", size);
    if (block === null) throw new JitError("no room for more functions that native code calls");
    const stub = this.#address(stubNames.stub);
    const bytes = new Uint8Array(size);
    for (let i = 0; i < this.#perBlock; i += 1) {
      const address = block.address + thunkSize * i;
      bytes.set(encodeThunk(host.machine, { slot: first + i, address, stub }), thunkSize * i);
    }
    const { memory } = pools;
    memory.write(block.address, bytes);
    if (!memory.protect(block.address, block.size, "read-execute")) {
      pools.free(block);
      throw new JitError("the system does not let pages be executed");
    }
    memory.flushInstructions(block.address, block.size);
    this.#blocks.push(block);
    for (let i = this.#perBlock - 1; i >= 0; i -= 1) this.#free.push(first + i);
  }

  /**
   * Native code has called a thunk. An error is kept for `rethrow`. Where the stack is full not even that may be possible: native code
   * is left unless it is told that all is well, and the call from JavaScript throws what was thrown here.
   */
  #dispatch(number: number): void {
    const before = this.#stackInUse;
    try {
      const callee = this.#callees[number];
      if (callee === undefined) {
        throw new JitError("native code called a function pointer that is no longer good");
      }
      this.#checkStack();
      this.#give(callee.signature.result, callee.call(...this.#arguments(callee.signature)));
      this.#returned.setInt32(0, 1, true);
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#stackInUse = before;
    }
  }

  /** Native code and JavaScript that call each other without end use up a stack that nothing else looks after. */
  #checkStack(): void {
    const { host } = this.#program;
    const { stackAt } = registerLayouts[host.machine];
    const top = Number(this.#top.getBigUint64(0, true));
    this.#stackInUse = top - Number(this.#registers.getBigUint64(stackAt, true));
    if (this.#stackInUse > host.stackBytes / stackShare) {
      throw new RangeError("the call stack of native code is used up");
    }
  }

  /** Bytes of native code's stack that calls under way have taken. */
  get stackInUse(): number {
    return this.#stackInUse;
  }

  #arguments({ params }: JitCallbackSignature): (number | bigint)[] {
    const { host } = this.#program;
    const { integers, floats, floatsAt, stackAt } = registerLayouts[host.machine];
    let nextInteger = 0;
    let nextFloat = 0;
    let nextStacked = 0;
    let stack: DataView | undefined;
    return params.map((type) => {
      const isFloat = type === "f32" || type === "f64";
      if (isFloat && nextFloat < floats) {
        nextFloat += 1;
        return read(this.#registers, floatsAt + word * (nextFloat - 1), type);
      }
      if (!isFloat && nextInteger < integers) {
        nextInteger += 1;
        return read(this.#registers, word * (nextInteger - 1), type);
      }
      if (stack === undefined) {
        const address = Number(this.#registers.getBigUint64(stackAt, true));
        const { buffer, byteOffset } = host.view(address, word * params.length);
        stack = new DataView(buffer, byteOffset);
      }
      nextStacked += 1;
      return read(stack, word * (nextStacked - 1), type);
    });
  }

  #give(type: JitHostType | "unit", value: number | bigint | boolean | undefined): void {
    if (type === "unit") return;
    const { floatsAt } = registerLayouts[this.#program.host.machine];
    const result = value ?? 0;
    if (type === "f64") this.#registers.setFloat64(floatsAt, Number(result), true);
    else if (type === "f32") this.#registers.setFloat32(floatsAt, Number(result), true);
    else this.#registers.setBigInt64(0, BigInt.asIntN(64, BigInt(result)), true);
  }

  safe(part: LlvmFunctionPart): number {
    const shape = callShape(part);
    const known = this.#safe.get(shape);
    if (known !== undefined) return known;
    const name = `anneal:safe${this.#safe.size}`;
    const { compiler } = this.#program;
    const loaded = this.#program.load(compiler.text(safeFunctionText(name, part)), "runtime");
    this.#loaded.push(loaded);
    const address = loaded.symbols.get(name)?.address ?? 0;
    this.#safe.set(shape, address);
    return address;
  }

  enter(address: number): void {
    const call = this.#program.host.callable(this.safe(noParameters), "void", ["uintptr_t"]);
    call(address);
    this.rethrow();
  }

  rethrow(): void {
    if (this.#left.getInt32(0, true) === 0) return;
    const failure = this.#failure;
    this.#failure = undefined;
    throw failure;
  }

  /** Gives all memory back; no native code may run any more. */
  close(): void {
    const { host, pools } = this.#program;
    host.dispatcher.remove(this.#number);
    for (const loaded of [...this.#loaded, this.#runtime]) unloadNative(loaded, pools);
    for (const block of this.#blocks) pools.free(block);
  }
}

const noParameters: LlvmFunctionPart = {
  name: "",
  defined: true,
  strength: "strong",
  result: { type: { kind: "void" }, extension: "none", indirect: false },
  parameters: [],
  variadic: false,
  blocks: 0,
  loops: false,
  labels: false,
  users: [],
};

/** What callers have not cleared above a small integer does not count. */
function read(view: DataView, at: number, type: JitHostType): number | bigint {
  switch (type) {
    case "bool":
      return view.getUint8(at) & 1;
    case "i8":
      return view.getInt8(at);
    case "i16":
      return view.getInt16(at, true);
    case "i32":
      return view.getInt32(at, true);
    case "i64":
      return view.getBigInt64(at, true);
    case "ptr":
      return view.getBigUint64(at, true);
    case "f32":
      return view.getFloat32(at, true);
    case "f64":
      return view.getFloat64(at, true);
  }
}
