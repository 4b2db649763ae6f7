# Two commands set everything up: `make demo` and `make test`.
PYTHON ?= python3

.PHONY: help demo test test-long manifests notebooks lint types audit docs picture release-check

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

notebooks: .venv-test/ready  ## run the notebooks; those that need the default model say so where it is missing
	.venv-test/bin/python -m pytest -q -rs notebooks

lint: .venv-test/ready  ## formatting and lint
	.venv-test/bin/ruff format --check .
	.venv-test/bin/ruff check .

types: .venv-test/ready  ## static types
	.venv-test/bin/mypy

audit:  ## known holes in what is locked; asks PyPI, and so needs the network
	rm -rf out/audit
	$(PYTHON) -m venv out/audit
	out/audit/bin/pip install --quiet pip-audit
	out/audit/bin/pip-audit --strict --no-deps --disable-pip $(addprefix -r ,$(wildcard requirements/*.txt))

.venv-docs/ready: requirements/docs.txt
	rm -rf .venv-docs
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/pip install --quiet -r requirements/docs.txt
	touch $@

docs: .venv-docs/ready  ## the documentation into out/site; any broken link fails
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet --strict

picture: .venv-demo/ready  ## the README's picture, as the shipped model finds it; needs chromium
	mkdir -p out
	head -n 1 docs/correcting/articles.jsonl > out/picture.jsonl
	.venv-demo/bin/khabar annotate out/picture.jsonl -o out/picture.html
	chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir=out/chromium \
		--force-device-scale-factor=1.5 --window-size=960,520 --screenshot=docs/images/article.png file://$(CURDIR)/out/picture.html

manifests: .venv-test/ready  ## the sizes and hashes of models/, where one was changed by hand; exports write their own
	.venv-test/bin/python -c "import pathlib; from khabar.manifest import write_manifest; [write_manifest(m.parent) for m in pathlib.Path('models').glob('*/manifest.json')]"

# the wheel's limit, in bytes
WHEEL_LIMIT = 70000000

# on another Python: make release-check PYTHON=python3.12; .venv-test, which builds, stays as it is
release-check: .venv-test/ready  ## build sdist and wheel, install the wheel alone into a clean environment (of PYTHON), read the samples
	rm -rf out/release
	mkdir -p out/release
	.venv-test/bin/python -c "from hatchling.cli import hatchling; hatchling()" build -d out/release
	.venv-test/bin/python -c "import glob, os; [w] = glob.glob('out/release/*.whl'); n = os.path.getsize(w); print(w, n); assert n <= $(WHEEL_LIMIT), 'the wheel is larger than $(WHEEL_LIMIT) bytes'"
	$(PYTHON) -m venv out/release/venv
	out/release/venv/bin/pip install --quiet --require-hashes -r requirements/core.txt
	out/release/venv/bin/pip install --quiet --no-deps out/release/*.whl
	cd out/release && venv/bin/khabar doctor
	cd out/release && venv/bin/khabar annotate ../../data/samples --date 2025-11-25 -o samples.jsonl -o samples.html
	test -s out/release/samples.jsonl
