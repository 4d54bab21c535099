#!/usr/bin/env bash
# Every template of `plugboard plugin new`: `tests/templates/run.sh [rust] [ts] [python]` builds, checks and tests each of those languages.
#
# Without arguments it does what CI does. Rust is built whole. A component in TypeScript or Python holds an interpreter and takes
# half a minute to compile, so there the types of every template are checked against the contract, which takes seconds, and one
# template is built whole: the one that uses most of the contract. tests/ten-minutes builds the channel of each language besides.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd) root=$(cd "$(dirname "$0")/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
worlds=(channel routing escalation assistant commerce hook panel)
whole=commerce

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

make() { # language, world: its folder
  local folder=$work/$1-$2
  [ -d "$folder" ] || "$server" plugin new "try-$2" --world "$2" --lang "$1" --dir "$folder" > /dev/null
  echo "$folder"
}

tools() { # language, folder: its tools, fetched for the first one and shared by the others
  local what
  case $1 in
    ts) what=node_modules ;;
    python) what=.venv ;;
    *) return ;;
  esac
  if [ ! -d "$work/$what" ]; then
    case $1 in
      ts) (cd "$2" && npm ci --no-audit --no-fund --loglevel=error && mv node_modules "$work/") ;;
      python)
        python3 -m venv "$work/.venv"
        "$work/.venv/bin/pip" install --quiet --disable-pip-version-check -r "$2/requirements.txt" -r "$here/requirements.txt"
        ;;
    esac
  fi
  [ -e "$2/$what" ] || ln -s "$work/$what" "$2/$what"
}

types() { # language, folder: whether the source fits the contract
  cd "$2"
  case $1 in
    ts) npm run --silent check ;;
    python)
      local world
      world=$(sed -n 's,^contracts = \["plugboard:plugin/\(.*\)@.*,\1,p' plugin.toml)
      .venv/bin/componentize-py --wit-path wit --world "$world" bindings build
      MYPYPATH=build .venv/bin/mypy --no-error-summary app.py
      PYTHONPATH=build .venv/bin/python -B -c 'import app'
      ;;
  esac
}

build() { # language, folder
  cd "$2"
  "$server" plugin build
  "$server" plugin check | tee "$2.checked"
  # A warning is nothing to begin with.
  if grep -qw warning "$2.checked"; then return 1; fi
  "$server" plugin test
}

try() { # what, language, world
  local folder log=$work/$2-$3.log
  folder=$(make "$2" "$3")
  # Not as a condition: there a failing command would end nothing.
  set +e
  (set -e; tools "$2" "$folder"; "$1" "$2" "$folder") > "$log" 2>&1
  local status=$?
  set -e
  [ $status = 0 ] || { cat "$log"; echo "the template of $3 in $2 fails: $1" >&2; exit 1; }
  printf '%-8s %-12s %s\n' "$2" "$3" "$(grep ' passed$' "$log" | tail -1 || echo "$1")"
}

languages=("$@")
((${#languages[@]})) || languages=(rust)
for language in "${languages[@]}"; do
  began=$SECONDS
  for world in "${worlds[@]}"; do try build "$language" "$world"; done
  echo "$language: ${#worlds[@]} templates in $((SECONDS - began)) s"
done
if ((! $#)); then
  for language in ts python; do
    began=$SECONDS
    for world in "${worlds[@]}"; do try types "$language" "$world"; done
    try build "$language" "$whole"
    echo "$language: the types of ${#worlds[@]} templates, and one whole, in $((SECONDS - began)) s"
  done
fi
