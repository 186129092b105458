/* Search: the key / on every page, and on the search page what Pagefind finds, as text and never as markup. */
(() => {
  "use strict";

  const root = new URL("../../", document.currentScript.src);
  const form = document.getElementById("nm-find");
  const inHeader = document.getElementById("nm-find-header");

  const isTyping = (place) => place instanceof Element && place.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const box = [form && form.elements.q, inHeader].find((each) => each && each.getClientRects().length);
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  if (!form) return;

  const AT_ONCE = 10;
  const PAUSE = 150;
  const LENGTH = 32;
  const MOST_WAYS = 24;
  const MOST_PHRASES = 4;
  const AS_TYPED = 8; // how much more a phrase counts than its words here and there on a page,
  const SAME = 4; // one that means the same,
  const RELATED = 2; // and the name of what it belongs to

  const said = form.dataset;
  const status = document.getElementById("nm-find-status");
  const list = document.getElementById("nm-find-results");
  const more = document.getElementById("nm-find-more");
  const hints = document.getElementById("nm-find-hints");
  const filters = [...form.querySelectorAll("details")];
  const choices = [...form.querySelectorAll("input[type=checkbox]")];

  const say = (text) => {
    if (status.textContent !== text) status.textContent = text;
  };

  document.getElementById("nm-find-without").hidden = true;
  if (location.protocol === "file:") {
    say(said.fromDisk);
    hints.hidden = false;
    return;
  }
  form.hidden = false;
  hints.hidden = true;

  /* Words */

  const plain = (text) =>
    text.normalize("NFC").toLowerCase().replace(/[\s\u2010-\u2015-]+/gu, " ").trim();

  const fetched = async (path) => {
    const answer = await fetch(new URL(path, root));
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  };

  /** For each word or phrase, as it is compared: the other ways to say it, and how much each counts. */
  const readWords = async () => {
    const { same, towards } = await fetched("search-words.json");
    const ways = new Map();
    const add = (word, other, weight) => {
      const key = plain(word);
      if (key !== plain(other)) ways.set(key, new Map([[other, weight], ...(ways.get(key) || [])]));
    };
    for (const [label, words] of Object.entries(towards)) for (const word of words) add(word, label, RELATED);
    for (const group of same) for (const word of group) for (const other of group) add(word, other, SAME);
    return ways;
  };

  const holds = (text, word) => ` ${text} `.includes(` ${word} `);
  const without = (text, word) => ` ${text} `.replace(` ${word} `, () => " ").trim();

  /* What Pagefind knows */

  let started;
  const start = () => {
    started ??= (async () => {
      const pagefind = await import(new URL("pagefind/pagefind.js", root).href);
      await pagefind.options({ excerptLength: LENGTH });
      await pagefind.init();
      return { pagefind, ways: await readWords() };
    })();
    return started;
  };

  /** All pages, the newest first, and for each choice those that it leaves: asked for when a filter is opened. */
  let sorted;
  const sort = () => {
    sorted ??= (async () => {
      const { pages, kinds } = await fetched("pagefind/choices.json");
      const readKind = ({ sets, width, of }) =>
        pages.map((_, at) => sets[Number.parseInt(of.slice(at * width, (at + 1) * width), 36)]);
      const read = new Map(Object.entries(kinds).map(([name, kind]) => [name, readKind(kind)]));
      const left = choices.map(({ name, value }) => {
        const kept = read.get(name);
        return new Set(kept ? pages.filter((_, at) => kept[at].includes(value)) : []);
      });
      return { pages, left };
    })();
    return sorted;
  };

  const PREFACE = "pagefind_dcd";

  /** One page as Pagefind keeps it: a list without a search has no result that would fetch it. */
  const readPage = async (id) => {
    const answer = await fetch(new URL(`pagefind/fragment/${id}.pf_fragment`, root));
    const bytes = await answer.arrayBuffer();
    const isPacked = new Uint8Array(bytes)[0] === 0x1f;
    const packed = new Blob([bytes]).stream();
    const stream = isPacked ? packed.pipeThrough(new DecompressionStream("gzip")) : packed;
    const page = JSON.parse((await new Response(stream).text()).slice(PREFACE.length));
    const words = page.content.replaceAll("\u200b", "").split(/\s+/u);
    return { ...page, raw_url: page.url, excerpt: escaped(words.slice(0, LENGTH).join(" ")) };
  };

  /**
   * What one way to say a phrase finds, where the words beside it are on the page, too. Pagefind looks for the phrase
   * itself only where it is quoted, and tells how well a page fits only where it is not: so it is asked both.
   */
  const readWay = async (pagefind, other, weight, rest, beside) => {
    const exactly = await pagefind.search(`"${other}"`);
    if (!exactly.results.length) return [];
    const held = new Set(exactly.results.map(({ id }) => id));
    const likely = await pagefind.search(`${other} ${rest}`);
    return likely.results
      .filter(({ id }) => held.has(id) && (!beside || beside.has(id)))
      .map((result) => ({ result, score: result.score * weight }));
  };

  const readPhrase = async (pagefind, text, word, known) => {
    const rest = without(text, word);
    const beside = rest && new Set((await pagefind.search(rest)).results.map(({ id }) => id));
    const ways = [...known].slice(0, MOST_WAYS);
    const [itself, ...others] = await Promise.all(
      [[word, AS_TYPED], ...ways].map(([other, weight]) => readWay(pagefind, other, weight, rest, beside)),
    );
    const found = others.flat();
    return { found: [...itself, ...found], isGuess: !itself.length && (!rest || found.length > 0) };
  };

  /** Every page that the words or another way to say them find, the best first. */
  const find = async (text) => {
    if (!text) return (await sort()).pages.map((id) => ({ id, data: () => readPage(id) }));
    const { pagefind, ways } = await start();
    const asked = plain(text);
    const phrases = [...ways].filter(([word]) => holds(asked, word)).slice(0, MOST_PHRASES);
    const [whole, ...read] = await Promise.all([
      pagefind.search(text),
      ...phrases.map(([word, others]) => readPhrase(pagefind, asked, word, others)),
    ]);
    const plainly = read.some(({ isGuess }) => isGuess) ? [] : whole.results;
    const scored = plainly.map((result) => ({ result, score: result.score }));
    const best = new Map();
    for (const each of [...scored, ...read.flatMap(({ found }) => found)]) {
      if (!(best.get(each.result.id)?.score >= each.score)) best.set(each.result.id, each);
    }
    return [...best.values()].sort((one, other) => other.score - one.score).map(({ result }) => result);
  };

  /* Narrowing down: one of the choices of each kind */

  const chosenKinds = () => {
    const kinds = new Map();
    choices.forEach((choice, at) => {
      if (choice.checked) kinds.set(choice.name, [...(kinds.get(choice.name) || []), at]);
    });
    return kinds;
  };

  const isLeft = (id, kinds, sets, except) =>
    [...kinds].every(([name, places]) => name === except || places.some((at) => sets[at].has(id)));

  const count = (found, kinds, sets) => {
    const counted = new Map();
    for (const { name } of choices) {
      if (!counted.has(name)) counted.set(name, found.filter(({ id }) => isLeft(id, kinds, sets, name)));
    }
    choices.forEach((choice, at) => {
      const number = counted.get(choice.name).reduce((sum, { id }) => sum + (sets[at].has(id) ? 1 : 0), 0);
      const label = choice.closest("label");
      label.querySelector("[data-nm-count]").textContent = String(number);
      label.parentElement.hidden = number === 0 && !choice.checked;
    });
  };

  /* What is shown */

  const element = (name, className, ...children) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };

  const escaped = (text) => text.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">");

  /** Pagefind gives an excerpt as markup, in which only its own marks are elements: they are made anew. */
  const excerptOf = (markup) => {
    const shown = element("p", "nm-find__excerpt");
    markup.split("<mark>").forEach((piece, at) => {
      const [marked, rest] = at ? piece.split("</mark>") : ["", piece];
      if (at) shown.append(element("mark", "", unescaped(marked)));
      shown.append(unescaped(rest ?? ""));
    });
    return shown;
  };

  const addressOf = (page) => {
    const address = new URL(String(page.raw_url).replace(/^\/+/, ""), root);
    return address.href.startsWith(root.href) ? address.href : root.href;
  };

  const item = (page) => {
    const link = element("a", "", page.meta.title || page.raw_url);
    link.href = addressOf(page);
    const excerpt = excerptOf(page.excerpt);
    for (const text of page.meta.lang ? [link, excerpt] : []) text.lang = page.meta.lang;
    const about = ["about", "area", "month"].map((name) => page.meta[name]).filter(Boolean);
    const made = element("li", "nm-find__result", element("h2", "nm-find__title", link));
    if (about.length) made.append(element("p", "nm-card__meta", ...about.map((word) => element("span", "", word))));
    made.append(excerpt);
    return made;
  };

  let turn = 0;
  let left = [];

  const showMore = async (mine) => {
    const pages = await Promise.all(left.slice(0, AT_ONCE).map((result) => result.data()));
    if (mine !== turn) return null;
    left = left.slice(AT_ONCE);
    const items = pages.map(item);
    list.append(...items);
    more.hidden = !left.length;
    return items[0];
  };

  const isSorted = ({ kinds }) => kinds.size > 0 || filters.some((filter) => filter.open);
  const wanted = () => ({ text: form.elements.q.value.trim(), kinds: chosenKinds() });

  const remember = ({ text }) => {
    const query = new URLSearchParams(text ? { q: text } : {});
    for (const { name, value, checked } of choices) if (checked) query.append(name, value);
    const search = query.size ? `?${query}` : "";
    history.replaceState(null, "", location.pathname + search + location.hash);
  };

  const run = async () => {
    const mine = ++turn;
    const now = wanted();
    remember(now);
    const isEmpty = !now.text && !now.kinds.size;
    if (isEmpty) {
      left = [];
      list.replaceChildren();
      more.hidden = hints.hidden = true;
      say("");
      if (!isSorted(now)) return;
    }
    const [all, { left: sets }] = await Promise.all([find(now.text), isSorted(now) ? sort() : { left: [] }]);
    if (mine !== turn) return;
    if (isSorted(now)) count(all, now.kinds, sets);
    if (isEmpty) return;
    const found = all.filter(({ id }) => isLeft(id, now.kinds, sets));
    list.replaceChildren();
    left = found;
    hints.hidden = found.length > 0;
    say((found.length ? said.found : said.nothing).replace("{number}", String(found.length)));
    await showMore(mine);
  };

  const show = () => run().catch(() => {
    say(said.missing);
    more.hidden = true;
    hints.hidden = false;
  });

  /* What people do */

  let waiting;
  form.elements.q.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, PAUSE);
  });
  form.elements.q.addEventListener("focus", () => start().catch(() => {}), { once: true });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    show();
  });
  for (const filter of filters) {
    filter.addEventListener("change", show);
    filter.addEventListener("toggle", () => filter.open && show());
  }
  more.addEventListener("click", async () => {
    const first = await showMore(turn);
    if (first) first.querySelector("a").focus();
  });

  const restore = () => {
    const query = new URLSearchParams(location.search);
    form.elements.q.value = query.get("q") || "";
    for (const choice of choices) choice.checked = query.getAll(choice.name).includes(choice.value);
    for (const filter of filters) if (filter.querySelector(":checked")) filter.open = true;
  };
  addEventListener("popstate", () => {
    restore();
    show();
  });
  restore();
  show();
})();
