"""The text in which a section is edited: what it says now, and above each field what it means and may hold."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from nearmiss.engine.forms.shapes import shape_of
from nearmiss.models.vocabulary import label_of
from nearmiss.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from nearmiss.engine.documents import Documents
    from nearmiss.engine.forms.shapes import Shape
    from nearmiss.models.vocabulary import VocabularyList
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.version import PolicyVersion

TEMPLATE = "skeletons/section.yaml.j2"
WIDTH = 110
BASIS = "# basis: "
"""The line that says what the section said when the text was made, so that nobody's work is written over."""

NOTHING = "nothing"


def skeleton_of(
    dossier: Dossier, section: str, *, policy: PolicyVersion, documents: Documents, templates: Path
) -> bytes:
    """Return the text to edit a section in; `templates` is the register's own folder of templates."""
    from nearmiss.render.environment import Renderer

    writer = _Writer(documents, vocabulary=policy.vocabulary, language=policy.settings.language)
    shape = shape_of(section)
    folders = [folder for folder in (templates, shipped("templates")) if folder.is_dir()]
    text = Renderer(folders).render(
        TEMPLATE,
        id=dossier.id,
        title=" ".join(str(dossier.data.get("title", "")).split()),
        section=section,
        basis=dossier.digest_of(section) or NOTHING,
        terms_hint=any(writer.terms(one) for one in shape.walk()),
        lines=list(writer.lines(shape, dossier.data.get(section))),
    )
    return text.encode()


def basis_of(text: bytes) -> str:
    """Return what an edited text says it was made from; an empty text where that line is gone."""
    lines = (line.strip() for line in text.decode("utf-8", "replace").split("\n"))
    return next((line.removeprefix(BASIS) for line in lines if line.startswith(BASIS)), "")


class _Writer:
    """Writes the lines below a section's own key."""

    def __init__(self, documents: Documents, *, vocabulary: Mapping[str, VocabularyList], language: str) -> None:
        self._documents, self._vocabulary, self._language = documents, vocabulary, language

    def terms(self, shape: Shape) -> list[tuple[str, str]]:
        """Return what may be chosen in a field, each with what it means."""
        if shape.vocabulary not in self._vocabulary:
            return [(one.value, one.help) for one in shape.choices]
        known = self._vocabulary[shape.vocabulary].terms
        return [(one.term, label_of(one.label, self._language)) for one in known if not one.retired]

    def lines(self, root: Shape, value: Any) -> Iterator[str]:
        """Yield the lines of a whole section."""
        if root.is_many:
            yield from self._entries(root, value, "")
            return
        yield from self._fields(root, value if isinstance(value, dict) else {}, "  ")

    def _fields(self, node: Shape, value: Mapping[str, Any], space: str) -> Iterator[str]:
        for inner in node.inside:
            name = inner.key
            if len(space) == len("  "):
                yield ""
            yield from self._comments(inner, space)
            if inner.inside and not inner.is_many:
                held = value.get(name)
                yield f"{space}{name}:"
                yield from self._fields(inner, held if isinstance(held, dict) else {}, space + "  ")
            elif inner.is_many and inner.inside:
                yield f"{space}{name}:"
                yield from self._entries(inner, value.get(name), space)
            elif name in value:
                yield from self._written(name, value[name], space)
            else:
                yield f"{space}{name}:"
        for name in value.keys() - {inner.key for inner in node.inside}:
            yield from self._written(name, value[name], space)

    def _entries(self, node: Shape, value: Any, space: str) -> Iterator[str]:
        """Yield the entries of a list, and then an empty one to fill in, with its explanations."""
        if isinstance(value, list) and value:
            yield from self._written("", value, space)
        yield f"{space}# One entry for each; copy these lines for more."
        first = True
        for inner in node.inside:
            name = inner.key
            yield from self._comments(inner, f"{space}  ")
            mark = "- " if first else "  "
            first = False
            if inner.inside and not inner.is_many:
                yield f"{space}{mark}{name}:"
                yield from self._fields(inner, {}, f"{space}    ")
            else:
                yield f"{space}{mark}{name}:"

    def _written(self, name: str, value: Any, space: str) -> Iterator[str]:
        """Yield a value as the register writes it, below its name; entries of a list alone where it has none."""
        lines = self._documents.compose({name or "list": value}).decode().rstrip("\n").split("\n")
        for line in lines if name else lines[1:]:
            yield f"{space}{line}" if line else ""

    def _comments(self, node: Shape, space: str) -> Iterator[str]:
        if node.inside:
            return
        several = " A list: [one, two]." if node.is_many else ""
        yield from _wrapped(f"{node.help}{several}", f"{space}# ")
        terms = self.terms(node)
        width = max((len(term) for term, _ in terms), default=0)
        for term, meaning in terms:
            yield from _wrapped(f"{term.ljust(width)}  {meaning}", f"{space}#   ")


def _wrapped(text: str, mark: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=mark, subsequent_indent=mark, break_long_words=False)
