"""``make bench``: what imutrack costs, beside its peers, in one run on one machine. Writes docs/performance.md."""

import argparse
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import of_clinic
import of_influx
import of_scale
import of_session
from measuring import RUNS

PARTS = (of_session.section, of_clinic.section, of_influx.section, of_scale.section)


def main() -> None:
    """Run the bench and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    head = f"""# Performance

Made by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {platform.machine()}, Python {platform.python_version()},
numpy {version("numpy")}, vqf {version("vqf")}. CPU seconds, median of {RUNS} runs after a warm-up
where not said otherwise.
"""
    out.write_text("\n".join([head, *(part() for part in PARTS)]), encoding="utf-8")
    print(f"wrote {out}")


if __name__ == "__main__":
    main()
