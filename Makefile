# Everything a checkout needs: `make help` lists the targets. SPARK=3.5, 4.0, 4.1, 4.2 or 4.3 selects the Spark,
# PYTHON=/path/to/python the interpreter. Each Spark has its own virtual environment, .venv-<SPARK>.

NEWEST := 4.3
comma := ,
# pyspark 4.3 needs Python 3.11; on a machine with only Python 3.10 the default is 4.0.
HAS_3.11 := $(shell for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo yes && break; done)
SPARK ?= $(if $(HAS_3.11),$(NEWEST),4.0)
MATRIX := 3.5 4.0 4.1 4.2 4.3

# The oldest and newest minor version of Python 3, and the oldest and newest Java, for each Spark.
PYTHONS_3.5 := 10 12
PYTHONS_4.0 := 10 13
PYTHONS_4.1 := 10 13
PYTHONS_4.2 := 11 14
PYTHONS_4.3 := 11 14
JAVAS_3.5 := 17 20
JAVAS_4.0 := 17 21
JAVAS_4.1 := 17 21
JAVAS_4.2 := 17 21
JAVAS_4.3 := 17 25

ifeq ($(filter $(SPARK),$(MATRIX)),)
$(error SPARK=$(SPARK) is not known; use one of: $(MATRIX))
endif

VENV := .venv-$(SPARK)
BIN := $(VENV)/bin
CONSTRAINTS := conf/constraints/spark-$(SPARK).txt
# The site is built with the newest Spark; PyPI has a runtime of Iceberg for 3.5 only.
EXTRAS := dev$(if $(filter 3.5,$(SPARK)),$(comma)iceberg)$(if $(filter $(NEWEST),$(SPARK)),$(comma)docs)
STAMP := $(VENV)/.installed
CLIENT_VENV := .venv-client-$(SPARK)
CLIENT_STAMP := $(CLIENT_VENV)/.installed
FLIGHTS := data/flights.parquet/_SUCCESS
DEMO := conf/flights.yaml

# Driver and workers must run the same Python; SPARK_HOME or PYTHONPATH of the caller must not shadow the installed pyspark.
export PYSPARK_PYTHON := $(CURDIR)/$(BIN)/python
export PYSPARK_DRIVER_PYTHON := $(PYSPARK_PYTHON)
# All processes of Spark stay on this machine, even if its host name does not resolve.
export SPARK_LOCAL_IP ?= 127.0.0.1
unexport SPARK_HOME
unexport PYTHONPATH

FIND_JAVA := conf/java_home.sh $(VENV) $(CONSTRAINTS) $(JAVAS_$(SPARK))
WITH_JAVA := JAVA_HOME=$$($(FIND_JAVA)) && export JAVA_HOME &&

# The tests on clusters that `make test` runs: two samplers, each with four faults, and a job whose driver is killed.
SHORT := (no_row and lazy and (smote-lsh or tomek-lsh)) or driver_is_killed or resampled_by_a_saved_plan

# The tests that a client without Java runs: a short form of those on Connect, and shorter still within `make test`.
CLIENT_TESTS := tests/client tests/spark/test_common.py tests/spark/test_cleaning.py tests/spark/test_undersampling.py \
	tests/spark/test_combined.py tests/spark/test_resampled.py tests/spark/test_compare.py tests/spark/test_errors.py tests/spark/test_stream.py \
	tests/spark/test_dbt_model.py tests/spark/test_saved_plans.py
FEW_CLIENT_TESTS := tests/client

.PHONY: help setup demo data test test-classic test-connect test-client test-few-client test-matrix test-few-faults test-cluster test-faults test-long test-hostile
.PHONY: bench lint generate archives dist docs clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  SPARK=3.5|4.0|4.1|4.2|4.3 selects the Spark (now $(SPARK)), PYTHON=... the interpreter"

setup: $(STAMP) ## make the virtual environment, and find or install a Java
	@java_home=$$($(FIND_JAVA)) && echo "Ready: $(VENV), Java in $$java_home"

demo: setup $(FLIGHTS) ## balance the cancelled flights of New York in 2013 with spark-submit
	$(WITH_JAVA) $(BIN)/spark-submit --driver-memory 2g --conf spark.log.level=WARN \
		jobs/oversample.py --config $(DEMO) $(DEMO_ARGS)

data: setup $(FLIGHTS) ## prepare the demo's data only

# Sessions of classic Spark, of Connect and of a cluster need a process each. The processes run side by side, and each
# prints its output at its end. Connect of 3.5 lacks functions that the package needs.
test: setup $(if $(filter $(NEWEST),$(SPARK)),lint) ## lint, then all tests: classic Spark, Spark Connect, faults of a cluster
	$(MAKE) --no-print-directory $(if $(filter output-sync,$(.FEATURES)),-j2 --output-sync=target) \
		test-classic $(if $(filter-out 3.5,$(SPARK)),test-connect test-few-client) test-few-faults

# Planning keeps one core busy, so two processes, each with a session of its own, share the test files.
test-classic: setup ## the tests on classic Spark only
	$(WITH_JAVA) $(BIN)/python -m pytest --mode classic -n 2 --dist loadfile $(PYTEST_ARGS)

test-connect: setup ## the tests on Spark Connect only
	$(WITH_JAVA) $(BIN)/python -m pytest tests/spark --mode connect $(PYTEST_ARGS)

# The client's environment has neither pyspark nor Java; it sees of this machine only the server's address.
test-client: setup $(CLIENT_STAMP) ## the tests on a thin client, pyspark-client, of a Connect server of SPARK
	$(WITH_JAVA) $(BIN)/python tests/connect_server.py $(CLIENT_VENV)/bin/python -m pytest \
		-m 'not cluster and not long' --mode connect $(CLIENT_TESTS) $(PYTEST_ARGS)

