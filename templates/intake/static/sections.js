// What the forms of the desk do besides, where scripts run: ask before what was typed is left. They work without it.
"use strict";
(() => {
  const form = document.querySelector("form.section");
  if (!form) return;
  let typed = document.querySelector("#refusal") !== null;
  form.addEventListener("input", () => { typed = true; });
  form.addEventListener("submit", () => { typed = false; });
  window.addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
  const refusal = document.getElementById("refusal");
  if (refusal) refusal.focus();
  // A link to a field that lies under “More” opens what it lies under.
  const open = () => {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let above = place && place.parentElement; above; above = above.parentElement) {
      if (above.tagName === "DETAILS") above.open = true;
    }
    if (place && location.hash) place.scrollIntoView();
  };
  window.addEventListener("hashchange", open);
  open();
})();
