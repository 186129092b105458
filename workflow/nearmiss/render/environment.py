"""The one Jinja environment: skeletons, letters and pages are rendered here, and record text is only ever data."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound
from markupsafe import Markup

from nearmiss.errors import NearMissError
from nearmiss.render.characters import no_address
from nearmiss.render.languages import FALLBACK_LANGUAGE, SITE, words_in
from nearmiss.render.sandbox import Sandbox
from nearmiss.render.speaking import speaking
from nearmiss.render.text import to_line, to_paragraphs, withheld_in
from nearmiss.render.words import WITHHELD_WORD, label_of, spell_date, spell_level, spell_month

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from jinja2 import Environment

    from nearmiss.render.characters import AddressOf

PLAIN_ENDINGS = (".yaml", ".yml", ".toml", ".txt", ".sh", ".cfg")
"""What is not HTML; templates of all other names are escaped, Markdown too, since it ends as HTML."""


THEME_FAULTS = (TemplateError,)
"""What comes of templates that others render, such as those of a theme, where these are broken."""

NO_TEXT = "it is not written in UTF-8"

KNOWN_LINES = 2048
"""Short texts that are remembered as HTML."""


class TemplateMissingError(NearMissError):
    """No folder has the template."""

    def __init__(self, name: str, folders: Sequence[Path]) -> None:
        places = ", ".join(str(folder) for folder in folders)
        super().__init__(
            f"The template {name} is in none of: {places}.", hint="Put it back, or install nearmiss again."
        )


class TemplateBrokenError(NearMissError):
    """A template cannot be rendered."""

    def __init__(self, name: str, reason: str, line: int | None) -> None:
        place = f"{name}, line {line}" if line else name
        super().__init__(
            f"The template {place} cannot be rendered: {reason.rstrip('.')}.",
            hint="Mend it in templates/, or remove it there to fall back on the one that comes with nearmiss.",
        )


class Renderer:
    """Renders templates from the first of the folders that has them.

    Give the instance's `templates/` first, then the shipped one. The filters are `paragraphs` and `line` (text as safe
    HTML), `date_in_words`, `month_in_words`, `level`, `number`, `percent` and `label("list")` (a term in the words of
    the vocabulary). `_("…")`, `ngettext(…)`, `pgettext(…)` and `{% trans %}` say sentences in the language, with the
    catalogues of `spoken_by`.
    Raises CatalogueError where the catalogue of the language is broken.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        vocabulary: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None,
        language: str = FALLBACK_LANGUAGE,
        spoken_by: str = SITE,
    ) -> None:
        self._folders = tuple(folders)
        self._vocabulary = vocabulary or {}
        self._others: dict[tuple[str, str], Renderer] = {}
        self.words = words_in(language, self._folders, spoken_by=spoken_by)
        self._withheld = withheld_in(self.words.gettext(WITHHELD_WORD))
        # Labels stand on thousands of pages.
        self._known_line = lru_cache(maxsize=KNOWN_LINES)(self._make_line)
        self._environment = self._make_environment()

    def render(self, name: str, /, **data: object) -> str:
        """Render a template by its path below `templates/`; raises TemplateMissingError, TemplateBrokenError."""
        try:
            return self._environment.get_template(name).render(data)
        except TemplateNotFound as error:
            raise TemplateMissingError(str(error.name), self._folders) from error
        except TemplateError as error:
            raise TemplateBrokenError(name, str(error.message), getattr(error, "lineno", None)) from error
        except UnicodeDecodeError as error:
            raise TemplateBrokenError(name, NO_TEXT, None) from error
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # A template of somebody's own that expects what an earlier version gave it.
            raise TemplateBrokenError(name, str(error), None) from error

    def speaking(self, language: str, *, spoken_by: str) -> Renderer:
        """Return a renderer of the same templates that says its sentences in another language, by other catalogues."""
        if (language, spoken_by) not in self._others:
            self._others[language, spoken_by] = Renderer(
                self._folders, vocabulary=self._vocabulary, language=language, spoken_by=spoken_by
            )
        return self._others[language, spoken_by]

    def sources(self) -> list[tuple[str, str]]:
        """Return the templates of the site that are in use, by name: what was rendered with others is out of date.

        Raises TemplateBrokenError.
        """
        names = (name for name in self._environment.list_templates() if name.startswith("site/"))
        return [(name, self._source(name)) for name in names]

    def _source(self, name: str) -> str:
        loader = self._environment.loader
        try:
            return loader.get_source(self._environment, name)[0] if loader else ""
        except UnicodeDecodeError as error:
            raise TemplateBrokenError(name, NO_TEXT, None) from error

    def _make_environment(self) -> Environment:
        # Templates come with a request, and are rendered by those who look at it: they reach nothing of Python.
        environment = Sandbox(
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in self._folders]),
            autoescape=_is_escaped,  # on, but for files that are no HTML, which it would spoil
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            cache_size=-1,
            auto_reload=False,  # a renderer lives for one build, and ten thousand pages need not ask the disk each time
            extensions=["jinja2.ext.i18n"],
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.newstyle_gettext = True  # type: ignore[attr-defined]  # the extension's own switch
        environment.globals |= speaking(self.words) | {"language": self.words.language}
        environment.filters |= {
            "paragraphs": self._paragraphs,
            "line": self._line,
            "date_in_words": partial(spell_date, words=self.words),
            "month_in_words": partial(spell_month, words=self.words),
            "level": partial(spell_level, words=self.words),
            "number": self.words.number,
            "percent": self.words.percent,
            "label": self._label,
        }
        return environment

    def _paragraphs(self, text: object, address_of: AddressOf = no_address) -> Markup:
        html = to_paragraphs(text, address_of, withheld=self._withheld)
        return Markup(html)  # noqa: S704 - the function escapes; that is what it is for

    def _line(self, text: object, address_of: AddressOf = no_address) -> Markup:
        if type(text) is str and address_of is no_address:
            return self._known_line(text)
        return self._make_line(text, address_of)

    def _make_line(self, text: object, address_of: AddressOf = no_address) -> Markup:
        return Markup(to_line(text, address_of, withheld=self._withheld))  # noqa: S704 - as above

    def _label(self, term: str, vocabulary: str) -> str:
        return label_of(self._vocabulary, vocabulary, term, self.words)


def hidden_field(name: str, value: str) -> Markup:
    """Return a field of a form that nobody sees."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)


def as_words(text: str) -> Markup:
    """Return text that is escaped once and for all: templates that escape, and those that do not, put it in alike."""
    return Markup.escape(text)


def _is_escaped(name: str | None) -> bool:
    return name is None or not name.removesuffix(".j2").endswith(PLAIN_ENDINGS)
