import csv
import gzip

import numpy as np
import pytest

from imutrack.samples import Quantity
from imutrack.validation.quality import rates
from turning_sensor import repetitions, sensor_of, turning


def write_labels(path, **row):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)


@pytest.fixture
def data(tmp_path):
    angle, _ = repetitions(peak_deg=120.0, reps=6, way_s=0.6)
    sensor = sensor_of(turning(angle))
    t_s = sensor.samples[Quantity.ACC].t_s
    acc, gyr = (sensor.samples[quantity].values for quantity in (Quantity.ACC, Quantity.GYR))
    rom, reps, sway = (tmp_path / name for name in ("rom", "reps", "sway"))
    for folder in (rom / "inputs", reps / "sets", sway / "lumbar"):
        folder.mkdir(parents=True)
    np.savez(rom / "inputs" / "a.npz", t=t_s, s1_acc=acc, s1_gyr=np.clip(gyr, -4.0, 4.0))
    write_labels(
        rom / "labels.csv", trial="a", source="rig", fs_hz="100", n_sensors="1", has_mag="0", condition="gyro_clipped"
    )
    with gzip.open(reps / "sets" / "a.csv.gz", "wt") as file:
        np.savetxt(file, np.column_stack([t_s, acc, gyr]), "%.6f", ",", header="t_s,ax,ay,az,gx,gy,gz", comments="")
    write_labels(
        reps / "labels.csv",
        file="sets/a.csv.gz",
        dataset="SPAR",
        exercise="FEL",
        tier="A",
        label_note="",
        vendor_files="",
    )
    return tmp_path


def test_every_flag_has_rows_of_hits_and_false_alarms(data):
    rows = rates(data)
    assert {"flag", "fault", "seen", "faults", "false_alarms", "clean", "data"} == set(rows[0])
    by_fault = {(row["flag"], row["fault"]): row for row in rows}
    real = by_fault["gyro_clipped", "in the recording as it is"]
    assert (real["seen"], real["faults"], real["false_alarms"], real["clean"]) == (1, 1, 0, 1)
    assert real["data"] == "SPAR, rig"
    for flag in ("gaps", "frozen", "acc_scale", "gyro_bias"):
        found = [row for row in rows if row["flag"] == flag]
        assert all(row["seen"] == row["faults"] > 0 for row in found)
        assert all(row["false_alarms"] == 0 for row in found)
