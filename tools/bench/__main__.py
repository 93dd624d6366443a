"""``make bench``: what imutrack costs, beside its peers, in one run on one machine. Writes docs/performance.md.

``make bench-collector`` (``--collector``) measures the collector instead, for docs/collector.md; see `of_collector`.
"""

import argparse
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from measuring import RUNS


def main() -> None:
    """Run the bench and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--collector", action="store_true", help="measure the collector")
    parser.add_argument("--long", action="store_true", help="also what takes minutes, such as a month of links")
    parser.add_argument("--only", nargs="+", default=(), metavar="PART", help="parts of the collector to measure")
    options = parser.parse_args()
    if options.collector:
        from of_collector import PARTS, measure

        unknown = ", ".join(set(options.only) - set(PARTS))
        if unknown:
            parser.error(f"no part {unknown}: there are {', '.join(PARTS)}")
        measure(options.out, options.only, long=options.long)
    else:
        options.out.write_text(_performance(), encoding="utf-8")
    print(f"wrote {options.out}")


def _performance() -> str:
    import of_clinic
    import of_influx
    import of_scale
    import of_session

    head = f"""# Performance

Made by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {platform.machine()}, Python {platform.python_version()},
numpy {version("numpy")}, vqf {version("vqf")}. CPU seconds, median of {RUNS} runs after a warm-up
where not said otherwise.
"""
    parts = (of_session.section, of_clinic.section, of_influx.section, of_scale.section)
    return "\n".join([head, *(part() for part in parts)])


if __name__ == "__main__":
    main()
