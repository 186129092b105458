"""Files that are no HTML from templates: workflows, scripts and Markdown, where `{{` means something to others."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from nearmiss.render.environment import TemplateBrokenError
from nearmiss.render.words import spell_level, spell_term

if TYPE_CHECKING:
    from pathlib import Path

# As in text.py, and all that ends a line: a value never goes beyond the line on which it is put.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]+")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#|~])")


class PlainRenderer:
    """Renders templates of a folder; what is put in is written `[= … =]`, and a block `[% … %]`.

    Values are put in as they are but for what would end the line. The filters are `quoted` (a text in JSON's quotes,
    which YAML reads too), `markdown` (a text that stays text), `spelled` and `level`.
    """

    def __init__(self, folder: Path) -> None:
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folder),
            autoescape=False,  # nothing here is HTML; each place says by a filter how it is quoted
            undefined=StrictUndefined,
            variable_start_string="[=",
            variable_end_string="=]",
            block_start_string="[%",
            block_end_string="%]",
            comment_start_string="[#",
            comment_end_string="#]",
            finalize=in_line,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters |= {
            "quoted": quoted,
            "markdown": markdown,
            "spelled": spell_term,
            "level": spell_level,
        }

    def render(self, name: str, /, **data: object) -> str:
        """Render a template by its path below the folder; raises TemplateBrokenError."""
        try:
            return self._environment.get_template(name).render(data)
        except TemplateError as error:
            raise TemplateBrokenError(name, str(error.message), getattr(error, "lineno", None)) from error


def in_line(value: object) -> object:
    """Return a value that ends no line; what is no text stays what it is."""
    return _UNSEEN.sub(" ", value) if isinstance(value, str) else value


def quoted(value: object) -> str:
    """Return a text in double quotes, as JSON and YAML read it alike."""
    return json.dumps(in_line(str(value)), ensure_ascii=False)


def markdown(value: object) -> str:
    """Return a text as Markdown that shows just that text, wherever on a line it stands."""
    text = str(in_line(str(value))).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", text)
