// What the theme's script calls to remember choices, such as the colours, for this site alone. The theme writes these lines
// into every page; they stand in a file because the site's Content-Security-Policy runs no script that a page holds.
{
  const site = new URL(document.currentScript.dataset.scope || "../../", document.currentScript.src);
  window.__md_scope = site;
  window.__md_hash = text => [...text].reduce((sum, letter) => (sum << 5) - sum + letter.charCodeAt(0), 0);
  // A browser may forbid a page to remember anything, as one that was opened from a folder.
  window.__md_get = (key, storage, scope = site) => {
    try {
      return JSON.parse((storage || localStorage).getItem(`${scope.pathname}.${key}`));
    } catch {
      return null;
    }
  };
  window.__md_set = (key, value, storage, scope = site) => {
    try {
      (storage || localStorage).setItem(`${scope.pathname}.${key}`, JSON.stringify(value));
    } catch {
      // It will be asked again on the next page.
    }
  };
}
