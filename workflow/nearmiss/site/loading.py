"""Loading what a build is made from: the registers, what is wrong with them, and what the last build left."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from nearmiss.engine.publishing.audited import not_audited
from nearmiss.errors import NearMissError
from nearmiss.policy.findings import Severity
from nearmiss.render.characters import seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from nearmiss.engine.publishing.audited import AskAudit, AuditInShort
    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.engine.vault import Vault
    from nearmiss.policy.findings import Finding
    from nearmiss.site.sources import Source


def load(repository: Path) -> SiteData:
    """Read the register that the site belongs to; raises NearMissError."""
    # Late, because the composition root opens git and the site must be importable where there is none.
    from nearmiss.app.site import load_site_data

    return load_site_data(repository)


class SourceUnreadableError(NearMissError):
    """A register that is to feed the site cannot be read."""

    def __init__(self, source: Source, reason: str) -> None:
        super().__init__(
            f"The register {source.name!a} of `sources:` in mkdocs.yml cannot be read: {reason}",
            hint=f"It is looked for in {source.repository}, where a clone of a register with its files should be.",
        )


class CannotAuditFromError(NearMissError):
    """The commit from which on the history is to be judged cannot be used."""

    def __init__(self, begins_at: str, error: NearMissError) -> None:
        super().__init__(
            f"The history cannot be audited from {begins_at!a} on (`audit_from` of the plugin nearmiss in mkdocs.yml): "
            f"{error.message}",
            hint=error.hint,
        )


def load_all(repository: Path, sources: Sequence[Source]) -> tuple[list[SiteData], list[str]]:
    """Read the own register, and those that feed the site; return them, and what keeps records off it.

    Of lenient ones, nothing is told. Raises NearMissError.
    """
    others = (load_source(source) for source in sources)
    registers = [load(repository), *others]
    lenient = {source.name for source in sources if source.lenient}
    return registers, [fault for data in registers if data.origin not in lenient for fault in _faults_of(data)]


def with_audit(home: SiteData, *, wanted: bool, begins_at: str) -> SiteData:
    """Return a register that is audited as the configuration of its site says: at all, and from which commit on."""
    if not wanted:
        return replace(home, audit=not_audited)
    return replace(home, audit=partial(_audit_from, home.audit, begins_at)) if begins_at else home


def _audit_from(audit: AskAudit, begins_at: str) -> AuditInShort | None:
    try:
        return audit(begins_at)
    except NearMissError as error:
        raise CannotAuditFromError(begins_at, error) from error


def load_source(source: Source) -> SiteData:
    """Read another register that feeds the site, of which no figures are shown; raises SourceUnreadableError."""
    from nearmiss.app.site import load_site_data

    try:
        data = load_site_data(source.repository, shows_figures=False)
    except NearMissError as error:
        raise SourceUnreadableError(source, error.message) from error
    return replace(data, origin=source.name, origin_label=source.label)


def vault_of(repository: Path) -> Vault | None:
    """Return what keeps from one build to the next which pages were written; None where nothing can be kept."""
    from nearmiss.app.site import vault_of_pages

    try:
        return vault_of_pages(repository)
    except NearMissError:
        # Loading the records will say why.
        return None


def _faults_of(data: SiteData) -> Iterator[str]:
    """Yield, in a sentence, each error that keeps a record off the site."""
    origin = f"{data.origin_label}: " if data.origin else ""
    for finding in data.findings:
        if finding.severity is Severity.ERROR:
            yield printable(f"{origin}{_sentence(finding)}")


def printable(text: str) -> str:
    """Return a text without what would steer a terminal."""
    return seen(text).replace("\n", " ")


def _sentence(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path or finding.record
    is_named = not finding.field or finding.message.startswith(finding.field_name)
    field = "" if is_named else f"{finding.field_name} "
    kept_off = f" {finding.record} is not published until this is mended." if finding.record else ""
    return f"{place}: {field}{finding.message} ({finding.code}).{kept_off} {finding.hint}".strip()
