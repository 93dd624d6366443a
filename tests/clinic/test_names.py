import json
import subprocess
import sys

import pytest
from rich.pretty import pretty_repr

from imutrack.clinic.names import FILE_NAME, Names, Person
from imutrack.clinic.pseudonyms import suggest
from imutrack.errors import SettingsError, StoreError

NOW = 1_772_000_000.0  # February 2026
OTTER = "otter-maple-47"
OTHER = suggest({OTTER})


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def names(folder):
    return Names.open(folder)


def mode(path):
    return path.stat().st_mode & 0o777


def test_what_is_set_is_known_also_to_somebody_else(names, folder):
    person = names.set("Otter Maple 47", name=" Ann Example ", birth_year="1950", contact="555 0100", now=NOW)
    assert person == Person(name="Ann Example", birth_year=1950, contact="555 0100")
    assert Names.open(folder).get("OTTER-MAPLE-47") == person
    assert names.get(OTHER) is None


def test_looking_makes_no_file(names, folder):
    assert names.all() == {}
    assert names.get(OTTER) is None
    assert not folder.exists()


def test_none_leaves_and_an_empty_text_takes_out(names):
    names.set(OTTER, name="Ann Example", birth_year=1950, contact="555 0100", now=NOW)
    assert names.set(OTTER, contact="") == Person(name="Ann Example", birth_year=1950)
    assert names.set(OTTER, birth_year="") == Person(name="Ann Example")
    assert names.set(OTTER, name="") == Person()
    assert names.all() == {}


def test_the_file_and_its_folder_are_for_the_owner_only(names, folder):
    names.set(OTTER, name="Ann Example")
    assert mode(folder) == 0o700
    assert {entry.name: mode(entry) for entry in folder.iterdir()} == {FILE_NAME: 0o600, "names.lock": 0o600}


def test_a_file_that_others_could_read_is_set_right(names, folder):
    names.set(OTTER, name="Ann Example")
    (folder / FILE_NAME).chmod(0o644)
    assert names.get(OTTER) == Person(name="Ann Example")
    assert mode(folder / FILE_NAME) == 0o600


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"birth_year": 1899}, "--birth-year 1899: a whole number from 1900 to 2026"),
        ({"birth_year": 2027}, "from 1900 to 2026"),
        ({"birth_year": "May"}, "from 1900 to 2026"),
        ({"name": "two\nlines"}, "--name has a line break"),
        ({"contact": "x" * 201}, "--contact has 201 characters: at most 200"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(names, typed, message):
    with pytest.raises(SettingsError, match=message):
        names.set(OTTER, now=NOW, **typed)
    assert names.all() == {}


def test_a_name_in_place_of_the_pseudonym_is_refused(names):
    with pytest.raises(SettingsError, match="is no pseudonym"):
        names.set("Ann Example", name="Ann Example")
    names.set(OTTER, name="Ann Example")
    with pytest.raises(SettingsError, match="is no pseudonym"):
        names.rename(OTTER, "Ann Example")


def test_a_renamed_patient_keeps_the_name(names):
    names.set(OTTER, name="Ann Example")
    assert names.rename(OTTER, OTTER)
    assert names.rename(OTTER, OTHER)
    assert names.all() == {OTHER: Person(name="Ann Example")}
    assert not names.rename(OTTER, OTHER)


def test_renaming_never_covers_another_name(names):
    names.set(OTTER, name="Ann Example")
    names.set(OTHER, name="Bob Example")
    with pytest.raises(SettingsError, match=f"{OTHER} has a name already"):
        names.rename(OTTER, OTHER)
    assert len(names.all()) == 2


def test_a_forgotten_patient_is_nowhere_in_the_folder(names, folder):
    names.set(OTTER, name="Ann Example")
    (folder / "names.new").write_text("Ann Example, of a writer that was killed")
    assert names.forget(OTTER)
    assert not names.forget(OTTER)
    assert not any(b"Ann" in entry.read_bytes() for entry in folder.iterdir())
    assert not (folder / "names.new").exists()


def test_nothing_of_it_shows_by_accident(names):
    person = names.set(OTTER, name="Ann Example", birth_year=1950, contact="555 0100", now=NOW)
    for shown in (repr(person), str(person), repr(names.all()), pretty_repr(person), repr(names)):
        assert "Ann" not in shown
        assert "1950" not in shown
        assert "555" not in shown


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"otter-maple-47": {"nick": "Ann"}}', b"[]", b'{"a": "Ann"}', b"\xff"]
)
def test_a_damaged_file_is_an_error_that_names_it_and_it_is_left_as_it_is(names, folder, content):
    folder.mkdir()
    path = folder / FILE_NAME
    path.write_bytes(content)
    for act in (names.all, lambda: names.set(OTTER, name="Bob Example"), lambda: names.forget(OTTER)):
        with pytest.raises(StoreError, match=r"names\.json: is damaged: restore it from a backup") as caught:
            act()
        assert "Ann" not in str(caught.value)
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"names\.json: cannot be written"):
        Names.open(tmp_path / "file").set(OTTER, name="Ann Example")


def test_a_link_to_another_disk_stays_a_link(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "disk").mkdir()
    (tmp_path / "data" / FILE_NAME).symlink_to(tmp_path / "disk" / FILE_NAME)
    Names.open(tmp_path / "data").set(OTTER, name="Ann Example")
    assert (tmp_path / "data" / FILE_NAME).is_symlink()
    assert OTTER in json.loads((tmp_path / "disk" / FILE_NAME).read_text())
    assert [entry.name for entry in (tmp_path / "data").iterdir()] == [FILE_NAME]


WRITER = """
import sys
from pathlib import Path
from imutrack.clinic.names import Names

names = Names.open(Path(sys.argv[1]))
for pseudonym in sys.argv[2:]:
    names.set(pseudonym, name="of " + pseudonym)
"""


def test_processes_that_write_at_once_lose_nothing(folder):
    taken = set()
    while len(taken) < 60:
        taken.add(suggest(taken))
    everybody = sorted(taken)
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(folder), *everybody[part::4]]) for part in range(4)]
    assert [writer.wait(timeout=60) for writer in writers] == [0] * 4
    assert Names.open(folder).all() == {one: Person(name=f"of {one}") for one in everybody}
