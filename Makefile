# What a person types. Each target says what it does; `make` alone lists them.

SHELL := /bin/bash
export CARGO_TERM_COLOR ?= auto
TARGET := $(or $(CARGO_TARGET_DIR),target)

.DEFAULT_GOAL := help
.PHONY: help setup setup-test web plugins plugins-test ten-minutes templates mail-test phone-test phone-bench mail-bench build run release check test fmt lint rust-test web-check browser-test conformance browser-bench bench clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | column -t -s "$$(printf '\t')"

setup: ## Check for Rust, node and a C compiler; install what the web build needs
	@scripts/setup.sh

setup-test: setup ## Also install what the tests need: Chromium, fonts, Python, curl, openssl, mail servers, telephones
	@scripts/setup-test.sh

web: setup ## Build the agent app and the widget
	@scripts/web.sh

plugins: setup ## Build the bundled plugins into plugins/dist
	@scripts/plugins.sh

build: web plugins ## Build everything, unoptimised
	cargo build --locked --workspace --bin plugboard

run: web plugins ## Set everything up and start a demo desk on http://127.0.0.1:8080; unoptimised, see `release`
	@echo "==> building the server (the first time takes some minutes)"
	cargo build --locked --workspace --bin plugboard
	@mkdir -p .data
	$(TARGET)/debug/plugboard serve --data .data/demo --listen 127.0.0.1:8080 --demo

release: web plugins ## Build the binary with the web app inside: target/release/plugboard
	cargo build --locked --release -p plugboard-server
	@ls -lh $(TARGET)/release/plugboard

fmt: ## Format the code
	cargo fmt --all
	cd web && npm run --silent format --if-present

lint: web ## Format, clippy, licences
	cargo fmt --all -- --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	scripts/deny.sh

rust-test: export PLUGBOARD_BIN := $(abspath $(TARGET))/debug/plugboard
rust-test: build ## All tests in Rust
	@if command -v cargo-nextest >/dev/null; then \
	  cargo nextest run --locked --workspace -E 'not (package(plugboard-mail-tests) | package(plugboard-phone-tests))' --no-fail-fast && cargo test --locked --workspace --doc; \
	else cargo test --locked --workspace --exclude plugboard-mail-tests --exclude plugboard-phone-tests --no-fail-fast; fi

plugins-test: build ## Format, clippy, unit tests and cases of the bundled plugins
	cargo fmt --manifest-path plugins/Cargo.toml --all -- --check
	cargo clippy --manifest-path plugins/Cargo.toml --locked --workspace --all-targets -- -D warnings
	cargo test --manifest-path plugins/Cargo.toml --locked --workspace
	@scripts/plugin-cases.sh

ten-minutes: build ## The commands of docs/plugins.md, as they are written, in each language
	tests/ten-minutes/run.sh

templates: build ## Every template of `plugboard plugin new`: Rust whole, types of the others; LANGUAGES="rust ts python" for all, whole
	tests/templates/run.sh $(LANGUAGES)

web-check: web ## Types, unit tests and size budgets of the web apps
	cd web && npm run check && npm test && npm run budget
	cd web/widget && npm run check && npm test && npm run budget

browser-test: build ## Journeys in headless Chromium against the real binary
	scripts/browser-test.sh

mail-test: build ## Email against Dovecot and Postfix; PLUGBOARD_MAIL_MANY=5000 for the long one
	PLUGBOARD_BIN=$(abspath $(TARGET))/debug/plugboard cargo test --locked --workspace --test mail -- --test-threads=2

phone-test: build ## Calls against baresip, linphone, kamailio, sipp and attackers; PLUGBOARD_PHONE_MANY=1 for ten times as many messages
	@export PLUGBOARD_BIN=$(abspath $(TARGET))/debug/plugboard; \
	if command -v cargo-nextest >/dev/null; then \
	  cargo nextest run --locked --workspace -E 'package(plugboard-phone-tests)' --test-threads 4 --no-fail-fast; \
	else cargo test --locked --workspace --test phone -- --test-threads=4; fi

phone-bench: web plugins ## How many calls are carried, how late, how fast they are answered; some 25 minutes
	cargo run --locked --release -p plugboard-bench -- phone --rounds 1

mail-bench: web ## How fast mail comes in from a Dovecot here; the bar is 200 mails of 20 KB a second
	cargo build --locked --release -p plugboard-server
	PLUGBOARD_BIN=$(abspath $(TARGET))/release/plugboard cargo test --locked --workspace --test mail -- --ignored --nocapture rate_of_ingest

conformance: build ## Websocket conformance, and the API against its own OpenAPI document
	tests/ws-conformance/run.sh
	tests/schemathesis/run.sh

check: setup-test lint rust-test mail-test phone-test plugins-test ten-minutes templates web-check browser-test conformance ## What CI runs

test: check ## Set everything up, and run everything that CI runs

browser-bench: build ## How fast the app is in headless Chromium, beside its budgets; on an idle machine
	scripts/browser-test.sh budgets

bench: web plugins ## Print the performance bars beside what is measured here
	cargo run --locked --release -p plugboard-bench -- all

clean: ## Remove what was built
	cargo clean
	rm -rf plugins/target plugins/dist
	rm -rf web/dist web/node_modules web/widget/dist web/widget/node_modules
