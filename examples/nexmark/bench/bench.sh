#!/bin/sh
# Runs every query alone over 10 M events, compares each answer with DuckDB's, and prints a table. Options go to
# bench.py: --events, --queries, --batch (many epochs instead of one), --no-check, --work.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
make -s -C "$here/../../.." build >&2
venv=${VENV:-${TMPDIR:-/tmp}/millrace-nexmark-venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -c 'import duckdb' 2>/dev/null || "$venv/bin/pip" -q install duckdb
exec "$venv/bin/python" "$here/bench.py" "$@"
