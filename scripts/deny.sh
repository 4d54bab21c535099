#!/usr/bin/env bash
# Checks licences and sources of all dependencies; installs cargo-deny when it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v cargo-deny >/dev/null || {
  echo "==> installing cargo-deny"
  cargo install --quiet --locked cargo-deny
}
cargo deny --locked --log-level error check licenses bans sources
