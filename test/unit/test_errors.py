"""One tree of errors, drawn in the module's docstring as it is."""

import inspect

from tod_ros import errors


def test_the_docstring_draws_every_error():
    kinds = [
        name
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, errors.TodError)
    ]
    missing = [name for name in kinds if name not in (errors.__doc__ or "")]
    assert not missing


def test_several_errors_print_one_line_each():
    found = errors.SeveralErrors([errors.ImageError("a.png: empty"), errors.ImageError("b: cut")])
    assert str(found).splitlines() == ["a.png: empty", "b: cut"]
    assert len(found.errors) == 2
