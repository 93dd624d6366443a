"""Trends and figures: unlike things are not joined, nothing withheld disappears, and a figure fits into any page."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from imutrack.report.curves import angle_curve, left_out, set_figure, sway_curve, sway_figure
from imutrack.report.trend_figure import trend_figure
from imutrack.report.trends import trends
from imutrack.results import RejectedRep, Trace
from report.report_cases import a_set, a_stance, crowded, fortnight, with_curve


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_a_line_ends_where_a_session_is_withheld():
    trend = trends(fortnight().sets)[0]
    assert [len(run) for run in trend.runs] == [4, 2]


def test_a_line_ends_where_the_way_of_measuring_changes():
    sets = (a_set(0), a_set(2), a_set(4, placement="foot"), a_set(6, placement="foot"))
    trend = trends(sets)[0]
    assert [[point.way for point in run] for run in trend.runs] == [[0, 0], [1, 1]]
    assert trend.ways == 2
    assert trend.measured == "lower-leg lift (one sensor), then foot tilt (one sensor)"


def test_a_bad_day_stays_where_it_was():
    lowest = min(point.range_deg for point in trends(fortnight().sets)[0].points if point.range_deg is not None)
    assert lowest == 54.0


def test_only_the_two_exercises_done_most_are_drawn():
    assert [trend.title for trend in trends(fortnight().sets)] == [
        "Seated knee extension, left",
        "Shoulder abduction (arm sideways), right",
    ]
    assert len(trends(crowded().sets)) == 2


def test_one_session_or_no_angle_is_no_trend():
    assert trends((a_set(0),)) == []
    assert trends((a_set(0, rom_best3_deg=None), a_set(2, rom_best3_deg=None))) == []


def test_two_sessions_of_one_day_stand_side_by_side():
    points = trends((a_set(0), a_set(0, 300, session="later"), a_set(1)))[0].points
    assert [point.x_days for point in points] == [0.0, 0.5, 1.0]


def test_a_trend_says_first_last_and_withheld_in_words():
    svg = trend_figure(trends(fortnight().sets)[0], "trend")
    assert "withheld" in texts(svg)
    assert "62°" in texts(svg)
    assert "75° ± 3°" in texts(svg)
    assert "11 Mar withheld" in svg  # the same for who cannot see it


def test_counted_repetitions_are_numbered_and_others_lettered():
    found = with_curve(reps=10)
    svg = set_figure(found, found.trace, "set")
    assert [text for text in texts(svg) if text.isdecimal()] == [str(number) for number in range(1, 11)]
    assert {"a", "b"} <= set(texts(svg))


def test_crowded_repetitions_are_numbered_by_fives():
    found = with_curve(reps=60)
    numbers = [text for text in texts(set_figure(found, found.trace, "set", 340.0)) if text.isdecimal()]
    assert numbers == ["1", *(str(number) for number in range(5, 61, 5))]


def test_each_reason_has_one_letter_in_order_of_time():
    late, early, again = (
        RejectedRep(start_s=start_s, turn_s=start_s + 1, end_s=start_s + 2, reason=reason)
        for start_s, reason in ((30.0, "small"), (1.0, "edge"), (40.0, "small"))
    )
    found = left_out([late, early, again])
    assert [(entry.letter, entry.times) for entry in found] == [("a", 1), ("b", 2)]
    assert found[0].reason == "getting into or out of position"


def test_an_unknown_reason_is_shown_as_it_is():
    found = with_curve(rejected=(RejectedRep(start_s=1.0, turn_s=2.0, end_s=3.0, reason="new"),))
    assert "not counted: new" in set_figure(found, found.trace, "set")


def test_rests_inside_a_set_are_named():
    found = with_curve(rests=((20.0, 24.0),))
    assert "rest" in texts(set_figure(found, found.trace, "set"))


def test_a_long_curve_is_thinned_but_keeps_its_extremes():
    t_s = np.arange(0, 3600, 0.1)
    angle = np.zeros_like(t_s)
    angle[20000] = 90.0
    found = a_set(trace=Trace(t_s, {"angle_low_deg": angle, "angle_high_deg": angle}))
    svg = set_figure(found, found.trace, "set")
    assert len(svg) < 60_000
    assert {"0 min", "40 min"} <= set(texts(svg))
    assert max(int(text[:-1]) for text in texts(svg) if text.endswith("°")) >= 80  # the peak is on the scale


def test_gaps_in_a_curve_do_not_stop_it():
    trace = with_curve().trace
    holes = {
        name: np.where((trace.t_s > 10) & (trace.t_s < 12), np.nan, values) for name, values in trace.values.items()
    }
    found = with_curve(trace=Trace(trace.t_s, holes))
    assert "nan" not in set_figure(found, found.trace, "set").lower()


@pytest.mark.parametrize(
    "trace",
    [
        None,
        Trace(np.array([]), {"angle_low_deg": np.array([]), "angle_high_deg": np.array([])}),
        Trace(np.arange(9.0), {"ap_mps2": np.zeros(9)}),
        Trace(np.arange(9.0), {"angle_low_deg": np.full(9, np.nan), "angle_high_deg": np.full(9, np.nan)}),
    ],
    ids=["none", "empty", "another kind", "all missing"],
)
def test_a_curve_that_cannot_be_drawn_is_not_drawn(trace):
    assert angle_curve(a_set(trace=trace)) is None


def test_the_ellipse_holds_95_per_cent_of_the_sway():
    rng = np.random.default_rng(3)
    ap, ml = rng.normal(0, 0.05, 5000), rng.normal(0, 0.02, 5000)
    ap = ap + 0.5 * ml
    trial = a_stance(trace=Trace(np.arange(5000) / 25, {"ap_mps2": ap, "ml_mps2": ml}))
    from imutrack.report.curves import _ellipse

    right, forward = _ellipse(ap, ml)
    corners = np.stack([right, forward], axis=1)
    points = np.stack([-(ml - ml.mean()), ap - ap.mean()], axis=1)
    from matplotlib.path import Path as Outline

    assert Outline(corners).contains_points(points).mean() == pytest.approx(0.95, abs=0.01)  # 5000 draws
    assert "95 %" in texts(sway_figure(trial, trial.trace, "sway"))


def test_directions_that_were_not_told_apart_are_not_named():
    told, untold = a_stance(), a_stance(sway={"rms_mps2": 0.07})
    assert "back · m/s² · forward" in texts(sway_figure(told, told.trace, "sway"))
    assert "forward" not in " ".join(texts(sway_figure(untold, untold.trace, "sway")))


def test_sway_on_a_force_plate_is_drawn_in_millimetres():
    worn = a_stance()
    columns = {"cop_ap_m": worn.trace.values["ap_mps2"] / 50, "cop_ml_m": worn.trace.values["ml_mps2"] / 50}
    plate = a_stance(trace=Trace(worn.trace.t_s, columns), sway={"cop_rms_m": 0.003, "cop_rms_ap_m": 0.002})
    assert sway_curve(plate) is plate.trace
    assert "back · mm · forward" in texts(sway_figure(plate, plate.trace, "sway"))


def test_standing_without_any_sway_can_be_drawn():
    still = a_stance(trace=Trace(np.arange(50.0), {"ap_mps2": np.zeros(50), "ml_mps2": np.zeros(50)}))
    assert sway_figure(still, still.trace, "sway").startswith("<svg")


def test_a_figure_is_well_formed_named_and_takes_its_colours_from_the_page():
    found = with_curve()
    svg = set_figure(found, found.trace, "set")
    ElementTree.fromstring(svg)  # noqa: S314 - drawn here
    ids = re.findall(r'\bid="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert all(name.startswith("set-") for name in ids)
    assert set(re.findall(r"#[0-9a-f]{6}", svg)) == set()
    assert all(f'id="{name}"' in svg for name in re.findall(r'(?:href="#|url\(#)([^")]+)', svg))


def test_the_same_findings_give_the_same_figure():
    found = with_curve()
    assert set_figure(found, found.trace, "set") == set_figure(found, found.trace, "set")


def test_drawing_leaves_no_trace_in_matplotlibs_settings():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    trend_figure(trends(fortnight().sets)[0], "trend")
    assert dict(mpl.rcParams) == before
