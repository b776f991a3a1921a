"""A card says where a network was judged, set by set, with intervals."""

import json

from judged_sets import SetFigures
from measuring import _told
from model_card import _sets, write_card


def told(name="lit scenes", pictures=300, exact=125):
    return _told(SetFigures(name, pictures, exact, 7, 0.5))


def figures():
    runtimes = ("pictures", "same_sequence", "most_pixels_apart", "most_score_apart")
    return {
        "scenes": 10,
        "exact": 9,
        "exact_interval": [0.596, 0.982],
        "mean_iou": 0.91,
        "faces_by_width": [{"from": 30, "to": 55, "faces": 4, "right": 3}],
        "runtimes": {**dict.fromkeys(runtimes, 0), "boxes_of_one_only": 0},
        "sets": [told(), told("foreign_cubes", 150, 112)],
    }


FACTS = {
    "minutes": {"draw": 3.0},
    "small_size_hw": [160, 192],
    "pictures": 20000,
    "mosaics": 8000,
    "small_steps": 4000,
    "steps": 3000,
    "more_steps": [1, 2],
    "examined": [3, 4],
    "hard": 5,
    "seed": 1,
    "note": "",
    "other_seeds": {},
}


def test_a_set_is_told_with_its_interval():
    table = _sets([told(), told("foreign_cubes", 150, 112)])
    assert "| lit scenes | 300 | 125 (41.7 %) | 36.2 to 47.3 % |" in table
    assert "| `foreign_cubes` | 150 | 112 (74.7 %) | 67.2 to 81.0 % |" in table


def written(tmp_path, **facts):
    model, judged = tmp_path / "model", tmp_path / "judged"
    model.mkdir()
    judged.mkdir()
    card = {
        "network": "ssd",
        "classes": ["one", "two"],
        "input_size_hw": [256, 320],
        "learnt_from_size_hw": [240, 320],
    }
    (model / "model.json").write_text(json.dumps(card))
    (judged / "figures.json").write_text(json.dumps(figures()))
    (judged / "report.txt").write_text("sequences right  9 of 10\n")
    write_card(model, judged, {**FACTS, **facts})
    return (model / "README.md").read_text(), json.loads((model / "model.json").read_text())


def test_the_card_shows_every_set_and_lists_its_own_file(tmp_path):
    readme, card = written(tmp_path)
    assert "| lit scenes | 300 |" in readme and "harsh scenes" not in readme
    assert [one["exact"] for one in card["figures"]["sets"]] == [125, 112]
    assert "README.md" in card["files"]


def test_the_card_tells_of_the_parts_from_wider_drawings_where_there_were_any(tmp_path):
    readme, _ = written(
        tmp_path,
        wide_pictures=[6000, 5600, 400, 7000, 300, 200],
        wide_examined=[70, 20, 10, 30, 6, 5, 4],
        wide_steps=[700, 900, 800, 1100, 1200],
        wide_hard=50,
    )
    told = " ".join(readme.split())
    assert "in 700 steps from 6000 harsh scenes, 5600 lit ones and 400 mosaics" in told
    assert "Then the network grew" in told
    assert "in 900 and 800 more also from what it then got wrong in 100 others each time" in told
    assert "in 1100 steps also from 7000 painted scenes with digits that people wrote" in told
    assert "in 30 others of these and in 100 of the other kinds" in told
    assert "in 1200 steps also from 300 harsh scenes and 200 lit ones with such digits" in told
    assert "in 30 painted scenes with such digits and in 15 others with such strokes" in told
    assert "from 50 pictures that it had got wrong" in told
