"""One line of the doctor's: what was looked at, and how it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Dict, Iterable, List, Tuple

from tod_ros.text import harmless

Fault = Tuple[str, str]  # of a config: what is wrong, and the mend where `tod configure` is not it
OK, WRONG, OFF, HINT = "ok", "wrong", "off", "hint"


@dataclass(frozen=True)
class Finding:
    """`text` says how it is; of something wrong, or not checked (`off`), `mend` is the way out."""

    about: str
    status: str
    text: str
    mend: str = ""

    def to_json(self) -> Dict[str, str]:
        return asdict(self)

    def __str__(self) -> str:
        line = f"{self.status:<6} {self.about}: {self.text}"
        return harmless(f"{line}; {self.mend}" if self.mend else line)


def ok(about: str, text: str) -> Finding:
    return Finding(about, OK, text)


def wrong(about: str, text: str, mend: str = "") -> Finding:
    return Finding(about, WRONG, text, mend)


def off(about: str, text: str, mend: str = "") -> Finding:
    """Something that was not checked, and is no fault: a robot that is not switched on."""
    return Finding(about, OFF, text, mend)


def hint(about: str, text: str) -> Finding:
    """Nothing is wrong, but it could be better."""
    return Finding(about, HINT, text)


def faults(findings: Iterable[Finding]) -> List[Finding]:
    return [finding for finding in findings if finding.status == WRONG]
