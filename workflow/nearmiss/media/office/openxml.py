"""Office Open XML (docx, xlsx, pptx): a new package of the parts that one sees, walked from the main one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nearmiss.engine.cleaning import UnfitFileError
from nearmiss.media.office import drawings, sheets, slides, wording
from nearmiss.media.office.markup import Budget, Node, Parsed, parse, write
from nearmiss.media.office.packing import pack
from nearmiss.media.office.relations import (
    CHOSEN,
    FOLDERS,
    KINDS_OF_MAIN,
    LANGUAGES,
    PARTS,
    PICTURES,
    Relation,
    read_relations,
    read_types,
    relations_path,
    word_for,
    write_relations,
    write_types,
)
from nearmiss.media.office.sifting import DATA, PATHS, UNSEEN_WORDS, leads_into_the_web, seen_only
from nearmiss.media.pictures import WHOLE, Box

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.media.office.photos import Album
    from nearmiss.media.office.sheets import Strings

TYPES_PART = "[Content_Types].xml"
MACROS = ("macroenabled", "vbaproject", "macrosheet")

WITHOUT: Mapping[str, str] = {
    "a:hlinkClick": "gone",
    "a:hlinkHover": "gone",
    "a:hlinkMouseOver": "gone",
    "x:hyperlink": "gone",
    "w:headerReference": "gone",
    "w:footerReference": "gone",
    "w:hyperlink": "unwrapped",
}
"""What becomes of an element where what it leads to is not kept; with any other, the document is refused."""

LINKED = {"r:link", "r:href"}
"""Attributes that lead to a picture which lies elsewhere, beside one that is inside."""


def family_of(parts: Mapping[str, bytes]) -> str:
    """Return the ending that a package has by the type of its main part; raises UnfitFileError where it has none."""
    types = parts.get(TYPES_PART, b"").lower().decode("utf-8", "replace")
    if any(word in types for word in MACROS) or any("vbaproject" in name.lower() for name in parts):
        raise UnfitFileError("macros")
    opened = _Package(parts, family="", album=None)
    return KINDS_OF_MAIN.get(opened.type_of(opened.main()), "")


def clean_openxml(parts: Mapping[str, bytes], *, family: str, album: Album) -> tuple[bytes, set[str]]:
    """Return a new package and what was not taken into it, in plain words; raises UnfitFileError."""
    opened = _Package(parts, family=family, album=album)
    opened.prepare()
    main = opened.visit(opened.main(), "officeDocument")
    return opened.packed(main), opened.noted


class _Package:
    """A package that is being walked, and the new one that is made of it."""

    def __init__(self, parts: Mapping[str, bytes], *, family: str, album: Album | None) -> None:
        self.parts = {name.casefold(): content for name, content in parts.items()}
        self.family = family
        self.album = album
        self.noted: set[str] = set()
        self.budget = Budget()
        self.types = read_types(self._read(TYPES_PART, keep=False).root)
        self.read: dict[str, Parsed] = {}
        self.named: dict[tuple[str, Box], str] = {}
        self.used: set[str] = {TYPES_PART.casefold(), relations_path("")}
        self.numbers: dict[str, int] = {}
        self.made: dict[str, bytes] = {}
        self.made_types: dict[str, str] = {}
        self.styles: dict[str, str] = {}
        self.hidden: frozenset[str] = frozenset()
        self.strings: Strings | None = None

    def prepare(self) -> None:
        """Read ahead what must be known first: names of styles, texts of cells, hidden pages."""
        main = self.main()
        led = self.relations_of(main)
        ahead = {relation.sort: relation.target for relation in led.values() if not relation.is_outside}
        if self.family == "docx" and "styles" in ahead:
            self.styles = wording.own_styles(self._read(ahead["styles"]).root)
        if self.family == "xlsx":
            root = self._read(ahead["sharedStrings"]).root if "sharedStrings" in ahead else Node("x:sst", {})
            self.strings = sheets.Strings(root)
        if self.family == "pptx":
            hidden = [
                key
                for key, relation in led.items()
                if relation.sort == "slide" and slides.is_hidden(self._read(relation.target).root)
            ]
            self.hidden = frozenset(hidden)

    def main(self) -> str:
        """Return the path of the main part."""
        found = [one.target for one in self.relations_of("").values() if one.sort == "officeDocument"]
        if len(found) != 1:
            raise UnfitFileError("broken")
        return found[0]

    def type_of(self, path: str) -> str:
        """Return the type that the package says a part has."""
        key = path.casefold()
        return self.types.get(key) or self.types.get(f"*.{key.rpartition('.')[2]}", "")

    def relations_of(self, path: str) -> dict[str, Relation]:
        """Return what a part leads to."""
        place = relations_path(path)
        self.used.add(place.casefold())
        return read_relations(self._read(place).root, path) if place.casefold() in self.parts else {}

    def _read(self, path: str, *, keep: bool = True) -> Parsed:
        key = path.casefold()
        if keep and key in self.read:
            return self.read[key]
        if key not in self.parts:
            raise UnfitFileError("broken")
        parsed = parse(self.parts[key], LANGUAGES, self.budget)
        if parsed.has_notes:
            self.noted.add(UNSEEN_WORDS)
        if keep:
            self.read[key] = parsed
        return parsed

    def visit(self, path: str, sort: str) -> str:
        """Make a part anew, with all that it leads to; return its new name."""
        known = self.named.get((path.casefold(), WHOLE))
        if known is not None:
            return known
        kind = PARTS[self.family][sort]
        is_main = sort == "officeDocument"
        if self.type_of(path) != kind.content_type and not (is_main and self.type_of(path) in KINDS_OF_MAIN):
            raise UnfitFileError("office-parts")
        name = self._name(path, kind.name, WHOLE)
        parsed = self._read(path)
        root = parsed.root
        if root.name != kind.root:
            raise UnfitFileError("office-parts")
        if "mc:AlternateContent" in parsed.names:
            drawings.choose(root, {key: LANGUAGES.get(place, "?") for key, place in parsed.prefixes.items()}, CHOSEN)
        self._sifted(sort, parsed)
        led = self._settle(root, path)
        self.made[name] = write(root, LANGUAGES, plain="x")
        self.made_types[name] = kind.content_type
        if led:
            self.made[relations_path(name)] = write_relations(led, name)
        return name

    def _sifted(self, sort: str, parsed: Parsed) -> None:
        root = parsed.root
        if self.family == "docx":
            if parsed.names & wording.CHANGED:
                wording.accept(root, self.noted)
            wording.clean_wording(sort, root, self.noted, styles=self.styles)
        elif self.family == "xlsx" and self.strings is not None:
            sheets.clean_sheets(sort, root, self.noted, strings=self.strings)
        else:
            slides.clean_slides(sort, root, self.noted, hidden=self.hidden)
        drawings.neutralise(root, self.noted)

    def _name(self, path: str, pattern: str, box: Box) -> str:
        self.numbers[pattern] = self.numbers.get(pattern, 0) + 1
        name = pattern.format(n=self.numbers[pattern])
        if name in self.made_types:
            raise UnfitFileError("broken")
        self.named[path.casefold(), box] = name
        self.used.add(path.casefold())
        return name

    def _settle(self, root: Node, path: str) -> list[Relation]:
        """Let each element lead to the new part, take away those that lead nowhere, and return the relations."""
        told = self.relations_of(path)
        led: dict[Relation, str] = {}
        boxes = {id(blip): box for blip, box in drawings.crops(root)}
        waiting = [root]
        while waiting:
            node = waiting.pop()
            kept: list[Node | str] = []
            inner = list(reversed(node.children))
            while inner:
                child = inner.pop()
                fate = self._fate(child, told, led, boxes) if isinstance(child, Node) else ""
                if fate == "unwrapped" and isinstance(child, Node):
                    inner.extend(reversed(child.children))
                elif not fate:
                    kept.append(child)
            node.children = kept
            waiting.extend(reversed(node.nodes))
        root.without(*(one for one in root.nodes if one.name == "x:hyperlinks" and not one.nodes))
        addresses = {relation.target for relation in led if relation.is_outside}
        if any(relation.is_outside and relation.target not in addresses for relation in told.values()):
            self.noted.add(PATHS)
        self._add_unnamed(told, led)
        return list(led)

    def _fate(
        self, node: Node, told: Mapping[str, Relation], led: dict[Relation, str], boxes: Mapping[int, Box]
    ) -> str:
        if node.name in WITHOUT and "r:id" not in node.attributes:
            return WITHOUT[node.name]
        for name in [name for name in node.attributes if name.startswith("r:")]:
            relation = told.get(node.attributes[name])
            new = self._followed(relation, boxes.get(id(node), WHOLE)) if relation else None
            if new is not None:
                node.attributes[name] = led.setdefault(new, f"rId{len(led) + 1}")
            elif name in LINKED:
                self.noted.add(PATHS)
                del node.attributes[name]
            elif node.name in WITHOUT:
                return WITHOUT[node.name]
            else:
                raise UnfitFileError("office-parts")
        return ""

    def _followed(self, relation: Relation, box: Box) -> Relation | None:
        """Return the relation to the new part, or nothing where what it leads to is not kept."""
        if relation.sort == "hyperlink" and relation.is_outside and leads_into_the_web(relation.target):
            return replace(relation, target=seen_only(relation.target, self.noted))
        if relation.is_outside or (relation.sort != "image" and relation.sort not in PARTS[self.family]):
            self.noted.add(PATHS if relation.is_outside else DATA)
            return None
        made = self._picture(relation.target, box) if relation.sort == "image" else None
        return replace(relation, target=made or self.visit(relation.target, relation.sort))

    def _picture(self, path: str, box: Box) -> str:
        known = self.named.get((path.casefold(), box))
        if known is not None:
            return known
        if path.casefold() not in self.parts or self.album is None:
            raise UnfitFileError("broken")
        ending, content = self.album.clean(self.parts[path.casefold()], box)
        if box != WHOLE:
            self.noted.add("what was cropped away of a picture")
        number = self.numbers["media"] = self.numbers.get("media", 0) + 1
        name = f"{FOLDERS[self.family]}/media/image{number}.{ending}"
        self.named[path.casefold(), box] = name
        self.used.add(path.casefold())
        self.made[name] = content
        return name

    def _add_unnamed(self, told: Mapping[str, Relation], led: dict[Relation, str]) -> None:
        """Add what a part leads to without an element that says so, as a text does to its styles."""
        kinds = PARTS[self.family]
        for relation in sorted(told.values(), key=lambda one: (one.sort, len(one.target), one.target)):
            if relation.is_outside or relation.sort not in kinds or kinds[relation.sort].is_named:
                continue
            new = replace(relation, target=self.visit(relation.target, relation.sort))
            led.setdefault(new, f"rId{len(led) + 1}")

    def packed(self, main: str) -> bytes:
        """Return the new package, and note what of the old one is not in it."""
        for key in sorted(set(self.parts) - self.used):
            self.noted.add(word_for(key))
        if self.album is not None:
            self.noted |= self.album.noted
        endings = {name.rpartition(".")[2] for name in self.made} & set(PICTURES)
        first = [
            (TYPES_PART, write_types(self.made_types, endings)),
            (relations_path(""), write_relations([Relation(sort="officeDocument", target=main)], "")),
        ]
        return pack([*first, *sorted(self.made.items())])
