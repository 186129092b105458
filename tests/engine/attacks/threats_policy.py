"""Attacks on what requests are judged by: the policy itself, and whatever steers git, jobs and hooks beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nearmiss.models.digests import digest, digest_of_bytes
from nearmiss.policy.policy_step import policy_content
from nearmiss.policy.version import PolicyVersion, make_version, version_bytes
from nearmiss.store.documents import YamlDocuments
from tests.engine.attacks.ground import (
    PEOPLE,
    POLICY_SIGNED,
    SECOND,
    SIGNED,
    THIRD,
    VERSIONS,
    WORKFLOW,
    Ground,
)
from tests.engine.attacks.threat import Threat, adding, on_main, puts
from tests.engine.fast_import import LINK, Odd
from tests.policy.builder import HANDS

USED, REMOVED, RENAMED, LINKED, OLDER, BESIDE = (
    "policy: edited and used in one request",
    "policy: deleted",
    "policy: renamed",
    "policy: a symbolic link in its place",
    "policy: an older valid version restored",
    "policy by other means: changed beside records",
)
QUALITY_LEAD = {"roles": [{"role": "quality-lead"}]}


def _made_signer(ground: Ground) -> Mapping[str, Any]:
    """Let m.okafor become a quality lead and sign in the same request."""
    return {
        **ground.people(m_okafor=QUALITY_LEAD),
        SIGNED: None,
        **ground.retold(by="m.okafor", name="M Okafor"),
    }


def _nobody_signs(ground: Ground) -> Mapping[str, Any]:
    return {**ground.edited({"transitions.0.signers.count": {"default": 0}}, WORKFLOW), SIGNED: None}


def _signed_by_the_new_owner(ground: Ground) -> str:
    """Make m.okafor a policy owner by a version that only m.okafor signs."""
    people = ground.people(revision=ground.main, m_okafor={"roles": [{"role": "policy-owner"}]})
    return _version_of(ground, people, {"by": "m.okafor", "name": "M Okafor"})


def _version_of(ground: Ground, people: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """Propose a list of people as the second version, and let somebody sign it, in a form that fits."""
    raw = people[PEOPLE]
    data = json.loads(ground.text(SECOND))
    listed = YamlDocuments().read(raw).data
    assert listed is not None
    version = make_version(
        2,
        rules={name: part for name, part in data["rules"].items() if name != "digest"},
        people=listed,
        waivers=data["waivers"],
    )
    proposed = ground.commit({**people, SECOND: version_bytes(version)}, who="o.haddad", on=[ground.main])
    content = policy_content(PolicyVersion(version), digest({PEOPLE: digest_of_bytes(raw)}))
    signed = next(iter(ground.retold(POLICY_SIGNED, content=content, **words).values()))
    path = POLICY_SIGNED.replace("w.olsen", words["by"])
    return ground.commit({path: signed}, who=words["by"], on=[proposed])


def _twice_listed(ground: Ground) -> str:
    """List r.meyer's address, in other letters, for m.okafor too, by a version that is signed."""
    people = ground.people(revision=ground.main, m_okafor={"emails": ["m.okafor@example.org", "R.Meyer@Example.org"]})
    return _version_of(ground, people, {"by": "w.olsen", "name": "W Olsen"})


def _key_of_two(ground: Ground) -> str:
    keys = [{"key": HANDS["h.keyed"].line}]
    people = ground.people(revision=ground.main, m_okafor={"keys": keys}, r_meyer={"keys": keys})
    return _version_of(ground, people, {"by": "w.olsen", "name": "W Olsen"})


def _one_less(ground: Ground) -> str:
    raw = _without_the_last(ground.text(PEOPLE, ground.main))
    return _version_of(ground, {PEOPLE: raw}, {"by": "w.olsen", "name": "W Olsen"})


