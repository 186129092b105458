"""The text in which a section is edited: what it says now, and above each field what it means and may hold."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.engine.schemas.files import describe_fields
from nearmiss.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from nearmiss.engine.documents import Documents
    from nearmiss.engine.schemas.files import FieldHelp
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.version import PolicyVersion

TEMPLATE = "skeletons/section.yaml.j2"
WIDTH = 110
BASIS = "# basis: "
"""The line that says what the section said when the text was made, so that nobody's work is written over."""

NOTHING = "nothing"


@dataclass(kw_only=True)
class Node:
    """A field of a section with those inside it."""

    name: str
    many: bool = False
    help: FieldHelp | None = None
    inside: dict[str, Node] = field(default_factory=dict)


def skeleton_of(
    dossier: Dossier, section: str, *, policy: PolicyVersion, documents: Documents, templates: Path
) -> bytes:
    """Return the text to edit a section in; `templates` is the register's own folder of templates."""
    from nearmiss.render.environment import Renderer

    language = policy.settings.language
    described = describe_fields(section, vocabulary=policy.vocabulary, language=language)
    tree = tree_of(section, described)
    folders = [folder for folder in (templates, shipped("templates")) if folder.is_dir()]
    text = Renderer(folders).render(
        TEMPLATE,
        id=dossier.id,
        title=" ".join(str(dossier.data.get("title", "")).split()),
        section=section,
        basis=dossier.digest_of(section) or NOTHING,
        terms_hint=any(one.terms for one in described),
        lines=list(_Writer(documents).lines(tree, dossier.data.get(section))),
    )
    return text.encode()


def basis_of(text: bytes) -> str:
    """Return what an edited text says it was made from; an empty text where that line is gone."""
    lines = (line.strip() for line in text.decode("utf-8", "replace").split("\n"))
    return next((line.removeprefix(BASIS) for line in lines if line.startswith(BASIS)), "")


def tree_of(section: str, described: Iterable[FieldHelp]) -> Node:
    """Return the fields of a section as a tree, from paths such as `investigation.timeline[].at`."""
    root = Node(name=section)
    for one in described:
        node = root
        for place, step in enumerate(one.path.split(".")):
            if place:
                node = node.inside.setdefault(step.removesuffix("[]"), Node(name=step.removesuffix("[]")))
            node.many = node.many or step.endswith("[]")
        node.help = one
    return root


class _Writer:
    """Writes the lines below a section's own key."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def lines(self, root: Node, value: Any) -> Iterator[str]:
        """Yield the lines of a whole section."""
        if root.many:
            yield from self._entries(root, value, "")
            return
        yield from self._fields(root, value if isinstance(value, dict) else {}, "  ")

    def _fields(self, node: Node, value: Mapping[str, Any], space: str) -> Iterator[str]:
        for name, inner in node.inside.items():
            if len(space) == len("  "):
                yield ""
            yield from self._comments(inner, space)
            if inner.inside and not inner.many:
                held = value.get(name)
                yield f"{space}{name}:"
                yield from self._fields(inner, held if isinstance(held, dict) else {}, space + "  ")
            elif inner.many and inner.inside:
                yield f"{space}{name}:"
                yield from self._entries(inner, value.get(name), space)
            elif name in value:
                yield from self._written(name, value[name], space)
            else:
                yield f"{space}{name}:"
        for name in value.keys() - node.inside.keys():
            yield from self._written(name, value[name], space)

    def _entries(self, node: Node, value: Any, space: str) -> Iterator[str]:
        """Yield the entries of a list, and then an empty one to fill in, with its explanations."""
        if isinstance(value, list) and value:
            yield from self._written("", value, space)
        yield f"{space}# One entry for each; copy these lines for more."
        first = True
        for name, inner in node.inside.items():
            yield from self._comments(inner, f"{space}  ")
            mark = "- " if first else "  "
            first = False
            if inner.inside and not inner.many:
                yield f"{space}{mark}{name}:"
                yield from self._fields(inner, {}, f"{space}    ")
            else:
                yield f"{space}{mark}{name}:"

    def _written(self, name: str, value: Any, space: str) -> Iterator[str]:
        """Yield a value as the register writes it, below its name; entries of a list alone where it has none."""
        lines = self._documents.compose({name or "list": value}).decode().rstrip("\n").split("\n")
        for line in lines if name else lines[1:]:
            yield f"{space}{line}" if line else ""

    def _comments(self, node: Node, space: str) -> Iterator[str]:
        if node.help is None:
            return
        several = " A list: [one, two]." if node.many else ""
        yield from _wrapped(f"{node.help.description}{several}", f"{space}# ")
        width = max((len(term) for term, _ in node.help.terms), default=0)
        for term, meaning in node.help.terms:
            yield from _wrapped(f"{term.ljust(width)}  {meaning}", f"{space}#   ")


def _wrapped(text: str, mark: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=mark, subsequent_indent=mark, break_long_words=False)
