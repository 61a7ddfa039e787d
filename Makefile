# Everything a newcomer needs is `make demo` and `make test`; both set up their own environment.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PYTEST_ARGS ?= -n auto -q

# Small matrices everywhere: BLAS threads only get in each other's way.
export OPENBLAS_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo check test fuzz grid fuzz-planted lint format bench generated gallery picture clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.ready ## build a lecture: slides, handout, page, notebook
	$(BIN)/chalkgrad build lecture_mari --set style.language=en --pdf typst
	@echo "Open build/lecture05/lecture05_slides.pdf: the slides, a page a step;"
	@echo "and build/lecture05/lecture05.html in a browser: the lecture, to step through."

test: $(VENV)/.ready-dev ## run the tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint ## lint, types and the fast half of the tests: before every commit
	$(BIN)/python -m pytest --fast $(PYTEST_ARGS)

N ?= 300
SEED ?= 0
PLANTED_N ?= 1000
fuzz: $(VENV)/.ready-dev ## N random networks from SEED against the oracle; failing ones are shrunk
	$(BIN)/python -m tests.fuzz $(N) $(SEED) --table
	$(BIN)/python -m tests.relations.random_networks $(N) $(SEED)

PART ?= 1/1
grid: $(VENV)/.ready-dev ## every spec x notation x document x language; stacks; items (PART=1/2: half)
	$(BIN)/python -m tests.grid $(PART)
	$(BIN)/python -m tests.grid.stacks 200 0
	$(BIN)/python -m tests.grid.items $(PART)
	$(BIN)/python -m tests.readback.planted
	$(BIN)/python -m tests.readback --notation all

fuzz-planted: $(VENV)/.ready-dev ## faults that the engine once had, planted back: does `fuzz` find each?
	$(BIN)/python -m tests.fuzz.planted --n $(PLANTED_N) --seed $(SEED)
	$(BIN)/python -m tests.fuzz.planted --paper --n $(PLANTED_N) --seed $(SEED)

# mypy does not read setuptools' package-dir: links show it the package as it is installed.
TYPED := build/typed/chalkgrad
lint: $(VENV)/.ready-dev ## ruff (rules and layout) and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@mkdir -p $(TYPED) && cd $(TYPED) && ln -sfn ../../../derive ../../../codegen \
	  ../../../codegen/package/__init__.py ../../../codegen/package/__main__.py .
	MYPYPATH=$(TYPED)/.. $(BIN)/mypy

format: $(VENV)/.ready-dev ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.ready-dev ## deriving; a step against hand-written NumPy; what each pass gains; an epoch against PyTorch
	$(BIN)/python bench/scale.py
	$(BIN)/python bench/steps.py
	$(BIN)/python bench/passes.py
	$(BIN)/python bench/training.py

generated: $(VENV)/.ready-dev ## write generated/ (modules, lectures) and the tables of the docs anew
	$(BIN)/python -m chalkgrad.codegen.upkeep.generated

gallery: $(VENV)/.ready ## draw docs/gallery from generated/lectures (needs TeX and poppler)
	$(BIN)/python -m chalkgrad.codegen.upkeep.gallery

picture: $(VENV)/.ready ## draw docs/demo.svg, the derivation in the terminal
	$(BIN)/python docs/demo_svg.py

clean: ## remove the environment and everything built
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The environment is made once; it is made anew only where pyproject.toml has changed.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "chalkgrad needs Python 3.11 or later; '$(PYTHON)' is missing or older." >&2; \
	  echo "  hint: make demo PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "This Python cannot make virtual environments (ensurepip is missing)." >&2; \
	  echo "  hint: on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.ready: pyproject.toml | $(VENV)/.made
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.ready-dev: pyproject.toml | $(VENV)/.made
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ $(VENV)/.ready
