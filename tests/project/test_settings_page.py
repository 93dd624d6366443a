"""docs/settings.md says what the code does."""

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_of_the_settings_is_that_of_the_code():
    made = runpy.run_path(str(ROOT / "tools" / "settings_page.py"))["page"]()
    said = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert said == made, "run python tools/settings_page.py docs/settings.md"


def test_every_key_is_described():
    made = runpy.run_path(str(ROOT / "tools" / "settings_page.py"))
    for _, kind, _ in made["TABLES"]:
        assert all(said for _, _, said in made["_keys"](kind))
