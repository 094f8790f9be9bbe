# Two commands do everything: `make run` starts the product, `make test` proves it.
# Both install what they need, may be repeated, and say what is missing if they cannot.

PY := .venv/bin/python
ENVIRONMENT := sh requirements/environment.sh
# Real scenarios mostly wait, so two cores serve four workers, each with an Asterisk of its own. They
# come first, a file at a time: files share fixtures, and what computes fills the end.
PYTEST := $(PY) -m pytest -n 4 --dist loadfile --no-loadscope-reorder
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/pip-compile --quiet --generate-hashes \
	--allow-unsafe --strip-extras --no-emit-index-url --no-emit-find-links \
	--no-emit-trusted-host --no-emit-options

.PHONY: run test check bench lock clean

run: ## Everything that is needed, then the product: prints the address and the sign-in.
	@$(ENVIRONMENT) run
	@.venv/bin/centrale run $(ARGS)

test: check ## Checks, then the whole suite with real Asterisk, phones and browser.
	@$(PY) -m tests.tools
	@# What was just installed is still being written: on a slow disk that holds up Asterisk.
	@sync
	@$(PYTEST) $(ARGS)

check: ## Style, types, import law and the beauty report; starts nothing.
	@$(ENVIRONMENT) dev
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --check --quiet . || { $(PY) -m ruff format --check . ; exit 1; }
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@$(PY) -m tests.beauty

bench: ## Measured bars, all or NAME=...; writes docs/measurements.json.
	@$(ENVIRONMENT) dev
	@$(PY) -m tests.load $(NAME)

lock: ## Pins with hashes after a change of pyproject.toml; ARGS=--upgrade for new versions.
	@$(ENVIRONMENT) dev
	@$(COMPILE) $(ARGS) --output-file requirements/pip.txt requirements/pip.in
	@$(COMPILE) $(ARGS) --output-file requirements/run.txt pyproject.toml requirements/build.in
	@$(COMPILE) $(ARGS) --extra dev --constraint requirements/run.txt \
		--output-file requirements/dev.txt pyproject.toml requirements/build.in

clean: ## Removes the environment and caches; the run-time folder .centrale stays.
	@rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
