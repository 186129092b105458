"""Where a forge is, and which token is for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nearmiss.forge.addresses import NOWHERE, read_address
from nearmiss.forge.kinds import open_forge
from nearmiss.forge.tokens import OURS, find_token, names_of


@pytest.mark.parametrize(
    "url, page",
    [
        ("https://github.com/acme/register.git", "https://github.com/acme/register"),
        ("https://GitHub.com/acme/register/", "https://github.com/acme/register"),
        ("git@github.com:acme/register.git", "https://github.com/acme/register"),
        ("github.com:acme/register", "https://github.com/acme/register"),
        ("ssh://git@ssh.github.com:443/acme/register.git", "https://github.com/acme/register"),
        ("ssh://git@forge.example:2222/acme/register.git", "https://forge.example/acme/register"),
        ("https://me:secret@forge.example:8443/a/b/c.git", "https://forge.example:8443/a/b/c"),
        ("http://127.0.0.1:3000/acme/register", "http://127.0.0.1:3000/acme/register"),
        ("https://[::1]:3000/acme/register", "https://[::1]:3000/acme/register"),
        ("git@[::1]:acme/register", "https://[::1]/acme/register"),
        ("https://forge.example/a%20b/c", "https://forge.example/a%20b/c"),
    ],
)
def test_address_is_read(url: str, page: str) -> None:
    """The page of a repository follows from every form of address that git takes, without what is secret in it."""
    assert read_address(url).page == page


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/srv/git/register.git",
        "../register.git",
        "file:///srv/git/register.git",
        "https://forge.example/register",
        "https:///a/b",
        "https://forge.example:port/a/b",
        "https://[forge/a/b",
        "https://forge.example/a/../b",
        "ext::sh -c id",
        "C:\\work\\register",
    ],
)
def test_address_that_is_no_forges(url: str) -> None:
    """A folder, a strange scheme and a path that leads elsewhere are no place on the web."""
    assert not read_address(url)


@pytest.mark.parametrize("kind", ["github", "gitlab", "forgejo"])
def test_no_page_is_made_up(kind: str) -> None:
    """Where nobody knows where the forge is, no page is told and nothing can be said."""
    forge = open_forge(kind, url="/srv/git/register.git", environment={OURS: "x"})

    assert forge.compare_address(branch="b", target="main") == ""
    assert not forge.can_speak


@pytest.mark.parametrize(
    "kind, page",
    [
        ("github", "https://f.example/a/b/compare/main...near-miss/x%23?expand=1"),
        (
            "gitlab",
            (
                "https://f.example/a/b/-/merge_requests/new?merge_request%5Bsource_branch%5D=near-miss%2Fx%23"
                "&merge_request%5Btarget_branch%5D=main"
            ),
        ),
        ("forgejo", "https://f.example/a/b/compare/main...near-miss/x%23"),
    ],
)
def test_page_for_opening_a_request(kind: str, page: str) -> None:
    """The page is the forge's own for comparing two branches."""
    forge = open_forge(kind, url="https://f.example/a/b", environment={})

    assert forge.compare_address(branch="near-miss/x#", target="main") == page


@pytest.mark.parametrize(
    "kind, options, destination",
    [
        ("github", (), ""),
        ("gitlab", ("merge_request.create", "merge_request.target=main", "merge_request.title=a title"), ""),
        ("forgejo", ("topic=b", "title=a title"), "refs/for/main"),
    ],
)
def test_words_of_a_push(kind: str, options: tuple[str, ...], destination: str) -> None:
    """A request's title is one line; GitHub understands no words."""
    words = open_forge(kind, url="https://f.example/a/b", environment={}).push_words(
        branch="b", target="main", title="a\n title"
    )

    assert (words.options, words.destination) == (options, destination)
    assert bool(words) == (kind != "github")


@pytest.mark.parametrize(
    "kind, host, environment, found",
    [
        ("github", "github.com", {"GH_TOKEN": "a", "GITHUB_TOKEN": "b"}, "a"),
        ("github", "github.com", {"GITHUB_TOKEN": " b\n"}, "b"),
        ("github", "ghe.example", {"GITHUB_TOKEN": "b"}, ""),
        ("github", "ghe.example", {"GITHUB_TOKEN": "b", "GITHUB_SERVER_URL": "https://ghe.example"}, "b"),
        ("github", "github.com", {"GITHUB_TOKEN": "b", "GITHUB_SERVER_URL": "https://ghe.example"}, ""),
        ("github", "ghe.example", {"GH_ENTERPRISE_TOKEN": "c", "GH_HOST": "ghe.example"}, "c"),
        ("github", "ghe.example", {OURS: "o", "GH_ENTERPRISE_TOKEN": "c"}, "o"),
        ("gitlab", "gitlab.com", {"GITLAB_TOKEN": "g"}, "g"),
        ("gitlab", "git.example", {"GITLAB_TOKEN": "g"}, ""),
        ("gitlab", "git.example", {"GITLAB_TOKEN": "g", "GITLAB_HOST": "git.example"}, "g"),
        ("gitlab", "git.example:81", {"GITLAB_TOKEN": "g", "CI_SERVER_URL": "https://git.example:81"}, "g"),
        ("forgejo", "f.example", {"FORGEJO_TOKEN": "f"}, "f"),
        ("forgejo", "f.example", {"FORGEJO_TOKEN": "f", "FORGEJO_SERVER_URL": "https://other.example"}, ""),
        ("forgejo", "f.example", {"GITEA_TOKEN": "t"}, "t"),
        ("forgejo", "f.example", {"GITHUB_TOKEN": "b"}, ""),
        ("gitlab", "gitlab.com", {}, ""),
        ("gitlab", "gitlab.com", {"GITLAB_TOKEN": "two words"}, ""),
        ("gitlab", "gitlab.com", {"GITLAB_TOKEN": "é"}, ""),
        ("gitlab", "gitlab.com", {"GITLAB_TOKEN": "a\nInjected: yes"}, ""),
    ],
)
def test_token_is_found_for_its_host_only(kind: str, host: str, environment: dict[str, str], found: str) -> None:
    """A token is taken from where each forge's programs look for it, and sent to no other host than its own."""
    assert find_token(kind, host, {"PATH": "/nonexistent", **environment}) == found


def a_gh(folder: Path, script: str) -> dict[str, str]:
    """Return an environment in which there is a `gh` that does this."""
    program = folder / "gh"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def test_token_of_gh(tmp_path: Path) -> None:
    """Whoever is logged in with `gh` needs no variable; it is asked for the host of the remote."""
    environment = a_gh(tmp_path, 'test "$*" = "auth token --hostname ghe.example" && echo from-gh')

    assert find_token("github", "ghe.example", environment) == "from-gh"
    assert find_token("github", "github.com", environment) == ""
    assert find_token("gitlab", "ghe.example", environment) == ""
    assert find_token("github", "ghe.example", {**environment, OURS: "o"}) == "o"


@pytest.mark.parametrize("script", ["exit 1", "printf '\\377\\376'", "sleep 5"])
def test_a_gh_that_does_not_answer(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `gh` that fails, talks nonsense or hangs has no token."""
    monkeypatch.setattr("nearmiss.forge.tokens.PATIENCE", 0.3)

    assert find_token("github", "github.com", a_gh(tmp_path, script)) == ""


def test_where_to_put_a_token() -> None:
    """Every variable that is looked at can be told."""
    assert names_of("gitlab") == f"{OURS} or GITLAB_TOKEN"


def test_nowhere_is_nowhere() -> None:
    """The place that is none has no secrets to keep."""
    assert not NOWHERE
    assert not NOWHERE.is_private
