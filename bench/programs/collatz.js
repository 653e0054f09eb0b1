// The longest Collatz chain below SIZE; values pass 2^31, so these are doubles: `n & 1` is right for them (the
// conversion is modulo 2^32) and faster than `n % 2`; a shift would not be right.
const SIZE = Number(process.argv[2] ?? 2000000);
const REPEAT = Number(process.argv[3] ?? 3);

function collatz(limit) {
  let best = 0;
  let bestStart = 0;
  for (let start = 1; start < limit; start++) {
    let n = start;
    let steps = 0;
    while (n !== 1) {
      if ((n & 1) === 0) n = n / 2;
      else n = 3 * n + 1;
      steps++;
    }
    if (steps > best) {
      best = steps;
      bestStart = start;
    }
  }
  return bestStart * 1000 + best;
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = collatz(SIZE);
  const elapsed = performance.now() - start;
  console.log(`${answer}`);
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
