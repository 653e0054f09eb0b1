// What the bundle that every run loads may hold. Each kilobyte in it costs every start of a program; what only some programs
// need belongs to the rest (split.mjs) or to a bundle of its own (bundle.mjs).

/** Folders of `src`. Not among them: what works on MIR, makes code, or needs native code. */
const layers = [
  "base",
  "cli",
  "codegen/wasm",
  "compiler",
  "engine",
  "frontend/simple",
  "interp/hir",
  "ir/hir",
  "loader",
  "lower",
  "object",
  "runtime",
];

/** Bytes of code. */
const most = 650_000;

const idOf = (file) => file.replace(/^.*?src\//, "");
const isAllowed = (file) => layers.some((layer) => idOf(file).startsWith(`${layer}/`));

/** Throws if `modules`, bytes by file, are not what start-up may load. */
export function checkStartUp(modules) {
  const others = [...modules.keys()].filter((file) => !isAllowed(file));
  if (others.length > 0) {
    throw new Error(
      `not for the start-up bundle (tools/start-up-budget.mjs): ${others.map(idOf).join(", ")}`,
    );
  }
  const bytes = [...modules.values()].reduce((sum, size) => sum + size, 0);
  if (bytes <= most) return;
  const largest = [...modules].toSorted((a, b) => b[1] - a[1]).slice(0, 20);
  const list = largest.map(([file, size]) => `${idOf(file)} ${size}`).join(", ");
  throw new Error(
    `the start-up bundle has ${bytes} bytes, more than ${most} (tools/start-up-budget.mjs): ${list}`,
  );
}
