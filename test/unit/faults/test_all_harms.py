"""The fault campaign does the harm that it says it does: no name of it leads nowhere."""

import pytest

pytest.importorskip("tod_ros.srv", reason="needs the workspace", exc_type=ImportError)

from all_harms import SHORT, all_harms
from campaign import chosen, parsed

HARMS = all_harms(with_disk=True, with_clock=True)


def test_every_harm_has_a_name_of_its_own():
    names = [harm.name for harm in HARMS]
    assert len(set(names)) == len(names)


def test_the_short_campaign_does_all_that_it_lists():
    assert sorted(harm.name for harm in chosen(HARMS, parsed(["--short"]))) == sorted(SHORT)


def test_what_the_machine_does_not_allow_is_left_out():
    names = {harm.name for harm in all_harms(with_disk=False, with_clock=False)}
    assert {harm.name for harm in HARMS} - names == {"disk full", "disk read-only", "clock jumps"}


def test_one_kind_can_be_asked_for_and_a_name_of_none_is_refused():
    named = [harm.name for harm in chosen(HARMS, parsed(["--only", "second"]))]
    assert len(named) == 3 and all("second" in name for name in named)
    with pytest.raises(SystemExit, match="--only 'secnd': no fault is called so; .* master hung"):
        chosen(HARMS, parsed(["--only", "secnd"]))


def test_too_few_pictures_for_a_figure_are_refused(capsys):
    with pytest.raises(SystemExit):
        parsed(["--pictures", "9"])
    assert "--pictures: 100 at least" in capsys.readouterr().err
