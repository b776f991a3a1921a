"""The parts of a scene: handwriting, projection, what can be read, the camera."""

from dataclasses import replace

import numpy as np
import pytest

from tod_ros.errors import SceneError
from tod_ros.scene import camera, layout
from tod_ros.scene.compose import paint
from tod_ros.scene.handwriting import ink, mark_of_class, random_hand, write
from tod_ros.scene.layout import Layout
from tod_ros.scene.mark_styles import MARKS, lookalikes
from tod_ros.scene.paper import plain_face, random_paper
from tod_ros.scene.pen_strokes import evenly, mix
from tod_ros.scene.projection import Placement, faces_seen, view_of_row
from tod_ros.scene.request import SceneRequest
from tod_ros.scene.staging import Cube

SIZE = (640, 480)


def seen_from(elevation=0.1, yaw=0.0, x=0.0):
    view, distance = view_of_row(SIZE, 100.0, 1.0, elevation, 0.5, 0.0)
    return view, Placement(x, distance + 0.5, yaw)


@pytest.mark.parametrize("mark", sorted(MARKS))
def test_every_mark_in_every_style_is_written_one_high_around_the_middle(mark):
    rng = np.random.default_rng(0)
    for _ in range(20):
        points = np.concatenate(write(mark, random_hand(rng), rng))
        low, high = points.min(axis=0), points.max(axis=0)
        assert np.allclose(low + high, 0, atol=1e-6)
        assert high[1] - low[1] <= 1.0 + 1e-6
        assert high[0] - low[0] < 4.0


def test_a_hand_never_writes_the_same_twice():
    rng = np.random.default_rng(0)
    hand = random_hand(rng)
    first, second = (np.concatenate(write("2", hand, rng)) for _ in range(2))
    assert first.shape != second.shape or not np.allclose(first, second)


def test_styles_that_run_the_same_way_aremixed():
    line, bent = np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 0.0], [0.2, 0.5], [0.0, 1.0]])
    (mixed,) = mix([line], [evenly(bent)], 0.5)
    assert mixed[0] == pytest.approx((0.0, 0.0)) and mixed[-1] == pytest.approx((0.0, 1.0))
    assert mixed[:, 0].max() == pytest.approx(0.1, abs=0.01)


def test_styles_that_run_another_way_are_left_alone():
    line, across = np.array([[0.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.5], [0.0, 0.5]])
    assert mix([line], [evenly(across)], 0.5)[0] is line
    assert mix([line], [evenly(line), evenly(across)], 0.5)[0] is line


def test_ink_stays_where_it_is_put():
    rng = np.random.default_rng(1)
    mark = ink(write("2", random_hand(rng), rng), 100, 40.0, 4.0, (30.0, 60.0))
    rows, columns = np.nonzero(mark > 127)
    assert rows.min() >= 38 and rows.max() <= 82
    assert abs((columns.min() + columns.max()) / 2 - 30) < 3


@pytest.mark.parametrize("seed", range(8))
def test_a_dent_shades_paper_along_one_side_and_leaves_the_rest(seed):
    paper = replace(random_paper(np.random.default_rng(seed)), crumple=0.0, edge="none", dents=1.0)
    face = plain_face(paper, np.random.default_rng(seed), 80).astype(int)
    changed = np.abs(face - plain_face(replace(paper, dents=0.0), np.random.default_rng(9), 80))
    sides = [changed[:30], changed[:, -30:], changed[-30:], changed[:, :30]]
    assert max(side.max() for side in sides) > 3
    assert changed[35:45, 35:45].max() < 12


def test_plain_scenes_have_no_dents():
    assert random_paper(np.random.default_rng(0), calm=True).dents == 0


@pytest.mark.parametrize(
    ("name", "mark"), [("one", "1"), ("Two", "2"), ("7", "7"), ("a", "a"), ("Star", "star")]
)
def test_class_names_find_their_mark(name, mark):
    assert mark_of_class(name) == mark


def test_an_unknown_class_is_told_what_is_near():
    with pytest.raises(SceneError, match="'stra' cannot be drawn, did you mean 'star'"):
        mark_of_class("stra")


def test_lookalikes_are_known_both_ways():
    for mark in MARKS:
        assert mark in lookalikes(mark)
        for other in lookalikes(mark):
            assert mark in lookalikes(other)


