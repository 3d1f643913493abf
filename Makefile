PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
BACKEND ?= sqlite

OLD = Python 3.11 or newer is needed and $(PYTHON) is not. Install one, then say \
which: make PYTHON=/path/to/python3.13 $(MAKECMDGOALS)

# The pins of the Python that made the environment; of the newest for one unknown.
PINS = $$(ls constraints/py$$($(VENV)/bin/python -c \
	'import sys; print("%d%d" % sys.version_info[:2])')-*.txt 2>/dev/null \
	|| ls constraints/*.txt | tail -n 1)

.PHONY: help demo test lint docs dist hooks bench clean
.DELETE_ON_ERROR:

help:
	@echo "make demo   serve the example site (PORT=$(PORT), BACKEND=$(BACKEND))"
	@echo "make test   run the tests on every Python and database found here"
	@echo "make lint   check style and types"
	@echo "make docs   build the documentation site in build/docs"
	@echo "make dist   build the release in dist/, check it, and try it"
	@echo "make hooks  run the checks of make lint before each commit"
	@echo "make bench  measure, and print the figures"
	@echo "make clean  remove everything that the words above made"

demo: $(VENV)/.demo
	BACKEND=$(BACKEND) $(VENV)/bin/python example/manage.py demo --port $(PORT)

test: $(VENV)/.nox
	@$(VENV)/bin/python -m nox --session tests

lint: $(VENV)/.nox
	@$(VENV)/bin/python -m nox --session lint

docs: $(VENV)/.nox
	@$(VENV)/bin/python -m nox --session docs

dist: $(VENV)/.nox
	@$(VENV)/bin/python -m nox --session dist

hooks: $(VENV)/.lint
	$(VENV)/bin/pre-commit install

bench: $(VENV)/.test
	$(VENV)/bin/python -m benchmarks

clean:
	rm -rf $(VENV) .nox .coverage .mypy_cache .pytest_cache .ruff_cache build dist
	rm -rf example/demo.sqlite3* example/demo-redis* example/.ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp per set of requirements: pip, and so the network, is used once.
$(VENV)/.%: requirements/%.in pyproject.toml | $(VENV)/bin/python
	@echo "Installing $< in $(VENV)"
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
		--constraint $(PINS) --requirement $<
	@touch $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "$(OLD)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
