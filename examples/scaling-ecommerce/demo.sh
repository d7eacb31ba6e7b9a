#!/bin/sh
# Makes the data unless it is there, starts Millrace on it, and shows queries and changes. SCALE is the size of new data.
set -eu
cd "$(dirname "$0")"
if [ ! -d 3-full-data ]; then
	../../bin/millrace clean -c local-config.yaml >/dev/null 2>&1 || true # it belongs to data that is gone
	go run ./generate -scale "${SCALE:-0.01}"
fi
../../bin/millrace build -c local-config.yaml >/dev/null # the plugins may be newer than the lock file
go build -o ../../bin/demo ./demo
exec ../../bin/demo ../../bin/millrace run -c local-config.yaml
