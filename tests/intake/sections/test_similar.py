"""Similar past cases: what they share, and that common words alone make nothing similar."""

from __future__ import annotations

from nearmiss.engine.looking.similar import Sought, find_similar, rank, sought_of, words_to_search
from tests.engine.scene import Scene


def test_the_one_alike_is_first(scene: Scene) -> None:
    """A case with the same rare words and place comes first; one that shares nothing is not named."""
    alike = scene.report(what_happened="Trailer rolled off the dock while a forklift was inside.").id
    other = scene.report(what_happened="Two medicines lay swapped on the cart.", process_area="storage").id
    mine = scene.report(what_happened="At the dock a trailer crept away from the forklift.").id
    found = find_similar(scene.desk("r.meyer"), sought_of(scene.data(mine)), besides=mine)
    assert [one.id for one in found] == [alike]
    assert {"trailer", "dock", "forklift"} <= set(found[0].words)
    assert "area" in found[0].fields
    assert other not in {one.id for one in found}
    assert "trailer" in words_to_search(sought_of(scene.data(mine)), found)


def test_a_report_that_is_none_yet(scene: Scene) -> None:
    """Answers that wait to become a report find similar cases too."""
    alike = scene.report(what_happened="Trailer rolled off the dock while a forklift was inside.").id
    found = find_similar(scene.desk("r.meyer"), sought_of({"report": {"what_happened": "Trailer rolled off."}}))
    assert [one.id for one in found] == [alike]


def test_nothing_to_compare() -> None:
    """Where there is no record, or nothing was written, nothing is similar."""
    assert rank(Sought("trailer"), []) == ()
    assert sought_of({}).text.strip() == ""
