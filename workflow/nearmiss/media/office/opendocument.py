"""OpenDocument (odt, ods, odp): a new package of content, styles, pictures, and charts made anew in the same way."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from nearmiss.engine.cleaning import UnfitFileError
from nearmiss.media.office.drawings import ALT, OBJECTS
from nearmiss.media.office.markup import Budget, Node, Parsed, parse, write
from nearmiss.media.office.openhidden import drop_hidden, hidden_styles
from nearmiss.media.office.openrules import LANGUAGES, NAMED_SHAPES, RULES
from nearmiss.media.office.packing import pack
from nearmiss.media.office.sifting import DATA, PATHS, UNSEEN_WORDS, leads_into_the_web, sift

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.media.office.photos import Album

_KIND = "application/vnd.oasis.opendocument."
KINDS = {f"{_KIND}text": "odt", f"{_KIND}spreadsheet": "ods", f"{_KIND}presentation": "odp"}
INNER = {f"{_KIND}chart", f"{_KIND}formula"}
"""Documents inside a document that are kept."""

MANIFEST = "META-INF/manifest.xml"
KIND_PART = "mimetype"
CONTENT = {"content.xml": "office:document-content", "styles.xml": "office:document-styles"}
LINKS = {"text:a", "draw:a"}
REFERENCES = {"text:continue-list", "draw:start-shape", "draw:end-shape", "draw:id", "text:id", "xml:id"}
OLD_MACROS = ("basic/", "scripts/", "dialogs/")

_WORDS = (
    ("meta.xml", "author, program and times"),
    ("settings.xml", "settings of whoever wrote it"),
    ("thumbnails/", "a thumbnail"),
    ("objectreplacements/", OBJECTS),
    ("object ", OBJECTS),
)
_NOTHING_CUT = re.compile(r"rect\((?:\s*0(?:\.0+)?[a-z]*[,\s]*)*\)|auto")


def family_of(parts: Mapping[str, bytes]) -> str:
    """Return the ending that a package has by its own word; raises UnfitFileError: locked, or with programs."""
    if any(name.lower().startswith(OLD_MACROS) for name in parts):
        raise UnfitFileError("macros")
    if b"encryption-data" in parts.get(MANIFEST, b""):
        raise UnfitFileError("locked")
    return KINDS.get(parts.get(KIND_PART, b"").decode("ascii", "replace").strip(), "")


def clean_opendocument(parts: Mapping[str, bytes], *, family: str, album: Album) -> tuple[bytes, set[str]]:
    """Return a new package and what was not taken into it, in plain words; raises UnfitFileError."""
    opened = _Package(parts, album)
    opened.take_in("", "")
    if "content.xml" not in opened.made:
        raise UnfitFileError("broken")
    return opened.packed(
        f"{_KIND}{ {'odt': 'text', 'ods': 'spreadsheet', 'odp': 'presentation'}[family] }"
    ), opened.noted


class _Package:
    """A package that is being walked, and the new one that is made of it."""

    def __init__(self, parts: Mapping[str, bytes], album: Album) -> None:
        self.parts = parts
        self.album = album
        self.noted: set[str] = set()
        self.budget = Budget()
        self.used = {KIND_PART, MANIFEST}
        self.made: dict[str, bytes] = {}
        self.pictures: dict[str, str] = {}
        self.objects: dict[str, str] = {}
        self.kinds = self._kinds()

    def _kinds(self) -> dict[str, str]:
        if MANIFEST not in self.parts:
            raise UnfitFileError("broken")
        entries = self._read(MANIFEST).root.nodes
        return {
            node.attributes.get("manifest:full-path", ""): node.attributes.get("manifest:media-type", "")
            for node in entries
        }

    def _read(self, path: str) -> Parsed:
        parsed = parse(self.parts[path], LANGUAGES, self.budget)
        if parsed.has_notes:
            self.noted.add(UNSEEN_WORDS)
        return parsed

    def take_in(self, folder: str, new: str) -> None:
        """Make content and styles of a document anew, or of one inside it, with what they show."""
        roots = {}
        for name, root_name in CONTENT.items():
            if folder + name in self.parts:
                roots[name] = self._read(folder + name).root
                self.used.add(folder + name)
                if roots[name].name != root_name and not (folder and roots[name].name == "math:math"):
                    raise UnfitFileError("office-parts")
        hidden = hidden_styles(roots.values())
        for name, root in roots.items():
            drop_hidden(root, hidden, self.noted)
            _refuse_cropped(root)
            self._settle(root, folder)
            sift(root, RULES, self.noted)
            _neutralise(root, self.noted)
            self.made[new + name] = write(root, LANGUAGES)

    def _settle(self, root: Node, folder: str) -> None:
        """Let each element lead to the new part, and take away those that lead nowhere."""
        waiting = [root]
        while waiting:
            node = waiting.pop()
            kept: list[Node | str] = []
            inner = list(reversed(node.children))
            while inner:
                child = inner.pop()
                if isinstance(child, str) or node.name == "draw:frame":
                    # What stands in a frame was settled with it.
                    kept.append(child)
                elif child.name in LINKS and not leads_into_the_web(child.attributes.get("xlink:href", "")):
                    self._note_address(child)
                    inner.extend(reversed(child.children))
                elif child.name == "draw:frame":
                    kept += [child] if self._frame(child, folder) else []
                elif child.name in LINKS or self._leads(child, folder):
                    kept.append(child)
            node.children = kept
            waiting.extend(reversed(node.nodes))

    def _note_address(self, link: Node) -> None:
        if not link.attributes.get("xlink:href", "").startswith("#"):
            self.noted.add(PATHS)

    def _leads(self, node: Node, folder: str) -> bool:
        """Say whether an element is kept, with its address put right: outside of a frame only pictures have one."""
        if "xlink:href" not in node.attributes or node.name in RULES.dropped:
            return True
        if node.name == "draw:object":
            return True
        path = _path_of(node, folder)
        if path not in self.parts:
            self.noted.add(PATHS)
            return False
        node.attributes["xlink:href"] = self._picture(path, folder)
        return True

    def _frame(self, frame: Node, folder: str) -> bool:
        """Keep of what a frame shows in several ways the first that can be made anew; say whether there is one."""
        objects = [node for node in frame.nodes if node.name == "draw:object" and self._object(node, folder)]
        others = [node for node in frame.nodes if node.name in {"draw:object", "draw:object-ole", "draw:plugin"}]
        pictures = [node for node in frame.nodes if node.name == "draw:image"]
        shown = objects[:1] or [node for node in pictures if self._image(node, folder)][:1]
        lost = [node for node in [*pictures, *others] if node not in shown]
        frame.without(*lost)
        if others and not objects:
            self.noted.add(OBJECTS)
        if shown or not (pictures or others):
            return True
        if others:
            return False
        if not any(_path_of(node, folder) in self.parts for node in pictures):
            self.noted.add(PATHS)
            return False
        raise UnfitFileError("office-parts")

    def _image(self, node: Node, folder: str) -> bool:
        path = _path_of(node, folder)
        if path not in self.parts or path.startswith("ObjectReplacements/"):
            return False
        try:
            node.attributes["xlink:href"] = self._picture(path, folder)
        except UnfitFileError as error:
            if error.reason == "too-large":
                raise
            return False
        return True

    def _object(self, node: Node, folder: str) -> bool:
        """Say whether an element shows a chart or a formula, which is then made anew as a document in this one."""
        path = _path_of(node, folder)
        if folder or self.kinds.get(f"{path}/") not in INNER:
            return False
        if path not in self.objects:
            self.objects[path] = f"Object {len(self.objects) + 1}"
            self.take_in(f"{path}/", f"{self.objects[path]}/")
        node.attributes["xlink:href"] = f"./{self.objects[path]}"
        return True

    def _picture(self, path: str, folder: str) -> str:
        if path not in self.pictures:
            ending, content = self.album.clean(self.parts[path])
            self.pictures[path] = f"Pictures/{len(self.pictures) + 1}.{ending}"
            self.made[self.pictures[path]] = content
        self.used.add(path)
        return ("../" if folder else "") + self.pictures[path]

    def packed(self, kind: str) -> bytes:
        """Return the new package, and note what of the old one is not in it."""
        for path in sorted(set(self.parts) - self.used):
            lowered = path.lower()
            self.noted.add(next((word for piece, word in _WORDS if lowered.startswith(piece)), DATA))
        self.noted |= self.album.noted
        root = Node("manifest:manifest", {"manifest:version": "1.3"})
        kinds = {"/": kind, **{f"{new}/": self.kinds[f"{old}/"] for old, new in self.objects.items()}}
        media = {"xml": "text/xml", "png": "image/png", "jpg": "image/jpeg"}
        kinds |= {path: media[path.rpartition(".")[2]] for path in self.made}
        for path in sorted(kinds):
            told = {"manifest:full-path": path, "manifest:media-type": kinds[path]}
            root.children.append(Node("manifest:file-entry", told))
        parts = sorted({**self.made, MANIFEST: write(root, LANGUAGES)}.items())
        return pack([(KIND_PART, kind.encode()), *parts], stored=KIND_PART)


def _path_of(node: Node, folder: str) -> str:
    """Return the path of the part that an element shows, as far as it can be one."""
    place = node.attributes.get("xlink:href", "")
    return posixpath.normpath(posixpath.join(folder, place)) if place else ""


def _refuse_cropped(root: Node) -> None:
    """Refuse a document that shows a part of a picture only: what it hides is still in it."""
    for node in root.walk():
        if not _NOTHING_CUT.fullmatch(node.attributes.get("fo:clip", "auto")):
            raise UnfitFileError("office-parts")


def _neutralise(root: Node, noted: set[str]) -> None:
    """Give elements names and marks that tell nothing."""
    marks: dict[str, str] = {}
    shapes = {f"draw:{name}" for name in NAMED_SHAPES}
    for number, node in enumerate(root.walk(), 1):
        if node.name in shapes and node.attributes.pop("draw:name", None) is not None:
            noted.add(ALT)
        if "text:name" in node.attributes:
            node.attributes["text:name"] = f"Name{number}"
        for name in REFERENCES & set(node.attributes):
            mark = node.attributes[name]
            node.attributes[name] = marks.setdefault(mark, f"id{len(marks) + 1}")
