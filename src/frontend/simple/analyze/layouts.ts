// Layouts of the program's own objects: fields in declaration order, packed by size behind the header.
import {
  firstLayout,
  storageSize,
  type HirField,
  type HirLayout,
  type ValueType,
} from "../../../ir/hir/index.ts";
import { headerSize } from "../../../runtime/index.ts";

export interface LayoutParts {
  readonly kind: HirLayout["kind"];
  readonly name: string;
  readonly fields: readonly { readonly name: string | null; readonly type: ValueType }[];
  readonly equality: HirLayout["equality"];
  /** See `HirLayout`. */
  readonly types?: string;
}

/**
 * The layouts of a program, one for each key: a type, a variant of a type, a lambda. After an earlier analysis of the same
 * session the ids stay: a layout of the same description has the same id, so that objects that are alive keep their type.
 */
export class Layouts {
  readonly all: HirLayout[];
  readonly #byKey = new Map<object, HirLayout>();
  /** Layouts of the earlier analysis by description, in order. */
  readonly #earlier = new Map<string, HirLayout[]>();

  constructor(earlier?: { readonly all: HirLayout[] }) {
    this.all = earlier?.all ?? [];
    for (const layout of this.all) {
      const description = describe(layout);
      const same = this.#earlier.get(description);
      if (same === undefined) this.#earlier.set(description, [layout]);
      else same.push(layout);
    }
  }

  /** The layout for the key; `parts` is called the first time. A key must not need its own layout for its parts. */
  of(key: object, parts: () => LayoutParts): HirLayout {
    let layout = this.#byKey.get(key);
    if (layout === undefined) {
      const made = makeLayout(firstLayout + this.all.length, parts());
      layout = this.#earlier.get(describe(made))?.shift();
      if (layout === undefined) this.all.push((layout = made));
      this.#byKey.set(key, layout);
    }
    return layout;
  }
}

const descriptions = new WeakMap<HirLayout, string>();

/** Everything about a layout but its id. */
function describe(layout: HirLayout): string {
  let description = descriptions.get(layout);
  if (description === undefined) {
    const { kind, name, fields, equality, types } = layout;
    const parts = fields.map((field) => [field.name, field.type]);
    description = JSON.stringify([kind, name, equality, types, parts]);
    descriptions.set(layout, description);
  }
  return description;
}

function makeLayout(id: number, parts: LayoutParts): HirLayout {
  const { kind, name, fields, equality, types } = parts;
  const offsets = new Map<number, number>();
  // Eight bytes are the header's size, so fields of falling size are all aligned without gaps.
  let end = headerSize;
  const place = (index: number, size: number): void => {
    const offset = Math.ceil(end / size) * size;
    offsets.set(index, offset);
    end = offset + size;
  };
  // The slot of a closure has a fixed place.
  if (kind === "closure" && fields.length > 0) place(0, 4);
  for (const size of [8, 4, 2, 1]) {
    fields.forEach(({ type }, index) => {
      if (storageSize(type) === size && !offsets.has(index)) place(index, size);
    });
  }
  const placed = fields.map(({ name: field, type }, index): HirField => ({
    name: field,
    type,
    offset: offsets.get(index) ?? headerSize,
  }));
  const layout = { id, kind, name, fields: placed, size: Math.ceil(end / 8) * 8, equality };
  return types === undefined ? layout : { ...layout, types };
}
