/* Finds lessons in the browser: the filters of a form, kept in the address, over data that load as they are needed. */

"use strict";

{
  const FORMAT = 1;
  const AT_ONCE = 50;
  const PAUSE = 250;
  // The places of a row, as making/explore.py writes it.
  const [
    ID, HEADLINE, DO_THIS, MONTH, CLASS, AREA, HAZARD, SITE, CAUSES, CONTROLS, SEVERITY, LIKELIHOOD, REFS, ORIGIN, LANG,
  ] = Array.from({ length: 15 }, (_, place) => place);
  const ONE = { classification: CLASS, area: AREA, hazard: HAZARD, site: SITE };
  const SEVERAL = { cause: CAUSES, control: CONTROLS };

  const root = document.getElementById("explore");
  const form = root.querySelector("form");
  const box = root.querySelector("details");
  const status = root.querySelector("[role=status]");
  const badge = root.querySelector(".nm-explore__set");
  const results = document.querySelector("#explore-results .nm-cards");
  const more = document.querySelector("#explore-results button");
  const plain = document.getElementById("newest-lessons");
  const fields = [...form.elements].filter((field) => field.name);
  const parts = [...root.querySelectorAll(".nm-explore__parts a")].map((link) => ({
    year: link.dataset.year,
    number: Number(link.dataset.number),
    name: link.href.split("/").pop(),
    address: link.href,
    lessons: null,
  }));
  const months = new Intl.DateTimeFormat(document.documentElement.lang || "en", {
    month: "long", year: "numeric", timeZone: "UTC",
  });
  const numbers = new Intl.NumberFormat(document.documentElement.lang || "en");

  const labels = new Map([...form.querySelectorAll("option")].map((option) => [option, option.textContent]));
  const said = (words, number) => words.replace("{number}", () => numbers.format(number));
  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const label = (name, value) => {
    const option = [...(form.elements[name]?.options ?? [])].find((one) => one.value === value);
    return labels.get(option) ?? "";
  };

  /* Loading: each file of data is a script that calls this function with what it holds. */

  globalThis.nearmissLessons = (content) => {
    const part = parts.find((one) => one.name === content.path);
    if (part && content.format === FORMAT) {
      part.lessons = content.lessons.map((row) => lessonOf(row, content.terms, part.year));
    }
  };

  function lessonOf(row, terms, year) {
    const lesson = {
      id: row[ID],
      headline: row[HEADLINE],
      doThis: row[DO_THIS] || "",
      year,
      month: row[MONTH] || 0,
      severity: row[SEVERITY] || 0,
      likelihood: row[LIKELIHOOD] || 0,
      origin: row[ORIGIN] || "",
      lang: row[LANG] || "",
      text: folded([row[HEADLINE], row[DO_THIS], row[REFS], row[ID]].join(" ")),
    };
    for (const [name, place] of Object.entries(ONE)) {
      lesson[name] = terms[row[place] || 0];
    }
    for (const [name, place] of Object.entries(SEVERAL)) {
      lesson[name] = (row[place] || []).map((number) => terms[number]);
    }
    return lesson;
  }

  function load(part) {
    part.coming ??= new Promise((resolve) => {
      const script = document.createElement("script");
      const done = () => {
        if (!part.lessons) {
          part.coming = null;
        }
        resolve();
      };
      script.addEventListener("load", done);
      script.addEventListener("error", done);
      script.src = part.address;
      document.head.append(script);
    });
    return part.coming;
  }

  /* What is asked for. */

  function asked() {
    const wanted = {};
    for (const field of fields) {
      const value = field.value.trim();
      if (value && !(field.name === "sort" && value === "newest")) {
        wanted[field.name] = value;
      }
    }
    return wanted;
  }

  function fits(wanted) {
    const words = folded(wanted.text ?? "").split(/\s+/).filter(Boolean);
    const least = Number(wanted.severity ?? 0);
    return (lesson) =>
      Object.keys(ONE).every((name) => !wanted[name] || lesson[name] === wanted[name]) &&
      Object.keys(SEVERAL).every((name) => !wanted[name] || lesson[name].includes(wanted[name])) &&
      (!wanted.origin || lesson.origin === wanted.origin) &&
      (!wanted.year || (lesson.year === wanted.year && lesson.month > 0)) &&
      lesson.severity >= least &&
      words.every((word) => lesson.text.includes(word));
  }

  const ORDERS = {
    newest: () => 0,
    oldest: (one, other) => one.year.localeCompare(other.year) || one.month - other.month,
    severity: (one, other) => other.severity - one.severity || other.likelihood - one.likelihood,
    headline: (one, other) => one.headline.localeCompare(other.headline, document.documentElement.lang),
  };

  /* What is shown. */

  let shown = AT_ONCE;
  let found = [];
  let turn = 0;

  async function update({ all = false } = {}) {
    const wanted = asked();
    const filters = Object.keys(wanted).filter((name) => name !== "sort").length;
    const mine = ++turn;
    badge.textContent = filters ? said(root.dataset.set, filters) : "";
    if (!all && !Object.keys(wanted).length) {
      showPlain();
      return;
    }
    const needed = parts.filter((part) => !wanted.year || part.year === wanted.year);
    // The newest come first, so that there is something to read before the last have come.
    const inOrder = !wanted.sort;
    needed.forEach(load);
    found = [];
    for (const [number, part] of needed.entries()) {
      await load(part);
      if (mine !== turn) {
        return;
      }
      if (!part.lessons) {
        showPlain();
        status.textContent = root.dataset.failed;
        return;
      }
      const before = found.length;
      found.push(...part.lessons.filter(fits(wanted)));
      if (inOrder && before < shown && number < needed.length - 1) {
        show();
      }
    }
    found.sort(ORDERS[wanted.sort] ?? ORDERS.newest);
    show();
    status.textContent = found.length ? said(root.dataset.found, found.length) : root.dataset.none;
  }

  function showPlain() {
    found = [];
    plain.hidden = false;
    results.hidden = true;
    more.hidden = parts.length === 0 || plain.querySelectorAll(".nm-card").length >= total();
    status.textContent = said(root.dataset.found, total());
  }

  const total = () => parts.reduce((sum, part) => sum + part.number, 0);

  function show() {
    plain.hidden = true;
    results.hidden = false;
    results.replaceChildren(...found.slice(0, shown).map(card));
    more.hidden = found.length <= shown;
  }

  function card(lesson) {
    const item = element("li", "nm-card");
    const link = element("a", "", lesson.headline, lesson.lang);
    const folder = lesson.origin ? `${encodeURIComponent(lesson.origin)}/` : "";
    // The year in an id is that of its entry; the report may be of the year before.
    link.href = `${folder}${lesson.id.split("-")[1]}/${lesson.id}${root.dataset.ending}`;
    const title = element("h2", "nm-card__title");
    title.append(link);
    item.append(title);
    if (lesson.doThis) {
      item.append(element("div", "nm-card__do", lesson.doThis, lesson.lang));
    }
    const meta = element("p", "nm-card__meta");
    const place = ["classification", "hazard", "area", "site"].map((name) => lesson[name] && label(name, lesson[name]));
    const month = lesson.month ? months.format(Date.UTC(Number(lesson.year), lesson.month - 1)) : "";
    const register = lesson.origin && label("origin", lesson.origin);
    for (const words of [...place.filter(Boolean).slice(0, 3), month, register].filter(Boolean)) {
      meta.append(element("span", "", words));
    }
    item.append(meta);
    return item;
  }

  function element(name, kind, text = "", lang = "") {
    const made = document.createElement(name);
    if (kind) {
      made.className = kind;
    }
    if (lang) {
      made.lang = lang;
    }
    made.textContent = text;
    return made;
  }

  /* The address. */

  function readAddress() {
    const given = new URLSearchParams(location.search);
    for (const field of fields) {
      const value = given.get(field.name) ?? "";
      field.value = value;
      if (field.value !== value || !value) {
        field.value = field.name === "sort" ? "newest" : "";
      }
    }
    shown = Number(history.state?.shown) || AT_ONCE;
  }

  function writeAddress({ replace = false } = {}) {
    const query = new URLSearchParams(asked()).toString();
    const address = query ? `?${query}` : location.pathname;
    if (query === location.search.slice(1) && !replace) {
      return;
    }
    try {
      history[replace ? "replaceState" : "pushState"]({ shown }, "", address);
    } catch {
      // Some browsers keep the address of a page that was opened from a folder as it is.
    }
  }

  const isAsked = () => Object.keys(asked()).length > 0;
  const comesBack = () => Number(history.state?.shown) > 0 && !isAsked() && history.state.shown > AT_ONCE;

  let typing = 0;
  let typed = false;

  function changed({ byTyping = false } = {}) {
    shown = AT_ONCE;
    writeAddress({ replace: byTyping && typed });
    typed = byTyping;
    update();
  }

  form.addEventListener("input", (event) => {
    clearTimeout(typing);
    if (event.target.name === "text") {
      typing = setTimeout(() => changed({ byTyping: true }), PAUSE);
    } else {
      changed();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(typing);
    changed({ byTyping: typed });
  });
  form.addEventListener("reset", () => {
    clearTimeout(typing);
    // The form is empty only after this event.
    setTimeout(() => {
      form.elements.sort.value = "newest";
      changed();
    });
  });
  more.addEventListener("click", async () => {
    const before = found.length ? Math.min(shown, found.length) : plain.querySelectorAll(".nm-card").length;
    shown = found.length ? shown + AT_ONCE : 2 * AT_ONCE;
    writeAddress({ replace: true });
    await update({ all: true });
    results.querySelectorAll("a")[before]?.focus();
  });
  addEventListener("popstate", () => {
    typed = false;
    readAddress();
    update({ all: comesBack() });
  });

  for (const option of form.querySelectorAll("option[data-number]")) {
    option.textContent = said(root.dataset.choice, option.dataset.number).replace("{label}", () => labels.get(option));
  }
  readAddress();
  // On a phone the lessons come first; the summary says how many filters are set.
  box.open = matchMedia("(min-width: 60em)").matches;
  root.hidden = false;
  update({ all: comesBack() });
}
