"""Similar cases: past records that share rare words, place, hazard or class with one, the likeliest first."""

from __future__ import annotations

import re
from collections import Counter
from math import log
from typing import TYPE_CHECKING, Any, NamedTuple

from nearmiss.policy.plain import get

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.indexing.index import View
    from nearmiss.engine.records.summaries import Summary

MOST = 6
LEAST_LETTERS = 4
"""Letters of the shortest word that tells anything."""
STEM = 6
"""Letters by which words are compared, so that `chock` and `chocks`, `Rampe` and `Rampen` are one."""
MOST_SEARCHED = 6
SAME = (("hazard", 2.5), ("area", 1.0), ("site", 0.5), ("classification", 0.5))
"""What else two cases may share, and how much that counts beside a word that each of few records has."""
ENOUGH = 2.0
TOLD = ("what_happened", "what_could_have_happened")

_WORD = re.compile(rf"[^\W\d_]{{{LEAST_LETTERS},}}")


class Similar(NamedTuple):
    """A past record that may be similar, and why: the words, and the names of the fields, that both have."""

    id: str
    title: str
    state: str
    words: tuple[str, ...]
    fields: tuple[str, ...]
    weight: float


class Sought(NamedTuple):
    """What is looked for: words, and the terms that a case has of hazard, area, site and classification."""

    text: str
    terms: Mapping[str, str] = {}


def sought_of(record: Mapping[str, Any]) -> Sought:
    """Return what is looked for where cases like a record are sought; a report that is none yet will do."""
    report = get(record, "report") or {}
    text = " ".join(str(one) for one in (record.get("title", ""), *(report.get(name, "") for name in TOLD)))
    terms = {
        "hazard": get(record, "assessment", "hazard"),
        "area": report.get("process_area"),
        "site": report.get("site"),
        "classification": get(record, "assessment", "classification"),
    }
    return Sought(text=text, terms={name: term for name, term in terms.items() if isinstance(term, str)})


def find_similar(desk: Desk, sought: Sought, *, besides: str = "", most: int = MOST) -> tuple[Similar, ...]:
    """Return the records of the main branch that are most like what is sought, without the one it was made from."""
    from nearmiss.engine.indexing.making import answered

    def answer(view: View) -> tuple[Similar, ...]:
        summaries = view.summaries(view.kept.rows(newest=0), words=True)
        return rank(sought, [one for one in summaries if one.id != besides], most=most)

    return answered(desk, answer)


def rank(sought: Sought, summaries: Sequence[Summary], *, most: int = MOST) -> tuple[Similar, ...]:
    """Return the summaries most like what is sought; a word counts the more, the fewer records have it."""
    stems = [stems_of(one.words or one.title) for one in summaries]
    common = Counter(stem for found in stems for stem in found)
    wanted = stems_of(sought.text)
    most_have = max(_FEW, len(summaries) // 2)
    weights = {stem: 1 + log(len(summaries) / common[stem]) for stem in wanted if 0 < common[stem] <= most_have}
    ranked = [_compared(sought, one, found, wanted, weights) for one, found in zip(summaries, stems, strict=True)]
    enough = [one for one in ranked if one.weight >= ENOUGH and (one.words or "hazard" in one.fields)]
    best = max((one.weight for one in enough), default=0.0)
    near = [one for one in enough if one.weight >= best * _NEAR]
    return tuple(sorted(near, key=lambda one: (-one.weight, one.id))[:most])


_FEW = 4
"""Records among which a word may be in each and still tell something; among more, in half of them."""
_NEAR = 0.5
"""What share of the likeliest one's weight a case must have to be named beside it."""


def _compared(
    sought: Sought,
    summary: Summary,
    found: Mapping[str, str],
    wanted: Mapping[str, str],
    weights: Mapping[str, float],
) -> Similar:
    shared = sorted((stem for stem in weights if stem in found), key=lambda stem: -weights[stem])
    fields = [name for name, _ in SAME if sought.terms.get(name) and sought.terms[name] == getattr(summary, name)]
    weight = sum(weights[stem] for stem in shared) + sum(worth for name, worth in SAME if name in fields)
    words = tuple(wanted[stem] for stem in shared[:MOST_SEARCHED])
    return Similar(summary.id, summary.title, summary.state, words, tuple(fields), weight)


def stems_of(text: str) -> dict[str, str]:
    """Return the words of a text that tell something, by the letters that they are compared by."""
    found: dict[str, str] = {}
    for word in _WORD.findall(text.casefold()):
        if word not in COMMON:
            found.setdefault(word[:STEM], word)
    return found


def words_to_search(sought: Sought, found: Iterable[Similar]) -> str:
    """Return the words that were searched for, those first by which something was found."""
    return " ".join(dict.fromkeys(_searched(sought, found)))[:_LONGEST].strip()


_LONGEST = 120


def _searched(sought: Sought, found: Iterable[Similar]) -> Iterator[str]:
    yield from [word for one in found for word in one.words][:MOST_SEARCHED]
    yield from list(stems_of(sought.text).values())[:MOST_SEARCHED]


_COMMON = (
    "about after again also another because been before being could does down from have hadn into just "
    "like more most much near nobody only other over same since some somebody than that their them then "
    "there these they this those through time until very walked was wasn went were what when where which "
    "while who will with without would your aber alle allem allen alles also andere auch beim bereits "
    "dabei damit dann dass deren dessen diese diesem diesen dieser dieses doch dort durch eine einem "
    "einen einer eines etwas gerade gewesen habe haben hatte hatten hätte hier jemand kann kein keine "
    "konnte könnte mehr musste nach nicht noch oder ohne schon sehr sein seine sich sind soll sollte "
    "sondern über unter vom wäre waren weil wenn werden wird wurde wurden zwei zwischen para como pero "
    "esta este porque cuando donde tiene había jest było była były oraz przez przed tylko żeby kiedy "
)
COMMON = frozenset(_COMMON.split())
"""Words that tell nothing of a case, in the languages of the intake."""
