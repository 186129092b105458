// Keeps a draft on the device, sends again what did not go through, and never sends anything twice. All works without it.
"use strict";

(() => {
  const DRAFT = "nearmiss-draft";
  const KEPT_FOR = 24 * 60 * 60 * 1000;
  const WAITS = [2, 4, 8, 15, 30];
  const BUSY = new Set([429, 502, 503, 504]);
  const NOT_KEPT = new Set(["csrf", "on_behalf"]);
  const OF_THE_PLACE = ["site", "area", "location", "equipment"];

  const one = (selector, within = document) => within.querySelector(selector);
  let again = () => {};

  // A browser may refuse to keep anything; then there is no draft, and all else goes on.
  const store = {
    read() {
      try {
        const kept = JSON.parse(localStorage.getItem(DRAFT));
        return kept && kept.until > Date.now() ? kept.fields : null;
      } catch {
        return null;
      }
    },
    write(fields) {
      try {
        localStorage.setItem(DRAFT, JSON.stringify({ until: Date.now() + KEPT_FOR, fields }));
        return true;
      } catch {
        return false;
      }
    },
    clear() {
      try {
        localStorage.removeItem(DRAFT);
      } catch {
        // There was none.
      }
    },
  };

  const fieldsOf = (form) =>
    Object.fromEntries([...new FormData(form)].filter(([name, value]) => typeof value === "string" && !NOT_KEPT.has(name)));

  const fill = (form, fields) => {
    for (const field of form.elements) {
      if (!field.name || field.type === "file" || NOT_KEPT.has(field.name)) continue;
      const value = fields[field.name] ?? "";
      if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value;
      else field.value = value;
    }
  };

  const isBegun = (fields) =>
    Boolean(fields.what_happened || fields.what_could_have_happened || fields.how || fields.made_safe || fields.contact || fields.name);

  const say = (words) => {
    one("#state").textContent = words ?? "";
  };

  // --- the form

  function begin(form, { isFresh }) {
    const words = form.dataset;
    const button = one("button.main", form);
    const clear = one("#clear", form);
    const files = one("#files", form);
    const ownToken = form.elements.token.value;
    const scanned = new URLSearchParams(location.search);
    let isSending = false;
    let timer = 0;

    const draft = isFresh ? store.read() : null;
    if (draft) {
      const placed = Object.fromEntries(OF_THE_PLACE.filter((name) => scanned.get(name)).map((name) => [name, form.elements[name]?.value]));
      fill(form, { ...draft, ...placed });
      if (isBegun(draft)) say(words.found);
    }
    clear.hidden = !draft;
    if (!navigator.onLine) say(words.offline);

    const keep = () => {
      if (form.isConnected && store.write(fieldsOf(form))) clear.hidden = false;
    };
    form.addEventListener("input", keep);
    form.addEventListener("change", keep);
    clear.addEventListener("click", () => {
      clearTimeout(timer);
      store.clear();
      form.reset();
      if (files) files.value = "";
      fill(form, { when: "now", mode: one('[name="mode"]', form).value, token: ownToken });
      clear.hidden = true;
      say(words.cleared);
      one('[name="made_safe"]', form).focus();
    });

    files?.addEventListener("change", () => {
      const size = [...files.files].reduce((sum, file) => sum + file.size, 0);
      const many = files.files.length > Number(words.mostFiles) ? words.many : "";
      files.setCustomValidity(many || (size > Number(words.mostBytes) * 0.98 ? words.large : ""));
      files.reportValidity();
    });

    const post = (action) => fetch(action, { method: "POST", body: new FormData(form), credentials: "same-origin" });

    async function read(action) {
      let answer = await post(action);
      let page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const mark = one('main [name="csrf"]', page);
      if (answer.status === 403 && mark) {
        // The mark of this page is out of date, as after a restart of the server: with the new one it is taken.
        form.elements.csrf.value = mark.value;
        answer = await post(action);
        page = new DOMParser().parseFromString(await answer.text(), "text/html");
      }
      return { status: answer.status, page };
    }

    async function send(tries = 0) {
      clearTimeout(timer);
      if (isSending || !form.isConnected) return;
      isSending = true;
      button.disabled = true;
      say(words.sending);
      try {
        const { status, page } = await read(form.getAttribute("action"));
        if (BUSY.has(status)) return wait(tries, words.busy);
        show(status, page);
      } catch {
        wait(tries, words.waiting);
      } finally {
        isSending = false;
        button.disabled = false;
      }
    }

    function wait(tries, why) {
      say(why);
      timer = setTimeout(() => send(tries + 1), 1000 * WAITS[Math.min(tries, WAITS.length - 1)]);
      again = () => send(tries);
    }

    function show(status, page) {
      again = () => {};
      if (one("#taken", page)) {
        store.clear();
        swap(page);
        one("h1").focus();
      } else if (one("#report", page)) {
        const chosen = files;
        swap(page);
        const next = one("#report");
        if (chosen) one("#files", next)?.replaceWith(chosen);
        begin(next, { isFresh: false });
        one("#errors")?.focus();
      } else {
        say(one('main [role="alert"]', page)?.textContent ?? words.busy);
      }
    }

    async function sound(button) {
      const said = one("#alarm-said", form);
      button.disabled = true;
      said.textContent = words.sending;
      try {
        const { page } = await read(button.getAttribute("formaction"));
        const told = one("#alarm-said", page);
        if (!told) throw new Error("no answer of ours");
        said.replaceChildren(...told.childNodes);
        form.elements.alarmed.value = one('[name="alarmed"]', page).value;
        keep();
      } catch {
        said.textContent = words.alarmFailed;
      }
      button.disabled = false;
      button.hidden = form.elements.alarmed.value === "1";
    }

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.submitter?.classList.contains("alarm")) sound(event.submitter);
      else send();
    });
    window.addEventListener("online", () => {
      if (!form.isConnected) return;
      say(words.online);
      again();
    });
    window.addEventListener("offline", () => {
      if (form.isConnected) say(words.offline);
    });
  }

  // --- what is shown instead

  function swap(page) {
    document.title = page.title;
    one("main").replaceWith(one("main", page));
    window.scrollTo(0, 0);
    furnish();
  }

  function furnish() {
    const print = one("#print");
    if (print) {
      print.hidden = false;
      print.addEventListener("click", () => window.print());
    }
    const copy = one("#copy");
    if (copy && navigator.clipboard) {
      copy.hidden = false;
      copy.addEventListener("click", async () => {
        await navigator.clipboard.writeText(`${one("#number").textContent}\n${one("#key").textContent}\n`);
        say(one("#taken").dataset.copied);
      });
    }
  }

  const form = one("#report");
  if (one("#taken")) store.clear();
  if (form) begin(form, { isFresh: !one("#errors") && !one("#alarm-said .said") });
  furnish();
})();
