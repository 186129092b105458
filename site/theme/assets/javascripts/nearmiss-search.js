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
  const AS_TYPED = 8; // how much more a phrase counts than its words here and there on a page
  const FIRST = 1e6; // more than anything counts that Pagefind finds
  const META = { title: 5, id: 50, codes: 10 }; // who types an id or a code wants that lesson

  const bundle = new URL("pagefind/", root);
  const said = form.dataset;
  const status = document.getElementById("nm-find-status");
  const list = document.getElementById("nm-find-results");
  const meant = document.getElementById("nm-find-meant");
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

  /* What Pagefind knows */

  /** What is asked for once; what could not be had is asked for again the next time. */
  const once = (ask) => {
    let answer;
    const forget = () => {
      answer = undefined;
    };
    const get = () => {
      if (!answer) (answer = ask()).catch(forget);
      return answer;
    };
    return Object.assign(get, { forget });
  };

  let tries = 0;
  /** A module that could not be had is not asked for again under the same address. */
  const module = (path) => import(new URL(tries ? `${path}?${tries}` : path, root).href);

  const words = once(async () => {
    const read = await module("assets/javascripts/nearmiss-search-words.js");
    return { ...read, ...read.readSpelling(bundle) };
  });

  const start = once(async () => {
    const pagefind = await module("pagefind/pagefind.js");
    const { readWays, unpacked } = await words();
    await pagefind.options({ excerptLength: LENGTH, ranking: { metaWeights: META } });
    await pagefind.init();
    return { pagefind, known: readWays(JSON.parse(await unpacked(new URL("search-words.json", root)))) };
  });

  /** Pagefind takes a piece of its index that could not be had for an empty one: it has to begin anew. */
  const startAgain = () => {
    tries += 1;
    start.forget();
  };

  /** All pages, the newest first, and for each choice those that it leaves: asked for when a filter is opened. */
  const sort = once(async () => {
    const { unpacked } = await words();
    const { pages, lessons, kinds } = JSON.parse(await unpacked(new URL("choices.gz", bundle)));
    const readKind = ({ sets, width, of }) =>
      pages.map((_, at) => sets[Number.parseInt(of.slice(at * width, (at + 1) * width), 36)]);
    const read = new Map(Object.entries(kinds).map(([name, kind]) => [name, readKind(kind)]));
    const left = choices.map(({ name, value }) => {
      const kept = read.get(name);
      return new Set(kept ? pages.filter((_, at) => kept[at].includes(value)) : []);
    });
    return { pages, lessons: pages.slice(0, lessons), left };
  });

  const PREFACE = "pagefind_dcd";

  /** One page as Pagefind keeps it: a list without a search has no result that would fetch it. */
  const readPage = async (id) => {
    const { unpacked } = await words();
    const page = JSON.parse((await unpacked(new URL(`fragment/${id}.pf_fragment`, bundle))).slice(PREFACE.length));
    const said = page.content.replaceAll("\u200b", "").split(/\s+/u);
    return { ...page, raw_url: page.url, excerpt: escaped(said.slice(0, LENGTH).join(" ")) };
  };

  const listed = (id) => ({ id, data: () => readPage(id) });

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

  const readPhrase = async (pagefind, text, { said, others, isEvery }) => {
    const { without } = await words();
    const rest = without(text, said);
    const beside = rest ? new Map((await pagefind.search(rest)).results.map((result) => [result.id, result])) : null;
    const ways = [...others].slice(0, MOST_WAYS);
    const [itself, ...read] = await Promise.all(
      [[said, AS_TYPED], ...ways].map(([other, weight]) => readWay(pagefind, other, weight, rest, beside)),
    );
    const found = [...itself, ...read.flat()];
    const whole = isEvery ? await lessonsFirst(found, beside) : found;
    return { said, found: whole, isGuess: !itself.length && (!rest || whole.length > 0) };
  };

  /** What is found by words for what each lesson is about: what it means, then every lesson, then what mentions it. */
  const lessonsFirst = async (found, beside) => {
    const { lessons } = await sort();
    const best = bestOf(found);
    const told = lessons
      .filter((id) => !beside || beside.has(id))
      .map((id, at) => {
        const { result, score } = best.get(id) || { result: beside?.get(id), score: beside?.get(id)?.score ?? 0 };
        return { result: result || listed(id), score: FIRST + score - at / lessons.length };
      });
    const titled = found.filter(({ result }) => result.matchedMetaFields?.includes("title"));
    const [meaning] = beside ? [] : titled.sort((one, other) => other.score - one.score);
    return [...found, ...told, ...(meaning ? [{ ...meaning, score: 2 * FIRST }] : [])];
  };

  const bestOf = (found) => {
    const best = new Map();
    for (const each of found) if (!(best.get(each.result.id)?.score >= each.score)) best.set(each.result.id, each);
    return best;
  };

  /** Every page that the words or another way to say them find, the best first; and the words that nobody wrote. */
  const find = async (text) => {
    if (!text) return { found: (await sort()).pages.map(listed), unknown: [] };
    const [{ pagefind, known }, { phrasesIn, plain, unknownIn }] = [await start(), await words()];
    const asked = plain(text);
    const phrases = phrasesIn(asked, known).slice(0, MOST_PHRASES);
    const [whole, ...read] = await Promise.all([
      pagefind.search(text),
      ...phrases.map((phrase) => readPhrase(pagefind, asked, phrase)),
    ]);
    const isThere = async (word) => (await pagefind.search(`"${word}"`)).results.length > 0;
    const unknown = await unknownIn(text, read.filter(({ found }) => found.length), isThere);
    if (unknown.length) return apart(text, unknown);
    const plainly = read.some(({ isGuess }) => isGuess) ? [] : whole.results;
    const scored = plainly.map((result) => ({ result, score: result.score }));
    const best = bestOf([...scored, ...read.flatMap(({ found }) => found)]);
    const found = [...best.values()].sort((one, other) => other.score - one.score).map(({ result }) => result);
    return { found, unknown };
  };

  /** Joined words that nobody joined are looked for apart, and an id without the letters before its year. */
  const apart = async (text, unknown) => {
    const { inPieces } = await words();
    const pieces = inPieces(text);
    const isUnknown = unknown.every((word) => inPieces(word) === word);
    const again = isUnknown ? { unknown } : await find(pieces);
    return again.found?.length ? again : { found: [], unknown };
  };

  /** The texts that may have been meant by one with words that nobody wrote, where they lead to something. */
  const offer = async (text, unknown, isWanted) => {
    const [{ pagefind }, { meantBy }] = [await start(), await words()];
    const texts = await meantBy(text, unknown);
    const leads = await Promise.all(texts.map(async (each) => (await pagefind.search(each)).results.some(isWanted)));
    return texts.filter((_, at) => leads[at]);
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

  const item = (page, fields) => {
    const link = element("a", "", page.meta.title || page.raw_url);
    link.href = addressOf(page);
    const excerpt = excerptOf(page.excerpt);
    for (const text of page.meta.lang ? [link, excerpt] : []) text.lang = page.meta.lang;
    const told = ["about", "area", "month"].map((name) => page.meta[name]);
    if (fields.includes("codes")) told.push(page.meta.codes);
    if (fields.includes("id")) told.push(page.meta.id.split(" ")[0]);
    const about = told.filter(Boolean).map((word) => element("span", "", word));
    const made = element("li", "nm-find__result", element("h2", "nm-find__title", link));
    if (about.length) made.append(element("p", "nm-card__meta", ...about));
    made.append(excerpt);
    return made;
  };

  let turn = 0;
  let left = [];

  const showMore = async (mine) => {
    const shown = left.slice(0, AT_ONCE);
    const pages = await Promise.all(shown.map((result) => result.data()));
    if (mine !== turn) return null;
    left = left.slice(AT_ONCE);
    const items = pages.map((page, at) => item(page, shown[at].matchedMetaFields || []));
    list.append(...items);
    more.hidden = !left.length;
    return items[0];
  };

  const isSorted = ({ kinds }) => kinds.size > 0 || filters.some((filter) => filter.open);
  const wanted = () => ({ text: form.elements.q.value.trim(), kinds: chosenKinds() });

  const queryOf = (text) => {
    const query = new URLSearchParams(text ? { q: text } : {});
    for (const { name, value, checked } of choices) if (checked) query.append(name, value);
    return query.size ? `?${query}` : "";
  };

  const remember = ({ text }) => history.replaceState(null, "", location.pathname + queryOf(text) + location.hash);

  const showOffers = (texts) => {
    const links = texts.map((text) => {
      const link = element("a", "", text);
      link.href = location.pathname + queryOf(text);
      return link;
    });
    meant.querySelector("span").replaceChildren(...links.flatMap((link, at) => (at ? [", ", link] : [link])));
    meant.hidden = !links.length;
  };

  const sayNumber = (number, unknown) => {
    const nothing = unknown.length ? said.nothingFor : said.nothing;
    say((number ? said.found : nothing).replace("{number}", String(number)).replace("{words}", () => unknown.join(", ")));
  };

  const run = async () => {
    const mine = ++turn;
    const now = wanted();
    remember(now);
    const isEmpty = !now.text && !now.kinds.size;
    if (isEmpty) {
      left = [];
      list.replaceChildren();
      more.hidden = hints.hidden = meant.hidden = true;
      say("");
      if (!isSorted(now)) return;
    }
    const [{ found: all, unknown }, { left: sets }] = await Promise.all([
      find(now.text),
      isSorted(now) ? sort() : { left: [] },
    ]);
    const isWanted = ({ id }) => isLeft(id, now.kinds, sets);
    const offers = unknown.length ? await offer(now.text, unknown, isWanted) : [];
    if (mine !== turn) return;
    if (isSorted(now)) count(all, now.kinds, sets);
    if (isEmpty) return;
    left = all.filter(isWanted);
    if (!left.length && !navigator.onLine) throw new Error("offline");
    list.replaceChildren();
    showOffers(offers);
    hints.hidden = left.length > 0;
    sayNumber(left.length, unknown);
    await showMore(mine);
  };

  /** Say why there is no search: it was never made, or it cannot be had right now. */
  const sayWhy = async (mine) => {
    startAgain();
    const isThere = await fetch(new URL("pagefind-entry.json", bundle), { method: "HEAD", cache: "no-store" }).then(
      ({ status }) => status !== 404,
      () => true,
    );
    if (mine !== turn) return;
    say(isThere ? said.unreachable : said.missing);
    list.replaceChildren();
    more.hidden = meant.hidden = true;
    hints.hidden = false;
  };

  const show = () => run().catch(() => sayWhy(turn));

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
  addEventListener("online", show);
  meant.addEventListener("click", (event) => {
    if (!(event.target instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    form.elements.q.value = event.target.textContent;
    form.elements.q.focus();
    show();
  });
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
