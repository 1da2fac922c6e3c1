# Everything a developer or CI runs. Nothing is needed but Python 3.11+, pip, gcc, Node 20 and npm.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest -q

.PHONY: venv demo test lint types test-unit test-e2e test-editors editors screenshots vsix bench lock wheel clean

venv: $(VENV)/.ready
$(VENV)/.ready: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	touch $@

demo: venv  ## the main job on real input: rich's own source in a scratch project
	$(BIN)/python examples/demo/demo.py

test: lint types test-unit test-e2e test-editors  ## all of it

lint: venv
	$(BIN)/ruff format --check
	$(BIN)/ruff check

types: venv
	$(BIN)/mypy

test-unit: venv
	$(PYTEST) -n 2 -m "not e2e and not editors"

# Whole processes on a machine that may be busy: what fails is tried once more, alone and one by one.
test-e2e: venv
	$(PYTEST) -n 2 -m e2e || $(PYTEST) --last-failed -m e2e

editors: venv  ## fetch real editors for the tests into .editors/
	bash editors/setup.sh

test-editors: venv editors vsix
	$(PYTEST) -n 2 --dist loadfile -m editors || $(PYTEST) --last-failed -m editors

screenshots: venv editors vsix  ## the pictures of the documentation, drawn by the real VS Code
	$(BIN)/python -m tests.editors.pictures

vsix: venv  ## the VS Code extension as a package
	cd editors/vscode && npm ci --no-audit --no-fund && npm run --silent package

bench: venv  ## every benchmark, each with a table
	for file in bench/*.py; do $(BIN)/python $$file || exit 1; done

wheel: venv
	$(BIN)/python -m build -q --no-isolation

lock:  ## look the newest releases up and pin them with their hashes
	$(BIN)/uv pip compile -q --upgrade --group dev --generate-hashes --universal --python-version 3.11 \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) dist build .editors .mypy_cache .ruff_cache .pytest_cache .hypothesis
