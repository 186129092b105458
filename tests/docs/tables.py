"""The tables of the pages as the policy files say them, so that a test can tell where a page says something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nearmiss.engine.exporting.columns import Sheet
    from nearmiss.engine.indicators.definition import Indicator
    from tests.policy.faults import Fault

LEVELS = ("minimal", "low", "medium", "high")


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(names: Iterable[str]) -> str:
    """Return names as code, in a row; a dash where there are none."""
    return ", ".join(f"`{name}`" for name in names) or "–"


def states(workflow: Mapping[str, Any]) -> str:
    """Return the states with their kind and the transitions that leave each."""
    rows = [
        [
            f"`{state['state']}`",
            state["kind"],
            code(one["name"] for one in workflow["transitions"] if state["state"] in one["from"]),
        ]
        for state in workflow["states"]
    ]
    return table(["state", "kind", "steps that leave from here"], rows)


def transitions(workflow: Mapping[str, Any]) -> str:
    """Return where each transition leads, of which kind it is, whether it needs a reason, and what it seals."""
    rows = [
        [
            f"`{one['name']}`",
            one["kind"] + (", with a reason" if one.get("reason") == "required" else ""),
            f"{_all_or(one['from'], workflow)} → " + (code(one.get("to", ())) if one["kind"] != "keep" else "the same"),
            "what it changes" if "corrections" in one.get("seals", ()) else code(one.get("seals", ())),
        ]
        for one in workflow["transitions"]
    ]
    return table(["step", "kind", "from → to", "seals"], rows)


def _all_or(names: Sequence[str], workflow: Mapping[str, Any]) -> str:
    states_ = [state["state"] for state in workflow["states"]]
    return "any state" if list(names) == states_ else code(names)


def needs(workflow: Mapping[str, Any]) -> str:
    """Return the fields that each transition needs, by the level from which on it needs them."""
    rows = [
        [f"`{one['name']}`", level, code(fields)]
        for one in workflow["transitions"]
        for level in LEVELS
        if (fields := one.get("needs", {}).get(level))
    ]
    return table(["step", "from level", "needs"], rows)


def guards(workflow: Mapping[str, Any]) -> str:
    """Return the guards that each transition asks."""
    rows = [[f"`{one['name']}`", code(one["guards"])] for one in workflow["transitions"] if one.get("guards")]
    return table(["step", "guards"], rows)


def signers(workflow: Mapping[str, Any]) -> str:
    """Return who may sign each transition, how many, how sure it must be, when more, and who must not."""
    rows = [
        [f"`{one['name']}`", code(rule["roles"]), _count(rule), _least(rule), _more(rule), _never(rule)]
        for one in workflow["transitions"]
        for rule in [one["signers"]]
    ]
    return table(["step", "roles", "how many", "least assurance", "more, when", "must not sign"], rows)


def _count(rule: Mapping[str, Any]) -> str:
    count = rule.get("count", {})
    bands = [f"{number} at band {band}" for band, number in count.get("bands", {}).items()]
    return "; ".join([str(count.get("default", 1)), *bands])


def _least(rule: Mapping[str, Any]) -> str:
    return f"`{rule.get('assurance', 'asserted')}`"


def _more(rule: Mapping[str, Any]) -> str:
    return "; ".join(f"`{more['when']}`: {_asked_for(more)}" for more in rule.get("more", ())) or "–"


def _asked_for(more: Mapping[str, Any]) -> str:
    count, role = more.get("count"), more.get("role")
    parts = [*([str(count)] if count else []), *([f"one `{role}`"] if role else [])]
    return ", ".join([*parts, *([_least(more)] if "assurance" in more else [])])


def _never(rule: Mapping[str, Any]) -> str:
    parts = [] if rule.get("contributors") == "allowed" else ["contributors"]
    parts += [f"`{path}`" for path in rule.get("never", ())]
    parts += [f"when `{each['when']}`: {code(each['paths'])}" for each in rule.get("never_if", ())]
    parts += ["whoever signed the closing"] if rule.get("never_closers") else []
    return ", ".join(parts) or "–"


def in_words(workflow: Mapping[str, Any]) -> str:
    """Return each step as sentences: what it asks, of whom, and what it seals."""
    labels = {role["role"]: role["label"]["en"] for role in workflow["roles"]}
    roles = {role: label[0].lower() + label[1:] for role, label in labels.items()}
    rows = [
        [f"**{one['label']['en']}** `{one['name']}`", _asked(one), _of_whom(one["signers"], roles), _sealed(one)]
        for one in workflow["transitions"]
    ]
    return table(["step", "asks", "of whom", "seals"], rows)


def _asked(one: Mapping[str, Any]) -> str:
    """Say what must be there: sections by the level from which on they are needed, conditions, and a reason."""
    parts, known = [], set()
    for level in LEVELS:
        sections = dict.fromkeys(field.partition(".")[0] for field in one.get("needs", {}).get(level, ()))
        new = [name.replace("_", " ") for name in sections if name not in known]
        known |= set(sections)
        if new:
            parts.append(f"{'' if level == LEVELS[0] else f'from level {level} on, '}{', '.join(new)}")
    parts += [guard.replace("-", " ") for guard in one.get("guards", ())]
    parts += ["a reason"] if one.get("reason") == "required" else []
    return "; ".join(parts) or "nothing more"


SURE = {"signed": "with a key of theirs", "forge": "with a key, or attested by the forge"}
"""How an approval proves its signer, by the least that is asked."""


def _of_whom(rule: Mapping[str, Any], roles: Mapping[str, str]) -> str:
    count = rule.get("count", {})
    many = [f"{number} at band {band.replace('-', ' ')}" for band, number in count.get("bands", {}).items()]
    for more in rule.get("more", ()):
        when = more["when"].replace("-", " ")
        many += [f"{more['count']} if {when}"] if "count" in more else []
        many += [f"also one {roles[more['role']]} if {when}"] if "role" in more else []
        many += [f"if {when}, {SURE[more['assurance']]}"] if "assurance" in more else []
    who = f"{count.get('default', 1)} of: {', '.join(roles[role] for role in rule['roles'])}"
    writers = "whoever wrote it too" if rule.get("contributors") == "allowed" else "nobody who wrote it"
    writers += "".join(f", nobody in `{path}`" for path in rule.get("never", ()))
    writers += ", nobody who signed the closing" if rule.get("never_closers") else ""
    return "; ".join([who, *many, writers, *filter(None, [SURE.get(rule.get("assurance", ""))])])


def _sealed(one: Mapping[str, Any]) -> str:
    seals = one.get("seals", ())
    if "corrections" in seals:
        return "what it changes"
    return ", ".join(name.replace("_", " ") for name in seals) or "nothing; it opens what was sealed since"


def tried(faults: Iterable[Fault]) -> str:
    """Return what somebody may try in a step that is otherwise by the book, by the code that it is told with."""
    by_code: dict[str, list[str]] = {}
    for one in faults:
        by_code.setdefault(one.code, []).append(one.name)
    rows = [["; ".join(dict.fromkeys(names)), f"[`{code_}`](findings.md)"] for code_, names in by_code.items()]
    return table(["tried", "told as"], rows)


def meanings(workflow: Mapping[str, Any]) -> str:
    """Return what a signature means, step by step, as the signer accepts it."""
    return table(
        ["step", "signing it means"], [[f"`{one['name']}`", one["meaning"]] for one in workflow["transitions"]]
    )


def matrix(risk: Mapping[str, Any]) -> str:
    """Return the risk matrix, likelihood downwards from the highest."""
    names = {band["code"]: band["band"] for band in risk["bands"]}
    heads = [f"{one['value']} {one['label']['en'].lower()}" for one in risk["severity"]]
    labels = {str(one["value"]): one["label"]["en"].lower() for one in risk["likelihood"]}
    rows = [[f"{row} {labels[row]}", *(names[cell] for cell in cells)] for row, cells in risk["matrix"].items()]
    return table(["likelihood ↓ severity →", *heads], rows)


def bands(risk: Mapping[str, Any]) -> str:
    """Return the least level and the deadlines of each band; a report is assessed before it has one."""
    stages = tuple(risk["bands"][0]["deadlines"])
    rows = [
        [band["band"], band["floor"], str(risk["assess_within"]), *(str(band["deadlines"][stage]) for stage in stages)]
        for band in risk["bands"]
    ]
    return table(["band", "least level", "assess", *(stage.replace("_", " ") for stage in stages)], rows)


def presets(described: Mapping[str, Mapping[str, Any]]) -> str:
    """Return what each preset changes in the standard process."""
    rows = [[f"`{name}`", preset["help"], _changes(preset)] for name, preset in described.items()]
    return table(["preset", "for", "differs from the standard in"], rows)


def _changes(preset: Mapping[str, Any]) -> str:
    parts = [f"`{key}: {value}`" for key, value in preset.get("settings", {}).items()]
    steps: dict[str, list[str]] = {}
    for name, changes in {**preset.get("transitions", {}), "change of policy": preset.get("policy_change", {})}.items():
        for key, value in changes.items():
            steps.setdefault(_change(key, value), []).append(name)
    return "; ".join([*parts, *(f"{what}: {', '.join(names)}" for what, names in steps.items())]) or "nothing"


def _change(key: str, value: Any) -> str:
    if key == "signers.count":
        bands = "" if value.get("bands") else ", at every band"
        return f"{value['default']} sign{'s' if value['default'] == 1 else ''}{bands}"
    if key == "waivable":
        rules = [f"`{entry['rule']}` may be waived by {code(entry['by'])}" for entry in value]
        return "; ".join(rules) or "nothing may be waived"
    if key == "signers.more":
        return "`signers.more`" if value else "no circumstance asks for more"
    return "claims will do" if (key, value) == ("signers.assurance", None) else f"`{key}`"


def vocabulary(lists: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the shipped lists of terms with how many terms each has, and the first of them."""
    rows = [
        [f"`{name}`", content["label"]["en"], str(len(content["terms"])), _first_terms(content["terms"])]
        for name, content in sorted(lists.items())
    ]
    return table(["list", "is called", "terms", "such as"], rows)


