"""A section as a text in somebody's editor: made, opened, judged, and kept wherever it could not be saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.cli.input.editor import edit_file
from nearmiss.cli.proposing.proposal import section_put
from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from pathlib import Path

    from nearmiss.app.documents import Handed
    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.proposing.drafting import Drafted
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.findings import Finding


class DraftKeptError(NearMissError):
    """A text that was kept waits to be taken up."""

    def __init__(self, record_id: str, section: str, draft: Path) -> None:
        super().__init__(
            f"There is an unfinished text for {section} of {record_id}: {draft}",
            hint=f"Take it up: nearmiss edit {record_id} {section} --resume. Or remove that file and begin anew.",
        )


class NothingKeptError(NearMissError):
    """No text was kept."""

    def __init__(self, record_id: str, section: str) -> None:
        super().__init__(
            f"No unfinished text is kept for {section} of {record_id}.",
            hint=f"Begin one: nearmiss edit {record_id} {section}",
        )


class SectionMovedError(NearMissError):
    """Somebody changed the section while it was being edited; saving would undo that."""

    def __init__(self, record_id: str, section: str, draft: Path) -> None:
        super().__init__(
            f"{section} of {record_id} changed while you were editing it, so your text was not saved over it.",
            hint=f"Your text is kept: {draft}. Move it away, edit anew, and compare the two.",
        )


class NotSavedError(NearMissError):
    """The text is not valid, or needs somebody's approval; it is kept."""

    def __init__(
        self, error: NearMissError, *, record_id: str, section: str, draft: Path, handed: Handed | None
    ) -> None:
        # Where the text is at fault, its findings say what to do; where something else is, its hint does.
        advice = "" if getattr(error, "findings", ()) else f"{error.hint} ".lstrip()
        super().__init__(
            error.message,
            hint=f"{advice}Your text is kept: {draft}. Go on: nearmiss edit {record_id} {section} --resume",
        )
        found = getattr(error, "findings", ())
        inside = [one for one in found if handed is not None and one.field[:1] == (section,)]
        others = [one for one in found if one not in inside]
        self.findings = (*_in_draft(handed, inside), *others)


def _in_draft(handed: Handed | None, inside: list[Finding]) -> list[Finding]:
    """Return findings with the file and line in which the person has to mend them."""
    from dataclasses import replace

    if handed is None:
        return []
    return handed.locate([replace(one, path="", line=0, column=0) for one in inside])


class DraftText:
    """The text of one section of one record, for one branch."""

    def __init__(self, surroundings: Surroundings, desk: Desk, record_id: str, section: str, branch: str) -> None:
        from nearmiss.app.places import drafts_of

        self._surroundings, self._desk = surroundings, desk
        self._record_id, self._section, self._branch = record_id, section, branch
        self._path = drafts_of(surroundings.directory) / f"{record_id}-{section}.yaml"

    def begin(self) -> Drafted | None:
        """Open what the section says now; None where the person left it so."""
        from nearmiss.store.files import replace_file

        self._desk.require_branch()
        if self._path.exists():
            raise DraftKeptError(self._record_id, self._section, self._path)
        made = self._make()
        replace_file(self._path, made, read_digest=None)
        try:
            edit_file(self._path)
        finally:
            left = self._read() == made
            if left:
                self._path.unlink()
        return None if left else self._save()

    def resume(self) -> Drafted | None:
        """Open the text that was kept."""
        self._desk.require_branch()
        if not self._path.exists():
            raise NothingKeptError(self._record_id, self._section)
        edit_file(self._path)
        return self._save()

    def _make(self) -> bytes:
        from nearmiss.app.skeletons import skeleton_of
        from nearmiss.engine.proposing.drafting import basis_of_draft
        from nearmiss.engine.proposing.proposals import main_register

        basis = basis_of_draft(self._desk, self._record_id, branch=self._branch)
        return skeleton_of(
            basis.dossier,
            self._section,
            policy=main_register(self._desk)[1].newest,
            documents=self._desk.documents,
            templates=self._surroundings.root() / "templates",
        )

    def _read(self) -> bytes:
        from nearmiss.app.documents import read_bytes

        return read_bytes(self._path)

    def _save(self) -> Drafted:
        from nearmiss.app.documents import parse_mapping
        from nearmiss.engine.proposing.drafting import save_draft

        text, handed = self._read(), None
        basis = self._require_unmoved(text)
        try:
            handed = parse_mapping(text, name=str(self._path))
            edit = section_put(self._section, handed.data)
            drafted = save_draft(self._desk, self._record_id, [edit], branch=self._branch, basis=basis)
        except NearMissError as error:
            raise NotSavedError(
                error, record_id=self._record_id, section=self._section, draft=self._path, handed=handed
            ) from error
        self._path.unlink()
        return drafted

    def _require_unmoved(self, text: bytes) -> Dossier:
        from nearmiss.app.skeletons import NOTHING, basis_of
        from nearmiss.engine.proposing.drafting import basis_of_draft

        dossier = basis_of_draft(self._desk, self._record_id, branch=self._branch).dossier
        if basis_of(text) not in {"", dossier.digest_of(self._section) or NOTHING}:
            raise SectionMovedError(self._record_id, self._section, self._path)
        return dossier
