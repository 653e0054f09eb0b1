// The relocation types by machine, one row each: what is computed and how it is stored. S is the symbol's address, A the
// addend, P the address of the field, GOT the address of the table of addresses, G that of the symbol's entry in it, Z
// the symbol's size; page(x) is x without its low 12 bits. Sources: the psABIs for x86-64, i386 and AArch64.
import type { ElfMachine } from "./format.ts";

/** What a relocation computes. A `branch` is S + A - P and may go through a stub. */
export type RelocationValue =
  | "none"
  | "S+A"
  | "S+A-P"
  | "branch"
  | "page(S+A)-page(P)"
  | "S+A-GOT"
  | "GOT+A-P"
  | "Z+A"
  | "G+A"
  | "G+A-P"
  | "G+A-GOT"
  | "G+A-page(GOT)"
  | "page(G)-page(P)";

/** Which values a field holds: any (cut off), those of a signed or unsigned number, or of either. */
export type RelocationCheck = "any" | "signed" | "unsigned" | "either";

/** A number of 8, 16, 32 or 64 bits, or bits of a 32-bit instruction of aarch64. */
export type RelocationField =
  | { readonly kind: "word"; readonly bits: 8 | 16 | 32 | 64; readonly check: RelocationCheck }
  | InstructionField;

/** Bits of an instruction: `bits` at `position`, of a value that is shifted right by `shift`. */
export interface InstructionField {
  readonly kind: "instruction";
  readonly position: number;
  readonly bits: number;
  readonly shift: number;
  readonly check: RelocationCheck;
  /** The value must be a multiple of this. */
  readonly multiple: number;
  /** `adr`: the low 2 bits stand apart; `low12`: of the value's low 12 bits; `movw`: sets movz or movn by the sign. */
  readonly form: "plain" | "adr" | "low12" | "low15" | "movw";
}

/** One relocation type. */
export interface RelocationType {
  /** As in the ABI, for messages. */
  readonly name: string;
  readonly value: RelocationValue;
  readonly field: RelocationField;
  /** The entry of the table of addresses may be bypassed by another form of the instruction. */
  readonly relaxes?: true;
}

const word = (bits: 8 | 16 | 32 | 64, check: RelocationCheck): RelocationField => ({
  kind: "word",
  bits,
  check,
});

const noField = word(8, "any");
const any64 = word(64, "any");
const signed32 = word(32, "signed");

const row = (name: string, value: RelocationValue, field: RelocationField): RelocationType => ({
  name,
  value,
  field,
});

const x86_64: ReadonlyMap<number, RelocationType> = new Map([
  [0, row("R_X86_64_NONE", "none", noField)],
  [1, row("R_X86_64_64", "S+A", any64)],
  [2, row("R_X86_64_PC32", "S+A-P", signed32)],
  [3, row("R_X86_64_GOT32", "G+A-GOT", signed32)],
  [4, row("R_X86_64_PLT32", "branch", signed32)],
  [9, row("R_X86_64_GOTPCREL", "G+A-P", signed32)],
  [10, row("R_X86_64_32", "S+A", word(32, "unsigned"))],
  [11, row("R_X86_64_32S", "S+A", signed32)],
  [12, row("R_X86_64_16", "S+A", word(16, "either"))],
  [13, row("R_X86_64_PC16", "S+A-P", word(16, "signed"))],
  [14, row("R_X86_64_8", "S+A", word(8, "either"))],
  [15, row("R_X86_64_PC8", "S+A-P", word(8, "signed"))],
  [24, row("R_X86_64_PC64", "S+A-P", any64)],
  [25, row("R_X86_64_GOTOFF64", "S+A-GOT", any64)],
  [26, row("R_X86_64_GOTPC32", "GOT+A-P", signed32)],
  [27, row("R_X86_64_GOT64", "G+A-GOT", any64)],
  [28, row("R_X86_64_GOTPCREL64", "G+A-P", any64)],
  [29, row("R_X86_64_GOTPC64", "GOT+A-P", any64)],
  [30, row("R_X86_64_GOTPLT64", "G+A-GOT", any64)],
  [31, row("R_X86_64_PLTOFF64", "S+A-GOT", any64)],
  [32, row("R_X86_64_SIZE32", "Z+A", word(32, "unsigned"))],
  [33, row("R_X86_64_SIZE64", "Z+A", any64)],
  [41, { ...row("R_X86_64_GOTPCRELX", "G+A-P", signed32), relaxes: true }],
  [42, { ...row("R_X86_64_REX_GOTPCRELX", "G+A-P", signed32), relaxes: true }],
]);

