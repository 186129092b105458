"""The Markdown that long text of records may hold: paragraphs, lists, emphasis and links, and nothing else of it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from nearmiss.render.characters import RECORD_ID, attribute, escaped, link_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

    from nearmiss.render.characters import AddressOf

    _Environment = dict[str, Any]

DEEPEST = 12
"""How deep tags may lie in each other; a list takes two of it. A text that goes deeper is shown as it is."""

FARTHEST = DEEPEST + 8
"""Where the parser stops to look, and would lose words: well below what is given up before."""

REL = "noopener noreferrer nofollow"
TAGS = frozenset({"p", "br", "ul", "ol", "li", "em", "strong", "a"})

_LONGEST_RUN = 3
# Programs read an address differently where it has a name or a backslash before the host, or other alphabets in it.
_HOST = r"(?P<host>(?>[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?))"
_CHARACTER = r"[^\s()<>\"'`\\{}|^\[\]\x00-\x1f\u2018-\u201f\u00ab\u00bb\u2039\u203a]"
_REST = rf"(?:[/?#](?:{_CHARACTER}|\({_CHARACTER}*+\))*+)?+"
_ADDRESS = re.compile(rf"https?://{_HOST}{_REST}(?![\w@\\%:])")
_LINK = re.compile(
    rf"\[(?P<label>[^\[\]\n]{{1,300}}+)\]\((?P<target>https?://{_HOST}{_REST}|(?P<id>{RECORD_ID.pattern}))\)"
)
_BULLET = re.compile(r"^( *)[*•](?= )", re.MULTILINE)
_ITEM = re.compile(r" *(?:-|[0-9]{1,9}[.)]) +\S")
_ESCAPED = re.compile(r"(?<![\w:.\\/])\\[*_\[]")
_MARKERS = re.compile(r"[*_\\]")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_LIKE_AN_ID = re.compile(r"[A-Z]{2,8}-\w{4}-\w{5}")


@dataclass(frozen=True, kw_only=True)
class _Leads:
    """Where a link leads, and what its words say; a link to a record has no host."""

    target: str
    host: str
    label: str

    def address(self, address_of: AddressOf) -> str:
        """Return the address; nothing where there is no page, or where the words name another record."""
        words = _MARKERS.sub("", "".join(each for each in self.label if unicodedata.category(each) != "Cf"))
        named = _LIKE_AN_ID.findall(_DASHES.sub("-", unicodedata.normalize("NFKC", words)).upper())
        if any(each != self.target for each in named) and self.label != self.target:
            return ""
        return self.target if self.host else address_of(self.target) or ""

    @property
    def after(self) -> str:
        """What is said after the words, so that nobody is led where they did not mean to go: the host."""
        return f" ({self.host})" if self.host and self.label not in (self.target, self.host) else ""


def marked_up(words: str, address_of: AddressOf) -> str:
    """Return text without unseen characters as HTML, or nothing where it is nested deeper than anybody writes."""
    parser = _parser()
    environment: _Environment = {"address_of": address_of, "linked": False}
    tokens = parser.parse(_BULLET.sub(r"\1-", words), environment)
    if _depth(tokens) > DEEPEST:
        return ""
    return _cleaned(parser.renderer.render(tokens, parser.options, environment)).strip()


def _depth(tokens: Sequence[Token]) -> int:
    return max((max(token.level, _depth(token.children or ())) for token in tokens), default=0)


def _cleaned(html: str) -> str:
    """Look at the result once more: should the parser ever let a tag through, it goes no further."""
    import nh3

    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        tag_attribute_values={"a": {"rel": {REL}}},
        url_schemes={"http", "https"},
        link_rel=None,
    )


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("zero", {"maxNesting": FARTHEST, "breaks": True})
    parser.block.ruler.at("list", _list, {"alt": ["paragraph"]})
    parser.inline.ruler.at("escape", _escape)
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.inline.ruler.at("link", _link)
    parser.inline.ruler.at("linkify", _bare_address)
    parser.enable(["list", "newline", "escape", "emphasis", "link", "linkify"])
    for kind, rule in {"text": _text, "link_open": _link_open, "link_close": _link_close}.items():
        parser.add_render_rule(kind, rule)
    return parser


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 - as the parser calls it
    """Begin a list at `-`, `*`, `•` or a number, where words follow; `+` is a sign, and a `-` alone says "none"."""
    from markdown_it.rules_block import list_block

    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    return bool(_ITEM.match(line)) and list_block(state, start, end, silent)


def _escape(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    r"""Take `\*`, `\_` and `\[` for the character, but not within `C:\_old` or `\\server\_share`: paths are kept."""
    found = _ESCAPED.match(state.src, state.pos, state.posMax)
    if silent or not found:
        return False
    character = found[0][1]
    state.push("text_special", "", 0).content = character
    state.pos += 2
    return True


def _emphasis(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Note where emphasis may begin or end. Never inside a word or a number: `10*20*30` is a measure."""
    from markdown_it.rules_inline.state_inline import Delimiter

    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    run = state.scanDelims(state.pos, False)  # noqa: FBT003 - as above
    if run.length > _LONGEST_RUN or not (run.can_open or run.can_close):
        state.push("text", "", 0).content = marker * run.length
        state.pos += run.length
        return True
    for _ in range(run.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=run.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=run.can_open,
                close=run.can_close,
            )
        )
    state.pos += run.length
    return True


