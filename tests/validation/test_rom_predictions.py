import csv

import numpy as np
import pytest

from imutrack.errors import RecordingError
from imutrack.samples import Quantity
from imutrack.validation.rom import predict
from turning_sensor import repetitions, sensor_of, turning


def write_trial(folder, name, signal, *, clip_radps=None, irregular=False, task="orientation", mag=False):
    (folder / "inputs").mkdir(exist_ok=True)
    sensor = sensor_of(signal)
    gyr = sensor.samples[Quantity.GYR].values
    if clip_radps:
        gyr = np.clip(gyr, -clip_radps, clip_radps)
    t_s = signal.t_s + (0.002 * np.sin(np.arange(len(gyr))) if irregular else 0.0)
    arrays = {"t": t_s, "s1_acc": sensor.samples[Quantity.ACC].values, "s1_gyr": gyr}
    if mag:
        arrays["s1_mag"] = np.tile([20.0, 0.0, -40.0], (len(gyr), 1))
    np.savez(folder / "inputs" / f"{name}.npz", **{key: value.astype(np.float32) for key, value in arrays.items()})
    row = {"trial": name, "task": task, "fs_hz": "100.0", "n_sensors": "1", "has_mag": str(int(mag))}
    path = folder / "labels.csv"
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, row)
        if new:
            writer.writeheader()
        writer.writerow(row)


@pytest.fixture
def predicted(tmp_path):
    def run():
        predict(tmp_path, tmp_path / "out.npz")
        with np.load(tmp_path / "out.npz") as file:
            return dict(file)

    return run


def test_every_input_sample_has_a_tilt_and_an_orientation(tmp_path, predicted):
    angle, _ = repetitions()
    write_trial(tmp_path, "a", turning(angle), mag=True)
    found = predicted()
    assert set(found) == {"a/tilt1_deg", "a/flag_gyro_clipping", "a/quat6", "a/quat9"}
    assert found["a/tilt1_deg"] == pytest.approx(angle, abs=0.5)
    assert found["a/quat6"].shape == found["a/quat9"].shape == (len(angle), 4)
    assert not found["a/flag_gyro_clipping"]


def test_an_irregular_clock_keeps_one_row_per_sample(tmp_path, predicted):
    angle, _ = repetitions()
    write_trial(tmp_path, "a", turning(angle), irregular=True)
    found = predicted()
    assert found["a/tilt1_deg"] == pytest.approx(angle, abs=1.5)
    assert np.linalg.norm(found["a/quat6"], axis=1) == pytest.approx(1.0)


def test_with_a_clipped_gyroscope_the_tilt_is_withheld(tmp_path, predicted):
    angle, _ = repetitions(peak_deg=120.0, way_s=0.6)
    write_trial(tmp_path, "a", turning(angle), clip_radps=4.0, task="hinge")
    found = predicted()
    assert found["a/flag_gyro_clipping"]
    assert np.isnan(found["a/tilt1_deg"]).all()
    assert set(found) == {"a/tilt1_deg", "a/flag_gyro_clipping"}


def test_a_missing_input_is_named_and_left_out_and_missing_labels_are_an_error(tmp_path, capsys):
    angle, _ = repetitions(reps=1)
    write_trial(tmp_path, "a", turning(angle))
    (tmp_path / "inputs" / "a.npz").unlink()
    predict(tmp_path, tmp_path / "out.npz")
    assert "a.npz" in capsys.readouterr().err
    with np.load(tmp_path / "out.npz") as made:
        assert not made.files
    with pytest.raises(RecordingError, match=r"labels\.csv"):
        predict(tmp_path / "nowhere", tmp_path / "out.npz")
