"""Behind nginx, set up as the documentation has it: https alone, nobody's word on who they are, no trace on a disk."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.benchmarks.reporters import free_port, listening, own_folders
from tests.engine.scene import found_scene
from tests.intake.web.hosting import field_of, receipt_in
from tests.media import planted

NAME = "reports.example.org"
PAGE = Path("site", "docs", "project", "serving.md")
AROUND = """
daemon off;
pid {here}/nginx.pid;
error_log {here}/start.log crit;
events {{}}
http {{
    client_body_temp_path {here}/body;
    proxy_temp_path {here}/proxy;
    fastcgi_temp_path {here}/fastcgi;
    uwsgi_temp_path {here}/uwsgi;
    scgi_temp_path {here}/scgi;
{server}
}}
"""
SIGNED_ON = """
server {{
    listen 127.0.0.1:{port};
    # Who is signed on says so by a cookie here; nobody else is let in.
    location / {{
        if ($cookie_signed_on = "") {{ return 401; }}
        add_header X-User $cookie_signed_on;
        return 204;
    }}
}}
"""
"""What stands for a single sign-on."""
SSO = """
location = /sso {{
    internal;
    proxy_pass http://127.0.0.1:{port};
    proxy_pass_request_body off;
    proxy_set_header Content-Length "";
}}
"""


@dataclass(frozen=True, kw_only=True)
class Proxied:
    """A proxy in front of the real server: its own folder, and how it is reached."""

    here: Path
    port: int
    trust: ssl.SSLContext

    def browser(self, **headers: str) -> httpx.Client:
        """Return a browser that finds the name at this machine."""
        return httpx.Client(
            base_url=f"https://127.0.0.1:{self.port}",
            headers={"host": NAME, **headers},
            verify=self.trust,
            timeout=60,
        )


def make_certificate(here: Path) -> ssl.SSLContext:
    """Write a certificate and its key as nginx reads them, and return what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    (here / "reports.pem").write_bytes(pem)
    plain = serialization.NoEncryption()
    (here / "reports.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    trust = ssl.create_default_context(cadata=pem.decode())
    trust.check_hostname = False
    return trust


def documented(page: str, here: Path, *, port: int, behind: int, sso: int) -> str:
    """Return the configurations of the documentation, with the places of this machine instead of their own.

    The one of the desk stands inside the server of the other, as the documentation has it.
    """
    found = re.findall(r"<!-- not run: a test starts nginx with it -->\n```nginx\n(.*?)```", page, re.DOTALL)
    assert len(found) == 2
    server, desk = found
    inner, end, after = server.rpartition("}")
    assert not after.strip()
    whole = f"{inner}{desk}{SSO.format(port=sso)}{end}{SIGNED_ON.format(port=sso)}"
    whole = whole.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    return whole.replace("/etc/ssl/reports", f"{here}/reports").replace("127.0.0.1:8080", f"127.0.0.1:{behind}")


@pytest.fixture
def proxied(tmp_path: Path, repo_root: Path) -> Iterator[Proxied]:
    """Run the real server and a real nginx in front of it."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    scene = found_scene(tmp_path / "register")
    here = tmp_path / "nginx"
    here.mkdir()
    trust = make_certificate(here)
    port, behind, sso = free_port(), free_port(), free_port()
    page = (repo_root / PAGE).read_text(encoding="utf-8")
    (here / "nginx.conf").write_text(
        AROUND.format(here=here, server=documented(page, here, port=port, behind=behind, sso=sso)), encoding="utf-8"
    )
    script = Path(sys.executable).with_name("nearmiss")
    options = ("--trust", "127.0.0.1", "--host", NAME, "--proxy-user", "X-Remote-User", "--no-remind")
    server = [str(script), "-C", str(scene.root), "serve", "--address", f"127.0.0.1:{behind}", *options]
    nginx = ["nginx", "-c", str(here / "nginx.conf"), "-p", str(here), "-e", str(here / "start.log")]
    (tmp_path / "front").mkdir()
    with listening(server, tmp_path, own_folders(tmp_path), behind), listening(nginx, tmp_path / "front", {}, port):
        yield Proxied(here=here, port=port, trust=trust)
    scene.close()


def test_the_documented_configuration_is_sound(proxied: Proxied) -> None:
    """Nginx itself finds nothing wrong with it."""
    words = ["nginx", "-t", "-c", str(proxied.here / "nginx.conf"), "-p", str(proxied.here)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_a_report_goes_through_and_leaves_nothing_behind(proxied: Proxied) -> None:
    """With a photo of some size: the receipt comes, cookies go over https alone, nothing lies on the proxy's disk."""
    photo = planted.saved(planted.pixels(size=(1600, 1200)), format="PNG", compress_level=0)
    with proxied.browser() as browser:
        page = browser.get("/")
        fields = {
            "csrf": field_of(page.text, "csrf"),
            "token": field_of(page.text, "token"),
            "made_safe": "yes",
            "what_happened": "planted-words of a report",
            "when": "now",
            "mode": "anonymous",
        }
        files = {"files": ("mary.png", photo, "image/png")}
        answer = browser.post("/report", data=fields, files=files, headers={"origin": f"https://{NAME}"})

    assert len(photo) > 5_000_000
    assert page.headers["set-cookie"].startswith("__Host-")
    assert "; Secure" in page.headers["set-cookie"]
    assert answer.status_code == 200, answer.text
    assert receipt_in(answer.text)
    left = [path for path in proxied.here.rglob("*") if path.is_file()]
    assert {path.name for path in left} <= {"nginx.conf", "nginx.pid", "start.log", "reports.pem", "reports.key"}
    assert not any(b"planted-words" in path.read_bytes() for path in left)


def test_nobody_outside_says_who_they_are(proxied: Proxied) -> None:
    """The header by which the proxy would say who somebody is, sent from outside, opens nothing."""
    with proxied.browser(**{"x-remote-user": "r.meyer"}) as browser:
        answer = browser.get("/desk/")
        public = browser.get("/")

    assert answer.status_code == 401
    assert "R Meyer" not in public.text


def test_who_is_signed_on_is_at_the_desk(proxied: Proxied) -> None:
    """The desk believes the proxy who somebody is, whatever the browser says of it, and takes its forms by https."""
    with proxied.browser(**{"x-remote-user": "o.haddad", "cookie": "signed_on=r.meyer"}) as browser:
        page = browser.get("/desk/")
        records = browser.get("/desk/records/")
        outside = browser.get("/")
    with proxied.browser(cookie="signed_on=nobody.there") as browser:
        stranger = browser.get("/desk/")

    assert page.status_code == 200
    assert "R Meyer" in page.text
    assert "Haddad" not in page.text
    assert page.headers["set-cookie"].startswith("__Host-")
    assert (records.status_code, records.headers["location"]) == (308, "/desk/records")
    assert "R Meyer" not in outside.text
    assert (stranger.status_code, stranger.headers["location"][:13]) == (303, "/desk/sign-in")
