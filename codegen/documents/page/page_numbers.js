// Numbers that a reader changes: every number of the pages that depends on them is printed anew.
const chalkboard = (() => {
  const $ = (id) => document.getElementById(id);
  const boards = $("data") ? JSON.parse($("data").textContent) : [];
  const texts = $("texts") ? $("texts").dataset : {};
  const MATH = "http://www.w3.org/1998/Math/MathML";
  for (const b of boards) {
    b.original = chalkgrad.values(b, b.inputs);
    b.now = b.original;
    b.known = new Map(b.nodes);
  }
  const idOf = (e) => e.dataset.id || e.dataset.figure;
  const numbers = boards.length ? [...document.querySelectorAll("[data-id], [data-figure]")] : [];
  const before = new Map(numbers.map((e) => [e, [...e.childNodes]]));
  const wide = new Map(numbers.map((e) => [e, e.getAttribute("textLength")]));
  const relations = findRelations();

  function node(tag, text, attributes = {}) {
    const made = document.createElementNS(MATH, tag);
    if (text) made.textContent = text;
    for (const [k, v] of Object.entries(attributes)) made.setAttribute(k, v);
    return made;
  }

  function printParts(b, id, value) {
    const given = id in b.inputs && chalkgrad.short(value);
    return chalkgrad.parts(value, b, given ? 6 : 0);
  }

  function setNumber(e, p, mark) {
    const head = p.head.replace(".", mark), sign = p.negative ? "−" : "";
    if (e.namespaceURI !== MATH) {
      const first = e.previousElementSibling; // a number of several pieces: the first one says it
      const piece = first && idOf(first) === idOf(e);
      e.removeAttribute("textLength");
      e.textContent = piece ? "" : sign + head + (p.power ? "·10^" + p.power : "");
      return;
    }
    const made = sign ? [node("mo", sign, { form: "prefix" })] : [];
    made.push(node("mn", head));
    if (p.power) {
      const power = node("msup");
      const raised = node("mrow");
      if (p.power < 0) raised.append(node("mo", "−", { form: "prefix" }));
      raised.append(node("mn", String(Math.abs(p.power))));
      power.append(node("mn", "10"), raised);
      made.push(node("mo", "⋅"), power);
    }
    e.replaceChildren(...made);
  }

  function restore(e) {
    e.replaceChildren(...before.get(e));
    if (wide.get(e) !== null) e.setAttribute("textLength", wide.get(e));
    e.classList.remove("cg-changed", "cg-stale");
    e.removeAttribute("title");
  }

  // The = or ≈ right before a certified number, in its row.
  function findRelations() {
    const found = [];
    for (const b of boards) {
      for (const id of b.relations) {
        for (const e of numbers.filter((x) => idOf(x) === id && x.namespaceURI === MATH)) {
          let here = e;
          while (here && !here.previousElementSibling && here.localName !== "mtr" && here.localName !== "math") {
            here = here.parentElement;
          }
          let sign = here && here.previousElementSibling;
          while (sign && sign.localName !== "mo" && sign.children.length === 1) sign = sign.children[0];
          if (sign && (sign.textContent === "=" || sign.textContent === "≈")) {
            found.push({ board: b, id, sign, text: sign.textContent });
          }
        }
      }
    }
    return found;
  }

  function redo(b) {
    const same = (id) => Object.is(b.now.get(id), b.original.get(id));
    const moved = Object.keys(b.inputs).some((id) => !same(id));
    let count = 0;
    for (const e of numbers) {
      const id = idOf(e);
      if (!id.startsWith(b.key + ".")) continue;
      if (!b.now.has(id)) {
        e.classList.toggle("cg-stale", moved);
        if (moved) e.setAttribute("title", texts.stale);
        else e.removeAttribute("title");
      } else if (same(id)) restore(e);
      else {
        setNumber(e, printParts(b, id, b.now.get(id)), b.mark);
        e.classList.add("cg-changed");
        count += 1;
      }
    }
    const shown = (id) => chalkgrad.printed(printParts(b, id, b.now.get(id)));
    for (const r of relations.filter((x) => x.board === b)) {
      const tree = b.known.get(r.id);
      const value = b.now.get(r.id);
      const redone = calculation(r.sign, b.mark) ?? (tree && chalkgrad.evaluate(tree, shown));
      if (!moved || redone === undefined) r.sign.textContent = r.text;
      else r.sign.textContent = chalkgrad.agrees(b, redone, value) ? "=" : "≈";
    }
    return count;
  }

  // What the printed digits before a relation give, where they are a sum of products of numbers
  // (the same row, or the row above where the relation stands alone); else null.
  function calculation(sign, mark) {
    const rows = sign.closest("math").querySelectorAll("mn, mo, mi, mtext");
    const leaves = [...rows].filter((e) => !e.closest(".cg-note, .cg-eqno") && e.textContent.trim());
    const end = leaves.indexOf(sign);
    let start = end;
    while (start > 0 && !/^[=≈←→:≜≔]$/.test(leaves[start - 1].textContent)) start -= 1;
    let text = "";
    for (const e of leaves.slice(start, end)) {
      const power = e.closest("msup");
      if (e.localName === "mn" && !e.closest("mfrac, msqrt, msub")) {
        const raised = power && power.firstElementChild !== e;
        if (power && power.firstElementChild.textContent !== "10") return null;
        text += (raised ? "^" : "") + e.textContent.replace(mark, ".");
      } else if (e.localName === "mo" && /^[+−×⋅()\u2062]$/.test(e.textContent)) {
        text += power ? "^-" : { "−": "-", "×": "*", "⋅": "*", "\u2062": "*" }[e.textContent] ?? e.textContent;
      } else return null;
    }
    return chalkgrad.sum(text.replaceAll("^-^", "^-"));
  }

  function readInput(field) {
    const typed = field.value.trim().replace("−", "-").replace(",", ".");
    const good = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(typed);
    return good && Number.isFinite(Number(typed)) ? Number(typed) : null;
  }

  function onInput() {
    let count = 0, bad = false, moved = false;
    for (const b of boards) {
      const inputs = { ...b.inputs };
      for (const field of document.querySelectorAll("[data-input]")) {
        const id = field.dataset.input;
        if (!(id in inputs)) continue;
        const value = readInput(field);
        field.toggleAttribute("aria-invalid", false);
        if (value === null) {
          field.setAttribute("aria-invalid", "true");
          bad = true;
        } else inputs[id] = value;
        const other = inputs[id] !== b.inputs[id];
        field.classList.toggle("cg-changed", other);
        moved = moved || other;
      }
      b.now = chalkgrad.values(b, inputs);
      count += redo(b);
    }
    $("reset").disabled = !moved && !bad;
    $("said").textContent = bad ? texts.invalid : moved
      ? texts.changed.replace("{count}", String(count)) : texts.back;
  }

  function reset() {
    for (const field of document.querySelectorAll("[data-input]")) field.value = field.defaultValue;
    onInput();
    $("said").textContent = texts.back;
  }

  // The fields of one network; all where it has none.
  function show(network) {
    const forms = [...document.querySelectorAll("[data-board]")];
    const known = forms.some((f) => f.dataset.board === network);
    for (const f of forms) f.hidden = known && f.dataset.board !== network;
  }

  if (boards.length) {
    document.addEventListener("input", (event) => event.target.matches("[data-input]") && onInput());
    $("reset").addEventListener("click", reset);
  }
  return Object.freeze({ show });
})();
