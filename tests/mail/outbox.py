"""A mailer that sends nothing: it keeps the letters, and those to some addresses come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nearmiss.engine.mailing import Letter, LettersUnsentError, Unsent


@dataclass
class Outbox:
    """Letters that were sent, in order, and the addresses to which none can be sent."""

    letters: list[Letter] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def send(self, letters: Sequence[Letter]) -> None:
        """Keep the letters; raises LettersUnsentError for those to a broken address."""
        unsent = [
            Unsent(letter=letter, addresses=tuple(self.broken.intersection(letter.to)), why="It came back.")
            for letter in letters
            if self.broken.intersection(letter.to)
        ]
        self.letters += [letter for letter in letters if not self.broken.issuperset(letter.to)]
        if unsent:
            raise LettersUnsentError(unsent, of=len(letters))
