"""Arguments that several verbs take mean the same in each of them."""

import argparse
import importlib

import pytest

from tod_ros.cli.arguments import (
    add_json_argument,
    add_most_objects_argument,
    add_run_arguments,
    add_score_argument,
    check_most_objects,
    check_score,
)
from tod_ros.cli.command import VERBS
from tod_ros.errors import SettingError


def options_of(verb):
    """Each option string of a verb, and its kind: name, type, and what it does with a value."""
    parser = argparse.ArgumentParser()
    importlib.import_module(f"tod_ros.cli.verbs.{verb}").add_arguments(parser)
    for action in parser._actions:
        for option in action.option_strings:
            yield option, (action.dest, action.type, type(action).__name__)


@pytest.mark.parametrize(
    "option", ["--json", "--min-score", "--max-objects", "--run", "--runtime", "-t", "-q"]
)
def test_an_option_of_several_verbs_is_the_same_in_each(option):
    kinds = [kind for verb in VERBS for name, kind in options_of(verb) if name == option]
    assert len(kinds) > 1 and len(set(kinds)) == 1


def test_the_help_says_range_and_default(capsys):
    parser = argparse.ArgumentParser()
    add_run_arguments(parser)
    add_score_argument(parser, "leave out what the model is less sure of")
    add_most_objects_argument(parser, default=4)
    add_json_argument(parser, "the figures")
    with pytest.raises(SystemExit):
        parser.parse_args(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "leave out what the model is less sure of (0 to 1, default 0.5)" in told
    assert "(default 4; 0 means all)" in told
    assert "print the figures as JSON" in told


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_a_score_out_of_its_range_is_refused(score):
    with pytest.raises(SettingError, match=r"^-t is .*, must be from 0 to 1$"):
        check_score(score)


def test_what_is_in_range_passes():
    for score in (0, 0.5, 1):
        check_score(score)
    check_most_objects(0)
    with pytest.raises(SettingError, match="-n is -1"):
        check_most_objects(-1)
