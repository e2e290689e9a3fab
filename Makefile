# The two commands: `make book` (read it) and `make test` (trust it). `make help` lists the rest.
PYTHON ?= python3
PORT ?= 0
JOBS ?= 2
TESTS ?= tests optedu
COURSE ?= course
VENV := .venv
RUN := $(VENV)/bin/python

# Node and npm come with the lock too. (Not exported: PYTHON must stay the caller's own.)
INSIDE := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"

# Without compiled bytecode every process would translate its libraries anew.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH

# One thread per process: the suite already runs on two cores, and sums keep their order.
THREADS := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMEXPR_NUM_THREADS=1 \
           NUMBA_NUM_THREADS=1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help env book html pdf notebooks serve lab test check gpu bench course lint format lock clean distclean node

help: ## show this list
	@awk -F ':.*## ' '/^[a-z_]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: ## make .venv from requirements.lock (only when the lock or Python changed)
	@$(PYTHON) tools/environment.py $(VENV)

book: html ## build the book, serve it on this machine and open it
	@$(RUN) tools/serve.py --port $(PORT)

html: env ## execute and build the book, warnings are errors
	@$(INSIDE) $(RUN) tools/build.py --jobs $(JOBS)

serve: env ## serve the book that is already built
	@$(RUN) tools/serve.py --port $(PORT)

pdf: html node ## print the whole book as _build/html/optedu.pdf, by Chromium
	@$(INSIDE) $(RUN) tools/pdf.py

notebooks: html ## plain notebooks of all chapters in _build/notebooks, for Colab and hubs
	@$(RUN) tools/notebooks.py

lab: env ## JupyterLab, where chapters open as notebooks
	@$(RUN) tools/viewer.py
	@$(INSIDE) jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/book

test: pdf lint ## build and print the book, check the sources, run the whole suite
	@$(MAKE) --no-print-directory check

check: ## run the tests only (TESTS=path narrows, JOBS=n processes)
	@$(INSIDE) $(THREADS) $(RUN) -m pytest -n $(JOBS) --dist loadgroup $(TESTS)

course: env ## make a course's folder (CHAPTERS="gradient newton", COURSE=folder): releases for nbgrader
	@$(INSIDE) $(RUN) -m optedu.courses make $(COURSE) $(CHAPTERS)

gpu: $(if $(GPU_PYTHON),,env) ## on an NVIDIA GPU: tests, benchmarks (ONLY=name), pictures (GPU_PYTHON=python3: as it is)
	@$(if $(GPU_PYTHON),PYTHONPATH="$(PYTHONPATH)" $(GPU_PYTHON),$(INSIDE) $(RUN)) tools/gpu.py --only "$(ONLY)" \
		$(if $(GPU_RESULTS),--out "$(GPU_RESULTS)") $(if $(GPU_SECONDS),--seconds $(GPU_SECONDS))

bench: env ## race ours against the field (ONLY=name for one), see benchmarks/README.md
	@$(INSIDE) $(THREADS) $(RUN) -m benchmarks $(ONLY)

lint: env node ## ruff, pyright, docstrings, spelling
	@$(INSIDE) $(RUN) tools/lint.py

format: env ## let ruff format the sources
	@$(RUN) -m ruff format optedu tests tools benchmarks book/_ext
	@$(RUN) -m ruff check --fix-only --quiet optedu tests tools benchmarks book/_ext

lock: env ## resolve pyproject.toml again into requirements.lock
	@$(RUN) tools/lock.py

node: env node_modules/.package-lock.json

node_modules/.package-lock.json: package.json package-lock.json
	@$(INSIDE) npm ci --silent
	@touch $@

clean: ## remove what was built
	rm -rf _build

distclean: clean ## remove the environments too
	rm -rf $(VENV) .bench-venv node_modules
