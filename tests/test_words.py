"""What people read: every code has its sentence, and the wording rules hold."""

import ast
import re
import string
from pathlib import Path

import pytest

from imutrack import words
from imutrack.flags import INFORMATIONAL, Flag, FlagCode

FORBIDDEN = re.compile(
    r"\b(improv\w*|better|worse\w*|abnormal\w*|complian\w*|at risk|fall[- ]risk|diagnos\w+ of|"
    r"clinically validated|detects injur\w+|cure\w*|medical[- ]grade|safety stop)\b",
    re.IGNORECASE,
)


GOAL = "improve"  # the word a therapist writes into a plan; the program never says it of anybody


def test_every_flag_has_a_sentence_and_no_sentence_is_without_a_flag():
    assert set(words.FLAGS) == set(FlagCode)


def test_informational_flags_are_flags():
    assert set(FlagCode) >= INFORMATIONAL


@pytest.mark.parametrize("code", FlagCode)
def test_a_flag_sentence_is_filled_from_its_numbers(code):
    names = [name for _, name, _, _ in string.Formatter().parse(words.FLAGS[code]) if name]
    text = words.flag_text(Flag.of(code, **dict.fromkeys(names, 3.0)))
    assert text
    assert "{" not in text


@pytest.mark.parametrize("text", [*words.FLAGS.values(), *words.REJECTIONS.values(), words.DISCLAIMER])
def test_no_sentence_promises_what_a_sensor_cannot_know(text):
    assert not FORBIDDEN.search(text)


def written(path):
    """What a file can show to people: its text without docstrings and comments."""
    if path.suffix != ".py":
        return path.read_text(encoding="utf-8")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):  # a string that stands alone is documentation
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [item for item in body if not _is_text(getattr(item, "value", None))]
    return "\n".join(node.value for node in ast.walk(tree) if _is_text(node) and node.value != GOAL)


def _is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize("kind", ["py", "j2", "toml"])
def test_nothing_else_the_program_can_show_promises_it_either(kind):
    paths = sorted(Path(words.__file__).parent.rglob(f"*.{kind}"))
    assert paths
    for path in paths:
        assert not (found := FORBIDDEN.search(written(path))), f"{path.name}: {found}"


def test_an_unsure_count_is_never_a_single_number():
    assert words.reps_text(None, 1, 3) == "1 to 3, not sure"
    assert words.reps_text(0, 0, 0) == "0"
