"""Draws a page in headless Chromium and makes the picture small."""

import contextlib
import http.server
import json
import shutil
import subprocess
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

from PIL import Image, ImageChops

__all__ = ["Look", "Page", "missing_programs"]

SOURCE = Path(__file__).with_name("page")
LARGEST_BYTES = 250_000
RARE_COLOURS = (128, 64, 32, 16)  # and as many common ones
TALL_PX = 12_000  # more than any dashboard has in one column; what is left over is cut off
NARROWEST_WINDOW_PX = 800  # Chromium's own smallest is 500; the page is as wide as it is told
DRAW_MS = 10_000  # of the page's own time
WAIT_S = 180.0

HTML = """<!doctype html><meta charset="utf-8"><title>{title}</title><link rel="stylesheet" href="page.css">
<script>
window.__grafana_public_path__ = "/public/";
window.PICTURE = {given};
const Real = Date, behind = Real.now() - window.PICTURE.picture.now_ms;
window.Date = class extends Real {{
  constructor(...said) {{ super(...(said.length ? said : [Real.now() - behind])); }}
  static now() {{ return Real.now() - behind; }}
}};
</script>
<div id="root"></div><script src="page.js"></script>
"""


@dataclass(frozen=True, slots=True)
class Look:
    """How a dashboard is looked at: name of the picture, width in pixels, ``light`` or ``dark``."""

    name: str
    width: int
    theme: str = "light"


def missing_programs() -> str:
    """Say what is missing to draw; nothing when all is there."""
    wanted = [name for name in ("chromium", "node", "npm") if shutil.which(name) is None]
    return f"no {', '.join(wanted)} here: apt-get install chromium nodejs npm (Node 20 or later)" if wanted else ""


class Page:
    """The page with Grafana's components, built and served on this computer only."""

    def __init__(self, work: Path) -> None:
        self._work, self._built = work, work / "built"
        self._stack = contextlib.ExitStack()
        self._faults: list[str] = []

    def __enter__(self) -> Self:
        self._build()
        handler = partial(_Handler, self._faults, directory=str(self._built))
        server = self._stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        self._stack.callback(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self._url = f"http://127.0.0.1:{server.server_address[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def draw(self, picture: dict[str, Any], look: Look, path: Path) -> None:
        """Write a picture.

        Args:
            picture: of `answering.picture_of`.
            look: how wide, and in which colours.
            path: of the PNG.

        Raises:
            subprocess.CalledProcessError: Chromium could not draw it.
            RuntimeError: the page could not.
        """
        given = json.dumps({"picture": picture, "theme": look.theme, "width": look.width}).replace("</", "<\\/")
        page = self._built / "drawn.html"
        page.write_text(HTML.format(title=picture["board"]["title"], given=given), encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            raw = Path(folder) / "raw.png"
            command = [
                "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
                "--disable-background-networking", f"--user-data-dir={folder}/profile",
                f"--virtual-time-budget={DRAW_MS}", f"--screenshot={raw}",
                f"--window-size={max(look.width, NARROWEST_WINDOW_PX)},{TALL_PX}", f"{self._url}/{page.name}",
            ]  # fmt: skip
            subprocess.run(command, check=True, capture_output=True, timeout=WAIT_S)
            if self._faults:
                raise RuntimeError(f"{path.name}: {self._faults[0]}")
            _save(Image.open(raw), look.width, path)

    def _build(self) -> None:
        """Install what the page is made of, once, and bundle it."""
        shutil.copytree(SOURCE, self._work, dirs_exist_ok=True)
        wanted, installed = SOURCE / "package.json", self._work / ".installed.json"
        if not installed.exists() or installed.read_bytes() != wanted.read_bytes():
            quiet = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error")
            subprocess.run(["npm", "install", *quiet], cwd=self._work, check=True)  # noqa: S607 - whichever npm is there
            shutil.copy(wanted, installed)
        shutil.rmtree(self._built, ignore_errors=True)
        subprocess.run(["npm", "run", "--silent", "build"], cwd=self._work, check=True)  # noqa: S607 - the same
        images = self._work / "node_modules/@grafana/ui/dist/public/img"
        shutil.copytree(images, self._built / "public/build/img")


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Gives the page its files, and hears what went wrong in it."""

    def __init__(self, faults: list[str], *args: Any, **kwargs: Any) -> None:
        self._faults = faults
        super().__init__(*args, **kwargs)

    def do_POST(self) -> None:
        """Keep what the page says."""
        self._faults.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing of each file."""


def _save(raw: Image.Image, width: int, path: Path) -> None:
    """Cut off what is empty below, and keep as many colours as the size allows."""
    whole = raw.convert("RGB").crop((0, 0, width, raw.height))
    ground = Image.new("RGB", whole.size, whole.getpixel((width - 1, whole.height - 1)))
    drawn = ImageChops.difference(whole, ground).getbbox() or (0, 0, width, 1)
    cut = whole.crop((0, 0, width, min(whole.height, drawn[3] + 8)))
    path.parent.mkdir(parents=True, exist_ok=True)
    for rare in RARE_COLOURS:
        cut.quantize(palette=_palette(cut, rare), dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size < LARGEST_BYTES:
            return


def _palette(image: Image.Image, rare: int) -> Image.Image:
    """Return the commonest colours as they are, and the rest by what is farthest apart: a red dot says something."""
    counts = Counter(zip(*(channel.tobytes() for channel in image.split()), strict=True))
    common = [channel for colour, _ in counts.most_common(rare) for channel in colour]
    apart = image.quantize(rare, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*common, *apart[: 3 * rare]])
    return palette