def _link(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Read `[words](https://…)` and `[words](ID)`; a picture, `![…](…)`, stays the characters it is."""
    if silent or state.src[state.pos] != "[" or state.linkLevel or state.src[max(state.pos - 1, 0)] == "!":
        return False
    found = _LINK.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    end_of_text = state.posMax
    leads = _Leads(target=found["target"], host=found["host"] or "", label=found["label"])
    state.push("link_open", "a", 1).meta["leads"] = leads
    state.pos, state.posMax = found.span("label")
    state.linkLevel += 1
    state.md.inline.tokenize(state)
    state.linkLevel -= 1
    state.push("link_close", "a", -1).meta["leads"] = leads
    state.pos, state.posMax = found.end(), end_of_text
    return True


def _bare_address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
    """Link an address that stands in the text, at its colon; what ends a sentence is no part of it."""
    if silent or state.linkLevel or not state.src.startswith("://", state.pos):
        return False
    scheme = next((name for name in ("https", "http") if state.pending.endswith(name)), "")
    start = state.pos - len(scheme)
    found = _ADDRESS.match(state.src, start, state.posMax) if scheme else None
    if not found or state.src[max(start - 1, 0) : start].isalnum():
        return False
    address = found[0].rstrip(".,;:!?*_~-'")
    state.pending = state.pending[: -len(scheme)]
    leads = _Leads(target=address, host=found["host"], label=address)
    state.push("link_open", "a", 1).meta["leads"] = leads
    state.push("text", "", 0).content = address
    state.push("link_close", "a", -1).meta["leads"] = leads
    state.pos = start + len(address)
    return True


def _text(_renderer: object, tokens: Sequence[Token], at: int, _options: object, environment: _Environment) -> str:
    words = escaped(tokens[at].content)
    return words if environment["linked"] else link_ids(words, environment["address_of"])


def _link_open(_renderer: object, tokens: Sequence[Token], at: int, _options: object, environment: _Environment) -> str:
    leads: _Leads = tokens[at].meta["leads"]
    address = leads.address(environment["address_of"])
    environment["linked"] = bool(address)
    if not address:
        return ""
    rel = f' rel="{REL}"' if leads.host else ""
    return f'<a href="{attribute(address)}"{rel}>'


def _link_close(
    _renderer: object, tokens: Sequence[Token], at: int, _options: object, environment: _Environment
) -> str:
    leads: _Leads = tokens[at].meta["leads"]
    linked, environment["linked"] = environment["linked"], False
    if linked:
        return f"</a>{escaped(leads.after)}"
    return "" if leads.label == leads.target else f" ({link_ids(escaped(leads.target), environment['address_of'])})"