def _old_people(ground: Ground) -> Mapping[str, Any]:
    """Say again in the files what version 1 said, without a version of its own."""
    return {PEOPLE: ground.text(PEOPLE, f"{ground.main}~1")}


def _old_version_on_top(ground: Ground) -> Mapping[str, Any]:
    return {**_old_people(ground), THIRD: ground.text(f"{VERSIONS}/0001.json")}


def _back_to_the_first(ground: Ground) -> Mapping[str, Any]:
    """Take the second version out again, with its sign-off, and let the files say what the first one said."""
    return {**_old_people(ground), SECOND: None, POLICY_SIGNED: None}


def _renamed(ground: Ground) -> Mapping[str, Any]:
    return {PEOPLE: None, PEOPLE.replace("people", "humans"): ground.text(PEOPLE)}


def _all_gone(ground: Ground) -> Mapping[str, Any]:
    names = ground.scene.git("ls-tree", "-r", "--name-only", ground.proposal, "workflow/policy/").split("\n")
    return dict.fromkeys(names)


POLICY = (
    Threat(
        row=USED,
        name="somebody becomes a signer by the list that the request brings, and signs",
        ground="proposed",
        made=adding(_made_signer, who="m.okafor"),
    ),
    Threat(
        row=USED,
        name="the request's own rules ask for no signature",
        ground="proposed",
        made=adding(_nobody_signs),
    ),
    Threat(
        row=USED,
        name="the list of people is edited, and no version says so",
        ground="policy",
        made=on_main(lambda ground: ground.people(m_okafor=QUALITY_LEAD), who="o.haddad"),
    ),
    Threat(
        row=USED,
        name="whom the version makes an owner signs the version",
        ground="policy",
        made=_signed_by_the_new_owner,
    ),
    Threat(
        row=USED,
        name="the files say something else than the version that was signed",
        ground="policy",
        made=adding(lambda ground: ground.people(m_okafor={"roles": [{"role": "policy-owner"}]}), who="o.haddad"),
    ),
    Threat(
        row=USED,
        name="who wrote the version signs it too",
        ground="policy",
        made=adding(
            lambda ground: {
                POLICY_SIGNED: None,
                POLICY_SIGNED.replace("w.olsen", "o.haddad"): next(
                    iter(ground.retold(POLICY_SIGNED, by="o.haddad", name="O Haddad", contributors=[]).values())
                ),
            },
            who="o.haddad",
        ),
    ),
    Threat(
        row=USED,
        name="one address is listed for two persons",
        ground="policy",
        made=_twice_listed,
    ),
    Threat(
        row=USED,
        name="one key is listed for two persons",
        ground="policy",
        made=_key_of_two,
    ),
    Threat(
        row=REMOVED,
        name="the workflow",
        ground="policy",
        made=adding(lambda _: {WORKFLOW: None}, who="o.haddad"),
    ),
    Threat(
        row=REMOVED,
        name="all of it",
        ground="policy",
        made=adding(_all_gone, who="o.haddad"),
    ),
    Threat(
        row=REMOVED,
        name="the first version",
        ground="policy",
        made=adding(lambda _: {f"{VERSIONS}/0001.json": None}, who="o.haddad"),
    ),
    Threat(
        row=REMOVED,
        name="a person",
        ground="policy",
        made=_one_less,
    ),
    Threat(
        row=RENAMED,
        name="the list of people",
        ground="policy",
        made=adding(_renamed, who="o.haddad"),
    ),
    Threat(
        row=RENAMED,
        name="the sign-off of a version that is in force",
        ground="amended policy",
        made=adding(
            lambda ground: {POLICY_SIGNED: None, POLICY_SIGNED.replace("0002", "0003"): ground.text(POLICY_SIGNED)},
            who="o.haddad",
        ),
    ),
    Threat(
        row=LINKED,
        name="the workflow",
        ground="policy",
        made=adding(lambda _: {WORKFLOW: Odd(LINK, b"../../../elsewhere.yaml")}, who="o.haddad"),
    ),
    Threat(
        row=LINKED,
        name="the whole folder",
        ground="policy",
        made=adding(
            lambda ground: {**_all_gone(ground), "workflow/policy": Odd(LINK, b"../elsewhere")}, who="o.haddad"
        ),
    ),
    Threat(
        row=OLDER,
        name="its files without a version",
        ground="amended policy",
        made=on_main(_old_people, who="o.haddad"),
    ),
    Threat(
        row=OLDER,
        name="the newer version taken out with its sign-off",
        ground="amended policy",
        made=on_main(_back_to_the_first, who="o.haddad"),
    ),
    Threat(
        row=OLDER,
        name="the old version under the next number",
        ground="amended policy",
        made=on_main(_old_version_on_top, who="o.haddad"),
    ),
    Threat(
        row=OLDER,
        name="the sign-off of the second version given for the third",
        ground="amended policy",
        made=adding(
            lambda ground: {
                POLICY_SIGNED.replace("0002", "0003"): next(iter(ground.retold(POLICY_SIGNED, seq=3).values()))
            },
            who="w.olsen",
        ),
    ),
    Threat(
        row=OLDER,
        name="a fourth version before the third",
        ground="amended policy",
        made=adding(lambda ground: {THIRD: None, THIRD.replace("0003", "0004"): ground.text(THIRD)}, who="o.haddad"),
    ),
)


