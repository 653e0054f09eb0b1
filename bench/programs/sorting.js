// Sorts a million numbers in a typed array.
const SIZE = Number(process.argv[2] ?? 1000000);
const REPEAT = Number(process.argv[3] ?? 6);

function kernel(count) {
  const xs = new Float64Array(count);
  let state = 42;
  for (let i = 0; i < count; i++) {
    state = (state * 1103 + 12345) % 65537;
    xs[i] = state * 0.5 + (i % 1000);
  }
  const sorted = xs.slice().sort();
  let sum = 0;
  for (let i = 0; i < count; i += 1000) sum += sorted[i];
  return Math.trunc(sum);
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = kernel(SIZE);
  const elapsed = performance.now() - start;
  console.log(`${answer}`);
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
