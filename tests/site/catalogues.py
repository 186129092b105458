"""Gathers every sentence that a reader of the site can see, and brings the catalogues up to date with them.

`python -m tests.site.catalogues` writes `messages.pot`, and in each catalogue beside it what is new, without a
translation yet. What is said no more goes.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.comparing import WAYS
from nearmiss.engine.indicators.definition import FAMILIES
from nearmiss.engine.indicators.exposed import WORDS
from nearmiss.engine.indicators.privacy import NOT_SHOWN, SMALL, WHY
from nearmiss.engine.indicators.reporting import NO_NEAR_MISSES, NO_REPORTS
from nearmiss.engine.indicators.spelling import NO_VALUE
from nearmiss.engine.indicators.tables import AGES, OLDER, UNTOLD
from nearmiss.store.foreign import read_foreign

if TYPE_CHECKING:
    from typing import TextIO

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path("templates") / "site" / "languages"
TEMPLATES = (("templates/site", "*.j2"), ("site/theme", "*.html"))
CODE = ("workflow/nearmiss/site", "workflow/nearmiss/render")
FIGURES = "workflow/nearmiss/engine/indicators"
CONFIGURATION = "site/mkdocs.yml"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
OPTIONS = {"newstyle_gettext": "true", "trimmed": "true", "silent": "false", "trim_blocks": "true"}
WIDTH = 118


class Sentence(NamedTuple):
    """A sentence with where it stands; of two forms where it goes with a number."""

    forms: tuple[str, ...]
    context: str
    file: str
    comments: tuple[str, ...] = ()


def in_every_language(_language: str, _sentence: Sentence) -> bool:
    """Say of each sentence that it is translated into each language."""
    return True


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """Who says something to readers: where its catalogues lie, and where its sentences stand.

    `besides` are sentences that are marked nowhere; `is_said` tells which of them a language needs.
    """

    folder: Path
    templates: tuple[tuple[str, str], ...]
    code: tuple[str, ...]
    besides: Callable[[Path], Iterator[Sentence]]
    is_said: Callable[[str, Sentence], bool] = in_every_language


def sentences(root: Path = ROOT, speaker: Speaker | None = None, language: str = "") -> Iterator[Sentence]:
    """Yield every sentence of a speaker, by default the site, in a steady order; or those that a language needs."""
    who = speaker or SITE
    return (one for one in _all_sentences(root, who) if not language or who.is_said(language, one))


def _all_sentences(root: Path, speaker: Speaker) -> Iterator[Sentence]:
    for folder, pattern in speaker.templates:
        for path in sorted((root / folder).rglob(pattern)):
            yield from _extracted(path, root, babel_extract)
    for folder in speaker.code:
        for path in sorted((root / folder).rglob("*.py")):
            yield from _extracted(path, root, "python")
    yield from speaker.besides(root)


def _besides(root: Path) -> Iterator[Sentence]:
    """Yield what figures and the configuration of the site say."""
    yield from (Sentence((doubled(words),), "", FIGURES) for words in sorted(set(_figures(root))))
    yield from (Sentence((doubled(words),), "", CONFIGURATION) for words in _configured(root / CONFIGURATION))


SITE = Speaker(folder=FOLDER, templates=TEMPLATES, code=CODE, besides=_besides)


def doubled(words: str) -> str:
    """Return words from elsewhere as a message, where a percent sign is written twice."""
    return words.replace("%", "%%")


def _extracted(path: Path, root: Path, method: Any) -> Iterator[Sentence]:
    options = OPTIONS if method is babel_extract else {}
    with path.open("rb") as file:
        for _line, said, comments, context in extract(method, file, KEYWORDS, ("For translators:",), options):
            forms = tuple(said) if isinstance(said, tuple) else (said,)
            yield Sentence(forms, context or "", str(path.relative_to(root)), tuple(comments))


def _figures(root: Path) -> Iterator[str]:
    """Yield what figures say: the command line says the same in English, so nothing is marked where it stands."""
    for indicator in INDICATORS:
        yield from (indicator.label, indicator.definition)
        yield from (words for words in (indicator.above, indicator.below) if words)
    yield from (*FAMILIES.values(), *WORDS.values())
    yield from (NO_VALUE, NOT_SHOWN, SMALL, WHY, NO_REPORTS, NO_NEAR_MISSES, OLDER, UNTOLD)
    yield from (words for _, words in AGES)
    yield from WAYS
    for path in sorted((root / FIGURES).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield from _said_by(node)


def _said_by(call: ast.Call) -> Iterator[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    given = {one.arg: one.value for one in call.keywords}
    if name == "tabulate":
        yield from _constants(call.args[1:3])
    if name == "none":
        yield from _constants(call.args[:1])
    if "why_not" in given:
        yield from _constants([given["why_not"]])


def _constants(nodes: Iterable[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            yield node.value


def _configured(path: Path) -> Iterator[str]:
    """Yield the words of the configuration that comes with the program, which the site says in its language."""
    said = read_foreign(path.read_bytes())
    yield from (said[key] for key in ("site_name", "site_description", "copyright") if said.get(key))
    yield from (scheme["toggle"]["name"] for scheme in said["theme"].get("palette", ()) if "toggle" in scheme)
    yield from _titles(said.get("nav", ()))


def _titles(nav: Iterable[Any]) -> Iterator[str]:
    for entry in nav:
        if isinstance(entry, dict):
            for title, below in entry.items():
                yield title
                if isinstance(below, list):
                    yield from _titles(below)


def template_of(found: Iterable[Sentence]) -> Catalog:
    """Return all sentences as a catalogue without translations."""
    catalogue = Catalog(fuzzy=False)
    for one in found:
        key = one.forms[0] if len(one.forms) == 1 else one.forms
        catalogue.add(key, locations=[(one.file, 0)], auto_comments=one.comments, context=one.context or None)
    return catalogue


def written(catalogue: Catalog, *, language: str = "") -> str:
    """Return a catalogue as the text of a file that changes only where sentences do."""
    head = ['msgid ""', 'msgstr ""']
    if language:
        head.append(f'"Language: {language}\\n"')
    head += ['"MIME-Version: 1.0\\n"', '"Content-Type: text/plain; charset=utf-8\\n"']
    head.append('"Content-Transfer-Encoding: 8bit\\n"')
    if language:
        head.append(f'"Plural-Forms: {catalogue.plural_forms}\\n"')
    out = io.BytesIO()
    write_po(out, catalogue, width=WIDTH, omit_header=True, ignore_obsolete=True, include_lineno=False)
    return "\n".join(head) + "\n\n" + out.getvalue().decode().strip() + "\n"


def renewed(path: Path, template: Catalog) -> Catalog:
    """Return the catalogue of a file with exactly the sentences of the template, translated where they were."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem.replace("-", "_"), ignore_obsolete=True, abort_invalid=True)
    catalogue.update(template, no_fuzzy_matching=True)
    return catalogue


def main(root: Path = ROOT, out: TextIO = sys.stdout, speaker: Speaker = SITE) -> None:
    """Write the template anew, bring each catalogue up to date, and say what is to be translated."""
    folder = root / speaker.folder
    (folder / "messages.pot").write_text(written(template_of(sentences(root, speaker))), encoding="utf-8")
    for path in sorted(folder.glob("*.po")):
        catalogue = renewed(path, template_of(sentences(root, speaker, path.stem)))
        path.write_text(written(catalogue, language=path.stem), encoding="utf-8")
        open_ones = [message.id for message in catalogue if message.id and not _is_done(message.string)]
        print(f"{path.name}: {len(catalogue)} sentences, {len(open_ones)} to translate", file=out)


def _is_done(said: object) -> bool:
    return all(said) if isinstance(said, tuple | list) else bool(said)


if __name__ == "__main__":
    main()
