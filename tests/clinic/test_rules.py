"""The clinic's own limits, and what is said where they cannot be."""

import pytest

from imutrack import config
from imutrack.clinic.rules import rules_of
from imutrack.errors import SettingsError


def settings(tmp_path, text):
    (tmp_path / "imutrack.toml").write_text(text)
    return config.load(config=tmp_path / "imutrack.toml")


def test_limits_that_are_not_said_are_the_usual_ones(tmp_path):
    found = rules_of(settings(tmp_path, "[pain]\nsafe = 2\n"))
    assert (found.pain.safe, found.pain.acceptable, found.triage.silent_days) == (2, 5, 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[triage]\nsilence = 1\n", r"imutrack\.toml: \[triage\] has no limit 'silence': the limits are silent_days, "),
        ('[triage]\nunder_pct = "half"\n', r"\[triage\] under_pct = 'half' cannot be: write it like 50"),
        ("[pain]\nsafe = 9\n", r"\[pain\]: safe 9 and acceptable 5"),
    ],
)
def test_a_limit_that_cannot_be_is_named_with_its_file_and_table(tmp_path, text, said):
    with pytest.raises(SettingsError, match=said):
        rules_of(settings(tmp_path, text))
