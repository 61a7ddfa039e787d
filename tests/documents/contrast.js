// Texts of the page whose contrast with what is painted behind them is below 4.5 : 1.
const parse = (c) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  canvas.fillStyle = c;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const known = new Map();
const colour = (c) => known.get(c) ?? (known.set(c, parse(c)), known.get(c));
const over = (a, b) => [0, 1, 2].map((k) => a[k] * a[3] + b[k] * (1 - a[3])).concat(1);
const lum = (c) => {
  const [r, g, b] = c.map((x) => (x /= 255) <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (e) => {
  const layers = [];
  for (let x = e; x; x = x.parentElement) layers.push(colour(getComputedStyle(x).backgroundColor));
  const root = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
  return layers.reverse().reduce((below, top) => over(top, below), root);
};
const found = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || e.closest("svg, script, template, [hidden], :disabled, noscript")) continue;
  const style = getComputedStyle(e);
  if (!e.getClientRects().length) continue;
  const back = behind(e), front = over(colour(style.color), back);
  const [high, low] = [lum(front), lum(back)].sort((a, b) => b - a);
  const ratio = (high + 0.05) / (low + 0.05);
  if (ratio < 4.5) found.add(`${e.tagName}.${e.className} ${style.color} on ${back}: ${ratio.toFixed(2)}`);
}
return [...found];
