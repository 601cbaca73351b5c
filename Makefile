# adatom: the everyday commands. Everything is installed into .venv; nothing else is touched.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help demo test soak fuzz mutation jitter rates lint benchmark benchmark-optimizer lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed: apt install python3 python3-venv, or make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "The venv module is missing: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(STAMP) ## a closed-loop campaign of 12 trials against the digital twin, with a report
	$(BIN)/adatom demo $(ARGS)

# Compiled files are kept, whatever the shell says: workers and the processes of tests would compile everything anew.
test: $(STAMP) lint ## every check and test
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(TESTS) -n 4 --dist worksteal

soak: $(STAMP) ## long tests: simulated hours without a false trip, every fault many times, the wire for 10 minutes a row (about five hours)
	$(BIN)/python -m pytest tests/soak -n 2 --timeout 0 $(ARGS)

jitter: $(STAMP) ## lateness of a 100 Hz loop beside a bare one on both interpreters, idle and beside busy processes (10 minutes)
	$(BIN)/python -m tests.benchmarks.jitter $(ARGS)

rates: $(STAMP) ## what the wire carries from benches to the database, beside the limits of its parts (five minutes)
	$(BIN)/python -m tests.benchmarks.rates $(ARGS)

fuzz: $(STAMP) ## a million frames of chance into every decoder (half an hour)
	$(BIN)/python -m tests.fuzz $(ARGS)

mutation: $(STAMP) ## every safety rule changed in every small way: a test must notice
	$(BIN)/python -m tests.mutation $(ARGS)

lint: $(STAMP) ## format, lint, types, import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

benchmark: $(STAMP) ## optimizer against random and Sobol over 20 worlds (about half an hour)
	$(BIN)/adatom demo --benchmark $(ARGS)

BENCH := .venv-bench
BENCH_STAMP := $(BENCH)/.installed
# The peers need torch. On Linux with an x86_64 processor pip may bring a build of several gigabytes for graphics cards:
# where a wheel or an index of CPU builds is at hand, name it, make benchmark-optimizer TORCH="torch==2.13.0 --index-url ..."
TORCH ?= torch==2.13.0

$(BENCH_STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet $(TORCH)
	$(BENCH)/bin/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	@touch $@

benchmark-optimizer: $(BENCH_STAMP) ## optimizer beside BoTorch, BayBE, Optuna and others, in an environment of its own (a night)
	OMP_NUM_THREADS=1 nice $(BENCH)/bin/python -m tests.benchmarks.optimizer.run $(ARGS)
	$(BENCH)/bin/python -m tests.benchmarks.optimizer.report

lock: $(STAMP) ## write constraints.txt from what is installed now
	$(BIN)/python -m pip freeze --exclude-editable | grep -v ' @ ' | LC_ALL=C sort -f > constraints.txt

clean: ## remove everything that the targets made
	rm -rf $(VENV) $(BENCH) out
