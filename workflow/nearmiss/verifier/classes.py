"""What kind of file lies at a path: of a record, of the policy, of the site, or free. What steers others is policy."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from nearmiss.verifier.policy import Policy

STEERING_FOLDERS = re.compile(
    r"(workflow/(policy|nearmiss)|nearmiss|schemas|templates|site/theme|ci"
    r"|\.(azure-pipelines|buildkite|builds|ci|circleci|forgejo|gitea|github|gitlab|husky|semaphore|teamcity|tekton"
    r"|vscode|woodpecker))/.*",
    re.DOTALL,
)
STEERING_NAMES = re.compile(
    r"\.build\.yml|\.envrc|\.mailmap|\.pre-commit-config\.ya?ml|\.pre-commit-hooks\.yaml|buildspec\.yml|codeowners"
    r"|conftest\.py|(gnu)?makefile|mkdocs\.ya?ml|noxfile\.py|pyproject\.toml|pytest\.ini|renovate\.json|setup\.(cfg|py)"
    r"|(site|user)customize\.py|tox\.ini"
    r"|\.?(appveyor|lefthook)\..*|\.(cirrus|drone|travis|woodpecker)\..*"
    r"|(azure-pipelines|bitbucket-pipelines|cloudbuild)\..*|jenkinsfile.*",
    re.DOTALL,
)
GIT_NAMES = re.compile(r"\.git.*|\.?git[a-z0-9_]{0,3}~[0-9]{1,3}|gi[0-9a-f]{4}~[0-9]", re.DOTALL)
"""What git reads, also by the short names that Windows makes for it."""

UNSEEN = {"Cf", "Cc", "Mn"}


def class_of(path: str, policy: Policy) -> str:
    """Return whether a path is record, policy, site or free: by the first rule that fits; what fits none is policy."""
    if _steers(path):
        return "policy"
    for rule in policy.rules["settings"]["paths"]:
        if _fits(rule["glob"], path):
            return str(rule["is"])
    return "policy"


@lru_cache(maxsize=20_000)
def _steers(path: str) -> bool:
    """Return whether a path is always policy, as the most forgiving file systems spell it."""
    names = [_forgiven(name) for name in path.split("/")]
    if STEERING_FOLDERS.fullmatch("/".join(names)) or "hooks" in names[:-1] or STEERING_NAMES.fullmatch(names[-1]):
        return True
    runs = names[0] == "site" and names[-1].endswith((".py", ".pyc", ".so"))
    return runs or any(GIT_NAMES.fullmatch(name) for name in names)


def _forgiven(name: str) -> str:
    """Return a name without what some file systems pass over: case, forms of a letter, what nobody sees, last dots."""
    if not name.isascii():
        shown = "".join(sign for sign in name if unicodedata.category(sign) not in UNSEEN)
        name = unicodedata.normalize("NFKC", shown)
    return name.casefold().rstrip(" .")


def _fits(glob: str, path: str) -> bool:
    """Return whether a path fits a glob: `**/` is any folders or none, `**` anything, `*` anything within a folder."""
    spelt = {"**/": "(.*/)?", "**": ".*", "*": "[^/]*"}
    parts = re.split(r"(\*\*/?|\*)", glob)
    return re.fullmatch("".join(spelt.get(part, re.escape(part)) for part in parts), path) is not None
