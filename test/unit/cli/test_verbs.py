"""Every verb of `tod` explains itself: what it does, an example, every argument."""

import argparse
import contextlib
import importlib
import shlex

import pytest

from tod_ros.cli import command as cli


def parser_of(module):
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return parser


def all_parsers(parser):
    """The parser and those of its sub-commands (`tod zoo list`)."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from all_parsers(inner)


@pytest.fixture(params=cli.VERBS)
def verb(request):
    return request.param, importlib.import_module(f"tod_ros.cli.verbs.{request.param}")


def test_help_shows_what_it_does_and_an_example(verb, capsys):
    name, module = verb
    assert cli.main([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: tod {name}")
    assert module.SUMMARY in " ".join(out.split())
    assert f"example:\n  {module.EXAMPLE}" in out


def test_the_summary_is_one_sentence_and_in_the_list_of_verbs(verb, capsys):
    name, module = verb
    assert module.SUMMARY.endswith(".") and "\n" not in module.SUMMARY
    assert cli.main(["--help"]) == 0
    assert name in capsys.readouterr().out


def test_the_example_is_a_command_that_the_verb_takes(verb):
    name, module = verb
    words = shlex.split(module.EXAMPLE.splitlines()[0])
    assert words[:2] == ["tod", name]
    with contextlib.suppress(SystemExit):
        cli.make_parser().parse_args(words[1:])
        return
    pytest.fail(f"{module.EXAMPLE!r} is refused by its own verb")


def test_every_argument_has_a_help_text(verb):
    _, module = verb
    for parser in all_parsers(parser_of(module)):
        for action in parser._actions:
            if not isinstance(action, argparse._SubParsersAction):
                assert action.help, action.option_strings or action.dest


def test_nothing_heavy_is_imported_for_the_help_of_all_verbs():
    import subprocess
    import sys

    program = (
        "import sys; from tod_ros.cli import main; main(['--help']);"
        " sys.exit(' '.join({'rospy', 'tensorflow', 'cv2', 'pycocotools'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_verb_is_there_without_the_others(capsys):
    assert cli.main(["init", "--help"]) == 0
    assert "usage: tod init" in capsys.readouterr().out
    assert cli.main(["evalate"]) == 2
    err = capsys.readouterr().err
    assert "invalid choice: 'evalate'" in err and "'evaluate'" in err
