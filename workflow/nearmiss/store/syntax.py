"""What a syntax error of the parser means to the person who wrote the line: a sentence and a fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nearmiss.policy.findings import Finding


@dataclass(frozen=True, kw_only=True)
class _Explanation:
    """`words` of the parser, and what to say instead; `opening` is where what was never closed began."""

    words: str
    message: str
    hint: str
    code: str = "yaml-syntax"
    opening: bool = False


_QUOTE_IT = 'Put the whole value in double quotes: "…"'

# The first that fits is taken: what is particular stands before what is general.
_EXPLANATIONS = (
    _Explanation(
        words="while scanning a quoted scalar found unexpected",
        message="A quoted text is not closed",
        hint='Close the quotes that open here, or double a quote inside \'…\' and write \\" inside "…"',
        opening=True,
    ),
    _Explanation(
        words="tag",
        code="yaml-tag",
        message="A value begins with `!`, which is a tag",
        hint="Remove the tag, or put the whole value in double quotes",
    ),
    _Explanation(
        words="while scanning an anchor",
        message="A value begins with `&`, which is an anchor",
        hint=_QUOTE_IT,
    ),
    _Explanation(
        words="while scanning an alias",
        message="A value begins with `*`, which is an alias",
        hint=_QUOTE_IT,
    ),
    _Explanation(
        words="mapping values are not allowed",
        message="A colon stands where no key can be",
        hint='Put a value that holds ": " in double quotes; otherwise look at the indentation',
    ),
    _Explanation(
        words="tab character that violates indentation",
        message="A tab stands where a line is indented",
        hint="Indent with spaces, not tabs",
    ),
    _Explanation(
        words="cannot start any token",
        message="A value cannot begin with this character",
        hint="Indent with spaces, not tabs; put a value that begins with @ ` or % in double quotes",
    ),
    _Explanation(
        words="could not find expected ':'",
        message="A key has no colon",
        hint="Write `key: value`; text that goes on needs `|-` after its key, or quotes",
        opening=True,
    ),
    _Explanation(
        words="did not find expected ',' or",
        message="A bracket is not closed, or a comma is missing",
        hint="Close the bracket that opens here; put text with commas or brackets in double quotes",
        opening=True,
    ),
    _Explanation(
        words="did not find expected node content",
        message="A value is expected here",
        hint="Look for a comma or bracket too many; put text that begins with one in double quotes",
    ),
    _Explanation(
        words="did not find expected '-' indicator",
        message="A line stands where the next `- ` of a list should be",
        hint="Give all entries of a list the same indentation",
    ),
    _Explanation(
        words="did not find expected key",
        message="A line stands where the next key should be",
        hint="Give all keys of a mapping the same indentation, and put text with quotes inside wholly in quotes",
    ),
    _Explanation(
        words="block sequence entries are not allowed",
        message="A list cannot begin here",
        hint="Begin the list on a line of its own below its key",
    ),
    _Explanation(
        words="did not find expected <document start>",
        message="Something follows the end of the document",
        hint="Look at the indentation: all keys of the document begin at the margin",
    ),
    _Explanation(
        words="escape",
        message="A backslash is followed by what is no escape",
        hint='Write \\\\ for a backslash inside "…", or use single quotes',
    ),
)


def explain(error: Any) -> Finding:
    """Turn the parser's YAMLError into a finding at the place where the mending is to be done."""
    problem, context = str(getattr(error, "problem", "") or error), str(getattr(error, "context", "") or "")
    words = f"{context} {problem}".strip()
    known = next((each for each in _EXPLANATIONS if each.words in words.lower()), None)
    mark = getattr(error, "problem_mark", None)
    if known is None:
        return _place(Finding(code="yaml-syntax", message=f"This is not YAML: {words}", hint=_QUOTE_IT), mark)
    opening = getattr(error, "context_mark", None)
    finding = Finding(code=known.code, message=known.message, hint=known.hint)
    return _place(finding, opening if known.opening and opening else mark)


def _place(finding: Finding, mark: Any) -> Finding:
    return finding.at(line=mark.line + 1, column=mark.column + 1) if mark else finding.at(line=1, column=1)