const i686: ReadonlyMap<number, RelocationType> = new Map([
  [0, row("R_386_NONE", "none", noField)],
  [1, row("R_386_32", "S+A", word(32, "either"))],
  [2, row("R_386_PC32", "S+A-P", word(32, "any"))],
  [3, row("R_386_GOT32", "G+A-GOT", word(32, "any"))],
  [4, row("R_386_PLT32", "branch", word(32, "any"))],
  [9, row("R_386_GOTOFF", "S+A-GOT", word(32, "any"))],
  [10, row("R_386_GOTPC", "GOT+A-P", word(32, "any"))],
  [20, row("R_386_16", "S+A", word(16, "either"))],
  [21, row("R_386_PC16", "S+A-P", word(16, "signed"))],
  [22, row("R_386_8", "S+A", word(8, "either"))],
  [43, row("R_386_GOT32X", "G+A-GOT", word(32, "any"))],
  [23, row("R_386_PC8", "S+A-P", word(8, "signed"))],
]);

type Shape = Omit<InstructionField, "kind">;

const instruction = (shape: Shape): RelocationField => ({ kind: "instruction", ...shape });

/** A distance in instructions, of so many bits at a position. */
const distance = (position: number, bits: number): RelocationField =>
  instruction({ position, bits, shift: 2, check: "signed", multiple: 4, form: "plain" });

const adr = (shift: 0 | 12, check: RelocationCheck): RelocationField =>
  instruction({ position: 5, bits: 21, shift, check, multiple: 1, form: "adr" });

/** The 12-bit immediate of an addition or, scaled by the size of the access, of a load or store. */
const low12 = (scale: number): RelocationField =>
  instruction({
    position: 10,
    bits: 12 - scale,
    shift: scale,
    check: "any",
    multiple: 2 ** scale,
    form: "low12",
  });

/** The scaled 12-bit immediate of a load at a distance of at most 32 KiB. */
const low15 = instruction({
  position: 10,
  bits: 12,
  shift: 3,
  check: "unsigned",
  multiple: 8,
  form: "low15",
});

const movw = (
  group: number,
  check: RelocationCheck,
  form: "plain" | "movw" = "plain",
): RelocationField =>
  instruction({ position: 5, bits: 16, shift: 16 * group, check, multiple: 1, form });

