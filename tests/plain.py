"""The plain process: the shipped one without its questions for proof of who signs, since most tests have no keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nearmiss.engine.founding import preset_edits
from nearmiss.shipped import shipped
from nearmiss.store.documents import YamlDocuments

WORKFLOW = "workflow/policy/workflow.yaml"


def plain_preset() -> dict[str, Any]:
    """Return what takes every proof out of the shipped process, said as a preset says it."""
    shipped_process = YamlDocuments().read(_shipped()).data or {}
    return {
        "transitions": {step["name"]: _unproven(step) for step in shipped_process["transitions"]},
        "policy_change": _unproven(shipped_process["policy_change"]),
    }


def plain_workflow() -> bytes:
    """Return the file of the plain process."""
    documents = YamlDocuments()
    edits = preset_edits(documents.read(_shipped()).data or {}, plain_preset())
    return documents.revise(_shipped(), edits)


def _shipped() -> bytes:
    return shipped(*WORKFLOW.split("/")).read_bytes()


def _unproven(part: Mapping[str, Any]) -> dict[str, Any]:
    signers = part["signers"]
    changes: dict[str, Any] = {"signers.assurance": None} if "assurance" in signers else {}
    kept = [more for more in signers.get("more", ()) if "assurance" not in more]
    if kept != signers.get("more", []):
        changes["signers.more"] = kept or None
    return changes
