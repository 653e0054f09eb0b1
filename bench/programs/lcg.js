// Nested integer loops over a 32-bit generator that wraps around.
const SIZE = Number(process.argv[2] ?? 30000);
const REPEAT = Number(process.argv[3] ?? 16);

function kernel(rows) {
  let state = 12345;
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    let line = 0;
    for (let column = 0; column < 1000; column++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      line = (line + (state >>> 16)) | 0;
    }
    sum = Math.imul(sum ^ line, 31);
  }
  return sum >>> 0;
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = kernel(SIZE);
  const elapsed = performance.now() - start;
  console.log(`${answer}`);
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
