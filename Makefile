# Two commands do all the set-up: `make demo` and `make test`. Python 3.11+ with pip is enough.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test test-shapes clients conformance conformance-inference check bench bench-full lock docs golden clean

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Portway needs Python 3.11 or newer; say PYTHON=/path/to/python3.11 make ..."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python has no venv module; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)          ## a working gateway with sample backends; prints curl lines to try
	$(BIN)/portway demo

test: $(READY)          ## every test, with a real Envoy
	$(BIN)/python -m pytest -n 2

test-shapes: $(READY)   ## the tests on the wire, every table in scopes and every host a tree
	PORTWAY_TEST_OPTIONS="--scopes-from 0 --trees-from 1" $(BIN)/python -m pytest -n 2 tests/wire

clients: $(READY)       ## kubectl old and new, controller-runtime and Python clients against `portway run`
	$(BIN)/python -m tests.clients.kubectl
	$(BIN)/python -m tests.clients.go_controller
	$(BIN)/python -m tests.clients.python_clients

conformance: $(READY)   ## the upstream suite, no cluster; RUN=TestName for one, PROFILES=GATEWAY-HTTP,...
	$(BIN)/python -m tests.conformance --run "$(RUN)" --profiles "$(PROFILES)"

conformance-inference: $(READY)  ## the same for the Gateway API Inference Extension; RUN=TestName
	$(BIN)/python -m tests.conformance --inference --run "$(RUN)"

check: $(READY)         ## format, lint, types, walls, generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/generate_docs.py --check
	$(BIN)/python tools/house_rules.py

bench: $(READY)         ## the short benchmarks; results in bench/results
	$(BIN)/python -m bench --short

bench-full: $(READY)
	$(BIN)/python -m bench

golden: $(READY)        ## rewrite the golden files; read the diff before you commit it
	$(BIN)/python -m pytest tests/golden --update-golden

docs: $(READY)          ## rewrite the generated pages
	$(BIN)/python tools/generate_docs.py

lock: $(READY)          ## resolve the dependencies again
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --group dev pyproject.toml --output-file requirements.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
