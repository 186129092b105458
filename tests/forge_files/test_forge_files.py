"""The files that `init --forge` lays down: sound for every name, judged by the forges' schemas and by linters."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from nearmiss.app.forge_files import FORGES, PAGE, BranchNotPlainError, UnknownForgeError
from nearmiss.app.founding import found
from nearmiss.engine.founding import Charter, InTheWayError
from nearmiss.engine.instance import read_register
from nearmiss.policy.paths import class_of
from nearmiss.policy.workflow import Transition
from nearmiss.render.environment import TemplateBrokenError
from nearmiss.render.plain import PlainRenderer
from nearmiss.site.build import build_site
from tests.engine.cast import CAST, person
from tests.engine.scene import Scene, SetClock, identity_of, open_scene
from tests.plain import plain_preset

NAMES: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "odd": {
        "branch": "releases/trunk-2.0_x",
        "people": (
            {**person("o.haddad", "policy-owner", "quality-lead"), "name": 'Olá "O\'Haddad" # & <b>Sons</b> {{ 7*7 }}'},
            {**person("s.ito", "investigator"), "name": "${{ secrets.X }} [=x=] @everyone"},
        ),
        "settings": {
            "id_prefix": "ACMEWKS",
            "organisation": 'O\'Brien & "Sons" <Ltd>: ${{ secrets.GITHUB_TOKEN }} {{ 7*7 }} [% x %]',
            "not_safe_call": '`+49 1`: *the* <b>"guard\'s"</b> | desk # 3 [x](javascript:1) ${{ github.token }}',
        },
    },
}
"""Registers with ordinary and with odd names."""

SCHEMAS = {
    ".github/workflows/*.yml": ("vendor.github-workflows", "custom.github-workflows-require-timeout"),
    ".forgejo/workflows/*.yml": ("vendor.github-workflows", "custom.github-workflows-require-timeout"),
    ".github/ISSUE_TEMPLATE/near-miss.yml": ("vendor.github-issue-forms",),
    ".forgejo/issue_template/near-miss.yml": ("vendor.github-issue-forms",),
    ".github/ISSUE_TEMPLATE/config.yml": ("vendor.github-issue-config",),
    ".gitlab-ci.yml": ("vendor.gitlab-ci",),
}
"""Which of the schemas that check-jsonschema brings along judge which files."""

RUNNERS = "self-hosted-runner:\n  labels: [docker]\n"
"""What actionlint has to be told: the label that runners of Forgejo usually have."""

LAID_DOWN = {
    "github": {
        ".github/CODEOWNERS",
        ".github/ISSUE_TEMPLATE/near-miss.yml",
        ".github/PULL_REQUEST_TEMPLATE/investigate.md",
        ".github/PULL_REQUEST_TEMPLATE/policy.md",
        ".github/pull_request_template.md",
        ".github/workflows/near-miss-attest.yml",
        ".github/workflows/near-miss-gate.yml",
        ".github/workflows/near-miss-publish.yml",
        ".github/workflows/near-miss-remind.yml",
    },
    "gitlab": {
        ".gitlab-ci.yml",
        ".gitlab/CODEOWNERS",
        ".gitlab/issue_templates/near-miss.md",
        ".gitlab/merge_request_templates/Default.md",
        ".gitlab/merge_request_templates/investigate.md",
    },
    "forgejo": {
        ".forgejo/PULL_REQUEST_TEMPLATE.md",
        ".forgejo/issue_template/near-miss.yml",
        ".forgejo/workflows/near-miss-attest.yml",
        ".forgejo/workflows/near-miss-gate.yml",
        ".forgejo/workflows/near-miss-publish.yml",
        ".forgejo/workflows/near-miss-remind.yml",
        "CODEOWNERS",
    },
    "plain": {"hooks/pre-receive"},
}
"""What at least is there, beside the page and the pin that all get."""


def lay_down(root: Path, forge: str, names: Mapping[str, Any]) -> Scene:
    """Found a register with the files of a forge."""
    charter = Charter(people=names.get("people", CAST), settings=dict(names.get("settings", {})), preset=plain_preset())
    _, desk = found(
        root,
        charter,
        branch=names.get("branch", "main"),
        forge=forge,
        clock=SetClock(),
        identity=identity_of("o.haddad"),
    )
    desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
    return open_scene(root)


@pytest.fixture(scope="module", params=[(forge, names) for forge in FORGES for names in NAMES], ids="-".join)
def laid(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Scene]]:
    """Give every forge's register once with ordinary and once with odd names: the forge, which names, and the scene."""
    forge, names = request.param
    scene = lay_down(tmp_path_factory.mktemp("laid") / "re gister", forge, NAMES[names])
    yield forge, names, scene
    scene.close()


