# Needs Python 3.11 or later, GNU make and git. `make help` lists the commands.
PYTHON ?= python3
ONLY ?=

VENV := .venv
LOCKED := requirements.lock
RUN := $(VENV)/bin/python
BOOK := $(RUN) -m uptake.openclosed.book
PYTEST := $(RUN) -m pytest -q -n 2 --dist loadscope
UV := $(VENV)/bin/uv
COMPILE := $(UV) pip compile --quiet --system-certs --upgrade --generate-hashes \
	--no-emit-index-url --no-annotate --no-header
LOCK := $(COMPILE) --universal --fork-strategy fewest --python-version 3.11

# Two processes work side by side, so each may use one thread.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1

# Where a locale knows only ASCII, Python cannot read a folder's name beyond it in its own files.
ifneq (,$(filter C POSIX,$(LC_ALL)))
export LC_ALL := C.UTF-8
endif

# A moved folder makes the environment's absolute paths wrong, so the stamp holds the folder's name.
$(shell [ "$$(cat $(VENV)/.packages 2>/dev/null)" = "$$(pwd)" ] || rm -f $(VENV)/.packages)

.DEFAULT_GOAL := book
.PHONY: book record score lab test quick lint unit kernel notebooks wider bench mutants lowest audit lock clean help
.DELETE_ON_ERROR:

book: $(VENV)/.ready  ## execute every notebook into build/, build the site, print the verdicts
	@$(BOOK) build $(ONLY)

record: $(VENV)/.ready  ## execute and write outputs and figures back for committing (ONLY="03 05" for some)
	@$(BOOK) record $(ONLY)

score: $(VENV)/.ready  ## check the forecasts on record and score those that have come due
	@$(RUN) -m uptake.openclosed.record score

lab: $(VENV)/.ready  ## open JupyterLab in notebooks/
	@cd notebooks && ../$(RUN) -m jupyterlab

test: quick unit kernel notebooks  ## everything that CI runs, quick checks first

quick: lint $(VENV)/.ready  ## style and the tests that take seconds
	@$(PYTEST) -m "not kernel and not slow" tests

lint: $(VENV)/.ready
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check

unit: $(VENV)/.ready
	@$(PYTEST) -m "slow and not kernel" --doctest-modules tests lib

kernel: $(VENV)/.ready
	@$(PYTEST) -m kernel tests

# One execution serves both checks: nbval compares the text, notebook_plugin the rest.
notebooks: $(VENV)/.ready
	@$(PYTEST) --nbval --nbval-current-env -p notebook_plugin notebooks

wider: $(VENV)/.ready  ## the random tests with ten times as many examples, drawn afresh (an hour)
	@UPTAKE_WIDER=10 $(PYTEST) -m hypothesis tests

bench: $(VENV)/.bench  ## compare speed and measure coverage (tests/benchmarks)
	@$(RUN) -m pytest -q -o addopts="--import-mode=importlib --strict-markers" tests/benchmarks

mutants: $(VENV)/.bench  ## change the code in small ways and see whether the tests notice (an hour)
	@$(RUN) tests/benchmarks/mutation.py

# Only versions with a wheel count: an older one would need a compiler, and none of it is tested.
lowest: $(UV)  ## make test on the oldest versions that pyproject.toml allows (the index is asked)
	@mkdir -p build
	@$(COMPILE) --resolution lowest-direct --only-binary :all: --python $(RUN) \
		--extra book --extra test --extra browser --output-file build/lowest.txt pyproject.toml
	@$(MAKE) --no-print-directory VENV=build/lowest LOCKED=build/lowest.txt test

# Strict, because a package that the service does not know would otherwise pass for a safe one.
audit: $(UV)  ## look the packages of the lock files up among known vulnerabilities (the index is asked)
	@$(UV) tool run --quiet --system-certs --python $(RUN) pip-audit@latest --strict --disable-pip \
		--progress-spinner off $(patsubst %,--requirement %,$(wildcard requirements*.lock))

lock: $(UV)  ## renew the three lock files within pyproject.toml's bounds (the index is asked)
	$(LOCK) --extra book --extra test --extra browser --output-file requirements.lock pyproject.toml
	$(LOCK) --extra bench --constraints requirements.lock \
		--output-file requirements-bench.lock pyproject.toml
	printf 'pip\nuv\n' | $(LOCK) --output-file requirements-uv.lock -

clean:  ## remove build/ and .venv/
	@rm -f $(VENV)/.packages  # first, for half an environment must not be taken for a whole one
	@rm -rf build $(VENV)

help:  ## list the commands
	@sed -n 's/^\([a-z]*\):.*##  *\(.*\)/make \1 \t\2/p' $(MAKEFILE_LIST) | expand -t 16

# The environment is made afresh whenever the lock changes; the stamp comes last, so that a killed
# or failed installation is never taken for a whole one. The installers are locked too, for Python
# brings a pip as old as itself; uv is only the faster of the two.
$(VENV)/.packages: $(LOCKED) requirements-uv.lock
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { \
		echo "Python 3.11 or later is needed, and $(PYTHON) is not that. Name one: make PYTHON=python3.12" >&2; \
		exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@echo "Installing the packages of $(LOCKED) (once; about a minute)"
	@{ $(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock \
		&& $(VENV)/bin/uv pip install --quiet --system-certs --python $(RUN) \
			--require-hashes --compile-bytecode -r $(LOCKED); } || { \
		echo "uv could not install them, for the reason above; pip does it instead, more slowly." >&2; \
		$(RUN) -m pip install --disable-pip-version-check --progress-bar off --compile \
			--require-hashes -r $(LOCKED); } || { \
		echo "The packages could not be installed, for the reason above. Once the index that pip" \
			"uses can be reached, run the same command again." >&2; \
		exit 1; }
	@pwd > $(VENV)/.unfinished && mv $(VENV)/.unfinished $@

# What follows can do without uv; three commands cannot.
$(UV): $(VENV)/.packages
	@test -x $@ || { echo "This needs uv, which could not be installed here." >&2; exit 1; }

$(VENV)/.ready: $(VENV)/.packages pyproject.toml
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.bench: $(VENV)/.ready requirements-bench.lock
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $@
