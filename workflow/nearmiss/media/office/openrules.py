"""OpenDocument as a table: its languages, and what of its elements and attributes is kept."""

from __future__ import annotations

from nearmiss.media.office.drawings import ALT, COMMENTS, OBJECTS, TRACKED
from nearmiss.media.office.fields import LINKS, OWN_FIELDS
from nearmiss.media.office.sheets import FORMULAS
from nearmiss.media.office.sifting import DATA, PATHS, UNSEEN_WORDS, Rules

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"

LANGUAGES = {
    **{f"{_OASIS}:{name}:1.0": name for name in ("office", "style", "text", "table", "chart", "dr3d", "presentation")},
    f"{_OASIS}:drawing:1.0": "draw",
    f"{_OASIS}:datastyle:1.0": "number",
    f"{_OASIS}:xsl-fo-compatible:1.0": "fo",
    f"{_OASIS}:svg-compatible:1.0": "svg",
    f"{_OASIS}:manifest:1.0": "manifest",
    "http://www.w3.org/1999/xlink": "xlink",
    "http://www.w3.org/1998/Math/MathML": "math",
    "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0": "loext",
}
"""By the name of a language, the prefix under which it is known here."""

_FROM_THE_FILE = (
    "author-name", "author-initials", "sender-firstname", "sender-lastname", "sender-initials", "sender-title",
    "sender-position", "sender-email", "sender-phone-private", "sender-fax", "sender-company", "sender-phone-work",
    "sender-street", "sender-city", "sender-postal-code", "sender-country", "sender-state-or-province",
    "initial-creator", "creator", "creation-date", "creation-time", "modification-date", "modification-time",
    "print-date", "print-time", "printed-by", "editing-cycles", "editing-duration", "file-name", "template-name",
    "description", "user-defined", "subject", "keywords",
)  # fmt: skip
"""Fields that repeat what the file says of its writer."""

_FIELDS = (
    "variable-set", "variable-get", "variable-input", "user-field-get", "user-field-input", "text-input", "expression",
    "conditional-text", "database-display", "database-name", "database-next", "database-row-number",
    "database-row-select", "placeholder", "meta", "meta-field", "bookmark-ref", "reference-ref", "note-ref",
    "sequence-ref", "sequence", "dde-connection", "measure", "table-formula", "execute-macro", "bibliography-mark",
    "date", "time", "title", "sheet-name", "drop-down",
)  # fmt: skip
"""Fields of which the words stay that they show."""

_MARKS = (
    "bookmark", "bookmark-start", "bookmark-end", "reference-mark", "reference-mark-start", "reference-mark-end",
    "alphabetical-index-mark", "alphabetical-index-mark-start", "alphabetical-index-mark-end", "toc-mark",
    "toc-mark-start", "toc-mark-end", "user-index-mark", "user-index-mark-start", "user-index-mark-end",
    "soft-page-break", "sequence-decls", "variable-decls", "label",
)  # fmt: skip

_OF_TABLES = (
    "content-validations", "named-expressions", "database-ranges", "data-pilot-tables", "scenario", "detective",
    "calculation-settings", "cell-range-source", "table-source", "consolidation", "label-ranges", "dde-links",
)  # fmt: skip

_WORDLESS = {"text:list", "text:list-item", "text:section", "text:index-body", "text:note", "text:table-of-content"}
"""Elements of the language of texts whose own words are not seen."""

RULES = Rules(
    dropped={
        **{f"text:{name}": OWN_FIELDS for name in _FROM_THE_FILE},
        **{f"text:{name}": "" for name in _MARKS},
        **{f"table:{name}": DATA for name in _OF_TABLES},
        **dict.fromkeys(("office:annotation", "office:annotation-end"), COMMENTS),
        **dict.fromkeys(("text:tracked-changes", "table:tracked-changes"), TRACKED),
        **dict.fromkeys(("text:change", "text:change-start", "text:change-end"), TRACKED),
        **dict.fromkeys(
            ("text:hidden-text", "text:hidden-paragraph", "text:script", "presentation:notes"), UNSEEN_WORDS
        ),
        **dict.fromkeys(("text:section-source", "office:dde-source", "text:dde-connection-decls"), PATHS),
        **dict.fromkeys(("svg:title", "svg:desc"), ALT),
        **dict.fromkeys(
            ("draw:object-ole", "draw:applet", "draw:plugin", "draw:floating-frame", "draw:control"), OBJECTS
        ),
        **dict.fromkeys(("office:meta", "office:settings", "text:user-field-decls", "svg:font-face-src"), DATA),
        **dict.fromkeys(("presentation:settings", "presentation:event-listener", "office:binary-data"), DATA),
        **dict.fromkeys(("office:scripts", "office:forms", "office:event-listeners", "table:shapes-source"), ""),
        **dict.fromkeys(("math:annotation", "math:annotation-xml", "loext:theme", "loext:graphic-properties"), ""),
    },
    unwrapped={**{f"text:{name}": "" for name in _FIELDS}, "loext:content-control": "", "text:execute-macro": LINKS},
    attributes={
        **dict.fromkeys(("table:formula", "text:formula"), FORMULAS),
        **dict.fromkeys(
            ("table:content-validation-name", "xlink:title", "office:title", "office:name", "office:string-value"), ""
        ),
        **dict.fromkeys(("office:target-frame-name", "draw:mime-type", "draw:filter-name", "draw:display-name"), ""),
        **dict.fromkeys(("text:protection-key", "table:protection-key", "draw:page draw:name", "draw:nav-order"), ""),
        **dict.fromkeys(("text:protection-key-digest-algorithm", "table:protection-key-digest-algorithm"), ""),
        **dict.fromkeys(("table:print-ranges", "table:scenario-ranges", "chart:data-source-has-labels"), ""),
    },
    is_worded=lambda name: name.partition(":")[0] in {"text", "number", "math"} and name not in _WORDLESS,
)

NAMED_SHAPES = (
    "frame", "custom-shape", "rect", "line", "circle", "ellipse", "path", "polygon", "polyline", "connector", "g",
    "caption", "measure", "regular-polygon", "page-thumbnail", "contour-polygon", "image", "object",
)  # fmt: skip
"""Drawings whose names are free words."""
