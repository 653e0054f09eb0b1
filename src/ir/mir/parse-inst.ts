// Reads one instruction of the MIR text form.
import { unreachable } from "../../base/index.ts";
import {
  noLocation,
  type BlockId,
  type Immediate,
  type Inst,
  type MirFunction,
  type Target,
  type Value,
} from "./function.ts";
import { isNanBits, parseFloatText, parseIntText } from "./literal.ts";
import {
  floatConds,
  intConds,
  isOpcode,
  mirTraps,
  mirTypes,
  objectImmediate,
  opcodeSpec,
  type ImmediateKind,
  type MirType,
  type Opcode,
} from "./opcodes.ts";
import { TokenReader } from "./tokens.ts";

export class InstructionReader extends TokenReader {
  /** The function that is being read. */
  protected fn: MirFunction = {
    symbol: "",
    signature: { params: [], results: [] },
    blocks: [],
    valueTypes: [],
    nextBlock: 0,
    locations: [],
  };

  /** Reads to the end of the line, which is left for the caller. The type is null where operands decide it. */
  protected instruction(): Inst {
    const results = this.results();
    const op = this.opcode();
    const spec = opcodeSpec(op);
    const type = this.suffix(op);
    const inst: Inst = {
      op,
      type,
      args: [],
      imm: null,
      targets: [],
      results,
      location: noLocation,
    };
    inst.imm = this.leadingImmediate(spec.imm ?? "none", type);
    const afterImmediate = spec.imm === "icond" || spec.imm === "fcond" || inst.imm === null;
    if (spec.args === "callee") {
      this.list("(", ")", () => inst.args.push(this.value()));
    } else if (!this.operandsEnd()) {
      if (!afterImmediate) this.punct(",");
      this.operands(inst);
    }
    if (this.at("punct", "!")) {
      this.advance();
      inst.location = this.numbered("loc");
    }
    return inst;
  }

  protected value(): Value {
    return this.numbered("v") as Value;
  }

  private results(): Value[] {
    const results: Value[] = [];
    if (!/^v[0-9]+$/.test(this.peek().text)) return results;
    results.push(this.value());
    while (this.at("punct", ",")) {
      this.advance();
      results.push(this.value());
    }
    this.punct("=");
    return results;
  }

  private opcode(): Opcode {
    const name = this.word("an opcode");
    if (!isOpcode(name)) this.fail("mir/unknown-opcode", `\`${name}\` is not an opcode`, -1);
    return name;
  }

  private suffix(op: Opcode): MirType | null {
    const { suffix, types } = opcodeSpec(op);
    if (suffix !== true) {
      if (this.at("punct", ".")) this.fail("mir/unknown-type", `\`${op}\` takes no type suffix`);
      return null;
    }
    if (!this.at("punct", ".")) {
      this.fail(
        "mir/unknown-type",
        `\`${op}\` needs a type suffix, such as \`.${types.join("`, `.")}\``,
      );
    }
    this.advance();
    const name = this.word("a type");
    const type = mirTypes.find((each) => each === name);
    if (type === undefined) {
      this.fail(
        "mir/unknown-type",
        `expected one of ${mirTypes.join(", ")}, found \`${name}\``,
        -1,
      );
    }
    return type;
  }

  private operandsEnd(): boolean {
    return this.peek().kind === "newline" || this.peek().kind === "end" || this.at("punct", "!");
  }

  private operands(inst: Inst): void {
    const { imm, targets } = opcodeSpec(inst.op);
    const operand = (): void => {
      const { kind, text } = this.peek();
      if (targets !== undefined && kind === "punct" && text === "[") {
        this.list("[", "]", () => inst.targets.push(this.target()));
      } else if (targets !== undefined && kind === "word" && text.startsWith("block")) {
        inst.targets.push(this.target());
      } else {
        inst.args.push(this.value());
        if (imm === "offset" && inst.args.length === 1) inst.imm = this.offset();
      }
    };
    operand();
    while (this.at("punct", ",")) {
      this.advance();
      operand();
    }
  }

  private offset(): number {
    if (!this.at("punct", "+")) return 0;
    this.advance();
    return this.count();
  }

  private target(): Target {
    const block = this.numbered("block") as BlockId;
    this.fn.nextBlock = Math.max(this.fn.nextBlock, block + 1);
    const args: Value[] = [];
    if (this.at("punct", "(")) this.list("(", ")", () => args.push(this.value()));
    return { block, args };
  }

  /** The immediate that stands before the operands; an offset is read with its operand. */
  private leadingImmediate(kind: ImmediateKind, type: MirType | null): Immediate {
    switch (kind) {
      case "none":
      case "offset":
        return null;
      case "int":
        return this.int(type);
      case "float":
        return this.float(type === "f32" ? "f32" : "f64");
      case "icond":
        return this.oneOf(intConds);
      case "fcond":
        return this.oneOf(floatConds);
      case "object":
        return this.object();
      case "trap":
        return this.oneOf(mirTraps);
      case "symbol":
        return this.symbol();
      default:
        return unreachable(kind);
    }
  }

  /** `type:size` */
  private object(): number {
    const typeId = this.count();
    this.punct(":");
    const size = this.count();
    if (size >= 2 ** 20) this.fail("mir/bad-immediate", `no object has ${size} bytes`, -1);
    return objectImmediate(typeId, size);
  }

  private oneOf<T extends string>(words: readonly T[]): T {
    const text = this.word(`one of ${words.join(", ")}`);
    const word = words.find((each) => each === text);
    if (word === undefined) {
      this.fail("mir/bad-immediate", `expected one of ${words.join(", ")}, found \`${text}\``, -1);
    }
    return word;
  }

  /** Hexadecimal digits are the bits of the value, so `0xffff_ffff` is -1 as an `i32`. */
  private int(type: MirType | null): bigint {
    const { text } = this.take("number", "an integer");
    const value = parseIntText(text);
    if (value === undefined) {
      this.fail("mir/bad-immediate", `expected an integer, found \`${text}\``, -1);
    }
    const width = type === "i32" ? 32 : 64;
    const isBits = text.startsWith("0x") && value < 1n << BigInt(width);
    return isBits ? BigInt.asIntN(width, value) : value;
  }

  private float(type: "f32" | "f64"): number | bigint {
    const { kind, text } = this.peek();
    if (kind === "word" && text === "nan") return this.nan(type);
    let value: number | undefined;
    if (kind === "word" && (text === "inf" || text === "-inf")) {
      value = text === "inf" ? Infinity : -Infinity;
    } else if (kind === "number") {
      value = parseFloatText(text, type);
    }
    if (value === undefined) {
      this.fail("mir/bad-immediate", `expected a float, found \`${text.trim()}\``);
    }
    this.advance();
    return value;
  }

  private nan(type: "f32" | "f64"): number | bigint {
    this.advance();
    if (!this.at("punct", ":")) return Number.NaN;
    this.advance();
    const { text } = this.take("number", "the bits of a NaN");
    const bits = parseIntText(text);
    if (bits === undefined || !isNanBits(bits, type)) {
      this.fail("mir/bad-immediate", `\`${text}\` are not the bits of a NaN of type ${type}`, -1);
    }
    return bits;
  }
}