def _without_the_last(raw: bytes) -> bytes:
    """Return a list of people without its last entry."""
    lines = raw.decode().rstrip("\n").split("\n")
    last = max(number for number, line in enumerate(lines) if line.startswith(("- ", "  - handle")))
    return ("\n".join(lines[:last]) + "\n").encode()


BESIDE_A_RECORD = {
    ".gitattributes that merge every record as a union": (".gitattributes", "records/** merge=union\n"),
    ".gitattributes that show no difference": (".gitattributes", "records/** -diff\n"),
    ".gitattributes that fold records away as generated": (".gitattributes", "records/** linguist-generated\n"),
    ".gitattributes that filter": (".gitattributes", "*.yaml filter=other ident eol=crlf\n"),
    ".gitattributes deep in the records": ("records/2026/.gitattributes", "* -text\n"),
    ".gitattributes by the short name of Windows": ("GITATT~1", "* merge=union\n"),
    ".mailmap that makes one person another": (".mailmap", "R Meyer <r.meyer@example.org> <s.ito@example.org>\n"),
    ".gitmodules": (".gitmodules", '[submodule "x"]\n\tpath = x\n\turl = ../x\n'),
    "a workflow of GitHub": (".github/workflows/gate.yml", "on: push\n"),
    "the jobs of GitLab": (".gitlab-ci.yml", "gate: {script: [true]}\n"),
    "a workflow of Forgejo": (".forgejo/workflows/gate.yml", "on: push\n"),
    "hooks": (".githooks/pre-receive", "exit 0\n"),
    "hooks in a folder of another name": ("tools/hooks/update", "exit 0\n"),
    "hooks of pre-commit": (".pre-commit-config.yaml", "repos: []\n"),
    "who must review": ("CODEOWNERS", "* @s.ito\n"),
    "the tool itself": ("workflow/nearmiss/__init__.py", "\n"),
    "the schema of records": ("schemas/near-miss.schema.json", "{}\n"),
}

STEERED = tuple(
    Threat(
        row=BESIDE,
        name=name,
        ground="proposed",
        made=adding(puts(path, text)),
    )
    for name, (path, text) in BESIDE_A_RECORD.items()
) + tuple(
    Threat(
        row=BESIDE,
        name=f"{name}, alone and unsigned",
        ground="policy",
        made=on_main(puts(path, text), who="o.haddad"),
    )
    for name, (path, text) in BESIDE_A_RECORD.items()
    if not path.startswith("records/")
)

THREATS = (*POLICY, *STEERED)
