# Bianmin. Two commands do everything, set-up included: `make demo` and `make test`.

SHELL := /bin/bash
VENV := .venv
PYTHON := $(VENV)/bin/python
.DEFAULT_GOAL := help

.PHONY: help demo test check bench crash powercut gallery image image-test image-compare lock clean ready

help:            ## say what can be done here
	@sed -n 's/^\([a-z-]*\): .*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

demo: ready      ## one whole visit on virtual hardware (WATCH=1: watch and touch it in a browser)
	@$(PYTHON) -m kiosk demo $(if $(WATCH),--watch)

test: ready      ## all tests, linters among them
	@$(PYTHON) -m pytest -n 3 --dist loadfile --durations=12

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

image: ready     ## the disk image, in build/image (PROFILE=dev|release, VERSION=…; needs root, 20 GB and a while)
	@./setup-machine image_build/packages-debian.txt
	@image_build/build $(or $(PROFILE),release) $(VERSION)

image-test: ready ## start the images in an emulated machine, and see that they do what they should (hours; ENROLLED=1: a terminal's life, too)
	@./setup-machine image_build/packages-debian.txt
	@version=$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml) && out=$(CURDIR)/build/image && \
	image_build/build --unless-built release $$version && image_build/build --unless-built release $$version.1 && \
	$(if $(ENROLLED),image_build/build --unless-built release $$version.2 && export BIANMIN_IMAGE_ENROLLED=1 &&) \
	image_build/build --unless-built dev $$version && \
	BIANMIN_IMAGE=$$out/release/output/bianmin_$$version.raw BIANMIN_IMAGE_DEV=$$out/dev/output/bianmin_$$version.raw \
	  BIANMIN_IMAGE_TESTS=$$out/test $(PYTHON) -m pytest -v --timeout 14400 tests/image && \
	$(PYTHON) -m image_build.contents $$out/release/output/bianmin_$$version.manifest docs/image-contents.md && \
	$(PYTHON) -m tests.image.report $$out/test/report.json docs/image-report.md && cat docs/image-report.md

image-compare: ready ## build the release image twice from nothing, and tell the two apart
	@./setup-machine image_build/packages-debian.txt
	@image_build/build release $(VERSION) && rm -rf build/image/first && cp -r --sparse=always build/image/release/output build/image/first
	@rm -rf build/image/cache build/image/release build/image/*.complete && image_build/build release $(VERSION)
	@image_build/compare build/image/first build/image/release/output

lock: ready      ## lock the newest allowed versions of requirements*.in
	@lock() { $(VENV)/bin/uv pip compile -q --universal --python-version 3.11 --no-emit-index-url --generate-hashes --no-header "$$@"; } && \
	lock --upgrade requirements.in requirements-terminal.in requirements-centre.in -o requirements.txt && \
	for part in terminal centre; do \
	  cp requirements.txt requirements-$$part.txt && \
	  lock requirements.in requirements-$$part.in -o requirements-$$part.txt || exit; \
	done && \
	lock --upgrade requirements-dev.in -o requirements-dev.txt && lock --upgrade requirements-build.in -o requirements-build.txt

clean:           ## remove what was built here, but for build/keys: no terminal takes a version that others sign
	rm -rf $(VENV) *.egg-info
	[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name keys -exec rm -rf {} +

ready:           # set-up; where nothing is missing it takes a fraction of a second
	@./setup-machine
