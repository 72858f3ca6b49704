# The commands people type. `make` alone lists them.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

BINARY := target/release/tertulia
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)

.PHONY: help
help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

.PHONY: run
run: build ## Build everything and start the demo on http://localhost:3000
	exec $(BINARY) serve --demo

.PHONY: build
build: web ## Build the release binary, with the page inside
	cargo build --release --locked -p tertulia

.PHONY: web
web: web/dist/index.html ## Build the web client

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run --silent build
	@touch $@

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

e2e/node_modules/.package-lock.json: e2e/package-lock.json
	cd e2e && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# Each is written by the test that says whether it is current.
.PHONY: generate
generate: web/node_modules/.package-lock.json ## Write what is made of the code: docs/openapi.json, docs/events.md, types of the page
	UPDATE_OPENAPI=1 cargo test -p tertulia --test it --locked --quiet openapi::
	UPDATE_EVENTS=1 cargo test -p tertulia --test it --locked --quiet events::
	cd web && npm run --silent generate

.PHONY: test
test: check test-rust test-web test-e2e ## Run all checks and all tests of all kinds
	@echo "make test: everything passed"

.PHONY: test-rust
test-rust: web
	scripts/require-postgres
	scripts/require-schemathesis
	cargo test --workspace --locked

.PHONY: test-web
test-web: web/node_modules/.package-lock.json
	cd web && npm test --silent

.PHONY: test-e2e
test-e2e: build e2e/node_modules/.package-lock.json
	cargo build --release --locked -p engineio -p socketio -p fuzz --examples --bins
	scripts/require-postgres
	scripts/require-chromium
	scripts/require-python-clients
	cd e2e && npm test --silent

# On from the corpus that `make test` replays; it needs a C++ compiler.
.PHONY: fuzz
fuzz: ## Fuzz the decoders (TIME=600 seconds for each, TARGET=frames for one)
	TIME="$(TIME)" TARGET="$(TARGET)" scripts/fuzz

.PHONY: check
check: web e2e/node_modules/.package-lock.json ## Formatting, lints and types, warnings as errors
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --features socketio/conformance --no-deps --locked --quiet
	cd web && npm run --silent check
	cd e2e && npm run --silent check
	node scripts/third-party.mjs --check
	node scripts/check-deploy.mjs

# What is measured is what is shipped: the release build. ARGS are those of `bench --help`.
.PHONY: bench
bench: build ## Measure Tertulia beside its peers (ARGS=--quick for an impression, ARGS=--help)
	cargo build --release --locked -p bench
	cargo build --release --locked -p socketio --example bench
	target/release/bench $(ARGS)

.PHONY: clean
clean: ## Remove what was built (never the data)
	cargo clean
	rm -rf web/dist web/node_modules e2e/node_modules
