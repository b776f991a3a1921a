"""Who may ask the annotation server what.

A server on 127.0.0.1 is within reach of every web page that the user's browser shows. Three kinds
of request are turned away: those under a name that is not ours (DNS rebinding: evil.example made
to point at 127.0.0.1), those that another site's page sends (CSRF, and peeking with <img>), and,
where the server listens beyond this machine, those without the token of its link.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from typing import FrozenSet, Mapping, NamedTuple, Optional

READING_METHODS = ("GET", "HEAD")
# A header that no form can send and that a script of another site may not send unasked. Its value
# also keeps a page of one project from saving into the server of another on the same port.
PROJECT_HEADER = "X-Tod-Project"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Refusal(NamedTuple):
    status: int
    reason: str


@dataclass(frozen=True)
class AccessRules:
    """One server's rules: the Host headers it answers to (none: any), its project, its token."""

    project_id: str
    hosts: FrozenSet[str] = frozenset()
    token: str = field(default="", repr=False)

    def refuses(
        self, method: str, path: str, headers: Mapping[str, str], offered_token: str = ""
    ) -> Optional[Refusal]:
        """Why a request is turned away; None lets it in."""
        host = headers.get("Host", "")
        if self.hosts and host.lower() not in self.hosts:
            return Refusal(403, f"this server does not answer to the name {host[:80]!r}")
        if self.token and not hmac.compare_digest(offered_token.encode(), self.token.encode()):
            return Refusal(403, "open the link that `tod annotate` shows in its terminal")
        if _is_from_elsewhere(method, path, headers):
            return Refusal(403, "requests from other sites are refused")
        if method not in READING_METHODS:
            if headers.get("Content-Type", "").split(";")[0].strip() != "application/json":
                return Refusal(415, "only JSON is taken")
            if not headers.get("Content-Length"):
                return Refusal(411, "say how long it is")
            if headers.get(PROJECT_HEADER) != self.project_id:
                return Refusal(403, "this server works on another project; reload the page")
        return None


def door_for(address: str, port: int, project_id: str) -> AccessRules:
    """The rules for a server at `address`: its own names on this machine, a token beyond it."""
    names = {f"127.0.0.1:{port}", f"localhost:{port}", f"[::1]:{port}"}
    if is_loopback(address):
        names.add(f"[{address}]:{port}" if ":" in address else f"{address}:{port}")
        return AccessRules(project_id, frozenset(name.lower() for name in names))
    # It may be known under any name out there; the token is what another site cannot have
    return AccessRules(project_id, token=secrets.token_urlsafe(18))


def is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _is_from_elsewhere(method: str, path: str, headers: Mapping[str, str]) -> bool:
    origin = headers.get("Origin")
    if origin is not None and origin != f"http://{headers.get('Host', '')}":
        return True
    # `same-site` is another port of this machine: not us either
    if headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
        return False
    is_link_to_page = headers.get("Sec-Fetch-Mode") == "navigate" and path == "/"
    return not (
        is_link_to_page
        and method in READING_METHODS
        and headers.get("Sec-Fetch-Dest", "document") == "document"
    )
