// The host functions that programs and compiled code may call, with their signatures in every tier.
// The table is the contract between front-ends, lowering, back ends and the hosts that implement it
// (`runtime/math.ts`, `runtime/text.ts`, the engine's clock and output).

/**
 * How a value crosses the boundary. `i64`, `u64` and `any` are BigInt in the wasm interface and IntValue in tier 0; `ref`
 * and `u32` are unsigned in tier 0.
 */
export type HostType =
  | "i32"
  | "u32"
  | "i64"
  | "u64"
  | "f32"
  | "f64"
  | "bool"
  | "ref"
  | "any"
  | "unit";

/** The signature of a host function, and what optimisation may assume of it. */
export interface HostFunction {
  readonly params: readonly HostType[];
  readonly result: HostType;
  /** No effects, and the result depends on the arguments alone. */
  readonly pure?: boolean;
  /** May collect: the caller keeps its references where the collector finds them. Implies every other effect. */
  readonly allocates?: boolean;
  /** No effects but reading memory, so that what is not needed is not called; may raise a runtime error if `raises`. */
  readonly reads?: boolean;
  readonly raises?: boolean;
  /** Whether a program may declare it with `extern fn`; the others are for compiled code only. */
  readonly extern?: boolean;
  /** The types with which a program declares it, result last, where the interface does not tell them: `text`. */
  readonly declared?: readonly string[];
}

/** A host function that programs declare with these types; what it makes are new objects. */
function declared(
  params: HostFunction["params"],
  result: HostFunction["result"],
  types: readonly string[],
): HostFunction {
  return { params, result, allocates: true, extern: true, declared: types };
}

const f64Unary: HostFunction = { params: ["f64"], result: "f64", pure: true };
const f64Binary: HostFunction = { params: ["f64", "f64"], result: "f64", pure: true };
const clock: HostFunction = { params: [], result: "i64", extern: true };
const sleep: HostFunction = { params: ["i64"], result: "unit", allocates: true, extern: true };

