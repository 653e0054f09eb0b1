import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
    // The machine is shared and small: threads start faster than processes.
    pool: "threads",
    // By default one core is left free, which of two is half of them.
    maxWorkers: "100%",
    // Against tests that hang; nothing is measured with it.
    testTimeout: 60_000,
  },
});