def read_yaml(path: Path) -> Any:
    """Read a file as those who run it do, with a reader of YAML 1.2 that is not ours."""
    return YAML(typ="safe", pure=True).load(io.StringIO(path.read_text(encoding="utf-8")))


def tool(repo_root: Path, name: str) -> str:
    """Return a linter from its own environment."""
    place = repo_root / "build" / "forge-tools" / "bin" / name
    if not place.is_file():
        pytest.skip(f"{name} is not here; make forge-tools installs it")
    return str(place)


def say(command: Sequence[object], cwd: Path) -> tuple[int, str]:
    """Run a command; return its status and all it said."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, check=False, text=True)
    return done.returncode, done.stdout + done.stderr


def jobs_of(scene: Scene, forge: str) -> dict[str, Any]:
    """Return every job of a forge's workflows, by its file and name."""
    files = sorted(scene.root.glob(f".{forge}/workflows/*.yml"))
    return {f"{file.stem}/{name}": job for file in files for name, job in read_yaml(file)["jobs"].items()}


def text_of(scene: Scene, path: str) -> str:
    """Return a file's text."""
    return (scene.root / path).read_text(encoding="utf-8")


def test_a_forges_files_are_laid_down_and_sound(laid: tuple[str, str, Scene]) -> None:
    """The register has its forge's files, says which forge it is, passes its check, and nothing is left over."""
    forge, _, scene = laid
    paths = set(scene.git("ls-files").split("\n"))
    assert {PAGE, "ci/nearmiss.txt", *LAID_DOWN[forge]} <= paths
    assert not any(path.startswith("templates/forge/") for path in paths)
    assert (scene.check().findings, scene.git("status", "--porcelain")) == ((), "")
    register = read_register(scene.repository.working_tree(), scene.template.documents)
    assert register.newest.settings.forge.kind == forge
    others = {path for other, needed in LAID_DOWN.items() if other != forge for path in needed} - LAID_DOWN[forge]
    assert not others & paths


def test_a_forges_files_are_policy(laid: tuple[str, str, Scene]) -> None:
    """Whatever `--forge` adds to a register can be changed only as the policy is."""
    forge, _, scene = laid
    settings = read_register(scene.repository.working_tree(), scene.template.documents).newest.settings
    own = ("records/", "schemas/", "workflow/", "templates/", "site/", ".gitignore")
    added = [path for path in scene.git("ls-files").split("\n") if not path.startswith(own)] + [PAGE]
    assert len(added) > len(LAID_DOWN[forge])
    assert {path: class_of(path, settings) for path in added} == dict.fromkeys(added, "policy")
    assert class_of("site/docs/index.md", settings) == "site"


def test_schemas_of_the_forges_accept_the_files(laid: tuple[str, str, Scene]) -> None:
    """The schemas that check-jsonschema brings along for workflows, pipelines and forms have nothing to say."""
    forge, _, scene = laid
    program = Path(sys.executable).with_name("check-jsonschema")
    judged = 0
    for pattern, schemas in SCHEMAS.items():
        files = sorted(scene.root.glob(pattern))
        for schema in schemas if files else ():
            status, said = say([program, "--builtin-schema", schema, *files], scene.root)
            assert status == 0, said
            judged += len(files)
    assert judged == {"github": 10, "gitlab": 1, "forgejo": 9, "plain": 0}[forge]