test-few-client:
	$(MAKE) --no-print-directory test-client CLIENT_TESTS='$(FEW_CLIENT_TESTS)'

test-matrix: ## the tests on every supported Spark
	set -e; for spark in $(MATRIX); do echo "== Spark $$spark"; $(MAKE) test SPARK=$$spark; done

test-few-faults: setup
	$(WITH_JAVA) $(BIN)/python -m pytest -m cluster -k '$(SHORT)' $(PYTEST_ARGS)

test-cluster: setup ## the tests that start executors of their own and kill some of them
	$(WITH_JAVA) $(BIN)/python -m pytest -m cluster $(PYTEST_ARGS)

test-faults: setup ## only each sampler with each fault: the table in docs/reliability.md
	$(WITH_JAVA) $(BIN)/python -m pytest -m cluster -v tests/cluster/test_faults.py $(PYTEST_ARGS)

test-long: setup ## hundreds of hostile tables, changing inputs, load, memory, more cases; HOSTILE_CASES, HOSTILE_SEED, MODE=connect
	$(WITH_JAVA) $(BIN)/python -m pytest -m long -s --mode $(or $(MODE),classic) $(PYTEST_ARGS)

test-hostile: setup ## only the hostile tables; MODE=connect on Spark Connect
	$(WITH_JAVA) $(BIN)/python -m pytest -m long -s --mode $(or $(MODE),classic) tests/spark/test_hostile.py $(PYTEST_ARGS)

bench: setup ## run the benchmarks; BENCH_ARGS goes to benchmarks.run
	$(WITH_JAVA) $(BIN)/python -m benchmarks.run $(BENCH_ARGS)

lint: setup ## ruff, mypy, and codespell for misspelt and for American words
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(wildcard spark_smote jobs benchmarks)
	$(BIN)/codespell
	$(BIN)/python conf/british.py

generate: setup ## write what is made of code: the stub for editors, pages of reference, notebooks
	$(BIN)/python docs/generate.py

# The wheel is built from the sdist. The .zip is for --py-files: executors cannot import from a file named .whl.
archives: setup ## build into dist/: the sdist, the wheel, and the .zip for spark-submit --py-files
	rm -rf dist *.egg-info
	$(BIN)/python -m build --quiet .
	@set -e; for wheel in dist/*.whl; do cp "$$wheel" "$${wheel%.whl}.zip"; done

dist: archives ## build, then check the archives: twine, contents, SMOTE in a fresh environment
	$(BIN)/python -m twine check --strict dist/*.tar.gz dist/*.whl
	$(WITH_JAVA) $(BIN)/python conf/check_dist.py dist $(CONSTRAINTS)

docs: setup ## run the code of all pages and notebooks, and build the site into build/site
	$(WITH_JAVA) $(BIN)/python docs/pictures.py
	$(WITH_JAVA) $(BIN)/python docs/render.py
	$(WITH_JAVA) $(BIN)/python -m pytest -q -m 'long or not long' -k 'not tutorials and not notebook' tests/spark/test_docs.py $(PYTEST_ARGS)
	$(BIN)/python -m zensical build --strict --clean --config-file build/mkdocs.yml
	@echo "Look at build/site/index.html"

clean: ## remove data, caches and build products
	rm -rf build dist data spark-warehouse metastore_db derby.log artifacts *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

distclean: clean ## clean, and remove the virtual environments
	rm -rf .venv-*

$(FLIGHTS): jobs/prepare_flights.py | setup
	$(BIN)/python jobs/prepare_flights.py --output $(@D)

$(STAMP): setup.cfg $(CONSTRAINTS)
	@test -x $(BIN)/pip || { $(MAKE_VENV); }
	@echo "Installing pyspark $(SPARK) and the tools into $(VENV) (a few minutes the first time)"
	@$(BIN)/python -m pip install --quiet --editable '.[$(EXTRAS)]' --constraint $(CONSTRAINTS)
	@touch $@

$(CLIENT_STAMP): setup.cfg $(CONSTRAINTS) | $(STAMP)
	@test -x $(CLIENT_VENV)/bin/pip || $(BIN)/python -m venv $(CLIENT_VENV)
	@$(CLIENT_VENV)/bin/python -m pip install --quiet --editable '.[client,test]' --constraint $(CONSTRAINTS)
	@touch $@

# The state of an interpreter: ok, bare (cannot make a virtual environment) or other (a version this Spark does not support).
OLDEST_PYTHON := 3.$(firstword $(PYTHONS_$(SPARK)))
NEWEST_PYTHON := 3.$(lastword $(PYTHONS_$(SPARK)))
JUDGE = import sys, importlib.util as util; \
	fits = $(firstword $(PYTHONS_$(SPARK))) <= sys.version_info[1] <= $(lastword $(PYTHONS_$(SPARK))); \
	print("other" if not fits else "ok" if util.find_spec("ensurepip") else "bare")

define MAKE_VENV
bare=; \
for python in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python3.10); do \
	case $$($$python -c '$(JUDGE)' 2>/dev/null) in \
		ok) echo "Making $(VENV) with $$python"; $$python -m venv $(VENV); exit ;; \
		bare) bare=$$python ;; \
	esac; \
done; \
if [ "$$bare" ]; then \
	echo "$$bare cannot make virtual environments: its module ensurepip is missing."; \
	echo "Install it (on Debian and Ubuntu: apt install python3-venv), then run make again."; \
else \
	echo "pyspark $(SPARK) needs Python $(OLDEST_PYTHON) to $(NEWEST_PYTHON), and none was found."; \
	echo "Install one, name it with PYTHON=/path/to/python, or pick another Spark (SPARK=4.0 takes 3.10)."; \
fi >&2; \
exit 1
endef
