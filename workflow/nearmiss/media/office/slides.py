"""Slides (pptx): the pages that are shown, without notes, comments, sounds, films and what moves on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.media.office import drawings
from nearmiss.media.office.drawings import OBJECTS
from nearmiss.media.office.markup import Node
from nearmiss.media.office.sifting import DATA, Rules, sift

if TYPE_CHECKING:
    from collections.abc import Collection

HIDDEN = "hidden pages"

RULES = Rules(
    dropped={
        **drawings.DROPPED,
        **dict.fromkeys(("p:timing", "p:transition"), ""),
        **dict.fromkeys(("p:custDataLst", "p:controls", "p:tags"), DATA),
        "p:sndAc": OBJECTS,
    },
    unwrapped={},
    attributes={**drawings.ATTRIBUTES, "p:cSld name": ""},
    is_worded=drawings.WORDED.__contains__,
)

KEPT = {"p:sldMasterIdLst", "p:sldIdLst", "p:sldSz", "p:notesSz", "p:defaultTextStyle"}
"""What is kept of the main part."""

NUMBER_OF_PAGE = "{00000000-0000-4000-8000-000000000000}"


def is_hidden(slide: Node) -> bool:
    """Say whether a page is passed over when the others are shown."""
    return slide.attributes.get("show") in {"0", "false"}


def clean_slides(sort: str, root: Node, noted: set[str], *, hidden: Collection[str]) -> None:
    """Keep of a part of a presentation what one sees of it. `hidden` are the relations that lead to hidden pages."""
    if sort == "officeDocument":
        gone = [node for node in root.nodes if node.name not in KEPT]
        if {node.name for node in gone} - {"p:extLst", "p:notesMasterIdLst", "p:handoutMasterIdLst"}:
            noted.add(DATA)
        root.without(*gone)
        for pages in (node for node in root.nodes if node.name == "p:sldIdLst"):
            passed = [page for page in pages.nodes if page.attributes.get("r:id") in hidden]
            if passed:
                noted.add(HIDDEN)
            pages.without(*passed)
    sift(root, RULES, noted)
    for node in root.walk():
        if node.name == "a:fld":
            _fix(node)


def _fix(field: Node) -> None:
    """Let the number of a page be reckoned, and make any other field the words that it shows."""
    if field.attributes.get("type") == "slidenum":
        field.attributes["id"] = NUMBER_OF_PAGE
        return
    field.name, field.attributes = "a:r", {}
    field.without(*(one for one in field.nodes if one.name == "a:pPr"))
