// Which objects of a function are replaced by values: see `scalar_replace.ts`.
import {
  definingInsts,
  liveAtEnds,
  stepBackward,
  type BitSet,
  type Cfg,
} from "../../analysis/index.ts";
import {
  opcodeSpec,
  type Inst,
  type MirType,
  type Opcode,
  type Value,
} from "../../ir/mir/index.ts";

/** What a load or store accesses of an object. */
export interface Access {
  readonly offset: number;
  readonly width: number;
  /** The type of the value that stands for the field. */
  readonly type: MirType;
}

/** The webs that can be replaced, numbered from 0. */
export interface Webs {
  readonly count: number;
  /** The web that a reference belongs to, or -1. */
  webOf(value: Value | undefined): number;
  /** The fields that a web's loads and stores access. */
  fieldsOf(web: number): readonly Access[];
}

const narrowWidths: Readonly<Partial<Record<Opcode, number>>> = {
  load8_s: 1,
  load8_u: 1,
  store8: 1,
  load16_s: 2,
  load16_u: 2,
  store16: 2,
};

const widths: Readonly<Record<MirType, number>> = {
  i32: 4,
  f32: 4,
  ref: 4,
  i64: 8,
  f64: 8,
  any: 8,
};

/** What an instruction accesses behind its first operand; undefined if it is no load or store. */
export function accessOf({ op, type, imm }: Inst): Access | undefined {
  if (opcodeSpec(op).imm !== "offset") return undefined;
  const offset = Number(imm);
  const narrow = narrowWidths[op];
  if (narrow !== undefined) return { offset, width: narrow, type: "i32" };
  return type === null ? undefined : { offset, width: widths[type], type };
}

/** Finds the webs of a function whose blocks all are reachable. */
export function findWebs(cfg: Cfg): Webs {
  const finder = new WebFinder(cfg);
  finder.rejectEscaping();
  finder.unite();
  finder.rejectOverlappingLives();
  finder.collectFields();
  return finder.result();
}

class WebFinder {
  readonly #cfg: Cfg;
  /** By value: whether it may be in a web. */
  readonly #good: Uint8Array;
  /** Disjoint sets by value. */
  readonly #parent: Int32Array;
  readonly #rejected = new Set<number>();
  readonly #fields = new Map<number, Access[]>();

  constructor(cfg: Cfg) {
    this.#cfg = cfg;
    const { valueTypes } = cfg.fn;
    this.#good = new Uint8Array(valueTypes.length);
    this.#parent = Int32Array.from(valueTypes.keys());
    const definitions = definingInsts(cfg.fn);
    cfg.order.forEach((block, number) => {
      for (const param of block.params) {
        if (number > 0 && valueTypes[param] === "ref") this.#good[param] = 1;
      }
    });
    for (const [value, inst] of definitions.entries()) {
      if (inst?.op === "new") this.#good[value] = 1;
    }
  }

  /** Leaves values with other uses, and parameters that other references flow into, until no more are found. */
  rejectEscaping(): void {
    for (const block of this.#cfg.order) {
      for (const inst of block.insts) {
        inst.args.forEach((arg, index) => {
          const isBase = index === 0 && accessOf(inst) !== undefined;
          if (!isBase && inst.op !== "ref_eq") this.#good[arg] = 0;
        });
      }
    }
    for (let again = true; again;) {
      again = false;
      this.#eachFlow((arg, param) => {
        if (this.#good[arg] === this.#good[param]) return;
        this.#good[arg] = 0;
        this.#good[param] = 0;
        again = true;
      });
    }
  }

  unite(): void {
    this.#eachFlow((arg, param) => {
      if (this.#good[arg] === 1) this.#parent[this.#find(arg)] = this.#find(param);
    });
  }

  /** Two names for objects of one web that are live at once could be two objects. */
  rejectOverlappingLives(): void {
    const numberOf = new Int32Array(this.#good.length).fill(-1);
    const values: Value[] = [];
    for (let value = 0; value < this.#good.length; value += 1) {
      if (this.#good[value] === 1) numberOf[value] = values.push(value as Value) - 1;
    }
    const numbers = { numberOf, count: values.length };
    if (values.length === 0) return;
    const ends = liveAtEnds(this.#cfg, numbers);
    this.#cfg.order.forEach((block, number) => {
      const live = ends[number];
      if (live === undefined) return;
      for (let i = block.insts.length - 1; i >= 0; i -= 1) {
        const inst = block.insts[i];
        if (inst === undefined) continue;
        for (const result of inst.results) this.#rejectOthers(result, live, values);
        stepBackward(inst, live, numberOf);
      }
      for (const param of block.params) this.#rejectOthers(param, live, values);
    });
  }

  collectFields(): void {
    for (const block of this.#cfg.order) {
      for (const inst of block.insts) {
        const web = this.#webOf(inst.args[0]);
        const access = web < 0 ? undefined : accessOf(inst);
        if (access !== undefined) this.#addField(web, access);
      }
    }
  }

  result(): Webs {
    const numbers = new Map<number, number>();
    const fields: (readonly Access[])[] = [];
    for (const block of this.#cfg.order) {
      for (const { op, results } of block.insts) {
        const root = op === "new" ? this.#webOf(results[0]) : -1;
        if (root < 0 || numbers.has(root)) continue;
        numbers.set(root, fields.push(this.#fields.get(root) ?? []) - 1);
      }
    }
    return {
      count: fields.length,
      webOf: (value) => numbers.get(this.#webOf(value)) ?? -1,
      fieldsOf: (web) => fields[web] ?? [],
    };
  }

  #eachFlow(visit: (arg: Value, param: Value) => void): void {
    for (const block of this.#cfg.order) {
      for (const inst of block.insts) {
        for (const target of inst.targets) {
          const params = this.#cfg.order[this.#cfg.numberOf[target.block] ?? -1]?.params ?? [];
          target.args.forEach((arg, i) => {
            const param = params[i];
            if (param !== undefined) visit(arg, param);
          });
        }
      }
    }
  }

  #find(value: number): number {
    let at = value;
    for (let up = this.#parent[at] ?? at; up !== at; up = this.#parent[at] ?? at) {
      this.#parent[at] = this.#parent[up] ?? up;
      at = up;
    }
    return at;
  }

  /** The set of a value, or -1 if it is in no web that can be replaced. */
  #webOf(value: Value | undefined): number {
    if (value === undefined || this.#good[value] !== 1) return -1;
    const root = this.#find(value);
    return this.#rejected.has(root) ? -1 : root;
  }

  #rejectOthers(value: Value, live: BitSet, values: readonly Value[]): void {
    if (this.#good[value] !== 1) return;
    const root = this.#find(value);
    for (const number of live.elements(values.length)) {
      const other = values[number];
      if (other !== undefined && other !== value && this.#find(other) === root) {
        this.#rejected.add(root);
      }
    }
  }

  /** Fields must be the same or apart; the collector's word of the header is none. */
  #addField(root: number, access: Access): void {
    const fields = this.#fields.get(root) ?? [];
    this.#fields.set(root, fields);
    let known = false;
    for (const field of fields) {
      const same = field.offset === access.offset && field.width === access.width;
      const apart =
        field.offset + field.width <= access.offset || access.offset + access.width <= field.offset;
      if (!apart && !(same && field.type === access.type)) this.#rejected.add(root);
      known ||= same;
    }
    if (!known) fields.push(access);
    const inHeader = access.offset < 8 && !(access.offset === 0 && access.type === "i32");
    if (inHeader || (access.offset === 0 && access.width < 4)) this.#rejected.add(root);
  }
}
