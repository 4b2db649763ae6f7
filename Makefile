# Two commands set everything up: `make demo` and `make test`.
PYTHON ?= python3

.PHONY: help demo test test-long lint types

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/:/' | column -t -s:

# the light core alone: no torch
.venv-demo/ready: requirements/core.txt pyproject.toml
	rm -rf .venv-demo
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/pip install --quiet --require-hashes -r requirements/core.txt
	.venv-demo/bin/pip install --quiet --no-deps --editable .
	touch $@

demo: .venv-demo/ready  ## install the light core, and read the sample articles into out/
	.venv-demo/bin/khabar annotate data/samples --date 2025-11-25
	.venv-demo/bin/khabar annotate data/samples --date 2025-11-25 -o out/samples.jsonl -o out/samples.html

# a virtual environment is made anew only when its lock changes
.venv-test/ready: requirements/test.txt pyproject.toml
	rm -rf .venv-test
	$(PYTHON) -m venv .venv-test
	.venv-test/bin/pip install --quiet -r requirements/test.txt
	.venv-test/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

test: .venv-test/ready  ## install what the tests need, and run them all
	.venv-test/bin/python -m pytest -q

test-long: .venv-test/ready  ## all tests, also those that take minutes
	.venv-test/bin/python -m pytest -q -m ''

lint: .venv-test/ready  ## formatting and lint
	.venv-test/bin/ruff format --check .
	.venv-test/bin/ruff check .

types: .venv-test/ready  ## static types
	.venv-test/bin/mypy
