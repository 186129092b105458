"""The settings of an instance: branches, what goes through requests, what is published, which paths are whose."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from nearmiss.models.values import FormatVersion, Language, Line, Many, Name, Part

PathClass = Literal["record", "policy", "site", "free"]
Glob = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._*][A-Za-z0-9._/*-]*$", max_length=200)]


class PathRule(Part):
    """Which class the paths of a glob belong to; the first rule that fits decides. `**` spans folders."""

    glob: Glob
    is_: PathClass = Field(alias="is")


class Forge(Part):
    """Where requests are opened."""

    kind: Literal["plain", "github", "gitlab", "forgejo"] = "plain"
    remote: Line = "origin"


class Attachments(Part):
    """What may be attached: never executed, never put into a page as HTML."""

    max_bytes: Annotated[int, Field(ge=0, le=10_485_760)]
    types: Many[Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,8}$")]]


class Settings(Part):
    """`workflow/policy/settings.yaml`."""

    schema_: FormatVersion = Field(alias="schema")
    organisation: Line
    id_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,8}$")]
    main_branch: Line
    language: Language
    reports: Literal["direct", "request"]
    drafts: Literal["direct", "request"]
    progress: Literal["direct", "request"]
    forge: Forge = Forge.model_construct()
    register_: Literal["open", "restricted"] = Field(alias="register", description="Who may clone the repository.")
    restricted_classes: Many[Name] = ()
    restricted_go_to: Line | None = Field(default=None, description="Where a restricted class is taken instead.")
    not_safe_call: Line = Field(description="Whom to call at once when something is not safe.")
    indicator_factor: Annotated[int, Field(ge=1)]
    published_fields: Many[Line]
    attachments: Attachments
    clock_skew_minutes: Annotated[int, Field(ge=0, le=1440)]
    paths: Many[PathRule]
