"""Which class a path belongs to: record, policy, site or free. What could change the rules is always policy."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nearmiss.policy.settings import PathClass, Settings

ALWAYS_POLICY = (
    "workflow/policy/",
    "workflow/nearmiss/",
    "nearmiss/",
    "schemas/",
    "templates/",
    "site/theme/",
    "ci/",
    ".azure-pipelines/",
    ".buildkite/",
    ".builds/",
    ".ci/",
    ".circleci/",
    ".forgejo/",
    ".gitea/",
    ".github/",
    ".gitlab/",
    ".husky/",
    ".semaphore/",
    ".teamcity/",
    ".tekton/",
    ".vscode/",
    ".woodpecker/",
)
"""Folders that decide how requests are judged, or hold what runs on other people's machines, whatever the map says."""

ALWAYS_POLICY_NAMES = frozenset(
    {
        ".build.yml",
        ".envrc",
        ".mailmap",
        ".pre-commit-config.yaml",
        ".pre-commit-config.yml",
        ".pre-commit-hooks.yaml",
        "buildspec.yml",
        "codeowners",
        "conftest.py",
        "makefile",
        "gnumakefile",
        "mkdocs.yml",
        "mkdocs.yaml",
        "noxfile.py",
        "pyproject.toml",
        "pytest.ini",
        "renovate.json",
        "setup.cfg",
        "setup.py",
        "sitecustomize.py",
        "tox.ini",
        "usercustomize.py",
    }
)
_STEERING_NAMES = (
    ".appveyor.",
    ".cirrus.",
    ".drone.",
    ".lefthook.",
    ".travis.",
    ".woodpecker.",
    "appveyor.",
    "azure-pipelines.",
    "bitbucket-pipelines.",
    "cloudbuild.",
    "jenkinsfile",
    "lefthook.",
)
"""How the names of files begin that steer a CI; endings and numbers differ."""

# Windows also finds `.gitattributes` by the short name that it made for it, such as `GITATT~1`.
_SHORT_GIT_NAME = re.compile(r"\.?git[a-z0-9_]{0,3}~[0-9]{1,3}|gi[0-9a-f]{4}~[0-9]")


def class_of(path: str, settings: Settings) -> PathClass:
    """Return the class of a path: policy for what could change the rules, whatever the map in the settings says.

    That is CI files, hooks, code and templates that others run, and all named `.git*`. Paths are compared as the most
    forgiving file systems do: without regard to case, invisible characters and closing dots. What no rule fits is
    policy.
    """
    parts = [_seen(part) for part in path.split("/")]
    folded = "/".join(parts)
    if folded.startswith(ALWAYS_POLICY) or any(part == "hooks" for part in parts[:-1]):
        return "policy"
    if parts[-1] in ALWAYS_POLICY_NAMES or parts[-1].startswith(_STEERING_NAMES):
        return "policy"
    if parts[0] == "site" and parts[-1].endswith((".py", ".pyc", ".so")):
        return "policy"
    if any(part.startswith(".git") or _SHORT_GIT_NAME.fullmatch(part) for part in parts):
        return "policy"
    for rule in settings.paths:
        if _pattern(rule.glob).fullmatch(path):
            return rule.is_
    return "policy"


def _seen(part: str) -> str:
    """Return a name as a forgiving file system takes it: folded, composed, without what cannot be seen."""
    if part.isascii():
        return part.casefold().rstrip(" .")
    visible = "".join(sign for sign in part if unicodedata.category(sign) not in {"Cf", "Cc", "Mn"})
    return unicodedata.normalize("NFKC", visible).casefold().rstrip(" .")


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    """Compile a glob in which `*` stays within a folder and `**` spans folders."""
    words = re.split(r"(\*\*/?|\*)", glob)
    spelled = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    return re.compile("".join(spelled.get(word, re.escape(word)) for word in words))
