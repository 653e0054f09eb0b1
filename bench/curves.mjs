// Curves over a logarithmic axis of time, as the text of an SVG picture: a panel for each group of curves.

const panel = { width: 300, height: 230, left: 46, top: 34, right: 12, bottom: 40 };
const colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd"];

function escapeText(text) {
  return text.replace(/[&<>]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char] ?? "");
}

function label(x, y, text, rest = "") {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${rest}>${escapeText(text)}</text>`;
}

/** 1, 2 and 5 times the powers of ten between two numbers. */
function ticks(low, high) {
  const all = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
    for (const factor of [1, 2, 5]) all.push(power * factor);
  }
  return all.filter((tick) => tick >= low && tick <= high);
}

function shortTime(milliseconds) {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${milliseconds / 1000} s`;
}

/** Where a time and a share of 0 to 1 lie in a panel. */
function scaleOf(low, high) {
  const width = panel.width - panel.left - panel.right;
  const height = panel.height - panel.top - panel.bottom;
  const range = Math.log(high / low);
  return {
    x: (time) => panel.left + (Math.log(Math.max(time, low) / low) / range) * width,
    y: (share) => panel.top + (1 - Math.min(share, 1.1) / 1.1) * height,
  };
}

/** One point for each pixel: the last one that falls on it. */
function path(points, { x, y }) {
  const kept = new Map();
  for (const [time, share] of points) kept.set(Math.round(x(time)), [x(time), y(share)]);
  return [...kept.values()]
    .map(([px, py], i) => `${i === 0 ? "M" : "L"}${px.toFixed(1)} ${py.toFixed(1)}`)
    .join("");
}

function axes(low, high, scale) {
  const bottom = scale.y(0);
  const lines = [];
  for (const tick of ticks(low, high)) {
    const x = scale.x(tick).toFixed(1);
    lines.push(`<path class="grid" d="M${x} ${panel.top}V${bottom.toFixed(1)}"/>`);
    lines.push(label(Number(x), bottom + 14, shortTime(tick), 'text-anchor="middle"'));
  }
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const y = scale.y(share).toFixed(1);
    lines.push(`<path class="grid" d="M${panel.left} ${y}H${panel.width - panel.right}"/>`);
    lines.push(label(panel.left - 5, Number(y) + 4, `${share * 100} %`, 'text-anchor="end"'));
  }
  return lines;
}

function drawPanel({ title, curves }, index, [low, high]) {
  const scale = scaleOf(low, high);
  const lines = curves.flatMap(({ points, mark }, i) => {
    const colour = colours[i % colours.length];
    return [
      `<path class="curve" stroke="${colour}" d="${path(points, scale)}"/>`,
      ...(mark === undefined
        ? []
        : [
            `<circle cx="${scale.x(mark[0]).toFixed(1)}" cy="${scale.y(mark[1]).toFixed(1)}" r="4" fill="${colour}"/>`,
          ]),
    ];
  });
  return [
    `<g transform="translate(${index * panel.width} 0)">`,
    label(panel.left, 22, title, 'class="title"'),
    ...axes(low, high, scale),
    ...lines,
    "</g>",
  ];
}

/**
 * The picture. A group is `{ title, curves }`, a curve `{ name, points, mark }`: points are `[milliseconds, share]` by time,
 * the mark is one of them or undefined. Curves of the same place have the same colour, which the legend names.
 */
export function drawCurves(groups, { caption }) {
  const times = groups.flatMap(({ curves }) =>
    curves.flatMap(({ points }) => points.map(([time]) => time)),
  );
  const range = [Math.min(...times) * 0.9, Math.max(...times) * 1.05];
  const width = panel.width * groups.length;
  const height = panel.height + 30;
  const names = groups[0]?.curves.map(({ name }) => name) ?? [];
  const legend = names.flatMap((name, i) => {
    const x = panel.left + i * 150;
    const y = panel.height + 14;
    return [
      `<path class="curve" stroke="${colours[i % colours.length]}" d="M${x} ${y - 4}h22"/>`,
      label(x + 28, y, name),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="sans-serif" font-size="11">`,
    `<title>${escapeText(caption)}</title>`,
    "<style>.grid{stroke:#ddd;fill:none}.curve{fill:none;stroke-width:1.6}.title{font-size:13px;font-weight:bold}</style>",
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...groups.flatMap((group, index) => drawPanel(group, index, range)),
    ...legend,
    "</svg>",
    "",
  ].join("\n");
}
