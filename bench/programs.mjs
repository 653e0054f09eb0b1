// The benchmark programs. Each exists as programs/NAME.spl and .js, most as .c and .lua too, with the same algorithm, prints the
// result of each repetition on standard output and `time MICROSECONDS` on standard error.
//
// `size` and `repeat` are for compiled code. The interpreter and, for the ratio between the two, the wasm tier once
// more run at `small`: the same work for both, so no scaling is involved.

export const programs = [
  {
    name: "fib",
    kind: "calls",
    size: 38,
    repeat: 7,
    small: 28,
    about: "fib(38), doubly recursive, i64",
  },
  {
    name: "calls",
    kind: "calls",
    size: 100,
    repeat: 45,
    small: 8,
    about: "Takeuchi, Ackermann, mutual parity, i64",
  },
  {
    name: "mandelbrot",
    kind: "loops",
    size: 600,
    repeat: 13,
    small: 120,
    about: "600 x 600, 200 iterations, f64",
  },
  {
    name: "collatz",
    kind: "loops",
    size: 2_000_000,
    repeat: 4,
    small: 20_000,
    about: "longest chain below 2 M, i64",
  },
  {
    name: "primes",
    kind: "loops",
    size: 300_000,
    repeat: 28,
    small: 15_000,
    about: "trial division and gcd sums, i64",
  },
  {
    name: "series",
    kind: "loops",
    size: 5_000_000,
    repeat: 40,
    small: 400_000,
    about: "Leibniz, Basel, alternating harmonic, f64",
  },
  {
    name: "lcg",
    kind: "loops",
    size: 30_000,
    repeat: 28,
    small: 1200,
    about: "nested loops, 32-bit generator, u32",
  },
  {
    name: "longloop",
    kind: "loops",
    size: 10_000_000,
    repeat: 16,
    small: 1_200_000,
    about: "one loop in main, i64 and f64",
  },
  {
    name: "nbody",
    kind: "heap",
    size: 200_000,
    repeat: 60,
    small: 400,
    about: "five bodies, 200 000 steps, objects with f64 fields",
  },
  {
    name: "spectral",
    kind: "heap",
    size: 500,
    repeat: 50,
    small: 20,
    about: "spectral norm of 500 x 500, arrays of f64",
  },
  {
    name: "matmul",
    kind: "heap",
    size: 512,
    repeat: 6,
    small: 32,
    about: "512 x 512 matrices of f32",
  },
  {
    name: "sieve",
    kind: "heap",
    size: 5_000_000,
    repeat: 30,
    small: 20_000,
    about: "primes below 5 M, an array of bytes",
  },
  {
    name: "trees",
    kind: "heap",
    size: 16,
    repeat: 10,
    small: 6,
    about: "binary trees of depth 16, small objects",
  },
  {
    name: "words",
    kind: "heap",
    size: 400_000,
    repeat: 16,
    small: 1500,
    about: "400 000 words counted in a dictionary",
  },
  {
    name: "strings",
    kind: "heap",
    size: 300_000,
    repeat: 30,
    small: 1500,
    about: "300 000 pieces of text appended, replaced, split",
  },
  {
    name: "sorting",
    kind: "heap",
    size: 1_000_000,
    repeat: 24,
    small: 4000,
    about: "a million f64 sorted",
  },
];

/** Repetitions at the small size: few in the interpreter, enough in wasm to pass through warm-up. */
export const smallRepeat = { interpret: 4, jit: 40 };
