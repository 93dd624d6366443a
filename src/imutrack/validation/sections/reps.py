"""Repetition counts: agreement per data set, what must not happen, and how honest "not sure" is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from imutrack.pipeline import analyse
from imutrack.results import ExerciseSet
from imutrack.samples import Quantity, Recording, Samples, Sensor
from imutrack.synthetic import SETS, SensorParams, SetParams, exercise_set
from imutrack.validation.reps import Count, count_all
from imutrack.validation.running import read_list
from imutrack.validation.scores import Counts, counts
from imutrack.validation.sections import Headline, Section, percent, table

__all__ = ["section", "turned", "without_gyroscope"]

_SEEDS: Final = range(5)
_SLOW_RATES_HZ: Final = (25.0, 100.0)
_SLOWER: Final = 2.0  # times the usual duration of each phase: repetitions of 6 to 10 s

Labels = Sequence[Mapping[str, str]]


def section(folder: Path, jobs: int) -> Section:
    """Return the section; ``folder`` is that of the repetition data."""
    labels = read_list(folder / "labels.csv")
    plain = count_all(folder, jobs)
    text = "\n".join(
        (
            _agreement(labels, plain),
            _not_allowed(labels, plain, count_all(folder, jobs, turned)),
            _without_gyroscope(labels, count_all(folder, jobs, without_gyroscope)),
            _honesty(labels, plain),
            _slow_sets(),
        )
    )
    main = _main(labels, plain)
    exact, near = (float(np.mean([getattr(found, name) for found in main])) for name in ("exact", "within_one"))
    on = f"{sum(found.sets for found in main)} sets of {_people(labels)} people, {len(main)} data sets"
    return Section(text, (Headline("repetitions", f"exact {percent(exact)}, within one {percent(near)}", on),))


def turned(recording: Recording) -> Recording:
    """Turn the axes of every sensor at random, the same way in every run of one recording."""
    rng = np.random.default_rng(int(recording.content_hash[:8], 16))
    rotation, _ = np.linalg.qr(rng.standard_normal((3, 3)))
    rotation[:, 0] *= np.sign(np.linalg.det(rotation))

    def samples(sensor: Sensor) -> dict[Quantity, Samples]:
        return {name: replace(found, values=found.values @ rotation.T) for name, found in sensor.samples.items()}

    return _changed(recording, samples)


def without_gyroscope(recording: Recording) -> Recording:
    """Leave the acceleration alone."""
    return _changed(recording, lambda sensor: {Quantity.ACC: sensor.samples[Quantity.ACC]})


def _changed(recording: Recording, samples: Callable[[Sensor], dict[Quantity, Samples]]) -> Recording:
    return replace(recording, sensors=tuple(replace(sensor, samples=samples(sensor)) for sensor in recording.sensors))


def _main(labels: Labels, counted: Sequence[Count]) -> list[Counts]:
    """Agreement per data set on whole sets of the main placement."""
    pairs = counts(labels, {count.file: count.best for count in counted})
    return [Counts.of(found) for (tier, name), found in pairs.items() if tier == "A" and not name.endswith("-CUT")]


def _people(labels: Labels) -> int:
    return len(
        {(row["dataset"], row["subject"]) for row in labels if row["tier"] == "A" and "-CUT" not in row["dataset"]}
    )


def _agreement(labels: Labels, counted: Sequence[Count]) -> str:
    pairs = counts(labels, {count.file: count.best for count in counted})
    headline = {key: Counts.of(found) for key, found in pairs.items() if key[0] in "AB"}
    main = _main(labels, counted)
    rows = [
        (
            {"A": "", "B": "second placement or ambiguous: "}[tier] + name,
            found.sets,
            percent(found.exact),
            percent(found.within_one),
            f"{found.mean_error:.2f}",
        )
        for (tier, name), found in sorted(headline.items())
    ]
    mean = (
        "**mean over data sets**",
        sum(found.sets for found in main),
        f"**{percent(float(np.mean([found.exact for found in main])))}**",
        f"**{percent(float(np.mean([found.within_one for found in main])))}**",
        f"{np.mean([found.mean_error for found in main]):.2f}",
    )
    return (
        f"Counts of {sum(found.sets for found in main)} sets by {_people(labels)} people, whole recordings with "
        "getting into and out of position; the likeliest single number is scored even where it is called not sure. "
        "`-CUT` are the same recordings ended early, a guard against counters that have learnt the usual number; they "
        "are not in the mean.\n\n" + table(("data set", "sets", "exact", "within one", "mean error"), [*rows, mean])
    )


def _not_allowed(labels: Labels, counted: Sequence[Count], after_turning: Sequence[Count]) -> str:
    pairs = counts(labels, {count.file: count.best for count in counted})
    idle = [count for (tier, _), found in pairs.items() if tier == "N" for count, _ in found]
    cut = {name: Counts.of(found) for (tier, name), found in pairs.items() if tier == "A" and name.endswith("-CUT")}
    before = {count.file: count.best for count in counted}
    changed = sum(before.get(count.file) != count.best for count in after_turning)
    return table(
        ("what must not happen", "happened", "of"),
        [
            ("repetitions counted in a recording without any", sum(count > 0 for count in idle), len(idle)),
            *((f"off by more than one in {name}", found.off_by_more, found.sets) for name, found in cut.items()),
            ("another count after turning the sensor at random", changed, len(counted)),
        ],
    )


def _without_gyroscope(labels: Labels, counted: Sequence[Count]) -> str:
    main = _main(labels, counted)
    exact = float(np.mean([found.exact for found in main]))
    near = float(np.mean([found.within_one for found in main]))
    return f"From the accelerometer alone (mean over data sets): exact {percent(exact)}, within one {percent(near)}.\n"


def _honesty(labels: Labels, counted: Sequence[Count]) -> str:
    known = {count.file: count for count in counted}
    scored = [(row, known[row["file"]]) for row in labels if row["tier"] in "AB" and row["file"] in known]
    rows = []
    for name in sorted({row["dataset"] for row, _ in scored}):
        found = [(int(float(row["true_reps"])), count) for row, count in scored if row["dataset"] == name]
        sure = [(true, count) for true, count in found if count.sure]
        right = sum(true == count.best for true, count in sure)
        inside = np.mean([count.low <= true <= count.high for true, count in found])
        width = np.mean([count.high - count.low for _, count in found])
        rows.append(
            (
                name,
                len(found),
                percent(len(sure) / len(found)),
                percent(right / len(sure)) if sure else "-",
                percent(float(inside)),
                f"{width:.1f}",
            )
        )
    return 'A count is stated only when it is sure; otherwise a range is ("9 to 10, not sure"):\n\n' + table(
        ("data set", "sets", "stated", "of these exact", "truth in the range", "mean width"), rows
    )


def _slow_sets() -> str:
    rows = []
    for reps in (1, 2, 3):
        found = [
            _slow(params, reps, rate_hz, seed)
            for rate_hz in _SLOW_RATES_HZ
            for seed in _SEEDS
            for params in SETS.values()
        ]
        right = sum(result.reps == reps for result in found)
        unsure = sum(result.reps is None for result in found)
        zero = sum(result.reps == 0 for result in found)
        inside = sum(result.reps_low <= reps <= result.reps_high for result in found)
        rows.append((reps, len(found), right, unsure, inside, zero))
    return "Synthetic sets of a few slow repetitions (6 to 10 s each, among rest; 25 and 100 Hz):\n\n" + table(
        ("repetitions", "sets", "counted", "called not sure", "truth in the range", "called 0"), rows
    )


def _slow(params: SetParams, reps: int, rate_hz: float, seed: int) -> ExerciseSet:
    slow = replace(
        params,
        reps=reps,
        outward_s=_SLOWER * params.outward_s,
        hold_s=_SLOWER * params.hold_s,
        return_s=_SLOWER * params.return_s,
    )
    made = exercise_set(slow, seed, sensor=SensorParams(rate_hz=rate_hz))
    [result] = analyse(made.recording, [made.task])
    if not isinstance(result, ExerciseSet):
        raise TypeError(f"a synthetic set gave {result}")
    return result
