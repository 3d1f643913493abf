PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
BACKEND ?= sqlite
ENGINE ?= sqlite
EFFORT ?= 50

OLD = Python 3.11 or newer is needed, and $(PYTHON) is older or missing. Install one, \
then name it: make PYTHON=/path/to/python3.13 $(MAKECMDGOALS)

# The pins for the Python of the environment, or for the newest one if it is unknown.
PINS = $$(ls constraints/py$$($(VENV)/bin/python -c \
	'import sys; print("%d%d" % sys.version_info[:2])')-*.txt 2>/dev/null \
	|| ls constraints/*.txt | tail -n 1)

# Print a dot each second while the recipe runs. `stopped` remembers Ctrl-C.
WITH_DOTS = while sleep 1 && kill -0 $$$$ 2>/dev/null; do printf .; done & \
	trap "kill $$! 2>/dev/null; echo" EXIT; trap "stopped=yes" INT;

.PHONY: help demo announce test coverage fuzz faults lint docs dist hooks bench \
	bench-full bench-scale clean
.DELETE_ON_ERROR:

help:
	@echo "make demo   serve the example site (PORT=$(PORT), BACKEND=$(BACKEND))"
	@echo "make test   run the tests on every Python and database found here"
	@echo "make coverage  the same on one Python, and show which lines have run"
	@echo "make fuzz   try random calls for minutes (ENGINE=$(ENGINE), EFFORT=$(EFFORT))"
	@echo "make faults kill servers and cut connections (ENGINE=$(ENGINE), EFFORT=$(EFFORT))"
	@echo "make lint   check style and types"
	@echo "make docs   build the documentation site in build/docs"
	@echo "make dist   build the release in dist/, check it, and try it"
	@echo "make hooks  run the checks of make lint before each commit"
	@echo "make bench  measure all contenders, and write docs/benchmarks (an hour)"
	@echo "make bench-full  the same, with a larger graph, too (hours)"
	@echo "make bench-scale  measure all verbs in 10,000,000 follows (an hour)"
	@echo "make clean  remove everything that the words above made"

# With the trap, the shell survives Ctrl-C, which is the normal way to stop the demo.
demo: announce $(VENV)/.demo
	@trap : INT; BACKEND="$(BACKEND)" $(VENV)/bin/python example/manage.py demo \
		--port "$(PORT)" || [ $$? -eq 130 ]

announce:
	@[ -e $(VENV)/.demo ] || echo "The first start takes about a minute:" \
		"it installs a few packages and imports 215,216 follows."

test: $(VENV)/.nox
	@$(VENV)/bin/python -m nox --session tests

coverage: $(VENV)/.nox
	@$(VENV)/bin/python -m nox --session coverage

fuzz: $(VENV)/.test
	SEQUERE_EFFORT=$(EFFORT) $(VENV)/bin/python -m tests.engines run $(ENGINE) -- \
		$(VENV)/bin/python -m pytest tests/backends \
		-k "any_calls or pair_of_verbs or verbs_in_a_row or beside"

faults: $(VENV)/.test
	SEQUERE_EFFORT=$(EFFORT) $(VENV)/bin/python -m tests.engines run $(ENGINE) -- \
		$(VENV)/bin/python -m pytest tests/faults

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

bench-full: bench
	$(VENV)/bin/python -m benchmarks --size full

bench-scale: $(VENV)/.test
	$(VENV)/bin/python -m benchmarks.scale

clean:
	rm -rf $(VENV) .nox .benchmarks .coverage .hypothesis .mypy_cache .pytest_cache
	rm -rf .ruff_cache build dist
	rm -rf example/demo.sqlite3* example/demo-redis* example/.ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each set of requirements has a stamp, so that pip needs the network only once.
$(VENV)/.%: requirements/%.in pyproject.toml | $(VENV)/bin/python
	@printf "Installing $< in $(VENV) "; $(WITH_DOTS) \
		$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
		--constraint $(PINS) --requirement $< && touch $@ || [ "$$stopped" ]

# The environment is completed even after Ctrl-C, because half of it would be useless.
.PRECIOUS: $(VENV)/bin/python
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "$(OLD)" >&2; exit 1; }
	@printf "Creating $(VENV) "; [ -e $(VENV) ] && junk=$@ || junk=$(VENV); \
		$(WITH_DOTS) (trap "" INT; $(PYTHON) -m venv $(VENV)) || { rm -rf $$junk; exit 1; }
