// Counts words in a map: strings as keys.
const SIZE = Number(process.argv[2] ?? 400000);
const REPEAT = Number(process.argv[3] ?? 6);

function page(count) {
  let out = "";
  let state = 7;
  for (let i = 0; i < count; i++) {
    state = Number((BigInt(state) * 1103515245n + 12345n) % 2147483648n);
    const number = Math.floor(state / 65536) % 5000;
    out += `w${number * number} `;
  }
  return out;
}

function kernel(count) {
  const counts = new Map();
  for (const word of page(count).split(" ")) counts.set(word, (counts.get(word) ?? 0) + 1);
  let most = 0;
  for (const [word, times] of counts) if (times > most && word !== "") most = times;
  return counts.size * 1000 + most;
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = kernel(SIZE);
  const elapsed = performance.now() - start;
  console.log(`${answer}`);
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
