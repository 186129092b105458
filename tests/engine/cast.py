"""The cast: people with believable roles, as a new register's `people.yaml` lists them."""

from __future__ import annotations

from typing import Any


def person(handle: str, *roles: str, **more: Any) -> dict[str, Any]:
    """Return a person of `people.yaml` as plain data."""
    name = " ".join(part.title() for part in handle.split("."))
    grants = [{"role": role} for role in roles]
    return {
        "handle": handle,
        "name": name,
        "emails": [f"{handle}@example.org"],
        "kind": "person",
        "roles": grants,
        **more,
    }


CAST = (
    person("o.haddad", "policy-owner"),
    person("w.olsen", "policy-owner"),
    person("r.meyer", "quality-lead", deputies=["c.moreau"]),
    person("p.lind", "quality-lead", emails=["p.lind@example.org", "per@home.example"]),
    person("k.adeyemi", "area-manager"),
    person("t.silva", "area-manager", "verifier"),
    person("s.ito", "investigator", "quality-lead"),
    person("i.garcia", "investigator", "quality-lead"),
    person("v.novak", "verifier"),
    person("a.brandt", "risk-owner"),
    person("m.okafor"),
    person("c.moreau"),
    person("l.former", "quality-lead", active=False),
    person("g.robot", "quality-lead", kind="service"),
)
"""Who works here. The builder of records names i.garcia (assesses), s.ito (leads), t.silva (owns), v.novak (checks)."""
