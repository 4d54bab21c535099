#!/usr/bin/env bash
# Builds every bundled plugin to plugins/dist/KEY.plugboard: a tar of its manifest, its component and its README, the same
# bytes from the same sources. What has not changed is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

target=wasm32-wasip2
if command -v rustup >/dev/null && ! rustup target list --installed | grep -qx "$target"; then
  echo "==> installing the Rust target $target"
  rustup target add "$target"
fi
out="${CARGO_TARGET_DIR:-$PWD/plugins/target}"
[[ -n "${CARGO_TARGET_DIR:-}" ]] && out="$CARGO_TARGET_DIR/plugins"
# No paths of this machine in what is shipped: the same bytes wherever it is built.
export RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=$PWD=plugboard --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=crates"
cargo build --manifest-path plugins/Cargo.toml --target-dir "$out" --locked --release --workspace --target "$target"
python3 scripts/pack-plugins.py "$out/$target/release" plugins plugins/dist
