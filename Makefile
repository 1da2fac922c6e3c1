# Everything a developer or CI runs. `make demo` and `make test` need nothing but Python 3.11+, pip, gcc, Node 20 and npm.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: venv lock

venv: $(VENV)/.ready
$(VENV)/.ready: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	touch $@

lock:
	$(BIN)/uv pip compile -q --group dev --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
	  --no-emit-find-links --no-header --no-annotate -o requirements.lock pyproject.toml
