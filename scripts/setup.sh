#!/usr/bin/env bash
# Checks for what a build needs and says what is missing. Installs Debian packages only when it may.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
need() { # command, debian package
  command -v "$1" >/dev/null || missing+=("$2")
}
need cc build-essential
need node nodejs
need npm npm
need python3 python3

if ((${#missing[@]})); then
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    echo "==> installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
  else
    echo "Missing: ${missing[*]}. Install them, for example: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi
command -v cargo >/dev/null || {
  echo "Missing: Rust 1.95 or newer (cargo). Install it with rustup." >&2
  exit 1
}
if command -v rustup >/dev/null && ! rustup target list --installed | grep -qx wasm32-wasip2; then
  echo "==> installing the Rust target of plugins, wasm32-wasip2"
  rustup target add wasm32-wasip2
fi
