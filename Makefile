# Two commands: `make run` and `make test`. The rest is for developers.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: run test check faults audit lock clean

run: $(VENV)/.run
	@exec $(BIN)/ishc up --sample

test: $(VENV)/.test check
	@$(BIN)/pytest

check: $(VENV)/.test
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive shared services
	@$(BIN)/lint-imports --no-logo > .import-contracts || (cat .import-contracts; exit 1)

# 200 rounds of every fault, about an hour; the table goes to docs/faults.md. `make test` has ten of each.
faults: $(VENV)/.test
	@ISHC_FAULT_ROUNDS=200 ISHC_FAULT_TABLE=docs/faults.md $(BIN)/pytest tests/faults -n 4 --dist load --timeout 600

# Known faults of the dependencies, by the public advisories.
audit: $(VENV)/.test
	@$(BIN)/python .ci/audit.py requirements.lock requirements-dev.lock

$(VENV)/.run: requirements.lock pyproject.toml
	@echo "Chuẩn bị môi trường / setting up $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Cần Python 3.11 trở lên: make run PYTHON=python3.12 / Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Thiếu venv: cài gói python3-venv / install your system's python3-venv."; exit 1; }
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-dev.lock tests/second_source.lock
	@echo "Cài công cụ kiểm thử / installing the test tools …"
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@$(PIP) install --require-hashes --no-deps --ignore-requires-python --requirement tests/second_source.lock
	@touch $@

# Pin everything anew, for every platform.
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate
lock: $(VENV)/.run
	@$(PIP) install uv
	$(LOCK) --upgrade --extra local --extra telemetry --group build pyproject.toml --output-file requirements.lock
	$(LOCK) --extra local --extra telemetry --group dev pyproject.toml --constraint requirements.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) data .pytest_cache .mypy_cache .ruff_cache .hypothesis
