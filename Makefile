# Python 3.11-3.13 and make are all that is needed. No root, no server, no radio.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
DATA ?= $(IMUTRACK_DATA)
JOBS ?= 2

.PHONY: help demo simulate test lint format validate bench bench-collector soak picture dashboard-pictures clean

help:
	@echo "make demo                 install, then turn bundled recordings into results and a report"
	@echo "make simulate             two simulated straps, the collector and what a therapist watches (needs dbus-daemon)"
	@echo "make test                 the whole suite, the doctests and the README's commands included"
	@echo "make lint                 ruff and mypy"
	@echo "make validate DATA=DIR    accuracy on labelled recordings, writes docs/validation.md (see docs/data.md)"
	@echo "make bench                speed, writes docs/performance.md"
	@echo "make bench-collector      what the collector does beside what was asked, writes docs/collector.md; LONG=1 for all"
	@echo "make soak                 a million points through two hundred faults into a real InfluxDB (Debian's influxdb)"
	@echo "make picture              the README's picture of the report (needs chromium)"
	@echo "make dashboard-pictures   those of the dashboards (needs chromium, node 20 and the servers of the tests)"
	@echo "make clean                remove the virtual environment and everything made"

demo: $(VENV)/.installed
	@$(BIN)/imutrack demo
	@echo "(the command is found after: . $(BIN)/activate)"

simulate: $(VENV)/.installed
	@sh tools/simulate.sh $(BIN)/imutrack

test: $(VENV)/.installed-test
	@$(BIN)/python -m pytest -q -n $(JOBS)

lint: $(VENV)/.installed-lint
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/.installed-lint
	@$(BIN)/ruff format .

validate: $(VENV)/.installed-test
	@$(BIN)/python -m imutrack.validation --data "$(DATA)" --out docs/validation.md --readme README.md --jobs $(JOBS)

soak: $(VENV)/.installed-test
	@$(BIN)/python tests/influx/soak.py

bench: $(VENV)/.installed-bench
	@$(BIN)/python tools/bench --out docs/performance.md

bench-collector: $(VENV)/.installed-bench $(VENV)/.installed-test
	@IMUTRACK_DATA="$(DATA)" $(BIN)/python tools/bench --collector $(if $(LONG),--long) --out docs/collector.md

picture: $(VENV)/.installed
	@sh tools/picture.sh $(BIN)/imutrack docs/report.png

dashboard-pictures: $(VENV)/.installed-test
	@$(BIN)/python tools/dashboard_pictures --out dashboards/pictures

$(VENV)/.installed: pyproject.toml tools/make_venv.sh
	@sh tools/make_venv.sh $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . || { \
	    command -v c++ >/dev/null || echo "make: vqf may have to be built here and there is no C++ compiler: apt-get install g++ python3-dev" >&2; \
	    exit 1; }
	@touch $@

$(VENV)/.installed-test $(VENV)/.installed-lint $(VENV)/.installed-bench: $(VENV)/.installed-%: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group $*
	@touch $@

clean:
	rm -rf $(VENV) imutrack-demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
