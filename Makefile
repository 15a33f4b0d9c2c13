# make run, make test: on a machine with Python 3.11 or newer and make, nothing else.
# What is installed goes into .venv, and again only when the pinned requirements changed.

.PHONY: help run test tour bench bench-ai lint format requirements clean port packages dev-packages browser
.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

PORT ?= 8000
SANDBOX_PORT ?= $(shell expr $(PORT) + 1)
PY := .venv/bin/python
PIP := $(PY) -m pip install -qq --disable-pip-version-check --no-input --no-deps --require-hashes
TEMPLATES := find templates integrations ticketing opencx_admin -name '*.html'
# Tests wait for processes and sockets as often as for the processor: one runner more than there are cores.
RUNNERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PYTEST = $(PY) -m pytest --numprocesses $(RUNNERS) --dist loadfile
CODE := manage.py opencx_admin integrations ticketing tests

help:
	@echo "make run    the product with a stand-in Zendesk and demo data, on http://localhost:$(PORT) (PORT=... for another)"
	@echo "make test   checks and the whole test suite, in a browser too"
	@echo "make tour   breaks each row of the troubleshooting page in a fresh demo, and shows it found and mended"
	@echo "make bench  measures speed, Zendesk calls and memory"
	@echo "make bench-ai  measures how often the built-in AI engine is right, and how fast"
	@echo "make lint   only the checks; make format repairs what it can"
	@echo "make clean  removes what the above installed; var/, with the demo's data, stays"

run: port packages
	@exec env PYTHONUNBUFFERED=1 DEMO=true PORT=$(PORT) SANDBOX_PORT=$(SANDBOX_PORT) LOG_LEVEL="$${LOG_LEVEL:-WARNING}" \
	  PUBLIC_URL="$${PUBLIC_URL:-http://localhost:$(PORT)}" \
	  ZENDESK_URL="$${ZENDESK_URL:-http://localhost:$(SANDBOX_PORT)/{subdomain\}}" \
	  SUNSHINE_URL="$${SUNSHINE_URL:-http://localhost:$(SANDBOX_PORT)/{subdomain\}/sc}" \
	  OUTBOUND_ALLOW_HOSTS="$${OUTBOUND_ALLOW_HOSTS:-localhost,127.0.0.1}" \
	  $(PY) manage.py demo

# Everything runs even after a failure; the suite comes last, so that its figures close the output.
test: dev-packages browser
	@failed=; \
	$(MAKE) lint || failed="$$failed lint"; \
	echo "== Flows on PostgreSQL and Redis"; \
	TEST_ON=services $(PYTEST) -q -m services || failed="$$failed services"; \
	echo "== The whole suite"; \
	$(PYTEST) || failed="$$failed tests"; \
	if [ -n "$$failed" ]; then echo "make test failed in:$$failed" >&2; exit 1; fi

tour: dev-packages
	@exec $(PY) -m tests.tour

bench: dev-packages
	@exec $(PY) -m tests.bench

bench-ai: dev-packages
	@exec $(PY) -m tests.bench.ai

lint: export SECRET_KEY = lint
lint: export CREDENTIALS_KEYS = dGhlLXRlc3RzLW93bi1rZXktb2YtMzItYnl0ZXMtISE=
lint: export VAR_DIR = .mypy_cache/var
lint: dev-packages
	@echo "== Checks"
	@failed=; \
	$(PY) -m ruff check --quiet . || failed="$$failed ruff"; \
	$(PY) -m ruff format --check --quiet --output-format concise . || failed="$$failed format (make format repairs it)"; \
	$(PY) -m mypy --no-error-summary $(CODE) || failed="$$failed mypy"; \
	$(TEMPLATES) -exec .venv/bin/djade --check --target-version 5.2 {} + || failed="$$failed djade (make format repairs it)"; \
	$(PY) -m djlint --lint --quiet templates integrations || failed="$$failed djlint"; \
	$(PY) manage.py makemigrations --check --dry-run --verbosity 1 || failed="$$failed migrations"; \
	if [ -n "$$failed" ]; then echo "Checks failed:$$failed" >&2; exit 1; fi

format: dev-packages
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format --quiet .
	@$(TEMPLATES) -exec .venv/bin/djade --target-version 5.2 {} +

# Pins every package with its hashes; needs uv.
requirements:
	uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 requirements.in -o requirements.txt
	uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11 -c requirements.txt requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis test-results
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

packages: .venv/ready
	@cmp -s requirements.txt .venv/installed || { \
	  echo "Installing the packages..."; \
	  $(PIP) -r requirements.txt && cp requirements.txt .venv/installed; }

dev-packages: packages
	@cmp -s requirements-dev.txt .venv/installed-dev || { \
	  echo "Installing the packages for tests..."; \
	  $(PIP) -r requirements-dev.txt && cp requirements-dev.txt .venv/installed-dev; }

# A Python that is new enough: PYTHON=..., or the first of these.
define FIND_PYTHON
for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
  found=$$(command -v "$$python" 2>/dev/null) || continue; seen="$$python"; \
  "$$found" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; found=; \
done; \
if [ -z "$$found" ]; then \
  echo "Python 3.11 or newer is needed$${seen:+, and $$seen here is older}: apt-get install python3 python3-venv, or make PYTHON=/path/to/python3." >&2; exit 1; \
fi
endef

.venv/ready: $(if $(shell .venv/bin/python -c "print(1)" 2>/dev/null),,broken)
	@$(FIND_PYTHON); \
	"$$found" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing: apt-get install python3-venv" >&2; exit 1; }; \
	echo "Making .venv with $$("$$found" --version)..."; \
	rm -rf .venv && "$$found" -m venv .venv && touch .venv/ready

.PHONY: broken
broken:

# Before anything is installed or started.
port:
	@$(FIND_PYTHON); \
	for port in $(PORT) $(SANDBOX_PORT); do "$$found" -c 'import socket, sys; \
	probe = socket.socket(); \
	probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); \
	probe.bind(("127.0.0.1", int(sys.argv[1])))' "$$port" 2>/dev/null || { \
	  echo "Port $$port is taken: stop what uses it, or choose another, for example make run PORT=9000." >&2; exit 1; }; done

# Debian's Chromium, another one on the PATH, or Playwright's own; without one only CI fails.
browser: dev-packages
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v "$$name" >/dev/null && exit 0; done; \
	for own in "$$HOME"/.cache/ms-playwright/chromium-* "$$HOME"/Library/Caches/ms-playwright/chromium-*; do [ -d "$$own" ] && exit 0; done; \
	echo "Installing Chromium..." >&2; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation; } >/dev/null 2>&1 && exit 0; \
	fi; \
	$(PY) -m playwright install chromium >/dev/null 2>&1 && exit 0; \
	echo "Chromium is missing and could not be installed: apt-get install chromium. Tests in a browser are skipped$${CI:+, which CI forbids}." >&2; \
	[ -z "$$CI" ]
