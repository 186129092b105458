"""A real git server without a forge: nginx, fcgiwrap and git's own `http-backend`, with users who have passwords."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("nginx", "fcgiwrap")
PATIENCE = 30.0
"""Seconds that a server has to begin, whatever the load of the machine."""

NGINX = """
daemon off;
master_process off;
worker_processes 1;
pid {here}/nginx.pid;
error_log {here}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_max_body_size 0;
    client_body_temp_path {here}/body;
    fastcgi_temp_path {here}/fastcgi;
    proxy_temp_path {here}/proxy;
    uwsgi_temp_path {here}/uwsgi;
    scgi_temp_path {here}/scgi;
    server {{
        listen 127.0.0.1:{port};
        auth_basic "near misses";
        auth_basic_user_file {here}/users;
        location / {{
            fastcgi_pass unix:{here}/cgi.sock;
            fastcgi_read_timeout 300;
            fastcgi_param SCRIPT_FILENAME {backend};
            fastcgi_param GIT_PROJECT_ROOT {here}/repositories;
            fastcgi_param GIT_HTTP_EXPORT_ALL "";
            fastcgi_param GIT_PROTOCOL $http_git_protocol;
            fastcgi_param PATH_INFO $uri;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param CONTENT_TYPE $content_type;
            fastcgi_param CONTENT_LENGTH $content_length;
            fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
            fastcgi_param REMOTE_USER $remote_user;
            fastcgi_param REMOTE_ADDR $remote_addr;
            fastcgi_param PATH "{path}";
            fastcgi_param HOME {here};
            fastcgi_param NEARMISS {here}/nearmiss;
        }}
    }}
}}
"""

PROGRAM = """#!/bin/sh
PYTHONPATH={path} exec {python} -m nearmiss "$@"
"""

RECORDER = """#!/bin/sh
# Stands in for a forge: notes what a push says to it, and takes all.
{{
    cat
    number=0
    while [ "$number" -lt "${{GIT_PUSH_OPTION_COUNT:-0}}" ]; do
        eval "echo \\"option \\$GIT_PUSH_OPTION_$number\\""
        number=$((number + 1))
    done
    echo "user $REMOTE_USER"
}} >> {noted}
"""


@dataclass(frozen=True, kw_only=True)
class GitServer:
    """A server that runs: what lies on it, and how users reach it."""

    here: Path
    port: int

    def repository(self, name: str = "register.git") -> Path:
        """Return where a repository lies on the server's disk."""
        return self.here / "repositories" / name

    def address(self, user: str, name: str = "register.git") -> str:
        """Return the address by which a user reaches a repository; the password is the user's name."""
        return f"http://{user}:{user}@127.0.0.1:{self.port}/{name}"

    def make(self, name: str = "register.git", *, hook: str = "") -> Path:
        """Make a bare repository that takes pushes over HTTP, with a hook."""
        place = self.repository(name)
        subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", place], check=True)
        for setting in ("http.receivepack=true", "receive.fsckObjects=true", "receive.advertisePushOptions=true"):
            subprocess.run(["git", "-C", place, "config", *setting.split("=")], check=True)
        if hook:
            (place / "hooks" / "pre-receive").write_text(hook, encoding="utf-8")
            (place / "hooks" / "pre-receive").chmod(0o755)
        return place

    def record(self, name: str) -> Path:
        """Make a repository whose hook notes what reaches it; return the file of the notes."""
        noted = self.here / f"{name}.noted"
        self.make(name, hook=RECORDER.format(noted=noted))
        return noted


def lacking() -> str:
    """Return what is not installed, of all that a server needs."""
    return " ".join(name for name in PROGRAMS if shutil.which(name) is None)


def _backend() -> Path:
    said = subprocess.run(["git", "--exec-path"], capture_output=True, check=True, text=True)
    return Path(said.stdout.strip()) / "git-http-backend"


@contextmanager
def serving(package: Path, users: list[str]) -> Iterator[GitServer]:
    """Run a server on a free port of this machine, and end it; `package` is the folder that nearmiss lies in."""
    # A socket's path is short, and the folders of tests are not.
    here = Path(tempfile.mkdtemp(prefix="nm-server-"))
    for name in ("repositories", "body", "fastcgi", "proxy", "uwsgi", "scgi"):
        (here / name).mkdir()
    (here / "users").write_text("".join(f"{user}:{_hashed(user)}\n" for user in users), encoding="ascii")
    (here / "nearmiss").write_text(PROGRAM.format(path=package, python=sys.executable), encoding="utf-8")
    (here / "nearmiss").chmod(0o755)
    port = _free_port()
    (here / "nginx.conf").write_text(
        NGINX.format(here=here, port=port, backend=_backend(), path=os.environ["PATH"]), encoding="utf-8"
    )
    commands = (
        ["fcgiwrap", "-c", "8", "-s", f"unix:{here}/cgi.sock"],
        ["nginx", "-c", f"{here}/nginx.conf", "-p", f"{here}", "-e", f"{here}/error.log"],
    )
    with (here / "said").open("wb") as said:
        running = [subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True) for command in commands]
        try:
            _wait(port, here)
            yield GitServer(here=here, port=port)
        finally:
            for child in running:
                # With all whom it started: fcgiwrap leaves its own behind.
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGTERM)
            for child in running:
                child.wait()
            shutil.rmtree(here, ignore_errors=True)


def _hashed(password: str) -> str:
    # Nginx reads this form without crypt; nothing is guarded by it here.
    return "{SHA}" + base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()  # noqa: S324 - as above


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, here: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0 and (here / "cgi.sock").exists():
                return
        time.sleep(0.05)
    raise AssertionError((here / "said").read_text() + (here / "error.log").read_text())
