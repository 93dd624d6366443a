import csv

import numpy as np

from imutrack.validation import formats
from recordings.recording_files import G, movement, neutral, phyphox, plain, write


def test_the_suite_writes_one_row_per_file_in_the_scorers_form(tmp_path):
    move = movement()
    neutral(tmp_path / "a" / "n.csv", move)
    plain(tmp_path / "a" / "index.csv", "samples,acc_x,acc_y,acc_z", np.arange(600), move.acc / G)
    names = [f"Linear Acceleration {axis} (m/s^2)" for axis in "xyz"]
    phyphox(tmp_path / "a" / "p.csv", names, 0.05 * move.acc, move.t_s)
    write(tmp_path / "a" / "bad.csv", "nothing\n")
    rows = "a/n.csv,\na/index.csv,--rate 50 --units acc=g\na/p.csv,\na/bad.csv,\na/gone.csv,\n"
    write(tmp_path / "expected.csv", "file,options\n" + rows)
    formats.predict(tmp_path, tmp_path / "out.csv", jobs=2)
    with (tmp_path / "out.csv").open(newline="") as file:
        found = {row["file"]: row for row in csv.DictReader(file)}
    neutral_row, index_row, linear_row = found["a/n.csv"], found["a/index.csv"], found["a/p.csv"]
    assert (neutral_row["n_samples"], neutral_row["rate_hz"], neutral_row["duration_s"]) == ("600", "50", "11.98")
    assert abs(float(neutral_row["still_mean_abs_acc_ms2"]) - G) < 1e-4
    assert float(neutral_row["mean_abs_gyr_rads"]) > 0.1
    assert index_row["duration_s"] == "12"  # without time stamps the last reading lasts as long as the others
    assert linear_row["still_mean_abs_acc_ms2"] == ""  # gravity is removed
    assert abs(float(linear_row["mean_abs_acc_ms2"]) - 0.05 * G) < 1e-4
    assert "no table of numbers" in found["a/bad.csv"]["error"]
    assert "no such file" in found["a/gone.csv"]["error"]
