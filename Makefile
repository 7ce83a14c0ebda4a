# `make run` and `make test` are all that a newcomer needs; both make their own virtual environment first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INDEX ?= kiosk-index
HOST ?= 127.0.0.1
PORT ?= 8080

.PHONY: run test soak lint bench lock clean
.DEFAULT_GOAL := run

run: $(VENV)/.run  ## Loads the sample archive and serves the search page.
	$(BIN)/python ingest.py --index $(INDEX) samples
	$(BIN)/python -m web --index $(INDEX) --host $(HOST) --port $(PORT)

test: lint  ## Everything that must hold: style, types, tests.
	$(BIN)/python -m pytest

soak: $(VENV)/.dev  ## The promises of durability again, at length and with new seeds.
	KIOSK_SOAK=1 $(BIN)/python -m pytest tests/index tests/oracle tests/test_resume.py

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.bench  ## Speed, beside a peer measured in the same run, and the quality of ranking.
	$(BIN)/python -m benchmarks.first_light
	$(BIN)/python -m benchmarks.loading
	$(BIN)/python -m benchmarks.searching
	$(BIN)/python -m benchmarks.detection
	$(BIN)/python -m benchmarks.analysis
	$(BIN)/python -m benchmarks.quality_gate --all

lock: $(VENV)/.dev  ## Writes the exact versions that the targets above install.
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --no-annotate --no-header --generate-hashes pyproject.toml -o requirements/run.lock
	$(BIN)/uv pip compile --quiet --universal --no-annotate --no-header --generate-hashes --extra dev pyproject.toml -o requirements/dev.lock
	$(BIN)/uv pip compile --quiet --universal --no-annotate --no-header --generate-hashes --extra bench pyproject.toml -o requirements/bench.lock

clean:
	rm -rf $(VENV) $(INDEX)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Kiosk needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# One stamp per set of packages, so that a changed lock file is installed once.
$(VENV)/.%: requirements/%.lock | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@
