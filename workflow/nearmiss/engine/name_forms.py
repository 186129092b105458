"""The forms that a surname takes in a sentence: with an ending of German or Polish, where that is simple."""

from __future__ import annotations

from collections.abc import Iterator

SHORTEST = 3
"""Letters: the endings of a shorter name make ordinary words of it."""

ADJECTIVES = {
    "ski": ("skiego", "skiemu", "skim", "scy", "skich", "ska", "skiej", "ską"),
    "cki": ("ckiego", "ckiemu", "ckim", "ccy", "ckich", "cka", "ckiej", "cką"),
    "dzki": ("dzkiego", "dzkiemu", "dzkim", "dzka", "dzkiej", "dzką"),
    "ska": ("skiej", "ską", "ski", "skich"),
    "cka": ("ckiej", "cką", "cki", "ckich"),
    "dzka": ("dzkiej", "dzką", "dzki"),
}
"""Polish surnames that are inflected as adjectives are."""

AFTER_A_CONSONANT = ("s", "a", "owi", "em", "ie", "u", "owie", "ów", "om", "ami")
AFTER_A = ("s", "y", "i", "ę", "ą", "o", "ie", "owie")


def forms_of_name(surname: str) -> Iterator[str]:
    """Yield a surname and the forms that it takes: Kowalski, Kowalskiego; Nowak, Nowaka, Nowakowi; Meyer, Meyers."""
    if not surname:
        return
    yield surname
    if len(surname) < SHORTEST:
        return
    low = surname.casefold()
    for ending, others in ADJECTIVES.items():
        if low.endswith(ending):
            stem = surname[: -len(ending)]
            yield from (stem + other for other in others)
            return
    if low.endswith("a"):
        yield from (surname[:-1] + other for other in AFTER_A if other != "s")
        yield surname + "s"
    elif low.endswith(("e", "i", "o", "u", "y")):
        yield surname + "s"
    else:
        yield from (surname + other for other in AFTER_A_CONSONANT)
        if low.endswith("ek"):
            yield from (surname[:-2] + "k" + other for other in AFTER_A_CONSONANT)
