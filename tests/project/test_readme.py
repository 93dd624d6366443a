"""The README is true: its commands run, its links lead somewhere, its figures come from the validation."""

import re
import shlex
from pathlib import Path

import pytest

from cli.command_line import Clinic
from imutrack.synthetic import SetParams, exercise_set, write_csv

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.strip().splitlines()]


def test_every_command_of_the_readme_runs(tmp_path):
    clinic = Clinic(tmp_path)
    for seed, name in enumerate(("session.csv", "monday.csv"), start=1):
        write_csv(exercise_set(SetParams(reps=6), seed=seed).recording, tmp_path / name)
    ran = [line for line in COMMANDS if line.startswith("imutrack ")]
    assert len(ran) >= 5
    for line in ran:
        done = clinic.run(*shlex.split(line)[1:])
        assert done.code == 0, f"{line}\n{done.err}"


def test_the_make_targets_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [line.split()[1] for line in COMMANDS if line.startswith("make ")]
    assert targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_every_link_of_the_readme_leads_to_a_file(link):
    assert link.startswith("https://") or (ROOT / link).exists()


def test_every_option_the_readme_names_exists():
    options = set(re.findall(r"`(--[a-z-]+)", README))
    known = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/imutrack/cli").glob("*.py"))
    assert options
    for option in options:
        assert f'"{option}"' in known, option


def test_the_figures_of_the_readme_are_those_of_the_validation():
    table = README.split("<!-- figures: made by make validate -->")[1].split("<!-- end of figures -->")[0]
    validation = (ROOT / "docs/validation.md").read_text(encoding="utf-8")
    exact = re.search(r"exact ([\d.]+ %), within one ([\d.]+ %)", table)
    assert exact
    assert f"**{exact[1]}** | **{exact[2]}**" in validation
    measured = re.search(r"Measured on ([\d-]+)\.", table)
    assert measured
    assert f"on {measured[1]} with imutrack" in validation
