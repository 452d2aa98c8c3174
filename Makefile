# Every target sets up what it needs first, from nothing but make and Python 3.11 or newer: a local
# environment in .venv with the versions of constraints.txt, by uv where there is one and by pip
# otherwise. `make help` lists the targets.

PYTHON ?= python3
VENV ?= .venv
WORKERS ?= 2
BIN := $(VENV)/bin
PY := $(BIN)/python
COALMINE := $(BIN)/coalmine
PYTEST := $(PY) -m pytest -q -n $(WORKERS)

# Tests start some hundreds of processes; where bytecode is forbidden each would compile the whole house anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := demo
.PHONY: demo test test-all check bench bench-app app picture docs clean help
.DELETE_ON_ERROR:

demo: $(VENV)/.core  ## compare four ways to roll out, draw out/web_fleet.png, replay a real incident
	@mkdir -p out
	$(COALMINE) compare scenarios/web_fleet.yaml --runs 1000 --figure out/web_fleet.png
	$(COALMINE) compare scenarios/incidents/cloudflare_2019.yaml --runs 200
	@echo
	@echo "The picture: out/web_fleet.png"
	@echo "The command: $(COALMINE), or 'source $(BIN)/activate' and then coalmine"
	@echo "Go on with:  $(COALMINE) run web_fleet --policy canary --run 37"

test: $(VENV)/.test  ## the normal suite, under 4 minutes
	$(PYTEST)

test-all: $(VENV)/.all check  ## what `make test` leaves out: tests marked slow, notebooks, pages, browser, Ruff, mypy
	$(PYTEST) -m slow

check: $(VENV)/.test  ## Ruff and mypy
	$(PY) -m ruff check .
	$(PY) -m mypy

bench: $(VENV)/.test  ## measure the speed budget against what a user would write instead
	$(PY) -m benchmarks

bench-app: $(VENV)/.all  ## measure the app in a browser, and with a class of thirty for ten minutes
	$(PY) -m benchmarks.app

app: $(VENV)/.app  ## open the app in a browser
	$(COALMINE) explore

picture: $(VENV)/.core  ## draw the picture of the README and the map of the how-to again
	$(COALMINE) compare scenarios/web_fleet.yaml --runs 1000 --figure docs/images/web_fleet.png
	$(COALMINE) map any_size --figure docs/images/size_and_importance.png

docs: $(VENV)/.docs  ## build the pages of docs/ into out/docs; every warning is an error
	$(PY) -m sphinx -W --keep-going -q -b html -d out/doctrees docs out/docs
	@echo "Begin at: out/docs/index.html"

clean:  ## remove the environment, caches and what demo drew
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# --- the environment -----------------------------------------------------------------------------
# Five stamps: .core runs studies, .app adds the screens, .docs the maker of pages, .test the tools, and .all what
# notebooks, documentation and browser tests need. A stamp is as new as the files that decide what is in it.

# uv first, because it is ten times faster; pip when it is absent or fails, because uv ignores pip's
# settings, so that behind a local mirror or certificate store only pip gets through. The pip that
# comes with Python 3.11 knows no --group, hence its upgrade.
, := ,
define install
	@echo "Installing $(1) into $(VENV) ..." >&2
	@if command -v uv >/dev/null 2>&1 && \
	    uv pip install -q --system-certs --compile-bytecode --python $(PY) -c constraints.txt $(1); then :; \
	else \
	    $(PY) -m pip install -q --disable-pip-version-check --upgrade "pip>=25.1" && \
	    $(PY) -m pip install -q --disable-pip-version-check -c constraints.txt $(1); \
	fi
	@touch $@
endef

# --clear: what an older list of packages left behind must not decide whether a test passes.
$(VENV)/.core: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	    { echo "Python's venv module is missing; on Debian and Ubuntu: apt install python3-venv" >&2; exit 2; }
	@$(PYTHON) -m venv --clear $(VENV)
	$(call install,-e .)

$(VENV)/.app: $(VENV)/.core
	$(call install,-e ".[app]")

$(VENV)/.docs: $(VENV)/.core
	$(call install,-e . --group docs)

$(VENV)/.test: $(VENV)/.core
	$(call install,-e ".[app$(,)cluster$(,)parquet$(,)sensitivity]" --group test)

$(VENV)/.all: $(VENV)/.test
	$(call install,--group test --group notebooks --group docs --group ui)
