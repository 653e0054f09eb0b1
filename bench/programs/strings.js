// Builds strings piece by piece and looks at them again.
const SIZE = Number(process.argv[2] ?? 300000);
const REPEAT = Number(process.argv[3] ?? 8);

function kernel(count) {
  let line = "";
  let total = 0;
  for (let i = 0; i < count; i++) {
    line += `item ${i}, `;
    if (line.length > 2000) {
      total += line.replaceAll("item", "thing").toUpperCase().length;
      line = "";
    }
  }
  const parts = [];
  for (let i = 0; i < Math.floor(count / 10); i++) parts.push(`${i * 31}`);
  const joined = parts.join("-");
  return total + joined.length + joined.split("-").length;
}

for (let repetition = 0; repetition < REPEAT; repetition++) {
  const start = performance.now();
  const answer = kernel(SIZE);
  const elapsed = performance.now() - start;
  console.log(`${answer}`);
  console.error(`time ${Math.round(elapsed * 1000)}`);
}
