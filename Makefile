# Everything a person or a machine does with this repository; `make` alone lists it.

SHELL   := /bin/bash
target  := $(or $(CARGO_TARGET_DIR),target)
stage   := tests/stage.sh
# What a simulated week spends its time in, optimised; everything else stays as it is for tests.
fast    := $(foreach crate,wire triage policy tests,--config profile.dev.package.vedette-$(crate).opt-level=2)
# The three programs: vedette-agent, vedette-collector, vedette.
bins    := -p vedette-agent -p vedette-collector --bins

.PHONY: help run test check fmt sim week fuzz bench release deb windows clean-state
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / { printf "  make %-13s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## build quickly, then run collector, agent and inbox here; Ctrl-C ends them
	@$(stage) "Building (a few minutes the first time)" cargo build --profile quick $(bins)
	@config/dev/run.sh $(target)/quick

test: ## install what the tests need, check, and run every test
	@$(stage) "What the tests need" tests/need.sh
	@$(stage) "Formatting" cargo fmt --all --check
	@$(stage) "Clippy" cargo clippy --workspace --all-targets -- -D warnings
	@$(stage) "Building the programs under test" cargo build --workspace --bins
	@$(stage) "Tests" tests/all.sh

check: ## formatting and clippy only
	@$(stage) "Formatting" cargo fmt --all --check
	@$(stage) "Clippy" cargo clippy --workspace --all-targets -- -D warnings

fmt: ## put the sources into their form
	cargo fmt --all

sim: ## ten thousand random sites beside the reference model; minutes
	@$(stage) "Simulation" env VEDETTE_SIM_RUNS=10000 cargo test --profile quick -p vedette-triage --test simulation

week: ## fifty ordinary weeks of 600 servers and 1,500 workstations on the shipped rules; WEEKS=5 plays five
	@$(stage) "Ordinary weeks" env CARGO_INCREMENTAL=0 VEDETTE_WEEK_SEEDS=$(or $(WEEKS),50) \
		cargo test -q -p vedette-tests --test week $(fast)

fuzz: ## a fuzzer at every parser of the agent, a minute each (nightly, cargo-fuzz)
	@$(stage) "Fuzzing" agent/fuzz/run.sh 60

release: ## the programs as they are packaged and measured
	@$(stage) "Building the collector (full optimisation)" cargo build --release -p vedette-collector --bins
	@$(stage) "Building the agent (for size)" cargo build --profile small -p vedette-agent
	@install $(target)/small/vedette-agent $(target)/release/
	@ls -l $(addprefix $(target)/release/,vedette-agent vedette-collector vedette)

deb: ## the agent as a Debian package, fully optimised
	@$(stage) "Building the agent (for size)" cargo build --profile small -p vedette-agent
	@$(stage) "Packing" agent/packaging/deb.sh $(target)/small/vedette-agent $(target)/debian

windows: ## build the agent for Windows and try it under wine, where both can be had
	@$(stage) "The agent for Windows" tests/windows/try.sh

bench: release ## figures: every script in tests/bench, on the release programs
	@for script in $(wildcard tests/bench/*.sh); do $(stage) "$$script" "$$script" $(target)/release || exit 1; done

clean-state: ## forget what `make run` has stored
	@config/dev/run.sh --forget
