import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imutrack.errors import RecordingError
from imutrack.recordings import find_recordings, read, read_recording
from imutrack.recordings.layout import find_layout
from imutrack.samples import Quantity, Recording
from recordings.recording_files import (
    dot_app,
    dot_sdk,
    metabase,
    movement,
    neutral,
    phyphox,
    sensor_logger,
    table,
    write,
    xyz,
)

MOVE = movement(120)
NAMES = st.sampled_from(
    [
        "a.csv",
        "Accelerometer.csv",
        "WristMotion.csv",
        "x_C42732BE255C_Gyroscope.csv",
        "Metadata.csv",
        "a.zip",
        "a.csv.gz",
    ]
)
RARELY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def seeds():
    """The bytes of one small file of each format."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        paths = [
            neutral(root / "n.csv", MOVE),
            metabase(root, "Accelerometer", MOVE.acc / 9.81, "g"),
            dot_app(root / "app.csv", {**xyz("Acc", MOVE.acc), **xyz("Gyr", MOVE.gyr)}),
            dot_sdk(root / "sdk.csv", {**xyz("Acc", MOVE.acc), **xyz("Gyr", MOVE.gyr)}, "Custom Mode 4", tail=1),
            sensor_logger(root / "TotalAcceleration.csv", MOVE.acc, MOVE.t_s),
            phyphox(
                root / "Accelerometer.csv",
                ["X (m/s^2)", "Y (m/s^2)", "Z (m/s^2)"],
                MOVE.acc,
                MOVE.t_s,
                separator=";",
                decimal=",",
            ),
        ]
        return [path.read_bytes() for path in paths]


SEEDS = seeds()


def readable_or_refused(name: str, data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        for item in read([path]):
            assert isinstance(item, Recording | RecordingError)
            if isinstance(item, RecordingError):
                assert "\n" not in str(item)


@RARELY
@given(name=NAMES, data=st.binary(max_size=2000))
def test_random_bytes_give_a_recording_or_a_recording_error(name, data):
    readable_or_refused(name, data)


@RARELY
@given(name=NAMES, data=st.text(alphabet="0123456789.,;:-+eE\t\n\r \"'#%/atxyzgs()[]epoch=", max_size=600))
def test_random_table_like_text_gives_a_recording_or_a_recording_error(name, data):
    readable_or_refused(name, data.encode())


@RARELY
@given(
    name=NAMES,
    seed=st.sampled_from(SEEDS),
    edits=st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=6)), max_size=4),
    cut=st.integers(0, 10**6),
)
def test_damaged_files_of_each_format_give_a_recording_or_a_recording_error(name, seed, edits, cut):
    data = bytearray(seed)
    for place, junk in edits:
        at = place % max(1, len(data))
        data[at : at + len(junk)] = junk
    readable_or_refused(name, bytes(data[: len(data) - cut % len(data) // 2]))


@RARELY
@given(
    separator=st.sampled_from([",", ";", "\t", " "]),
    decimal=st.sampled_from([".", ","]),
    preamble=st.lists(st.sampled_from(["made by someone", "Start:,now", "Rate: 50 Hz", "sensor;7"]), max_size=3),
    n=st.integers(5, 60),
    gz=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_a_written_table_is_read_back(separator, decimal, preamble, n, gz, seed):
    if separator == decimal:
        return
    rng = np.random.default_rng(seed)
    t_s = np.round(np.cumsum(rng.uniform(0.01, 0.03, n)), 6)
    acc = np.round(rng.normal([0.0, 0.0, 9.8], 0.5, (n, 3)), 6)
    header = separator.join(["t_s", "ax_ms2", "ay_ms2", "az_ms2"])
    text = "\n".join([*preamble, header, table(t_s, acc, separator=separator, fmt="%.6f", decimal=decimal)])
    with TemporaryDirectory() as folder:
        path = write(Path(folder) / "a.csv", text)
        if gz:
            path.write_bytes(gzip.compress(path.read_bytes()))
        samples = read_recording(path).sensors[0].samples[Quantity.ACC]
    np.testing.assert_array_equal(samples.values, acc)
    np.testing.assert_allclose(samples.t_s, t_s - t_s[0], atol=1e-9)


@given(text=st.text(max_size=300))
def test_a_layout_never_lies_outside_the_text(text):
    layout = find_layout(text, whole=True)
    assert layout is None or layout.first_row < len(text.splitlines())


def test_every_file_is_sorted_into_exactly_one_recording(tmp_path):
    for index, data in enumerate(SEEDS):
        (tmp_path / f"{index}.csv").write_bytes(data)
    groups = find_recordings([tmp_path, *tmp_path.iterdir()])
    files = [source for group in groups for source in group.sources]
    assert len(files) == len(set(files)) == len(SEEDS)
