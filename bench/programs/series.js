// Float series: Leibniz for pi, Basel for pi^2/6, and the alternating harmonic series for ln 2.
const SIZE = Number(process.argv[2] ?? 5000000);
const REPEAT = Number(process.argv[3] ?? 24);

function leibniz(terms) {
  let sum = 0;
  let sign = 1;
  for (let k = 0; k < terms; k++) {
    sum += sign / (2 * k + 1);
    sign = -sign;
  }
  return 4 * sum;
}

function basel(terms) {
  let sum = 0;
  for (let k = 1; k <= terms; k++) sum += 1 / (k * k);
  return sum;
}

function alternating(terms) {
  let sum = 0;
  for (let k = 1; k <= terms; k++) {
    if (k % 2 === 0) sum -= 1 / k;
    else sum += 1 / k;
  }
  return sum;
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = leibniz(SIZE) + basel(SIZE) + alternating(SIZE);
  const elapsed = performance.now() - start;
  console.log(answer.toFixed(12));
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
