"""A server that is started anew knows the forms that it gave out before, and nothing else of what it held in memory."""

from __future__ import annotations

from pathlib import Path

from nearmiss.intake.reporting.seals import Following, Seals
from nearmiss.store.sealing import SecretSealer
from tests.engine.scene import found_scene
from tests.intake.web.hosting import SECRET, opened, public_of, receipt_in


def test_a_draft_goes_on_after_the_server_was_started_anew(tmp_path: Path) -> None:
    """A form that somebody opened before is taken, instead of asking to send it once more."""
    scene = found_scene(tmp_path / "register")
    typed = {"made_safe": "yes", "what_happened": "Goods stood there.", "when": "now", "mode": "anonymous"}
    with public_of(scene, tmp_path / "place") as before:
        first = before.browser()
        fields = opened(first)
        cookies = first.cookies
    with public_of(scene, tmp_path / "place") as after:
        browser = after.browser()
        browser.cookies = cookies
        answer = browser.post("/report", data={**fields, **typed})
        assert before.house.secret != after.house.secret
    scene.close()

    assert answer.status_code == 200
    assert receipt_in(answer.text)


def test_the_secret_of_forms_is_used_for_nothing_else() -> None:
    """It is always the same for a key, another one for another key, and none of those that seal or recognise."""
    sealer, other = SecretSealer(SECRET), SecretSealer(b"another secret" * 3)
    forms = sealer.form_secret()

    assert forms == SecretSealer(SECRET).form_secret()
    assert len({forms, other.form_secret(), SECRET, sealer._derive(b"seal"), sealer._derive(b"token")}) == 5
    assert forms not in {sealer.token_mark("a" * 32), sealer.alarm_mark("a" * 32), sealer.token_mark("marks of forms")}
    assert Seals(SECRET).open(Seals(forms).seal(Following(number="R-1", key="K"))) is None