def test_actionlint_finds_nothing(laid: tuple[str, str, Scene], repo_root: Path, tmp_path: Path) -> None:
    """Actionlint, which asks shellcheck about every script where there is one, accepts every workflow."""
    forge, _, scene = laid
    files = sorted(scene.root.glob(f".{forge}/workflows/*.yml"))
    (tmp_path / "actionlint.yaml").write_text(RUNNERS, encoding="utf-8")
    command = [tool(repo_root, "actionlint"), "-no-color", "-config-file", tmp_path / "actionlint.yaml", *files]
    if files:
        assert say(command, scene.root) == (0, "")
    assert len(files) == (4 if forge in {"github", "forgejo"} else 0)


def test_zizmor_finds_nothing(laid: tuple[str, str, Scene], repo_root: Path) -> None:
    """Zizmor, asked as an auditor would, without the network, finds nothing that no reason is given for."""
    forge, _, scene = laid
    files = sorted(scene.root.glob(f".{forge}/workflows/*.yml"))
    command = [tool(repo_root, "zizmor"), "--offline", "--no-progress", "--color=never", "--persona=auditor", *files]
    if files:
        status, said = say(command, scene.root)
        assert (status, "No findings to report" in said) == (0, True), said
        assert "assuming bash" not in said
    reasons = [line for file in files for line in file.read_text().split("\n") if "zizmor: ignore" in line]
    assert all(re.search(r"zizmor: ignore\[[a-z-]+\] \w+ \w+", line) for line in reasons)


def test_linters_are_not_deaf(repo_root: Path, tmp_path: Path) -> None:
    """The same linters refuse a gate that runs what a request brings, so that their silence says something."""
    scene = lay_down(tmp_path / "r", "github", {})
    file = scene.root / ".github/workflows/near-miss-gate.yml"
    spoiled = file.read_text(encoding="utf-8").replace(
        "git init --quiet", "echo ${{ github.event.pull_request.title }}\n          git init --quiet"
    )
    file.write_text(spoiled.replace("runs-on: ubuntu-24.04", "runs-on: nowhere"), encoding="utf-8")
    status, said = say([tool(repo_root, "zizmor"), "--offline", "--no-progress", file], scene.root)
    assert status
    assert "template-injection" in said
    status, said = say([tool(repo_root, "actionlint"), "-no-color", file], scene.root)
    assert status
    assert "nowhere" in said
    scene.close()


@pytest.mark.parametrize("forge", ["github", "forgejo"])
def test_a_gate_takes_nothing_of_a_request_into_a_work_tree(tmp_path: Path, forge: str) -> None:
    """The gate runs as the main branch has it, holds no right to write, uses no action, and checks nothing out."""
    scene = lay_down(tmp_path / "r", forge, {})
    gate = read_yaml(scene.root / f".{forge}/workflows/near-miss-gate.yml")
    assert list(gate["on"]) == ["pull_request_target"]
    assert gate["permissions"] == {}
    job = gate["jobs"]["gate"]
    assert job["permissions"] == {"contents": "read"}
    assert [step for step in job["steps"] if "uses" in step] == []
    scripts = "\n".join(step["run"] for step in job["steps"])
    assert "--bare" in scripts
    assert "${{" not in scripts
    assert not re.search(r"git (checkout|clone|switch|restore|worktree)|--depth", scripts)
    assert 'show "refs/heads/$MAIN:ci/nearmiss.txt"' in scripts
    assert gate["jobs"]["comment"]["permissions"] == {"pull-requests": "write"}
    assert "nearmiss" not in str([step["run"].replace("near-miss", "") for step in gate["jobs"]["comment"]["steps"]])
    scene.close()


