"""What a site's configuration says, in the language of the site: its titles, its name, and its hand-written pages.

The words of `mkdocs.yml` as it comes with the program are sentences of the catalogues. What somebody else wrote there
is in none, and stays as it is.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nearmiss.render.languages import FALLBACK_LANGUAGE, with_broader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping, Sequence

    from nearmiss.render.languages import Words

NAMES = ("site_name", "site_description")
LANGUAGES = "languages"
"""The folder beside the hand-written pages that holds them in other languages, one folder for each."""


def language_of(theme: Mapping[str, Any]) -> str:
    """Return the language of the site: that of the theme, `theme.language` in `mkdocs.yml`."""
    return str(theme.get("language") or FALLBACK_LANGUAGE)


def theme_language(language: str, folders: Iterable[str]) -> str | None:
    """Return the language in which a theme says its own words: that one, or one that it is a kind of, such as `de`.

    None where the theme has no words in any of these; a theme that knows no languages is left as it is.
    """
    spoken = {path.stem for folder in folders for path in Path(folder, "partials", "languages").glob("*.html")}
    return next((name for name in with_broader(language) if name in spoken), None) if spoken else language


def say_in(words: Words, config: MutableMapping[str, Any], theme: MutableMapping[str, Any]) -> None:
    """Let a configuration say its words in the language of the site."""
    for key in NAMES:
        if config.get(key):
            config[key] = words.plain(config[key])
    if config.get("copyright"):
        config["copyright"] = _as_html(config["copyright"], words)
    if config.get("nav"):
        config["nav"] = [_entry(entry, words) for entry in config["nav"]]
    if isinstance(theme.get("palette"), list):
        theme["palette"] = [_scheme(scheme, words) for scheme in theme["palette"]]


def page_in(language: str, name: str, docs: Path) -> Path | None:
    """Return the hand-written page of that name in a language, where there is one beside the pages in English."""
    places = (docs.parent / LANGUAGES / each / name for each in with_broader(language))
    return next((path for path in places if path.is_file()), None)


def _entry(entry: Any, words: Words) -> Any:
    if not isinstance(entry, dict):
        return entry
    return {_as_html(str(title), words): _below(below, words) for title, below in entry.items()}


def _below(below: Any, words: Words) -> Any:
    return [_entry(entry, words) for entry in below] if isinstance(below, list) else below


def _scheme(scheme: Any, words: Words) -> Any:
    toggle = scheme.get("toggle") if isinstance(scheme, dict) else None
    if not isinstance(toggle, dict) or "name" not in toggle:
        return scheme
    return scheme | {"toggle": toggle | {"name": _as_html(str(toggle["name"]), words)}}


def _as_html(said: str, words: Words) -> str:
    """Return what the theme puts into pages as it is: no translation can be more than words."""
    translated = words.plain(said)
    return said if translated == said else escape(translated)


def folders_of(repository: Path, shipped: Path) -> Sequence[Path]:
    """Return the folders of templates and catalogues, the register's own first."""
    return [folder for folder in (repository / "templates", shipped) if folder.is_dir()]
