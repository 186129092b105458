/* What a lesson's page can do beyond what it says: share or copy its link, print it, and open all that paper needs. */

"use strict";

(() => {
  const here = () => location.href.split("#")[0];
  const online = () => location.protocol === "http:" || location.protocol === "https:";

  const share = async (button, said) => {
    const url = online() ? here() : button.dataset.nmAddress || here();
    if (navigator.share) {
      try {
        await navigator.share({ title: document.title, url });
        return;
      } catch (error) {
        if (error.name === "AbortError") {
          return;
        }
      }
    }
    try {
      await navigator.clipboard.writeText(url);
      said.textContent = button.dataset.nmDone;
    } catch {
      // Without leave to use the clipboard, the link is shown, to be copied by hand.
      said.textContent = url;
    }
  };

  const begin = () => {
    const said = document.querySelector(".nm-share__said");
    for (const button of document.querySelectorAll("[data-nm-share]")) {
      button.hidden = false;
      button.parentElement.querySelector(".nm-share__link").hidden = true;
      button.addEventListener("click", () => share(button, said));
    }
    for (const button of document.querySelectorAll("[data-nm-print]")) {
      button.hidden = false;
      button.addEventListener("click", () => print());
    }
    for (const place of document.querySelectorAll("[data-nm-place]")) {
      if (!place.textContent && online()) {
        place.textContent = here();
      }
    }
  };

  const opened = new Set();
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll(".nm-as-text:not([open])")) {
      part.open = true;
      opened.add(part);
    }
  });
  addEventListener("afterprint", () => {
    for (const part of opened) {
      part.open = false;
    }
    opened.clear();
  });

  if (document.readyState === "loading") {
    addEventListener("DOMContentLoaded", begin);
  } else {
    begin();
  }
})();
