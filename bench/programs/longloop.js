// One long loop in main: it can only get faster while it runs. A checkpoint is printed every SIZE iterations.
const SIZE = Number(process.argv[2] ?? 10000000);
const REPEAT = Number(process.argv[3] ?? 12);

function main() {
  const total = SIZE * REPEAT;
  let x = 1;
  let sum = 0;
  let start = performance.now();
  let i = 0;
  while (i < total) {
    x = (x * 1103 + 12345) % 65537;
    if (x < 32768) sum += x * 0.5;
    else sum -= 3;
    i++;
    if (i % SIZE === 0) {
      const now = performance.now();
      console.log(`${x} ${sum.toFixed(1)}`);
      console.error(`time ${Math.round((now - start) * 1000)}`);
      start = performance.now();
    }
  }
}

main();