def test_actions_are_pinned_by_commit_with_the_version_beside_it(tmp_path: Path) -> None:
    """What is used of others is named by 40 digits, and a comment says which version that is."""
    scene = lay_down(tmp_path / "r", "github", {})
    files = sorted(scene.root.glob(".github/workflows/*.yml"))
    used = [line.strip() for file in files for line in file.read_text(encoding="utf-8").split("\n") if "uses:" in line]
    assert len(used) == 3
    assert all(re.fullmatch(r"(?:- )?uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) for line in used)
    publish = jobs_of(scene, "github")["near-miss-publish/audit"]
    [checkout] = [step for step in publish["steps"] if "checkout" in step.get("uses", "")]
    assert checkout["with"] == {"ref": "main", "fetch-depth": 0, "persist-credentials": False}
    scene.close()


@pytest.mark.parametrize("forge", ["github", "forgejo"])
def test_attestations_run_by_the_main_branchs_definition(tmp_path: Path, forge: str) -> None:
    """No event of theirs takes the workflow from a request; on GitHub the keys belong to an environment."""
    scene = lay_down(tmp_path / "r", forge, {})
    attest = read_yaml(scene.root / f".{forge}/workflows/near-miss-attest.yml")
    assert set(attest["on"]) == {"issue_comment", "schedule", "workflow_dispatch"}
    job = attest["jobs"]["attest"]
    assert job["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert job.get("environment") == ("near-miss-attest" if forge == "github" else None)
    assert any("nearmiss -C register.git attest" in step["run"] for step in job["steps"])
    scene.close()


def test_gitlab_judges_only_by_a_file_that_no_request_brings(tmp_path: Path) -> None:
    """The gate's job refuses as long as the pipeline is the request's own, checks nothing out, and says why."""
    scene = lay_down(tmp_path / "r", "gitlab", {"branch": "trunk"})
    pipeline = read_yaml(scene.root / ".gitlab-ci.yml")
    gate = pipeline["near-miss gate"]
    assert gate["extends"] == ".objects"
    assert pipeline[".objects"]["variables"] == {"GIT_STRATEGY": "none"}
    assert pipeline["variables"]["MAIN"] == "trunk"
    first = gate["script"][0]
    for path, status in (
        (".gitlab-ci.yml", 1),
        (".gitlab-ci.yml@acme/near-misses:trunk", 0),
        ("ci.yml@acme/judges", 1),
    ):
        environment = {"CI_CONFIG_PATH": path, "CI_PROJECT_PATH": "acme/near-misses", "MAIN": "trunk"}
        same = {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "7"}
        for more, expected in ((same, status), ({**same, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "8"}, 1)):
            done = subprocess.run(["bash", "-eo", "pipefail", "-c", first], env=environment | more, check=False)
            assert done.returncode == expected
    assert ".gitlab-ci.yml@GROUP/PROJECT:trunk" in text_of(scene, ".gitlab-ci.yml")
    assert "GitLab takes this file from the branch that a request brings" in text_of(scene, ".gitlab-ci.yml")
    scene.close()


def test_scripts_of_a_pipeline_are_sound(laid: tuple[str, str, Scene]) -> None:
    """Shellcheck accepts the scripts of GitLab's jobs and the hook, as actionlint has it look at those of workflows."""
    forge, _, scene = laid
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not here; apt-get install shellcheck")
    scripts = {}
    if forge == "gitlab":
        pipeline = read_yaml(scene.root / ".gitlab-ci.yml")
        jobs = {name: job for name, job in pipeline.items() if isinstance(job, dict) and "script" in job}
        scripts = {name: "#!/bin/bash\n" + "\n".join(job["script"]) for name, job in jobs.items()}
        assert len(scripts) == 6
        assert pipeline["pages"]["variables"]["GIT_STRATEGY"] == "clone"  # what lay in the folder would be published
    if forge == "plain":
        scripts = {"hook": text_of(scene, "hooks/pre-receive")}
    for name, script in scripts.items():
        done = subprocess.run(["shellcheck", "-"], input=script.encode(), capture_output=True, check=False)
        assert (name, done.stdout.decode()) == (name, "")


def test_the_judge_is_pinned(laid: tuple[str, str, Scene]) -> None:
    """One line of the pin counts, and it names the version that laid the register down."""
    from nearmiss import __version__

    _, _, scene = laid
    lines = [line for line in text_of(scene, "ci/nearmiss.txt").split("\n") if line and not line.startswith("#")]
    assert lines == [f"nearmiss-register=={__version__}"]


def test_each_transition_has_a_checklist(laid: tuple[str, str, Scene]) -> None:
    """A request's template lists what the policy needs for its step, who signs, and what signing means."""
    forge, _, scene = laid
    if forge == "plain":
        assert scene.git("grep", "--files-with-matches", "-e", r"- \[ \]", check=False) == ""
        return
    workflow = read_register(scene.repository.working_tree(), scene.template.documents).newest.workflow
    folder = {"github": ".github/PULL_REQUEST_TEMPLATE", "gitlab": ".gitlab/merge_request_templates"}.get(forge)
    for transition in workflow.transitions:
        path = f"{folder}/{transition.name}.md" if folder else ".forgejo/PULL_REQUEST_TEMPLATE.md"
        assert missing_from(text_of(scene, path), transition) == []
    policy = f"{folder}/policy.md" if folder else ".forgejo/PULL_REQUEST_TEMPLATE.md"
    assert workflow.policy_change.meaning in text_of(scene, policy)


def missing_from(text: str, transition: Transition) -> list[str]:
    """Return what a checklist does not say of a transition."""
    fields = [
        f"- [ ] `{field}`"
        for level in ("minimal", "low", "medium", "high")
        for field in getattr(transition.needs, level)
    ]
    wanted = [
        f"`{transition.name}`: ",
        transition.meaning,
        *fields,
        *(f"`{path}`" for path in transition.signers.never),
    ]
    wanted += ["A reason is given"] * (transition.reason == "required")
    wanted += [
        "Whoever wrote it may sign too" if transition.signers.contributors == "allowed" else "Nobody signs who wrote"
    ]
    return [one for one in wanted if one not in text]


def test_owners_are_those_who_may_sign(laid: tuple[str, str, Scene]) -> None:
    """CODEOWNERS names, for the policy's paths, the people of the role that signs a change of it; accounts wait."""
    forge, names, scene = laid
    place = {"github": ".github/CODEOWNERS", "gitlab": ".gitlab/CODEOWNERS", "forgejo": "CODEOWNERS"}.get(forge)
    if place is None:
        return
    lines = text_of(scene, place).split("\n")
    [owners] = [line for line in lines if line.startswith("# Policy owner: ")]
    assert ("(o.haddad)" in owners, "(s.ito)" in owners) == (True, False)
    assert all(line.startswith("#") for line in lines if line)
    [records] = [line for line in lines if "records/" in line]
    assert records == ("# records/.* @account" if forge == "forgejo" else "# /records/ @account")
    assert any("(s.ito)" in line for line in lines if "Investigator" in line), names


def test_odd_texts_stay_texts(tmp_path: Path) -> None:
    """Whom to call is shown as it was said: no markup of it is in force, in the form or in the page's templates."""
    names = NAMES["odd"]
    scene = lay_down(tmp_path / "r", "github", names)
    form = read_yaml(scene.root / ".github/ISSUE_TEMPLATE/near-miss.yml")
    said = form["body"][0]["attributes"]["value"]
    assert "<b>" not in said
    assert r"\`+49 1\`: \*the\* &lt;b&gt;" in said
    assert r"\[x\]\(javascript:1\)" in said
    workflows = "".join(file.read_text(encoding="utf-8") for file in scene.root.glob(".github/workflows/*.yml"))
    assert "Sons" not in workflows
    assert "secrets.X" not in workflows
    assert 'MAIN: "releases/trunk-2.0_x"' in workflows
    scene.close()


def test_the_form_offers_the_terms_of_the_register(tmp_path: Path) -> None:
    """Each site, area and barrier that is in use can be chosen, and no choice is there twice."""
    scene = lay_down(tmp_path / "r", "github", {})
    form = read_yaml(scene.root / ".github/ISSUE_TEMPLATE/near-miss.yml")
    offered = {part["id"]: part["attributes"]["options"] for part in form["body"] if part["type"] == "dropdown"}
    vocabulary = read_register(scene.repository.working_tree(), scene.template.documents).newest.vocabulary
    for part, name in (("site", "site"), ("area", "area"), ("what-stopped-it", "barrier")):
        terms = {term.term for term in vocabulary[name].terms if not term.retired}
        assert {option.rpartition("(")[2].rstrip(")") for option in offered[part]} == terms
        assert len(set(offered[part])) == len(offered[part])
    scene.close()


@pytest.mark.parametrize("laid", [(forge, "odd") for forge in FORGES], indirect=True, ids="-".join)
def test_the_site_builds_strictly(laid: tuple[str, str, Scene], tmp_path: Path) -> None:
    """The page about protection is part of the site's documents, and the site builds without a warning.

    With ordinary names, the job that publishes builds it: see the tests of the jobs.
    """
    forge, _, scene = laid
    build_site(scene.root, output=tmp_path / "built")
    page = (tmp_path / "built" / "protection.html").read_text(encoding="utf-8")
    assert "Protecting the register on" in page
    assert (forge == "plain") == ("receive.fsckObjects" in page)


@pytest.mark.parametrize("branch", ["we$ird", "ma'in", "a{{b", "ümlaut", 'q"uote'])
def test_a_branch_that_files_cannot_name_is_refused(tmp_path: Path, branch: str) -> None:
    """A name that YAML, a shell and a forge's patterns would each quote differently founds nothing."""
    with pytest.raises(BranchNotPlainError) as refused:
        lay_down(tmp_path / "r", "github", {"branch": branch})
    assert branch in refused.value.message
    assert not (tmp_path / "r").exists()
    scene = lay_down(tmp_path / "r", "", {"branch": branch})
    assert scene.check().findings == ()
    scene.close()


def test_an_unknown_forge_is_refused(tmp_path: Path) -> None:
    """A forge that there are no files for founds nothing, and the others are named."""
    with pytest.raises(UnknownForgeError) as refused:
        lay_down(tmp_path / "r", "svn", {})
    assert "github, gitlab, forgejo, plain" in refused.value.hint
    assert not (tmp_path / "r").exists()


def test_a_pipeline_of_somebodys_own_is_in_the_way(tmp_path: Path) -> None:
    """Where a repository has a file of a forge already, nothing is written over."""
    scene = lay_down(tmp_path / "r", "", {})
    scene.close()
    root = tmp_path / "theirs"
    root.mkdir()
    (root / ".gitlab-ci.yml").write_text("build: {script: [make]}\n", encoding="utf-8")
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], [*who, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", root, *words], check=True)
    with pytest.raises(InTheWayError) as refused:
        lay_down(root, "gitlab", {})
    assert ".gitlab-ci.yml" in refused.value.message
    assert (root / ".gitlab-ci.yml").read_text(encoding="utf-8") == "build: {script: [make]}\n"


def test_a_broken_template_is_named(tmp_path: Path) -> None:
    """A template that cannot be rendered is a sentence with its name, and no half a file."""
    (tmp_path / "x.yml.j2").write_text("a: [= nothing =]\n", encoding="utf-8")
    with pytest.raises(TemplateBrokenError) as refused:
        PlainRenderer(tmp_path).render("x.yml.j2")
    assert "x.yml.j2" in refused.value.message


def test_a_value_never_ends_its_line(tmp_path: Path) -> None:
    """Line ends and marks that turn the reading direction around become spaces; numbers stay numbers."""
    (tmp_path / "x.txt.j2").write_text("[= one =]|[= one | quoted =]|[= two + 1 =]", encoding="utf-8")
    made = PlainRenderer(tmp_path).render("x.txt.j2", one='a\n\u2028b"\u202e\x00c', two=1)
    assert made == 'a b" c|"a b\\" c"|2'