def _first_terms(terms: Sequence[Mapping[str, Any]]) -> str:
    return code(term["term"] for term in terms[:4])


def indicators(known: Iterable[Indicator]) -> str:
    """Return every indicator with its name, what it is called, its unit, its sentence and its parts."""
    rows = [[f"`{one.name}`", one.label, UNITS[one.unit], one.definition, _parts_of(one)] for one in known]
    return table(["name", "called", "unit", "definition", "above / below the line"], rows)


UNITS = {
    "number": "number",
    "percent": "%",
    "ratio": "ratio",
    "days": "days",
    "rate": "per so many hours",
    "points": "points, 1 to 3",
}


def _parts_of(one: Indicator) -> str:
    return f"{one.above} / {one.below}" if one.below and one.unit != "days" else one.above


COMMON = {"--json", "--help"}
"""Options that are told once for all commands."""


def options(command: click.Command) -> str:
    """Return the options that a command has for itself, as its help explains them; an empty text where it has none."""
    context = click.Context(command)
    rows = []
    for param in command.params:
        if isinstance(param, click.Option) and COMMON.isdisjoint(param.opts):
            words = ", ".join([*param.opts, *param.secondary_opts])
            value = "" if param.is_flag else f" {param.make_metavar(context)}"
            again = "repeatable" if param.multiple and "repeatable" not in (param.help or "") else ""
            told = "; ".join(part for part in ((param.help or "").rstrip("."), again) if part)
            rows.append([f"`{words}{value}`", told])
    return table(["option", "does"], ([cell.replace("|", "\\|") for cell in row] for row in rows)) if rows else ""


def sheets(known: Iterable[Sheet]) -> str:
    """Return the sheets of an export, what a row of each is, and which lists of a record it is made of."""
    rows = [
        [f"`{sheet.name}`", sheet.about, code(source.replace("[]", "") for source in sheet.sources)] for sheet in known
    ]
    return table(["sheet", "a row is", "made of"], rows)
