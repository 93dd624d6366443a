"""Pages in a real browser: one printed A4 page, nothing cut off, and no sideways scrolling on a phone.

Run where Chromium is installed; ``IMUTRACK_REQUIRE_BROWSER=1`` makes a missing browser a failure.
"""

import html
import os
import re
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from imutrack.report.page import patient_page, therapist_page
from report.case_builders import MORE, a_course, a_report, everything, judged
from report.report_cases import crowded, fortnight

NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next((found for name in NAMES if (found := shutil.which(name))), None)
PAGES = {
    "fortnight": lambda: therapist_page(fortnight(), full=False, now=NOW, version="0.1.0"),
    "crowded": lambda: therapist_page(crowded(), full=False, now=NOW, version="0.1.0"),
    "everything": lambda: therapist_page(everything(), full=False, now=NOW, version="0.1.0"),
    "patient, everything": lambda: patient_page(everything()),
    "patient": lambda: patient_page(fortnight()),
    "patient-crowded": lambda: patient_page(crowded()),
}
A4_POINTS = (595, 842)


@pytest.fixture
def browser(tmp_path):
    if BROWSER is None:
        message = f"needs a browser: none of {', '.join(NAMES)} is installed"
        if os.environ.get("IMUTRACK_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)

    def run(*options):
        always = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        done = subprocess.run([BROWSER, *always, profile, *options], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def printed(browser, folder, text):
    (folder / "page.html").write_text(text, encoding="utf-8")
    browser("--no-pdf-header-footer", f"--print-to-pdf={folder / 'page.pdf'}", (folder / "page.html").as_uri())
    return (folder / "page.pdf").read_bytes()


def sheets(pdf):
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("made", PAGES.values(), ids=PAGES)
def test_a_report_prints_on_one_a4_page(browser, tmp_path, made):
    pdf = printed(browser, tmp_path, made())
    assert sheets(pdf) == 1
    box = [float(side) for side in re.search(rb"/MediaBox\s*\[([^\]]+)\]", pdf)[1].split()]
    assert (round(box[2]), round(box[3])) == pytest.approx(A4_POINTS, abs=1)


HALVES = {
    "fortnight": fortnight(),
    "crowded": crowded(),
    "with a plan": judged(reports=(a_report(12, 4),), courses=(a_course(MORE),)),
}


@pytest.mark.parametrize("findings", HALVES.values(), ids=HALVES)
def test_the_patients_page_is_half_a_page(browser, tmp_path, findings):
    half = patient_page(findings).replace("size: A4 portrait", "size: A5 landscape")  # as wide, and half as high
    assert sheets(printed(browser, tmp_path, half)) == 1


def test_the_full_report_goes_on_after_the_first_page(browser, tmp_path):
    text = therapist_page(fortnight(), full=True, now=NOW, version="0.1.0")
    assert sheets(printed(browser, tmp_path, text)) > 1


PROBE = """<script>
const found = [];
for (const width of [360, 390, 768, 1280]) {
  const frame = document.createElement("iframe");
  frame.style.cssText = `border:0;width:${width}px;height:800px`;
  frame.srcdoc = PAGE;
  frame.onload = () => {
    const page = frame.contentDocument;
    const out = [...page.querySelectorAll("main *")].filter(item => {
      const box = item.getBoundingClientRect();
      return box.width > 1 && (box.right > width + 0.5 || box.left < -0.5);
    });
    found.push(`${width}:${page.documentElement.scrollWidth}:${out.length}`);
    document.title = found.join(" ");
  };
  document.body.append(frame);
}
</script>"""


@pytest.mark.parametrize("made", PAGES.values(), ids=PAGES)
def test_nothing_sticks_out_at_any_width(browser, tmp_path, made):
    import json

    # the page forbids scripts, so the probe looks at it from outside, in frames of each width
    page = json.dumps(made()).replace("</", "<\\/")
    probe = "<!doctype html><title></title><body>" + PROBE.replace("PAGE", page)
    (tmp_path / "probe.html").write_text(probe, encoding="utf-8")
    shown = browser("--virtual-time-budget=5000", "--dump-dom", (tmp_path / "probe.html").as_uri())
    widths = html.unescape(re.search(r"<title>([^<]*)</title>", shown)[1]).split()
    assert len(widths) == 4
    for width, scroll_width, outside in (entry.split(":") for entry in widths):
        assert int(scroll_width) <= int(width), f"{width} px wide: the page is {scroll_width} px wide"
        assert outside == "0", f"{width} px wide: {outside} elements stick out"