const aarch64: ReadonlyMap<number, RelocationType> = new Map([
  [0, row("R_AARCH64_NONE", "none", noField)],
  [256, row("R_AARCH64_NONE", "none", noField)],
  [257, row("R_AARCH64_ABS64", "S+A", any64)],
  [258, row("R_AARCH64_ABS32", "S+A", word(32, "either"))],
  [259, row("R_AARCH64_ABS16", "S+A", word(16, "either"))],
  [260, row("R_AARCH64_PREL64", "S+A-P", any64)],
  [261, row("R_AARCH64_PREL32", "S+A-P", word(32, "either"))],
  [262, row("R_AARCH64_PREL16", "S+A-P", word(16, "either"))],
  [263, row("R_AARCH64_MOVW_UABS_G0", "S+A", movw(0, "unsigned"))],
  [264, row("R_AARCH64_MOVW_UABS_G0_NC", "S+A", movw(0, "any"))],
  [265, row("R_AARCH64_MOVW_UABS_G1", "S+A", movw(1, "unsigned"))],
  [266, row("R_AARCH64_MOVW_UABS_G1_NC", "S+A", movw(1, "any"))],
  [267, row("R_AARCH64_MOVW_UABS_G2", "S+A", movw(2, "unsigned"))],
  [268, row("R_AARCH64_MOVW_UABS_G2_NC", "S+A", movw(2, "any"))],
  [269, row("R_AARCH64_MOVW_UABS_G3", "S+A", movw(3, "any"))],
  [270, row("R_AARCH64_MOVW_SABS_G0", "S+A", movw(0, "signed", "movw"))],
  [271, row("R_AARCH64_MOVW_SABS_G1", "S+A", movw(1, "signed", "movw"))],
  [272, row("R_AARCH64_MOVW_SABS_G2", "S+A", movw(2, "signed", "movw"))],
  [273, row("R_AARCH64_LD_PREL_LO19", "S+A-P", distance(5, 19))],
  [274, row("R_AARCH64_ADR_PREL_LO21", "S+A-P", adr(0, "signed"))],
  [275, row("R_AARCH64_ADR_PREL_PG_HI21", "page(S+A)-page(P)", adr(12, "signed"))],
  [276, row("R_AARCH64_ADR_PREL_PG_HI21_NC", "page(S+A)-page(P)", adr(12, "any"))],
  [277, row("R_AARCH64_ADD_ABS_LO12_NC", "S+A", low12(0))],
  [278, row("R_AARCH64_LDST8_ABS_LO12_NC", "S+A", low12(0))],
  [279, row("R_AARCH64_TSTBR14", "S+A-P", distance(5, 14))],
  [280, row("R_AARCH64_CONDBR19", "S+A-P", distance(5, 19))],
  [282, row("R_AARCH64_JUMP26", "branch", distance(0, 26))],
  [283, row("R_AARCH64_CALL26", "branch", distance(0, 26))],
  [284, row("R_AARCH64_LDST16_ABS_LO12_NC", "S+A", low12(1))],
  [285, row("R_AARCH64_LDST32_ABS_LO12_NC", "S+A", low12(2))],
  [286, row("R_AARCH64_LDST64_ABS_LO12_NC", "S+A", low12(3))],
  [287, row("R_AARCH64_MOVW_PREL_G0", "S+A-P", movw(0, "signed", "movw"))],
  [288, row("R_AARCH64_MOVW_PREL_G0_NC", "S+A-P", movw(0, "any"))],
  [289, row("R_AARCH64_MOVW_PREL_G1", "S+A-P", movw(1, "signed", "movw"))],
  [290, row("R_AARCH64_MOVW_PREL_G1_NC", "S+A-P", movw(1, "any"))],
  [291, row("R_AARCH64_MOVW_PREL_G2", "S+A-P", movw(2, "signed", "movw"))],
  [292, row("R_AARCH64_MOVW_PREL_G2_NC", "S+A-P", movw(2, "any"))],
  [293, row("R_AARCH64_MOVW_PREL_G3", "S+A-P", movw(3, "any"))],
  [299, row("R_AARCH64_LDST128_ABS_LO12_NC", "S+A", low12(4))],
  [307, row("R_AARCH64_GOTREL64", "S+A-GOT", any64)],
  [308, row("R_AARCH64_GOTREL32", "S+A-GOT", signed32)],
  [309, row("R_AARCH64_GOT_LD_PREL19", "G+A-P", distance(5, 19))],
  [310, row("R_AARCH64_LD64_GOTOFF_LO15", "G+A-GOT", low15)],
  [311, row("R_AARCH64_ADR_GOT_PAGE", "page(G)-page(P)", adr(12, "signed"))],
  [312, row("R_AARCH64_LD64_GOT_LO12_NC", "G+A", low12(3))],
  [313, row("R_AARCH64_LD64_GOTPAGE_LO15", "G+A-page(GOT)", low15)],
  [314, row("R_AARCH64_PLT32", "branch", signed32)],
  [315, row("R_AARCH64_GOTPCREL32", "G+A-P", signed32)],
]);

/** The relocation types that the loader applies, by number. */
export const relocationTypes: Readonly<Record<ElfMachine, ReadonlyMap<number, RelocationType>>> = {
  x86_64,
  i686,
  aarch64,
};

/** Ranges of numbers that belong to thread-local storage, which objects loaded later cannot have. */
const threadLocal: Readonly<Record<ElfMachine, readonly (readonly [number, number])[]>> = {
  x86_64: [
    [16, 23],
    [34, 36],
  ],
  i686: [
    [14, 19],
    [24, 37],
    [39, 41],
  ],
  aarch64: [[512, 573]],
};

/** Whether a relocation type is one of thread-local storage. */
export function isThreadLocal(machine: ElfMachine, type: number): boolean {
  return threadLocal[machine].some(([first, last]) => type >= first && type <= last);
}
