"""A bar shows where somebody watches, and nowhere else."""

import argparse
import io

from tod_ros.cli.arguments import add_quiet_argument
from tod_ros.cli.progress import bar, watcher


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(stream, quiet=False):
    with bar(2, "drawing", quiet=quiet, stream=stream, mininterval=0) as moving:
        moving.update()
        moving.update()
    return stream.getvalue()


def test_only_a_terminal_gets_a_bar():
    assert "drawing" in shown(Terminal())
    assert shown(io.StringIO()) == ""
    assert shown(Terminal(), quiet=True) == ""


def test_a_watcher_passes_everything_on(capsys):
    assert list(watcher("drawing")([3, 1, 2], 3)) == [3, 1, 2]
    assert capsys.readouterr().err == ""


def test_quiet_is_an_option():
    parser = argparse.ArgumentParser()
    add_quiet_argument(parser)
    assert parser.parse_args(["-q"]).quiet is True
    assert parser.parse_args([]).quiet is False
