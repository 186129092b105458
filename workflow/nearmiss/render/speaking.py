"""What templates say sentences with: `_`, `ngettext` and their like. A translation is text, never HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import pass_eval_context
from jinja2.exceptions import TemplateRuntimeError
from markupsafe import Markup, escape

from nearmiss.render.catalogues import has_odd_percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2.nodes import EvalContext

    from nearmiss.render.languages import Words


class PlaceOpenError(TemplateRuntimeError):
    """A template gives nothing for a place of a sentence."""

    def __init__(self, sentence: str, place: str) -> None:
        super().__init__(f"nothing is given for %({place})s in the sentence “{sentence}”")


class OddPercentError(TemplateRuntimeError):
    """A sentence in a template has a percent sign that is neither a place nor doubled."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"a % in the sentence “{sentence}” is neither a place, such as %(name)s, nor %%")


class _Forms:
    """Fills the places of sentences; what thousands of pages say alike is escaped once."""

    def __init__(self, *, always_escaped: bool) -> None:
        self._always_escaped = always_escaped
        self._escaped: dict[str, Markup] = {}
        self._whole: dict[str, Markup] = {}

    def fill(self, context: EvalContext, form: str, places: Mapping[str, object]) -> str:
        """Return a sentence with its places filled, as HTML where the template is escaped."""
        is_escaped = context.autoescape or self._always_escaped
        if is_escaped and not places and form in self._whole:
            return self._whole[form]
        try:
            if not is_escaped:
                _refuse_odd(form)
                return form % places
            filled = self._as_html(form) % places
        except KeyError as error:
            raise PlaceOpenError(form, str(error.args[0])) from error
        if not places:
            self._whole[form] = filled
        return filled

    def _as_html(self, form: str) -> Markup:
        if form not in self._escaped:
            _refuse_odd(form)
            self._escaped[form] = escape(form)
        return self._escaped[form]


def _refuse_odd(form: str) -> None:
    if has_odd_percent(form):
        raise OddPercentError(form)


def speaking(words: Words, *, always_escaped: bool = False) -> dict[str, Callable[..., Any]]:
    """Return the functions by which templates speak a language, by their names in templates.

    Where a template is escaped, so is the sentence, and each value in it that is not HTML of the template's own. A
    theme escapes nothing by itself, which is what `always_escaped` is for.
    """
    fill = _Forms(always_escaped=always_escaped).fill

    @pass_eval_context
    def gettext(context: EvalContext, sentence: str, /, **places: object) -> str:
        return fill(context, words.form(sentence), places)

    @pass_eval_context
    def pgettext(context: EvalContext, kind: str, sentence: str, /, **places: object) -> str:
        return fill(context, words.form(sentence, kind), places)

    @pass_eval_context
    def ngettext(context: EvalContext, one: str, many: str, number: int, /, **places: object) -> str:
        return fill(context, words.plural_form(one, many, number), {"num": words.number(number)} | places)

    @pass_eval_context
    def npgettext(context: EvalContext, kind: str, one: str, many: str, number: int, /, **places: object) -> str:
        return fill(context, words.plural_form(one, many, number, kind), {"num": words.number(number)} | places)

    return {"_": gettext, "gettext": gettext, "pgettext": pgettext, "ngettext": ngettext, "npgettext": npgettext}
