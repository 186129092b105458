"""Every guard and circumstance by the name that `workflow.yaml` uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.policy.guards import assessment, causes, circumstances, corrections, effect, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from nearmiss.policy.findings import Finding
    from nearmiss.policy.guards.context import StepContext

GUARDS: Mapping[str, Callable[[StepContext], Iterator[Finding]]] = {
    "actions-are-complete": plan.actions_are_complete,
    "actions-cover-causes": plan.actions_cover_causes,
    "actual-is-minor": assessment.actual_is_minor,
    "cause-tree-is-whole": causes.cause_tree_is_whole,
    "causes-have-a-done-action": effect.causes_have_a_done_action,
    "class-is-allowed": assessment.class_is_allowed,
    "concern-is-referred": assessment.concern_is_referred,
    "corrections-say-all": corrections.corrections_say_all,
    "decision-is-near-miss": assessment.decision_is_near_miss,
    "decision-is-not-near-miss": assessment.decision_is_not_near_miss,
    "duplicate-is-joined": assessment.duplicate_is_joined,
    "effect-is-proven": effect.effect_is_proven,
    "extensions-keep-the-original": plan.extensions_keep_the_original,
    "extent-is-checked": assessment.extent_is_checked,
    "level-at-floor": assessment.level_at_floor,
    "no-action-is-open": effect.no_action_is_open,
    "only-redacts": corrections.only_redacts,
    "people-not-alone": causes.people_not_alone,
    "plan-only-grows": plan.plan_only_grows,
    "release-is-reasoned": effect.release_is_reasoned,
    "root-causes-have-evidence": causes.root_causes_have_evidence,
    "successor-is-named": effect.successor_is_named,
}
"""Every guard by the name that `workflow.yaml` uses."""

NEED_BEFORE = frozenset({"plan-only-grows", "extensions-keep-the-original", "corrections-say-all", "only-redacts"})
"""Guards that compare; they are silent where only the files of today are known."""

CIRCUMSTANCES: Mapping[str, Callable[[StepContext], bool]] = {
    "effect-not-measurable": circumstances.effect_not_measurable,
    "risk-accepted-high": circumstances.risk_accepted_high,
    "risk-is-lowered": circumstances.risk_is_lowered,
    "severe-potential": circumstances.severe_potential,
    "weak-controls-only": circumstances.weak_controls_only,
}
"""Circumstances in which more people, or fewer, may sign, or in which it must be surer that it was they."""

READ_BY_CIRCUMSTANCE: Mapping[str, tuple[str, ...]] = {
    "effect-not-measurable": ("verification",),
    "risk-accepted-high": ("root_cause", "assessment"),
    "risk-is-lowered": ("assessment",),
    "severe-potential": ("assessment",),
    "weak-controls-only": ("action_plan", "assessment"),
}
"""The sections that each circumstance reads: once one of them says something else, nobody can tell what was so."""
