// `anneal device --stats`: what the program's memory holds, as a table.
import type { Device, MemoryFigures } from "../agent/index.ts";
import { writeText } from "./output.ts";

/** Milliseconds that a program may take to answer. */
const figuresTime = 500;

/** Writes the figures to standard error. */
export async function printFigures(device: Device): Promise<void> {
  const late = new Promise<null>((resolve) => {
    setTimeout(() => resolve(null), figuresTime);
  });
  // The program's thread may have ended.
  const figures = await Promise.race([device.figures().catch(() => null), late]);
  writeText(2, figures === null ? "the program does not answer\n" : formatFigures(figures));
}

function formatFigures(figures: MemoryFigures): string {
  const rows: [string, number][] = [
    ["memory of the program", figures.memory],
    ["code", figures.code],
    ["metadata", figures.metadata],
    ["objects of modules", figures.waiting],
    ["static data", figures.staticData],
    ["heap, alive", figures.heapLive],
    ["heap, most", figures.heapPeak],
    ["resident", process.memoryUsage.rss()],
  ];
  const lines = rows.map(
    ([name, bytes]) => `${name.padEnd(24)}${String(Math.ceil(bytes / 1024)).padStart(10)} KiB`,
  );
  const { functions, modules, loadedModules } = figures;
  const count = (name: string, value: number): string =>
    `${name.padEnd(24)}${String(value).padStart(10)}`;
  const loaded = `${count("modules loaded", loadedModules)} of ${modules}`;
  return [...lines, count("functions", functions), loaded, ""].join("\n");
}
