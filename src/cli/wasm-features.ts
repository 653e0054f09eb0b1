// One small module for each feature of WebAssembly that compiled code uses or may use: valid only where it exists.

export interface WasmFeature {
  readonly name: string;
  readonly required: boolean;
  /** What it is needed for. */
  readonly use: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

declare const WebAssembly: { validate(bytes: Uint8Array<ArrayBuffer>): boolean };

/** Whether this Node compiles a module that uses the feature. */
export function isSupported(feature: WasmFeature): boolean {
  return WebAssembly.validate(feature.bytes);
}

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

const i32 = 0x7f;
const f64 = 0x7c;
const v128 = 0x7b;

interface ProbeFunction {
  readonly params: readonly number[];
  readonly results: readonly number[];
  readonly code: readonly number[];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, content.length, ...content];
}

/** A module with one function and, if asked for, a memory of one page. All lengths stay below 128. */
function probe(
  { params, results, code }: ProbeFunction,
  memory?: readonly number[],
): Uint8Array<ArrayBuffer> {
  const type = [1, 0x60, params.length, ...params, results.length, ...results];
  const body = [0, ...code, 0x0b];
  return Uint8Array.from([
    ...header,
    ...section(1, type),
    ...section(3, [1, 0]),
    ...(memory === undefined ? [] : section(5, memory)),
    ...section(10, [1, body.length, ...body]),
  ]);
}

const zero = [0x41, 0];

export const wasmFeatures: readonly WasmFeature[] = [
  {
    name: "shared memory",
    required: true,
    use: "Ctrl-C and time limits",
    bytes: probe({ params: [], results: [], code: [] }, [1, 3, 1, 1]),
  },
  {
    name: "bulk memory",
    required: true,
    use: "memory.copy, memory.fill",
    bytes: probe(
      { params: [], results: [], code: [...zero, ...zero, ...zero, 0xfc, 0x0b, 0] },
      [1, 0, 1],
    ),
  },
  {
    name: "saturating conversions",
    required: true,
    use: "float to integer casts",
    bytes: probe({ params: [f64], results: [i32], code: [0x20, 0, 0xfc, 0x02] }),
  },
  {
    name: "sign extension",
    required: true,
    use: "i8, i16 and i32 arithmetic",
    bytes: probe({ params: [i32], results: [i32], code: [0x20, 0, 0xc0] }),
  },
  {
    name: "multi-value",
    required: true,
    use: "blocks with several parameters",
    bytes: probe({ params: [], results: [i32, i32], code: [...zero, ...zero] }),
  },
  {
    name: "SIMD",
    required: false,
    use: "no use yet",
    bytes: probe({ params: [v128], results: [v128], code: [0x20, 0, 0xfd, 0x4d] }),
  },
];
