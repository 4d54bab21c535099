#!/usr/bin/env bash
# Builds plugin.wasm with a pinned componentize-py, in a virtual environment of its own.
set -euo pipefail
cd "$(dirname "$0")"
[[ -x .venv/bin/componentize-py ]] || { python3 -m venv .venv && .venv/bin/pip install --quiet --requirement requirements.txt; }
.venv/bin/componentize-py --wit-path ../../../crates/plugin-sdk/wit/since-v0.1 --world channel-webhook componentize --stub-wasi app --output plugin.wasm
