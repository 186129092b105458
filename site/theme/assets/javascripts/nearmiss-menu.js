// Lets the keyboard and screen readers open the menu of narrow windows: the theme has a label there, which only a finger finds.
{
  const drawer = document.getElementById("__drawer");
  const menu = document.querySelector(".md-nav--primary");
  const label = document.querySelector(".md-header label[for=__drawer]");
  if (drawer && menu && label) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = `${label.className} nm-menu`;
    button.append(...label.childNodes);
    button.setAttribute("aria-label", menu.getAttribute("aria-label"));
    label.replaceWith(button);
    const turn = open => {
      if (drawer.checked !== open) drawer.click();
    };
    const show = () => button.setAttribute("aria-expanded", String(drawer.checked));
    drawer.addEventListener("change", show);
    show();
    button.addEventListener("click", event => {
      turn(!drawer.checked);
      // A click without a pointer is the keyboard's; it goes on in what it opened.
      if (drawer.checked && event.detail === 0)
        requestAnimationFrame(() => menu.querySelector("a:not(.md-logo)")?.focus());
    });
    document.addEventListener("keydown", event => {
      if (event.key !== "Escape" || !drawer.checked) return;
      turn(false);
      button.focus();
    });
  }
}
