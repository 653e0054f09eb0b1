// What native code, the native runtime and their host agree on: symbols, thunks, where a stub leaves its registers.

/** Machines whose code can call functions that have no native code. */
export type NativeMachine = "x86_64" | "aarch64";

/**
 * Symbols of native objects; `codegen/llvm/README.md` says what they stand for. The kinds have different prefixes, so that
 * no function of a program can take the place of a function of the machine's libraries.
 */
export const symbolNames = {
  /** A function of a program. */
  code: (symbol: string): string => `fn:${symbol}`,
  /** The function that calls it with its arguments from memory. */
  enter: (symbol: string): string => `enter:${symbol}`,
  /** The cell of a function in the program's table. */
  slot: (symbol: string): string => `slot:${symbol}`,
  /** The first cell of the program's table. */
  slots: "anneal:slots",
  /** The number that is the place of data in linear memory. */
  address: (symbol: string): string => `addr:${symbol}`,
  /** The bytes of data, for the loader to copy there. */
  data: (symbol: string): string => `data:${symbol}`,
} as const;

/** The symbols of the native runtime. */
export const runtimeNames = {
  enter: "anneal:enter",
  call: "anneal:call",
  hosts: "anneal:hosts",
  pending: "anneal:pending",
  trace: "anneal:trace",
  stack: "anneal:stack",
} as const;

/** The least that `anneal:pending` may be set to; below are traps. */
export const firstHostFailure = 256;

/** Return addresses that a trace holds; of deeper stacks the outer ones are missing. */
export const mostTraceFrames = 4000;

/**
 * `stub`: what thunks jump to. `registers`: what it stores the registers in. `dispatcher`: a pointer to
 * `void (i32 number, i32 program)`. `program`: the i32 that it gets. `returned`: an i32 that the dispatcher sets to 1 as the last thing
 * that it does. If it has not, the call has failed, for whatever reason, and native code is left: a host whose stack is full may
 * not even get to its dispatcher.
 */
export const stubNames = {
  stub: "anneal:call-slot",
  registers: "anneal:registers",
  dispatcher: "anneal:dispatcher",
  program: "anneal:program",
  returned: "anneal:returned",
} as const;

/** Where the stub leaves what it was called with: byte offsets in the memory `anneal:registers`. */
export interface RegisterLayout {
  /** How many registers hold integers and floats; they stand behind each other, in 8 bytes each. */
  readonly integers: number;
  readonly floats: number;
  readonly floatsAt: number;
  /**
   * The address of the arguments on the stack, in 8 bytes each. The stub's own frame is the 16 bytes below: the frame pointer
   * of its caller and the address that it returns to.
   */
  readonly stackAt: number;
  readonly size: number;
}

/** Bytes of a frame's head: the frame pointer of the caller, the return address. */
export const frameHeadSize = 16;

/** The System V ABI of x86-64 and the AAPCS64. The first integer and float register also take the result. */
export const registerLayouts: Readonly<Record<NativeMachine, RegisterLayout>> = {
  x86_64: { integers: 6, floats: 8, floatsAt: 48, stackAt: 112, size: 128 },
  aarch64: { integers: 8, floats: 8, floatsAt: 64, stackAt: 128, size: 144 },
};

/** Words of arguments on the stack that `anneal:call` hands on. */
export const mostStackedWords = 16;

/**
 * Where `anneal:call` takes each argument from: a number of an 8-byte place of its frame, by whether the argument is a float. Place 0
 * holds the address of the function; integers, floats and words on the stack follow. Null if there are more of them.
 */
export function callPlaces(machine: NativeMachine, floats: readonly boolean[]): number[] | null {
  const layout = registerLayouts[machine];
  const firstFloat = 1 + layout.integers;
  const firstStacked = firstFloat + layout.floats;
  const next = { integer: 1, float: firstFloat, stacked: firstStacked };
  const places = floats.map((isFloat) => {
    if (isFloat) return next.float < firstStacked ? next.float++ : next.stacked++;
    return next.integer < firstFloat ? next.integer++ : next.stacked++;
  });
  return next.stacked > firstStacked + mostStackedWords ? null : places;
}

/** Where `anneal:call` leaves a result. */
export const callResultPlaces = { integer: 0, float: 1 } as const;

/** Bytes of a thunk. */
export const thunkSize = 16;

/** The machine code of a thunk at `address` that jumps to the stub with the number of a slot. */
export function encodeThunk(
  machine: NativeMachine,
  {
    slot,
    address,
    stub,
  }: { readonly slot: number; readonly address: number; readonly stub: number },
): Uint8Array {
  const view = new DataView(new ArrayBuffer(thunkSize));
  if (machine === "x86_64") {
    // mov eax, slot; jmp stub
    view.setUint8(0, 0xb8);
    view.setUint32(1, slot, true);
    view.setUint8(5, 0xe9);
    view.setInt32(6, stub - (address + 10), true);
    return new Uint8Array(view.buffer);
  }
  // movz w16, slot & 0xffff; movk w16, slot >> 16, lsl 16; b stub
  view.setUint32(0, 0x5280_0010 | ((slot & 0xffff) << 5), true);
  view.setUint32(4, 0x72a0_0010 | ((slot >>> 16) << 5), true);
  view.setUint32(8, 0x1400_0000 | (((stub - (address + 8)) >> 2) & 0x03ff_ffff), true);
  return new Uint8Array(view.buffer);
}
