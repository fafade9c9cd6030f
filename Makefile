# Two commands do all the set-up: `make demo` and `make test`. Python 3.11+ with pip is enough.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test test-shapes clients conformance conformance-inference check bench bench-full \
  bench-inference lock docs golden image container charts clean

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
	PORTWAY_TEST_OPTIONS="--scopes-from 0 --trees-from 1" $(BIN)/python -m pytest -n 2 \
	  -m "envoy and not shapeless" tests/wire

clients: $(READY)       ## kubectl old and new, controller-runtime and Python clients against `portway run`
	$(BIN)/python -m tests.clients.kubectl
	$(BIN)/python -m tests.clients.go_controller
	$(BIN)/python -m tests.clients.python_clients

conformance: $(READY)   ## the upstream suites, no cluster; RUN=TestName for one, PROFILES=GATEWAY-HTTP,...
	for release in $(RELEASES); do $(BIN)/python -m tests.conformance --release $$release \
	  --run "$(RUN)" --profiles "$(PROFILES)" || exit; done

RELEASES ?= 1.6 1.7

conformance-inference: $(READY)  ## the same for the Gateway API Inference Extension; RUN=TestName
	$(BIN)/python -m tests.conformance --inference --run "$(RUN)"

check: $(READY)         ## format, lint, types, walls, generated docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/generate_docs.py --check
	$(BIN)/python tools/generate_crds.py --check
	$(BIN)/python tools/house_rules.py

bench: $(READY)         ## the short benchmarks; results in bench/results
	$(BIN)/python -m bench --short

bench-full: $(READY)
	$(BIN)/python -m bench

bench-inference: $(READY) ## routing for models over simulated engines; FULL=--full for more
	$(BIN)/python -m bench.inference $(FULL)

golden: $(READY)        ## rewrite the golden files; read the diff before you commit it
	$(BIN)/python -m pytest tests/golden --update-golden

docs: $(READY)          ## rewrite the generated pages, and the CRDs of portway.dev
	$(BIN)/python tools/generate_docs.py
	$(BIN)/python tools/generate_crds.py

lock: $(READY)          ## resolve the dependencies again
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --group dev pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --constraints requirements.lock pyproject.toml --output-file deploy/requirements.lock
	echo hatchling | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --constraints requirements.lock - --output-file deploy/build.lock

ENGINE ?= docker
IMAGE  ?= portway:0.1.0

image:                  ## the image; ENGINE=podman, IMAGE=registry/name:tag
	$(ENGINE) build -f deploy/Containerfile -t $(IMAGE) .

container: $(READY)     ## the same without a container engine, tried from nothing to a routed request
	$(BIN)/python -m tests.deploy.container

charts: $(READY)        ## lint the Helm charts; rewrite deploy/install.yaml and the golden renders
	$(BIN)/python -m tests.deploy

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
