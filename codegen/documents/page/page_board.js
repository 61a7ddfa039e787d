"use strict";
// Numbers of the page: trees of operators evaluated by a walk (nothing is ever run as a program),
// printed with the rules of codegen/numerals.py: rounding acts on the magnitude, what is not zero
// never prints as zero, there is no −0, and an exact short value prints as it is.
const chalkgrad = (() => {
  const PRECISION = 15; // digits of a double that mean something
  const FAR = 15; // as in numerals.py: digits before the point that are not written out

  // erf: a series whose terms are all positive, and a continued fraction where it is slow
  function erf(x) {
    const a = Math.abs(x);
    if (!(a > 0)) return x;
    if (a > 6) return Math.sign(x);
    if (a < 3) {
      let term = a, sum = a;
      for (let n = 1; n < 200 && term > sum * 1e-17; n++) {
        term *= (2 * a * a) / (2 * n + 1);
        sum += term;
      }
      return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
    }
    let f = 0;
    for (let k = 120; k > 0; k--) f = k / 2 / (a + f);
    return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + f));
  }

  // forms that do not overflow
  const sigmoid = (v) => (v >= 0 ? 1 / (1 + Math.exp(-v)) : Math.exp(v) / (1 + Math.exp(v)));
  const softplus = (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));

  const ONE = { erf, sigmoid, softplus, neg: (a) => -a };
  for (const name of ["exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh",
    "cosh", "tanh", "asinh", "acosh", "atanh", "expm1", "log1p", "abs", "sign"]) {
    ONE[name] = Math[name];
  }
  const TWO = {
    "/": (a, b) => a / b, "^": (a, b) => Math.pow(a, b), max: Math.max, min: Math.min,
    floor_div: (a, b) => Math.floor(a / b), "<": (a, b) => a < b, "<=": (a, b) => a <= b,
    ">": (a, b) => a > b, ">=": (a, b) => a >= b, "==": (a, b) => a === b,
    "!=": (a, b) => a !== b,
  };
  const own = (table, name) => Object.prototype.hasOwnProperty.call(table, name);

  // The value of a tree; `lookup` gives the value of an id.
  function evaluate(tree, lookup) {
    if (typeof tree === "number") return tree;
    if (typeof tree === "string") return lookup(tree);
    const [op, ...args] = tree;
    const go = (t) => evaluate(t, lookup);
    switch (op) {
      case "+": return args.reduce((sum, t) => sum + go(t), 0);
      case "*": return args.reduce((product, t) => product * go(t), 1);
      case "where": return go(args[0]) ? go(args[1]) : go(args[2]);
      case "and": return args.every((t) => go(t));
      case "or": return args.some((t) => go(t));
      case "not": return !go(args[0]);
    }
    if (own(ONE, op)) return ONE[op](go(args[0]));
    if (own(TWO, op)) return TWO[op](go(args[0]), go(args[1]));
    throw new Error("no operator " + op);
  }

  // Every number of a board by id; a node is worked out when another one asks for it.
  function values(board, inputs) {
    const trees = new Map(board.nodes);
    const known = new Map(Object.entries(inputs));
    const busy = new Set();
    const lookup = (id) => {
      if (known.has(id)) return known.get(id);
      if (!trees.has(id) || busy.has(id)) return NaN;
      busy.add(id);
      const made = evaluate(trees.get(id), lookup);
      busy.delete(id);
      known.set(id, made);
      return made;
    };
    for (const [id] of board.nodes) lookup(id);
    return known;
  }

  // A double as decimal digits d.ddd · 10^power, without the noise of its last digits.
  function decimal(value) {
    const [mantissa, power] = Math.abs(value).toExponential(PRECISION - 1).split("e");
    return { negative: value < 0, digits: mantissa.replace(".", "").replace(/0+$/, "") || "0",
      power: Number(power) };
  }

  // The first `keep` digits of d (none where keep < 0), rounded by the rule; null where all are 0.
  function round(d, keep, rule) {
    if (keep >= d.digits.length) return { ...d };
    if (keep < 0) return null;
    const head = d.digits.slice(0, keep), rest = d.digits.slice(keep);
    const half = "5".padEnd(rest.length, "0");
    let up = rule === "half_up" ? rest >= half : false;
    if (rule === "half_even") {
      up = rest > half || (rest === half && Number(head.at(-1) || 0) % 2 === 1);
    }
    let number = BigInt(head || "0") + (up ? 1n : 0n);
    if (number === 0n) return null;
    let digits = number.toString().padStart(keep, "0");
    const grown = digits.length - keep;
    return { ...d, digits, power: d.power + grown };
  }

  // What is printed for a value: {negative, head, power}; `more` further digits are allowed.
  function parts(value, board, more = 0) {
    if (!Number.isFinite(value)) {
      return { negative: value < 0, head: Number.isNaN(value) ? "?" : "∞", power: 0 };
    }
    const d = decimal(value);
    if (d.digits === "0") return { negative: false, head: "0", power: 0 };
    const count = board.count + more;
    const decimals = Math.max(0, d.digits.length - 1 - d.power);
    const figures = board.significant || d.power >= FAR;
    const exact = figures
      ? d.digits.length <= count && -6 < d.power && d.power < FAR : decimals <= count;
    let made = null;
    if (exact) made = { ...d, digits: d.digits.padEnd(d.power + 1, "0") };
    else if (!figures) made = round(d, d.power + 1 + count, board.rounding);
    if (made === null) {
      made = round(d, Math.max(count, 1), board.rounding);
      made.digits = made.digits.slice(0, Math.max(count, 1)); // 9.9996 grows to 10.00
    }
    const far = !(-6 < made.power && made.power < FAR);
    const small = made.power < -count && !board.significant;
    if (far || small) return { negative: d.negative, ...scaled(made) };
    return { negative: d.negative, head: plain(made), power: 0 };
  }

  function scaled(d) {
    const tail = d.digits.slice(1);
    return { head: d.digits[0] + (tail ? "." + tail : ""), power: d.power };
  }

  function plain(d) {
    const digits = d.power < 0 ? "0".repeat(-d.power) + d.digits : d.digits;
    const point = Math.max(d.power, 0) + 1;
    const tail = digits.slice(point);
    return digits.slice(0, point).padEnd(point, "0") + (tail ? "." + tail : "");
  }

  // The printed number as a reader has it.
  const printed = (p) =>
    (p.negative ? -1 : 1) * (p.head === "?" ? NaN : p.head === "∞" ? Infinity
      : Number(p.head + "e" + p.power));

  // ASCII, with a point: -0.6906, 4.386e-4 (as Numerals.plain)
  const text = (p) => (p.negative ? "-" : "") + p.head + (p.power ? "e" + p.power : "");

  // Does a calculation with the printed operands (its value) print as the result does?
  const agrees = (board, redone, value) => text(parts(redone, board)) === text(parts(value, board));

  // The value of a text of numbers, + - * ( ) and powers of ten; null where it is anything else.
  function sum(text) {
    const tokens = text.match(/\d+(?:\.\d+)?|[-+*()^]/g) ?? [];
    if (!tokens.length || tokens.join("") !== text) return null;
    let at = 0;
    const atom = () => {
      const t = tokens[at++];
      if (t === "-") return -product();
      if (t === "(") {
        const inside = total();
        return tokens[at++] === ")" ? inside : NaN;
      }
      const base = Number(t ?? NaN);
      if (tokens[at] !== "^") return base;
      at += 1;
      const sign = tokens[at] === "-" ? (at++, -1) : 1;
      return base * Math.pow(10, sign * Number(tokens[at++]) - 1);
    };
    const product = () => {
      let made = atom();
      while (tokens[at] === "*" || tokens[at] === "(") {
        if (tokens[at] === "*") at += 1;
        made *= atom();
      }
      return made;
    };
    const total = () => {
      let made = product();
      while (tokens[at] === "+" || tokens[at] === "-") made += tokens[at++] === "+" ? product() : -product();
      return made;
    };
    const value = total();
    return at === tokens.length && Number.isFinite(value) ? value : null;
  }

  const short = (value) => decimal(value).digits.length <= 8;

  return Object.freeze({ evaluate, values, parts, printed, text, agrees, short, sum });
})();
