# One target per habit. `make` alone lists them.
UV ?= $(shell command -v uv || echo .uv/bin/uv)
RUN = $(UV) run

.DEFAULT_GOAL := help
.PHONY: help setup dev check format test test-slow build db-migrate db-seed db-reset docs pins clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  \033[36m%-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.uv/bin/uv:
	python3 -m venv .uv && .uv/bin/pip install -q uv

setup: $(if $(shell command -v uv),,.uv/bin/uv) ## Install the workspace and the commit hooks
	$(UV) sync
	$(RUN) pre-commit install

dev: ## Start everything on this machine and reload a service when its code changes
	$(RUN) waymark up --reload

check: ## Format check, lint, import rules, types, YAML
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) lint-imports
	$(RUN) mypy
	$(RUN) yamllint --strict .

format: ## Format the code and mend what ruff can mend
	$(RUN) ruff check --fix-only .
	$(RUN) ruff format .

test: ## Run every member's tests and the end-to-end tests, as CI does
	$(RUN) pytest -n auto

test-slow: ## Run the long forms too (large files, many crashes)
	$(RUN) pytest -n auto -m "slow or not slow"

build: ## Build every member's wheel and source archive into dist/
	$(UV) build --all-packages --quiet

db-migrate: ## Bring the database of WAYMARK_POSTGRES_URL, or of the running `waymark up`, to the newest schema
	$(RUN) waymark db migrate

db-seed: ## Write the reference values that every deployment needs
	$(RUN) waymark db seed

db-reset: ## Forget all data and migrate again (asks first)
	$(RUN) waymark db reset

docs: ## Generate docs/events.md, docs/asyncapi.json, docs/database.md, docs/datasets.md
	$(RUN) python -m event_contracts.docs
	$(RUN) python -m shared_schema.docs
	$(RUN) python -m connectors_service.facts

pins: ## Resolve anew and write the exact versions into constraint-dependencies
	$(RUN) python tools/pins.py --clear
	$(UV) lock --upgrade --quiet
	$(RUN) python tools/pins.py
	$(UV) sync --quiet

clean: ## Remove what the tools leave behind (never data: see `waymark up --fresh`)
	rm -rf dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
