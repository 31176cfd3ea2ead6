.PHONY: help setup demo stack stop check test lock audit clean

# Everything below needs only sh, make and what `make setup` names when it is missing.

help:
	@echo "make demo          set up, start the local stack, run the story on it, serve until Ctrl-C"
	@echo "make demo ONCE=1   the same, ending after the story; status 0 when all of it held"
	@echo "make test          everything that can fail: unit, emulators, rules, Django, the story"
	@echo "make check         formatting, lint, types, import directions"
	@echo "make stack         start the local stack alone, serve until Ctrl-C"
	@echo "make stop          end a stack, also what is left of a killed one"
	@echo "make setup         install all that the others need, into this folder only"
	@echo "make audit         ask PyPI and npm for known vulnerabilities; needs their advisory services"
	@echo "make lock          pin the Python requirements anew"
	@echo "make clean         remove all that was installed or generated"
	@echo
	@tools/requirements || true

setup:
	@tools/requirements
	@tools/python -m tools.setup

demo: setup
	@.venv/bin/python -m tools.demo $(if $(ONCE),--once)

stack: setup
	@.venv/bin/python -m tools.stack_command up

stop: setup
	@.venv/bin/python -m tools.stack_command down

check: setup
	@tools/check

test: setup
	@tools/test

lock:
	@tools/lock

audit: setup
	@tools/audit

clean:
	@[ ! -x .venv/bin/python ] || .venv/bin/python -m tools.stack_command down
	rm -rf .venv functions/venv .stack node_modules firebase.local.json
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .nox
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