def test_a_cube_in_the_middle_shows_a_square_front_of_the_size_asked_for():
    view, cube = seen_from(elevation=0.0)
    front = faces_seen(view.project(cube.corners))["front"]
    assert np.ptp(front[:, 0]) == pytest.approx(100, abs=0.5)
    assert np.ptp(front[:, 1]) == pytest.approx(100, abs=0.5)
    assert front.mean(axis=0) == pytest.approx((320, 240), abs=0.5)


@pytest.mark.parametrize(
    ("where", "sides"),
    [
        ({"elevation": 0.0}, set()),
        ({"elevation": 0.3}, {"top"}),
        ({"elevation": 0.0, "x": 2.0}, {"left"}),
        ({"elevation": 0.0, "x": -2.0}, {"right"}),
        ({"elevation": 0.3, "yaw": 0.5}, {"top", "right"}),
        ({"elevation": 0.3, "yaw": -0.5}, {"top", "left"}),
    ],
)
def test_the_faces_that_look_at_the_camera_are_seen(where, sides):
    view, cube = seen_from(**where)
    assert set(faces_seen(view.project(cube.corners))) == {"front", *sides}


def sights_of(*cubes):
    view, distance = view_of_row(SIZE, 100.0, 1.0, 0.0, 0.5, 0.0)
    places = [Placement(x, distance + 0.5 + behind) for x, behind in cubes]
    return layout.sights(Layout(view, distance, tuple(places)), places, SIZE)


def test_a_cube_behind_another_cannot_be_read():
    near, behind, beside = sights_of((0.0, 0.0), (0.3, 1.5), (2.0, 0.0))
    assert near.readable and beside.readable
    assert not behind.readable


def test_a_cube_cut_by_the_border_is_read_as_long_as_its_mark_is_seen():
    whole, a_little, much = sights_of((0.0, 0.0), (2.8, 0.0), (-3.2, 0.0))
    assert whole.readable and a_little.readable
    assert not much.readable


def test_a_cube_whose_side_is_as_large_as_its_front_does_not_face_us():
    view, distance = view_of_row(SIZE, 100.0, 1.0, 0.0, 0.5, 0.0)
    places = [Placement(0.0, distance + 0.5, yaw) for yaw in (0.1, 0.7, 0.9)]
    sights = [layout.sights(Layout(view, distance, (p,)), [p], SIZE)[0] for p in places]
    assert [sight.faces_us for sight in sights] == [True, False, False]


@pytest.mark.parametrize("yaw, told", [(0.5, True), (0.9, False)])
def test_a_side_that_may_pass_for_the_front_bears_no_class(yaw, told):
    """The front is blank, so what tells the classes apart is on the sides."""
    view, distance = view_of_row(SIZE, 100.0, 1.0, 0.0, 0.5, 0.0)
    place = Placement(0.0, distance + 0.5, yaw)
    plan = Layout(view, distance, (place,))
    cube = Cube(place, layout.sights(plan, [place], SIZE)[0], "", "")

    def picture(name, seed):
        wanted = SceneRequest((name,), SIZE, 0, "full", wrong_marks=[name])
        return paint(np.random.default_rng(seed), wanted, plan, [cube]).image

    told_apart = [not np.array_equal(picture("one", s), picture("two", s)) for s in range(6)]
    assert any(told_apart) == told


def test_full_scenes_hold_only_cubes_that_can_be_told_apart():
    first, same_place = sights_of((0.0, 0.0), (0.1, 0.0))
    assert not layout.apart([first, same_place])
    assert layout.apart(sights_of((0.0, 0.0), (1.2, 0.0)))


def test_a_clean_camera_changes_nothing_but_adds_noise():
    grey = np.full((48, 64, 3), 100, np.uint8)
    seen = camera.expose(grey, camera.Shot())
    assert np.allclose(seen, 100, atol=0.5)
    pixels = camera.digitise(seen, camera.Shot(noise=4.0), np.random.default_rng(0))
    assert 3.5 < pixels.astype(float).std() < 4.5


def test_exposure_cast_and_tone_act_per_channel():
    grey = np.full((8, 8, 3), 100, np.uint8)
    shot = camera.Shot(exposure=0.5, cast_bgr=(1.0, 2.0, 8.0), black=20, white=220)
    blue, green, red = camera.expose(grey, shot)[0, 0]
    assert (blue, green, red) == pytest.approx(
        (20 + 200 * 50 / 255, 20 + 200 * 100 / 255, 220), abs=0.5
    )
