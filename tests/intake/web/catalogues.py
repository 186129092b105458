"""Gathers every sentence of the intake and brings its catalogues up to date, as is done for the site.

`python -m tests.intake.web.catalogues` writes `messages.pot`, and in each catalogue beside it what is new. What the
public reads is in every language; what only the desk says is in German besides English.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nearmiss.policy.intake_rules import IntakeRules
from nearmiss.store.foreign import read_foreign
from tests.intake.sections.words import words
from tests.site.catalogues import Sentence, Speaker, doubled, main

FOLDER = Path("templates") / "intake" / "languages"
REFUSING = ("app.py", "guard.py", "security/*.py")
"""Where errors stand that anybody may meet."""

ASKED = ("site", "area", "location", "barrier", "hazard")
"""The lists of the vocabulary from which people choose in the form."""

VOCABULARY = "schemas/vocabulary"
REASONS = "workflow/nearmiss/policy/intake_rules.py"
FIELDS = "workflow/nearmiss/engine/forms/names.py"
DESK = ("templates/intake/desk/", "workflow/nearmiss/intake/desk/", "workflow/nearmiss/engine/forms/")
OF_THE_DESK = frozenset({"de"})
"""The languages that the desk speaks besides English."""


def _labels(root: Path) -> Iterator[Sentence]:
    """Yield the English labels of the terms that come with the program, and what the desk's forms say of fields."""
    for name in ASKED:
        path = root / VOCABULARY / f"{name}.yaml"
        said: Any = read_foreign(path.read_bytes()) if path.is_file() else {"terms": ()}
        for term in said["terms"]:
            yield Sentence((doubled(term["label"]["en"]),), "", f"{VOCABULARY}/{name}.yaml")
    for reason in IntakeRules.model_validate({"schema": 1}).discard_reasons:
        yield Sentence((doubled(reason.label["en"]),), "", REASONS)
    yield from (Sentence((doubled(word),), "", FIELDS) for word in sorted(set(words())))


def is_said(language: str, sentence: Sentence) -> bool:
    """Say whether a language needs a sentence: German labels stand in the vocabulary, and the desk knows no Spanish."""
    if sentence.file.startswith((VOCABULARY, REASONS)):
        return language != "de"
    return language in OF_THE_DESK or not sentence.file.startswith(DESK)


def _refusals(root: Path) -> Iterator[Sentence]:
    """Yield what the errors of the house say to anybody: they are plain sentences, translated where they are shown."""
    for name in REFUSING:
        for path in sorted((root / "workflow/nearmiss/intake").glob(name)):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "__init__":
                    given = [*node.args, *(one.value for one in node.keywords)]
                    words = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                    yield from (Sentence((doubled(one),), "", str(path.relative_to(root))) for one in words)


def _all_besides(root: Path) -> Iterator[Sentence]:
    """Yield all that is marked nowhere."""
    yield from _labels(root)
    yield from _refusals(root)


INTAKE = Speaker(
    folder=FOLDER,
    templates=(("templates/intake", "*.j2"),),
    code=("workflow/nearmiss/intake",),
    besides=_all_besides,
    is_said=is_said,
)

if __name__ == "__main__":
    main(speaker=INTAKE)
