// A product of square matrices of f32, rows one after the other in one typed array.
const SIZE = Number(process.argv[2] ?? 512);
const REPEAT = Number(process.argv[3] ?? 4);

function matrix(n, seed) {
  const out = new Float32Array(n * n);
  let state = seed;
  for (let i = 0; i < n * n; i++) {
    state = (state * 1103 + 12345) % 65537;
    out[i] = state % 17;
  }
  return out;
}

function multiply(a, b, c, n) {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) c[i * n + j] = 0;
    for (let k = 0; k < n; k++) {
      const x = a[i * n + k];
      for (let j = 0; j < n; j++) {
        c[i * n + j] = Math.fround(c[i * n + j] + Math.fround(x * b[k * n + j]));
      }
    }
  }
}

function kernel(n) {
  const a = matrix(n, 1);
  const b = matrix(n, 2);
  const c = matrix(n, 3);
  multiply(a, b, c, n);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.trunc(c[i * n + ((i * 7) % n)]);
  return sum;
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = kernel(SIZE);
  const elapsed = performance.now() - start;
  console.log(`${answer}`);
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
