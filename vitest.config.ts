import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
    // The machine is shared and small: threads start faster than processes.
    pool: "threads",
    // Against tests that hang; nothing is measured with it.
    testTimeout: 60_000,
  },
});
