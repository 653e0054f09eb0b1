// The functions of the runtime library (src/library, compiled to an image at build time) that programs, compiled code
// and tier 0 call. The build checks the table against the image.
import type { HostFunction } from "./host.ts";

const alloc = (params: HostFunction["params"], result: HostFunction["result"]): HostFunction => ({
  params,
  result,
  allocates: true,
});
const reads = (params: HostFunction["params"], result: HostFunction["result"]): HostFunction => ({
  params,
  result,
  reads: true,
});
/** Only reads memory, or raises a runtime error. */
const checks = (params: HostFunction["params"], result: HostFunction["result"]): HostFunction => ({
  params,
  result,
  reads: true,
  raises: true,
});
const pure = (params: HostFunction["params"], result: HostFunction["result"]): HostFunction => ({
  params,
  result,
  pure: true,
});
const writes = (params: HostFunction["params"], result: HostFunction["result"]): HostFunction => ({
  params,
  result,
});

/** The functions of the runtime library by symbol: they work on the heap and are compiled code themselves. */
export const libraryFunctions = {
  /** A new object of a type id and a size in bytes with the header; everything behind the header is 0. */
  rt_new: alloc(["u32", "u32"], "ref"),
  /** A new array of an element `storageCode` with room for `capacity` elements and length 0. */
  rt_array_new: alloc(["u32", "i64"], "ref"),
  /** Makes room for one more element at the end, adds 1 to the length and returns the address of the new, zeroed element. */
  rt_array_grow: alloc(["ref"], "u32"),
  /** Sets the length; new elements are 0. An error if it is negative. */
  rt_array_resize: alloc(["ref", "i64"], "unit"),
  /** Opens a gap of one zeroed element at an index (0 to length, checked) and returns its address. */
  rt_array_insert: alloc(["ref", "i64"], "u32"),
  /** Removes the element at an index, which is in range. */
  rt_array_remove: writes(["ref", "i64"], "unit"),
  /** A new array with the elements from `start` to before `end`, both in range. */
  rt_array_slice: alloc(["ref", "i64", "i64"], "ref"),
  /** A new array with the elements of both, which have one element type. */
  rt_array_concat: alloc(["ref", "ref"], "ref"),
  /** Appends the elements of the second to the first. */
  rt_array_extend: alloc(["ref", "ref"], "unit"),
  /** Turns the elements around, in place. */
  rt_array_reverse: writes(["ref"], "unit"),
  /**
   * Sorts numbers, texts or `any` values in place, stable; `true`: descending. NaN is the largest number, -0 is below 0;
   * `any` values that have no order are an error.
   */
  rt_array_sort: alloc(["ref", "bool"], "unit"),

  /** A new dictionary: key kind (0 i64, 1 text, 2 any), `storageCode` of the values. */
  rt_dict_new: alloc(["u32", "u32"], "ref"),
  /** The entry number of a key, or -1. */
  rt_dict_find_i64: reads(["ref", "i64"], "i32"),
  rt_dict_find_text: reads(["ref", "ref"], "i32"),
  rt_dict_find_any: checks(["ref", "any"], "i32"),
  /** The entry number of a key, which is added with a value of 0 if it is missing. */
  rt_dict_entry_i64: alloc(["ref", "i64"], "i32"),
  rt_dict_entry_text: alloc(["ref", "ref"], "i32"),
  rt_dict_entry_any: alloc(["ref", "any"], "i32"),
  /** Removes an entry by its number. */
  rt_dict_remove: alloc(["ref", "i32"], "unit"),
  /** The first entry at or behind a number that is not removed, or -1. */
  rt_dict_next: reads(["ref", "i32"], "i32"),
  rt_dict_clear: writes(["ref"], "unit"),
  rt_dict_clone: alloc(["ref"], "ref"),

  /** Whether two values are equal: numbers by value and type class, texts, arrays, dictionaries, structs and tuples by content. */
  rt_any_equal: reads(["any", "any"], "bool"),
  /** As `rt_any_equal` for two objects; nil equals only nil. */
  rt_ref_equal: reads(["ref", "ref"], "bool"),
  /** Equal values have equal hashes. */
  rt_any_hash: checks(["any"], "u32"),
  /** Whether the value counts as true in a condition. */
  rt_any_truthy: reads(["any"], "bool"),
  /** Kind of an `any`: 0 nil, 1 bool, 2 integer, 3 float, 4 text, 5 array, 6 dictionary, 7 another object. */
  rt_any_kind: reads(["any"], "u32"),
  /** The type id of the object that it refers to; 0 for everything else. */
  rt_any_type: reads(["any"], "u32"),
  /** -1, 0 or 1, or 2 if one is NaN; numbers with numbers, texts with texts; otherwise an error. */
  rt_any_compare: checks(["any", "any"], "i32"),
  /** `+ - * / % **` by number 0 to 5; texts and arrays as the language says; otherwise an error. */
  rt_any_arithmetic: alloc(["u32", "any", "any"], "any"),
  rt_any_negate: alloc(["any"], "any"),
  /** Numbers converted (saturating, truncated); an error for anything else. */
  rt_any_to_i64: checks(["any"], "i64"),
  rt_any_to_f64: checks(["any"], "f64"),
  /** `x[i]` of an array, a text or a dictionary. */
  rt_any_index: alloc(["any", "any"], "any"),
  rt_any_set_index: alloc(["any", "any", "any"], "unit"),
  rt_any_length: checks(["any"], "i64"),

  /** A text of UTF-8 at an address: length in bytes, in characters. */
  rt_text_copy: alloc(["u32", "u32", "u32"], "ref"),
  rt_text_concat: alloc(["ref", "ref"], "ref"),
  /** A text of so many bytes and characters, which the caller writes, at the text's data, before it allocates again. */
  rt_text_new: alloc(["i64", "i64"], "ref"),
  /** A text with so many bytes and characters more behind it, which the caller writes before it allocates again. */
  rt_text_extend: alloc(["ref", "i64", "i64"], "ref"),
  /** The display form; a text is its own. */
  rt_text_of_ref: alloc(["ref"], "ref"),
  rt_text_of_any: alloc(["any"], "ref"),
  rt_text_of_i64: alloc(["i64"], "ref"),
  rt_text_of_u64: alloc(["u64"], "ref"),
  rt_text_of_f64: alloc(["f64"], "ref"),
  /** Bytes of the decimal form. */
  rt_text_size_i64: pure(["i64"], "u32"),
  rt_text_size_u64: pure(["u64"], "u32"),
  /** Writes the bytes of a text, or the display form of a value, at an address and returns the address behind them. */
  rt_text_put: writes(["u32", "ref"], "u32"),
  rt_text_put_i64: writes(["u32", "i64"], "u32"),
  rt_text_put_u64: writes(["u32", "u64"], "u32"),
  rt_text_put_bool: writes(["u32", "bool"], "u32"),
  rt_text_repeat: alloc(["ref", "i64"], "ref"),
  rt_text_equal: reads(["ref", "ref"], "bool"),
  /** -1, 0 or 1, by bytes, which is also the order of code points. */
  rt_text_compare: reads(["ref", "ref"], "i32"),
  rt_text_hash: reads(["ref"], "u32"),
  /** One character by its number in characters; negative from the end; an error if out of range. */
  rt_text_at: alloc(["ref", "i64"], "ref"),
  /** The character that begins at this byte, which is below the length and begins one. */
  rt_text_char_from: alloc(["ref", "u32"], "ref"),
  /** Characters from `start` to before `end`, clamped. */
  rt_text_slice: alloc(["ref", "i64", "i64"], "ref"),
  /** As a slice with a step: `start` and `end` are already resolved to characters. */
  rt_text_slice_step: alloc(["ref", "i64", "i64", "i64"], "ref"),
  rt_text_contains: reads(["ref", "ref"], "bool"),
  rt_text_starts_with: reads(["ref", "ref"], "bool"),
  rt_text_ends_with: reads(["ref", "ref"], "bool"),
  /** Number of the character where it is first found, or -1. */
  rt_text_find: reads(["ref", "ref"], "i64"),
  rt_text_rfind: reads(["ref", "ref"], "i64"),
  /** All occurrences. */
  rt_text_replace: alloc(["ref", "ref", "ref"], "ref"),
  /** Array of texts. An empty separator splits into characters. */
  rt_text_split: alloc(["ref", "ref"], "ref"),
  /** At whitespace, without empty parts. */
  rt_text_split_whitespace: alloc(["ref"], "ref"),
  rt_text_lines: alloc(["ref"], "ref"),
  /** Which ends: 1 start, 2 end, 3 both. */
  rt_text_trim: alloc(["ref", "u32"], "ref"),
  rt_text_upper: alloc(["ref"], "ref"),
  rt_text_lower: alloc(["ref"], "ref"),
  rt_text_reverse: alloc(["ref"], "ref"),
  /** Array of one-character texts. */
  rt_text_chars: alloc(["ref"], "ref"),
  /** `[u8]`. */
  rt_text_bytes: alloc(["ref"], "ref"),
  /** Text of `[u8]`, which is checked to be UTF-8: bad sequences become U+FFFD. */
  rt_text_from_bytes: alloc(["ref"], "ref"),
  /** Joins an array of texts, the second between them. */
  rt_text_join: alloc(["ref", "ref"], "ref"),
  rt_text_pad_left: alloc(["ref", "i64", "ref"], "ref"),
  rt_text_pad_right: alloc(["ref", "i64", "ref"], "ref"),
  /** The code point of the first character, 0 for an empty text. */
  rt_text_ord: reads(["ref"], "i64"),
  rt_text_from_code: alloc(["i64"], "ref"),
  /** Whole text as an integer: the value as `any`, or nil. */
  rt_text_parse_int: alloc(["ref"], "any"),
  rt_text_parse_float: alloc(["ref"], "any"),

  /** A copy of a struct, tuple or other fixed-size object, without what it refers to. */
  rt_object_copy: alloc(["ref"], "ref"),
  /** Keeps the object that an address points into, if it does, during a collection: for `rt_host_roots`. */
  rt_mark_root: writes(["u32"], "unit"),
  /** Zeroed memory for static data, for good. */
  rt_reserve: alloc(["i64"], "u32"),
  /** Collects now. */
  rt_collect: alloc([], "unit"),
  /** Bytes in use by live and not yet collected objects. */
  rt_heap_used: writes([], "i64"),
} as const satisfies Record<string, HostFunction>;

/** The symbol of a function of the runtime library. */
export type LibrarySymbol = keyof typeof libraryFunctions;

/** Whether the runtime library has a function of this symbol. */
export function isLibrarySymbol(name: string): name is LibrarySymbol {
  return Object.hasOwn(libraryFunctions, name);
}
