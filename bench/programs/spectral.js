// The spectral norm of an infinite matrix: typed arrays. The answer is in billionths.
const SIZE = Number(process.argv[2] ?? 500);
const REPEAT = Number(process.argv[3] ?? 10);

function entry(i, j) {
  return 1 / ((((i + j) * (i + j + 1)) >> 1) + i + 1);
}

function times(v, out) {
  const n = v.length;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += entry(i, j) * v[j];
    out[i] = sum;
  }
}

function timesTransposed(v, out) {
  const n = v.length;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += entry(j, i) * v[j];
    out[i] = sum;
  }
}

function kernel(n) {
  const u = new Float64Array(n).fill(1);
  const v = new Float64Array(n);
  const t = new Float64Array(n);
  for (let round = 0; round < 10; round++) {
    times(u, t);
    timesTransposed(t, v);
    times(v, t);
    timesTransposed(t, u);
  }
  let vbv = 0;
  let vv = 0;
  for (let i = 0; i < n; i++) {
    vbv += u[i] * v[i];
    vv += v[i] * v[i];
  }
  return Math.trunc(Math.sqrt(vbv / vv) * 1000000000);
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = kernel(SIZE);
  const elapsed = performance.now() - start;
  console.log(`${answer}`);
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
