// Loaded before a program (`node --require`): its clock counts the time that the program's thread has computed, so that other
// processes of the machine do not count. For Linux; without the package koffi the clock stays what it is.
"use strict";

try {
  const koffi = require("koffi");
  // As the engine sets it, who finds that it cannot be set any more.
  koffi.config({ sync_stack_size: 16 << 20 });
  const read = koffi.load(null).func("int clock_gettime(int clock, void *time)");
  const computed = 3;
  const time = new BigInt64Array(2);
  const bytes = new Uint8Array(time.buffer);
  process.hrtime.bigint = () => {
    read(computed, bytes);
    return time[0] * 1_000_000_000n + time[1];
  };
} catch {
  // Figures are those of the wall clock.
}
