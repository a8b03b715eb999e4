# `make demo` and `make test` need Python 3.11 or later and make, nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO := build/demo
PYCID := pycid==0.8.2  # to compare with; what it asks for no longer installs, and it needs none of it (docs/from-pycid.md)
GAMBIT := 'pygambit>=17.0.0b2'  # to compare with; the first release with wheels for Linux
MODEL := hubinger2019/two-corners

.PHONY: help demo test site docs format gallery bench clean
.DEFAULT_GOAL := help

help: ## Say what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(BIN)/cidmesa ## Compose the two corners, show incentives and certificate, draw, check the library
	@mkdir -p $(DEMO)
	@echo; echo "== The mesa-optimizer's diagram, derived from the training process =="; echo
	$(BIN)/cidmesa compose $(MODEL) --spec deceptive
	@echo; echo "== What it does =="; echo
	$(BIN)/cidmesa solve $(MODEL) --of deceptive
	@echo; echo "== What its first decision has an incentive for =="; echo
	$(BIN)/cidmesa incentives $(MODEL) --of deceptive --decision D_A1
	@echo; echo "== Is it deceptively aligned? =="; echo
	$(BIN)/cidmesa deception $(MODEL) --spec deceptive
	@echo; echo "== Pictures =="; echo
	$(BIN)/cidmesa render $(MODEL) -o $(DEMO)/two-corners-training.svg
	$(BIN)/cidmesa render $(MODEL) --of deceptive --incentives ici -o $(DEMO)/two-corners-mesa.svg
	$(BIN)/cidmesa render $(MODEL) --of deceptive --incentives ici --standalone -o $(DEMO)/two-corners-mesa.tex
	@echo; echo "== What the sources claim =="; echo
	$(BIN)/cidmesa check models

test: $(VENV)/dev ## Run all that must hold: format, lint, types, layers, tests, notebooks, the library's claims
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist worksteal -q
	$(BIN)/cidmesa check models

site: $(VENV)/docs ## Build the site into build/site and check its links; warnings are errors
	$(BIN)/python -m docs.website build/site

docs: site ## Build the site, and look at every page in a browser
	CIDMESA_SITE=build/site $(BIN)/python -m pytest -q -m nightly tests/website

format: $(VENV)/dev ## Format and sort imports
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

gallery: $(BIN)/cidmesa ## Draw every scenario with its source and claims on one page, build/gallery.html
	$(BIN)/python -m docs.gallery

bench: $(VENV)/dev ## Count the instructions of the most used operations beside the baseline; needs valgrind, takes minutes
	$(BIN)/python -m benchmarks.counts

clean: ## Remove what was made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(BIN)/cidmesa: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/dev: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: $(GAMBIT) || echo "no pygambit: its tests are skipped"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps $(PYCID) || echo "no PyCID: its tests are skipped"
	touch $(BIN)/cidmesa $@

$(VENV)/docs: $(VENV)/dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	touch $(BIN)/cidmesa $(VENV)/dev $@
