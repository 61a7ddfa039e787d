// The page: steps, links between equation, picture and code, and changed numbers.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const $ = (id) => document.getElementById(id);
  const pages = [...document.querySelectorAll("section.page")];
  if (!pages.length) return;
  const step = new Map(pages.map((p) => [p, 1]));
  const last = (p) => Number(p.dataset.steps);
  let current = pages[0];
  let everything = false;
  let quiet = 0; // until then scrolling is our own

  // -- steps -----------------------------------------------------------------------------------

  function show(page) {
    const now = everything ? last(page) : step.get(page);
    for (const e of page.querySelectorAll("[data-at], [data-until]")) {
      const from = Number(e.dataset.at || 1), until = Number(e.dataset.until || 0);
      e.classList.toggle("cg-off", from > now || (until > 0 && until < now));
    }
    const count = page.querySelector(".count b");
    if (count) {
      count.textContent = now;
      page.querySelector(".back").disabled = everything || now <= 1;
      page.querySelector(".on").disabled = everything || now >= last(page);
    }
  }

  // What a step brings in is lit wherever it stands on the page.
  function lightStep(page) {
    const now = step.get(page);
    if (everything || now <= 1) return light(page, null);
    const factors = new Set(), refs = new Set();
    for (const e of page.querySelectorAll(`[data-at="${now}"]`)) {
      if (e.classList.contains("cg-off")) continue;
      for (const x of [e, ...e.querySelectorAll("[data-factor]")]) {
        if (x.dataset.factor) factors.add(x.dataset.factor);
      }
      if (e.dataset.ref) refs.add(e.dataset.ref);
    }
    light(page, { refs, factors });
  }

  function setStep(page, to) {
    step.set(page, Math.min(Math.max(to, 1), last(page)));
    show(page);
    lightStep(page);
  }

  function select(page) {
    if (!page) return;
    current = page;
    for (const p of pages) p.classList.toggle("current", p === page);
    for (const a of document.querySelectorAll("nav a")) {
      if (a.hash === "#" + page.id) a.setAttribute("aria-current", "page");
      else a.removeAttribute("aria-current");
    }
    chalkboard.show(page.dataset.network);
  }

  function go(page) {
    if (!page) return;
    select(page);
    quiet = performance.now() + 250;
    page.scrollIntoView({ block: "start" });
    try {
      history.replaceState(null, "", "#" + page.id);
    } catch { /* a file opened without an address of its own */ }
  }

  function next() {
    if (!everything && step.get(current) < last(current)) return setStep(current, step.get(current) + 1);
    const to = pages[pages.indexOf(current) + 1];
    if (to) {
      setStep(to, 1);
      go(to);
    }
  }

  function previous() {
    if (!everything && step.get(current) > 1) return setStep(current, step.get(current) - 1);
    const to = pages[pages.indexOf(current) - 1];
    if (to) {
      setStep(to, last(to));
      go(to);
    }
  }

  function toggle(button, on) {
    $(button).setAttribute("aria-pressed", String(on));
  }

  function showAll(on) {
    everything = on;
    toggle("all", on);
    pages.forEach(show);
    light(current, null);
  }

  function single(on) {
    root.classList.toggle("single", on);
    toggle("single", on);
    go(current);
  }

  // The page that lies across a line in the upper part of the window.
  function inView() {
    if (performance.now() < quiet || root.classList.contains("single")) return;
    const line = window.innerHeight * 0.35;
    const found = pages.find((p) => p.getBoundingClientRect().bottom > line);
    if (found && found !== current) select(found);
  }

  // -- links -----------------------------------------------------------------------------------

  const LINKED = "[data-ref], [data-factor], [data-id], [data-figure]";
  const whole = (ref) => ref.replace(/\[.*$/, "");

  function isLit(e, wanted) {
    if (e.dataset.factor && wanted.factors.has(e.dataset.factor)) return "cg-lit";
    const id = e.dataset.id || e.dataset.figure || "";
    const ref = e.dataset.ref || id.slice(id.indexOf(".") + 1);
    if (!ref) return "";
    if (wanted.refs.has(ref)) return "cg-lit";
    for (const r of wanted.refs) {
      // an entry belongs to its tensor, a tensor holds its entries
      if (whole(r) === whole(ref) && (r === whole(r) || ref === whole(ref))) return "cg-near";
    }
    return "";
  }

  function light(page, wanted) {
    for (const e of document.querySelectorAll(".cg-lit, .cg-near")) {
      e.classList.remove("cg-lit", "cg-near");
    }
    if (!wanted || !page) return;
    for (const e of page.querySelectorAll(LINKED)) {
      const kind = isLit(e, wanted);
      if (kind) e.classList.add(kind);
    }
  }

  function wantedOf(e) {
    const refs = new Set(), factors = new Set();
    if (e.dataset.ref) refs.add(e.dataset.ref);
    if (e.dataset.factor) factors.add(e.dataset.factor);
    const id = e.dataset.id || e.dataset.figure;
    if (id) refs.add(id.slice(id.indexOf(".") + 1));
    return { refs, factors };
  }

  const link = (target) => (target instanceof Element ? target.closest(LINKED) : null);

  function follow(target) {
    const e = link(target);
    if (e) light(e.closest("section.page") || current, wantedOf(e));
    else if (link(document.activeElement)) follow(document.activeElement);
    else lightStep(current);
  }

  // Thin lines of a picture are met from a little way off.
  function near(event) {
    if (link(event.target)) return;
    for (const [dx, dy] of [[4, 0], [-4, 0], [0, 4], [0, -4], [3, 3], [-3, -3], [3, -3], [-3, 3]]) {
      const e = link(document.elementFromPoint(event.clientX + dx, event.clientY + dy));
      if (e && e.closest("svg")) return follow(e);
    }
    follow(event.target);
  }

  // One stop of the Tab key per block; up and down go from symbol to symbol.
  function makeStops() {
    for (const block of document.querySelectorAll(".math, .strip, pre.code, .blocks > p, table")) {
      const symbols = [...block.querySelectorAll(LINKED)];
      symbols.forEach((e, k) => e.setAttribute("tabindex", k === 0 ? "0" : "-1"));
    }
    for (const e of document.querySelectorAll(".scroll")) {
      if (e.scrollWidth > e.clientWidth + 1 && !e.querySelector("[tabindex='0']")) e.tabIndex = 0;
    }
  }

  function walk(from, by) {
    const page = from.closest("section.page");
    if (!page) return false;
    const symbols = [...page.querySelectorAll("[data-ref][tabindex], [data-factor][tabindex], [data-id][tabindex]")]
      .filter((e) => getComputedStyle(e).visibility !== "hidden");
    const to = symbols[symbols.indexOf(from) + by];
    if (to) to.focus();
    return true;
  }

  // -- keys, touch -----------------------------------------------------------------------------

  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const t = event.target instanceof Element ? event.target : document.body;
    if (t.closest("input, textarea, select")) return;
    if (t.closest("button, summary, a") && (event.key === " " || event.key === "Enter")) return;
    const sideways = t.closest(".scroll");
    const scrolls = sideways && t === sideways && sideways.scrollWidth > sideways.clientWidth + 1;
    const alone = root.classList.contains("single");
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && link(t) && walk(t, by)) return event.preventDefault();
    const forward = event.key === "ArrowRight" || (event.key === " " && !event.shiftKey) ||
      (alone && event.key === "PageDown");
    const back = event.key === "ArrowLeft" || (event.key === " " && event.shiftKey) ||
      (alone && event.key === "PageUp");
    if ((forward || back) && !scrolls) forward ? next() : previous();
    else if (event.key === "a" || event.key === "A") showAll(!everything);
    else if (event.key === "s" || event.key === "S") single(!alone);
    else if (event.key === "Escape" && alone) single(false);
    else if (alone && event.key === "Home") go(pages[0]);
    else if (alone && event.key === "End") go(pages.at(-1));
    else return;
    event.preventDefault();
  }

  let touch = null;
  function onTouch(event) {
    const at = event.changedTouches[0];
    if (event.type === "touchstart") {
      const wide = event.target.closest(".scroll");
      const free = !wide || wide.scrollWidth <= wide.clientWidth + 1;
      touch = free && event.touches.length === 1 ? { x: at.clientX, y: at.clientY } : null;
    } else if (touch) {
      const dx = at.clientX - touch.x, dy = at.clientY - touch.y;
      if (Math.abs(dx) > 60 && Math.abs(dx) > 2 * Math.abs(dy)) dx < 0 ? next() : previous();
      touch = null;
    }
  }

  // -- long lines ------------------------------------------------------------------------------

  // Formulas a little wider than their place are set smaller, others scroll; on paper all fit.
  function fit(paper = 0) {
    const least = paper ? 0.5 : 0.78;
    const narrow = !paper && matchMedia("(max-width: 62rem)").matches;
    for (const box of document.querySelectorAll(".math")) {
      const math = box.firstElementChild;
      math.style.fontSize = "";
      const page = box.closest(".page");
      const room = (box.clientWidth - 4) * (paper ? paper / page.clientWidth : 1);
      const need = math.getBoundingClientRect().width;
      if (need > room && room > 0 && !narrow) {
        math.style.fontSize = `${1.06 * Math.max(room / need, least)}em`;
      }
    }
  }

  // -- beginning ---------------------------------------------------------------------------------

  for (const e of document.querySelectorAll(".tools, .steps")) e.hidden = false;
  $("previous").addEventListener("click", previous);
  $("next").addEventListener("click", next);
  $("all").addEventListener("click", () => showAll(!everything));
  $("single").addEventListener("click", () => single(!root.classList.contains("single")));
  for (const p of pages) {
    p.querySelector(".back")?.addEventListener("click", () => { select(p); setStep(p, step.get(p) - 1); });
    p.querySelector(".on")?.addEventListener("click", () => { select(p); setStep(p, step.get(p) + 1); });
    show(p);
  }
  document.addEventListener("keydown", onKey);
  document.addEventListener("pointerover", (event) => follow(event.target));
  for (const d of document.querySelectorAll(".drawn")) {
    d.addEventListener("pointermove", near, { passive: true });
  }
  document.addEventListener("focusin", (event) => follow(event.target));
  $("pages").addEventListener("touchstart", onTouch, { passive: true });
  $("pages").addEventListener("touchend", onTouch, { passive: true });
  window.addEventListener("scroll", inView, { passive: true });
  window.addEventListener("hashchange", () => select(pages.find((p) => "#" + p.id === location.hash)));
  const narrow = matchMedia("(max-width: 62rem)");
  const fold = () => { document.querySelector("nav details").open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();
  window.addEventListener("resize", () => fit());
  window.addEventListener("beforeprint", () => fit(1000));
  window.addEventListener("afterprint", () => fit());
  fit();
  makeStops();
  select(pages.find((p) => "#" + p.id === location.hash) || pages[0]);
})();
