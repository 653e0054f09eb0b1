// Arrays far from each other.
import { expect, test } from "vitest";
import { openNativeHost } from "../native-host/index.ts";
import { openWindow } from "./windows.ts";

const opened = openNativeHost(import.meta.url);

test.skipIf(opened.kind === "absent")("arrays that are too far apart are copied", () => {
  if (opened.kind === "absent") return;
  // In one buffer: buffers of their own may be any distance apart.
  const together = new ArrayBuffer(32);
  const input = new Float32Array(together, 0, 3);
  input.set([1, 2, 3]);
  const output = new Int32Array(together, 16, 2);
  output.set([4, 5]);
  const arrays = [
    { name: "input", array: input, written: false },
    { name: "output", array: output, written: true },
  ];
  const near = openWindow(opened, arrays);
  expect(near).toMatchObject({
    base: opened.addressOf(new Uint8Array(together)),
    offsets: [0, 16],
  });
  // As if the second one were 5 GiB higher.
  const far = openWindow(
    {
      ...opened,
      addressOf: (bytes) =>
        opened.addressOf(bytes) + (bytes.byteOffset === output.byteOffset ? 5 * 2 ** 30 : 0),
    },
    arrays,
  );
  expect(far.offsets.every((offset) => offset % 64 === 0)).toBe(true);
  expect(far.base % 64).toBe(0);
  const memory = opened.view(far.base, 128);
  const view = new DataView(memory.buffer, memory.byteOffset, 128);
  const [from = 0, to = 0] = far.offsets;
  expect([view.getFloat32(from + 8, true), view.getInt32(to + 4, true)]).toEqual([3, 5]);
  view.setInt32(to, 40, true);
  view.setFloat32(from, 9, true);
  far.finish();
  expect([...output]).toEqual([40, 5]);
  expect([...input]).toEqual([1, 2, 3]);
});
