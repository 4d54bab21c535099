#!/usr/bin/env bash
# Every template of `plugboard plugin new`, built, checked and tested: `tests/templates/run.sh [rust] [ts] [python]`; Rust when
# unset, which is what CI does. Components in TypeScript and Python hold an interpreter each and take half a minute apiece to
# compile: CI builds one of each in tests/ten-minutes, and the others are for whoever changes a template of theirs.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
languages=("$@")
((${#languages[@]})) || languages=(rust)
worlds=(channel routing escalation assistant commerce hook panel)

server=${PLUGBOARD_BIN:-}
if [ -z "$server" ]; then
  (cd "$root" && cargo build --locked --quiet --workspace --bin plugboard)
  server=$target/debug/plugboard
fi
export PLUGBOARD_PLUGIN_CACHE=$target/debug/plugin-cache
# What all of one language are made with is fetched and compiled once: an author's folders do not share it.
export CARGO_TARGET_DIR=$target/templates

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

share() { # language, the folder that has it, the folder that gets it
  local what
  case $1 in
    ts) what=node_modules ;;
    python) what=.venv ;;
    *) return ;;
  esac
  [ "$2" = "$3" ] || ln -s "$2/$what" "$3/$what"
}

for language in "${languages[@]}"; do
  began=$SECONDS first=
  for world in "${worlds[@]}"; do
    folder=$work/$language-$world
    first=${first:-$folder}
    mkdir "$folder"
    (
      cd "$folder"
      "$server" plugin new "try-$world" --world "$world" --lang "$language"
      share "$language" "$first/try-channel" "$folder/try-$world"
      cd "try-$world"
      "$server" plugin build
      "$server" plugin check | tee "$folder/checked"
      # A warning is nothing to begin with.
      if grep -qw warning "$folder/checked"; then exit 1; fi
      "$server" plugin test
    ) > "$folder/log" 2>&1 || { cat "$folder/log"; echo "the template of $world in $language fails" >&2; exit 1; }
    printf '%-8s %-12s %s\n' "$language" "$world" "$(grep ' passed$' "$folder/log" | tail -1)"
  done
  echo "$language: ${#worlds[@]} templates in $((SECONDS - began)) s"
done
