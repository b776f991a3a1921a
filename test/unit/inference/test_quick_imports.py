import gc

import pytest

from tod_ros.inference.quick_imports import collecting_nothing


@pytest.fixture(autouse=True)
def collector_as_before():
    was_on = gc.isenabled()
    yield
    (gc.enable if was_on else gc.disable)()


def test_nothing_is_collected_until_the_end_or_an_error():
    gc.enable()
    with pytest.raises(ImportError), collecting_nothing():
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    with collecting_nothing():
        pass
    assert not gc.isenabled()