/** Every host function by symbol. */
export const hostFunctions = {
  // Transcendental functions: one implementation for all tiers, so results agree to the bit.
  rt_exp: f64Unary,
  rt_ln: f64Unary,
  rt_log2: f64Unary,
  rt_log10: f64Unary,
  rt_sin: f64Unary,
  rt_cos: f64Unary,
  rt_tan: f64Unary,
  rt_asin: f64Unary,
  rt_acos: f64Unary,
  rt_atan: f64Unary,
  rt_atan2: f64Binary,
  rt_tanh: f64Unary,
  rt_pow: f64Binary,
  /** Remainder with the sign of the dividend; the caller has checked for a zero divisor. */
  rt_fmod: f64Binary,

  // Clocks
  rt_time_now_nanos: clock,
  rt_time_now_micros: clock,
  rt_time_now_millis: clock,
  rt_time_now_unix_micros: clock,
  /** Lets time pass; other code of the program may run meanwhile. Milliseconds, microseconds. */
  rt_thread_sleep: sleep,
  rt_sleep_micros: sleep,

  // Text under construction: pieces are appended to one buffer of the program, then written or raised.
  /** Address and length in bytes of UTF-8 in linear memory. */
  rt_text_literal: { params: ["i32", "i32"], result: "unit" },
  rt_text_i64: { params: ["i64"], result: "unit" },
  rt_text_u64: { params: ["u64"], result: "unit" },
  rt_text_f32: { params: ["f32"], result: "unit" },
  rt_text_f64: { params: ["f64"], result: "unit" },
  rt_text_bool: { params: ["bool"], result: "unit" },
  /** As above, with address and length of the format spec. Narrower integers are widened by the caller. */
  rt_text_i64_spec: { params: ["i64", "i32", "i32"], result: "unit" },
  rt_text_u64_spec: { params: ["u64", "i32", "i32"], result: "unit" },
  rt_text_f32_spec: { params: ["f32", "i32", "i32"], result: "unit" },
  rt_text_f64_spec: { params: ["f64", "i32", "i32"], result: "unit" },
  rt_text_bool_spec: { params: ["bool", "i32", "i32"], result: "unit" },
  /** Writes the buffer and empties it. Flags: 1 = newline after it, 2 = to standard error, 4 = the value of a piece. */
  rt_text_print: { params: ["i32"], result: "unit" },
  /** Stops the program with the buffer as the message. */
  rt_text_fail: { params: [], result: "unit" },

  /** The display form of an object, by its header. */
  rt_text_ref: { params: ["ref"], result: "unit" },
  rt_text_any: { params: ["any"], result: "unit" },
  rt_text_ref_spec: { params: ["ref", "i32", "i32"], result: "unit" },
  rt_text_any_spec: { params: ["any", "i32", "i32"], result: "unit" },
  /** Takes the buffer as a new text object. */
  rt_text_make: { params: [], result: "ref", allocates: true },
  /** Raise a runtime error and do not return. The index and the length; the bytes that were asked for. */
  rt_index_error: { params: ["i64", "i64"], result: "unit" },
  rt_out_of_heap: { params: ["i64"], result: "unit" },
  /** An operation that is not defined for its operands: its number in `library-host.ts`, the operands. */
  rt_operand_error: { params: ["u32", "any", "any"], result: "unit" },
  // For the library: conversions of texts, given by address and length in bytes.
  /** Bytes of a text in upper (1) or lower (0) case; the host keeps it for `rt_case_take`, which writes it. */
  rt_case_size: { params: ["u32", "u32", "u32"], result: "u32" },
  rt_case_take: { params: ["u32"], result: "unit" },
  /** A whole text as a float, or nil. */
  rt_parse_float: { params: ["u32", "u32"], result: "any" },
  /** A runtime error with a text object as its message. */
  rt_fail_text: { params: ["ref"], result: "unit" },
  /** A value of any type has no such member: `method `f``. */
  rt_member_error: { params: ["any", "ref"], result: "unit" },
  /** Calls `rt_mark_root` of the library for every reference that tier 0 and the host hold. */
  rt_host_roots: { params: [], result: "unit" },

  // Files; what cannot be read is a runtime error
  rt_file_read_text: declared(["ref"], "ref", ["text", "text"]),
  rt_file_write_text: declared(["ref", "ref"], "bool", ["text", "text", "bool"]),

  // Execution managers: `JitHost` in `jit-host.ts`. Errors are texts, empty if there is none.
  rt_exec_manager_create: declared(["ref"], "i64", ["text", "i64"]),
  rt_exec_manager_compile: declared(["i64", "ref"], "ref", ["i64", "text", "text"]),
  rt_exec_manager_execute: declared(["i64", "ref", "ref"], "i64", ["i64", "text", "[i64]", "i64"]),
  rt_exec_manager_error: declared(["i64"], "ref", ["i64", "text"]),
  rt_exec_manager_has_function: declared(["i64", "ref"], "bool", ["i64", "text", "bool"]),
  rt_exec_manager_backend_name: declared(["i64"], "ref", ["i64", "text"]),
  rt_exec_manager_cleanup: declared(["i64"], "unit", ["i64", "unit"]),
  rt_set_jit_backend: declared(["ref"], "bool", ["text", "bool"]),
  rt_get_jit_backend: declared([], "ref", ["text"]),
  rt_jit_configure: declared(["ref", "i64", "bool"], "unit", ["text", "i64", "bool", "unit"]),

  // Functions of native modules (`linked.ts`): the arguments one by one, then the call by its number.
  rt_link_i64: { params: ["i64"], result: "unit" },
  rt_link_f64: { params: ["f64"], result: "unit" },
  /** An object, and how it is passed: `passing.ts`. */
  rt_link_ref: { params: ["ref", "i64"], result: "unit" },
  // Native code may call the program.
  rt_link_call: { params: ["i32"], result: "unit", allocates: true },
  rt_link_call_i64: { params: ["i32"], result: "i64", allocates: true },
  rt_link_call_f64: { params: ["i32"], result: "f64", allocates: true },

  // Specs: the host runs the examples and keeps count
  rt_spec_group: { params: ["ref"], result: "unit", allocates: true },
  rt_spec_group_end: { params: [], result: "unit" },
  /** Name and closure `fn()`. */
  rt_spec_example: { params: ["ref", "ref"], result: "unit", allocates: true },
  rt_spec_skip: { params: ["ref"], result: "unit" },
  /** A closure `fn()` that runs before each example of the group. */
  rt_spec_before_each: { params: ["ref"], result: "unit" },
  rt_spec_after_each: { params: ["ref"], result: "unit" },

  // Tiers
  /**
   * Where the control word is set: stops the program or goes on. Takes finished compilations; other code of the program may
   * run meanwhile.
   */
  rt_poll: { params: [], result: "unit", allocates: true },
  /** A trap by the number of its code in `runtime/errors.ts`; does not return. */
  rt_trap: { params: ["i32"], result: "unit" },
  /** A function has used up its count of calls, or a loop that it runs outlined its fuel; the operand is its number. */
  rt_tier_up: { params: ["i32"], result: "unit" },
} as const satisfies Record<string, HostFunction>;

/** The symbol of a host function. */
export type HostSymbol = keyof typeof hostFunctions;

/** Whether there is a host function of this symbol. */
export function isHostSymbol(name: string): name is HostSymbol {
  return Object.hasOwn(hostFunctions, name);
}

/** The signature of a host function. */
export function hostFunction(symbol: HostSymbol): HostFunction {
  return hostFunctions[symbol];
}
