import csv
import shutil

import pytest

from imutrack.errors import RecordingError
from imutrack.validation import functional, sway
from metrics.motion_cases import DATA, demo_columns


def written(path):
    with path.open(newline="") as file:
        return {(row["file"], row["metric"]): float(row["value"]) for row in csv.DictReader(file)}


@pytest.fixture
def sway_folder(tmp_path):
    for part in ("lumbar", "planar"):
        (tmp_path / part).mkdir()
    shutil.copy(DATA / "sway" / "syn_coloured_50hz.csv.gz", tmp_path / "lumbar")
    t_s, cop = demo_columns("bds00001_s001_eo_firm.csv.gz")
    rows = [f"{t:.5f},{ap:.8f},{ml:.8f}" for t, (ap, ml) in zip(t_s, cop, strict=True)]
    (tmp_path / "planar" / "cop.csv").write_text("\n".join(["t,ap,ml", *rows]))
    (tmp_path / "labels.csv").write_text(
        "file,fs,t_start,t_end,up,ml,ap\n"
        "planar/cop.csv,100,0.01,60.0,,,\n"
        "lumbar/syn_coloured_50hz.csv.gz,50,0.0,60.0,+x,+y,+z\n"
    )
    return tmp_path


@pytest.mark.parametrize("jobs", [1, 2])
def test_sway_predictions_agree_with_the_reference(sway_folder, jobs):
    sway.predict(sway_folder, sway_folder / "out.csv", jobs)
    found = written(sway_folder / "out.csv")
    ours = {
        "bds00001_s001_eo_firm.csv.gz": "planar/cop.csv",
        "syn_coloured_50hz.csv.gz": "lumbar/syn_coloured_50hz.csv.gz",
    }
    with (DATA / "sway" / "reference.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 65
    for row in rows:
        value = found[ours[row["file"]], row["metric"]]
        assert value == pytest.approx(float(row["value"]), rel=float(row["rtol"])), row["metric"]


def test_sway_is_measured_within_the_window_only(sway_folder):
    labels = sway_folder / "labels.csv"
    labels.write_text(labels.read_text().replace("0.01,60.0", "10.0,40.0"))
    sway.predict(sway_folder, sway_folder / "out.csv")
    assert written(sway_folder / "out.csv")["planar/cop.csv", "duration_s"] == pytest.approx(30.0)


def test_functional_predictions_use_the_names_of_the_labels(tmp_path):
    (tmp_path / "functional").mkdir()
    names = ("syn_chair30_12.csv.gz", "syn_tug_c_fast.csv.gz")
    for name in names:
        shutil.copy(DATA / "functional" / name, tmp_path / "functional")
    (tmp_path / "functional_info.csv").write_text(
        f"file,test,fs\nfunctional/{names[0]},30s chair stand,100\nfunctional/{names[1]},tug,100\n"
    )
    functional.predict(tmp_path, tmp_path / "out.csv")
    found = written(tmp_path / "out.csv")
    with (DATA / "functional" / "labels.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["file"] in names:
                value = found[f"functional/{row['file']}", row["metric"]]
                tolerance = 5.0 if row["metric"].endswith("deg") else 0.3
                assert value == pytest.approx(float(row["value"]), abs=tolerance), row["metric"]


def test_daily_life_lists_rises_and_descents(tmp_path):
    t_s, values = demo_columns("sit2standpy_chair_lumbar.csv.gz")
    rows = [",".join(f"{value:.5f}" for value in (t, *row)) for t, row in zip(t_s, values, strict=True)]
    (tmp_path / "day.csv").write_text("\n".join(["t,ax,ay,az", *rows]))
    (tmp_path / "functional_info.csv").write_text("file,test,fs\nday.csv,daily activities,128\n")
    functional.predict(tmp_path, tmp_path / "out.csv")
    found = written(tmp_path / "out.csv")
    assert found["day.csv", "n_reps"] == 3
    assert found["day.csv", "sit_to_stand_3_start"] < found["day.csv", "sit_to_stand_3_end"]


@pytest.mark.parametrize("suite", [sway, functional])
def test_a_folder_without_labels_is_refused(suite, tmp_path):
    with pytest.raises(RecordingError, match="cannot be read"):
        suite.predict(tmp_path, tmp_path / "out.csv")


def test_a_file_that_is_no_table_is_named_and_left_out(tmp_path, capsys):
    (tmp_path / "bad.csv").write_text("t,ax,ay,az\nhello,1,2,3\n")
    (tmp_path / "functional_info.csv").write_text("file,test,fs\nbad.csv,tug,100\n")
    functional.predict(tmp_path, tmp_path / "out.csv")
    assert "bad.csv: cannot be read as numbers" in capsys.readouterr().err
    assert (tmp_path / "out.csv").read_text().splitlines() == ["file,metric,value"]
