# Bianmin. Two commands do everything, set-up included: `make demo` and `make test`.

SHELL := /bin/bash
VENV := .venv
PYTHON := $(VENV)/bin/python
.DEFAULT_GOAL := help

.PHONY: help demo test check bench crash powercut gallery lock clean ready

help:            ## say what can be done here
	@sed -n 's/^\([a-z]*\): .*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ready      ## one whole visit on virtual hardware (WATCH=1: watch and touch it in a browser)
	@$(PYTHON) -m kiosk demo $(if $(WATCH),--watch)

test: ready      ## all tests, linters among them
	@$(PYTHON) -m pytest -n 2 --dist loadfile

check: ready     ## linters, types, layers, and the tests that guard the code base
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy && $(VENV)/bin/lint-imports
	@$(PYTHON) -m pytest -q tests/guards

bench: ready     ## benchmarks, as a table
	@$(PYTHON) -m tests.bench

crash: ready     ## kill the terminal at N=300 points (SEED=…), and see that nothing is lost, doubled or left behind
	@$(PYTHON) -m tests.crash --points $(or $(N),300) $(if $(SEED),--seed $(SEED))

powercut: ready  ## cut the power N=100 times under the store on a real file system, in a small machine (SEED=…)
	@./setup-machine tests/crash/powercut/packages-debian.txt
	@$(PYTHON) -m tests.crash.powercut $(or $(N),100) $(if $(SEED),--seed $(SEED))

gallery: ready   ## every screen in every variant: build/gallery/index.html
	@$(PYTHON) -m screens.gallery build/gallery

lock: ready      ## lock the newest allowed versions of requirements*.in
	@for list in requirements requirements-dev requirements-build; do \
	  $(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --generate-hashes --no-header \
	    --upgrade $$list.in -o $$list.txt || exit; \
	done

clean:           ## remove what was built here
	rm -rf $(VENV) build *.egg-info

ready:           # set-up; where nothing is missing it takes a fraction of a second
	@./setup-machine
