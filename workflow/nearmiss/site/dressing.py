"""The theme that comes with the program, beneath the register's own: its templates, style sheets and scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mkdocs.config.config_options import ExtraScriptValue

if TYPE_CHECKING:
    from pathlib import Path

    from mkdocs.config.defaults import MkDocsConfig

STYLES = tuple(
    f"assets/stylesheets/{name}.css"
    for name in (
        "nearmiss",
        "nearmiss-answers",
        "nearmiss-access",
        "nearmiss-pictures",
        "nearmiss-figures",
        "nearmiss-search",
        "nearmiss-lesson",
        "nearmiss-print",
        "nearmiss-explore",
        "nearmiss-posters",
    )
)
"""The style sheets of our theme, in their order: what comes later has the last word."""

SCRIPTS = ("assets/javascripts/nearmiss-search.js", "assets/javascripts/nearmiss-lesson.js")
"""The scripts that every page has; others are named by the pages that need them."""


def dress(config: MkDocsConfig, theme: Path) -> None:
    """Put the theme that comes with the program beneath the register's own, and have its styles and scripts loaded.

    So a register holds only what is its own, and the rest goes on with the program.
    """
    config.theme.dirs.insert(1 if config.theme.custom_dir else 0, str(theme))
    config.extra_css = [*STYLES, *(style for style in config.extra_css if style not in STYLES)]
    others = [script for script in config.extra_javascript if str(script) not in SCRIPTS]
    config.extra_javascript = [*map(_deferred, SCRIPTS), *others]


def _deferred(path: str) -> ExtraScriptValue:
    script = ExtraScriptValue(path)
    script.defer = True
    return script
