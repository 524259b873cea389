#!/bin/sh
# Measures how the costs of the history grow with it:  bench/growth.sh [FLAG…], with flags of the program (-help lists them).
# `bench/growth.sh -most 50000000` needs 3 GB of disk and some ten minutes.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM
cd "$root"
export CGO_ENABLED=0
scripts/go build -trimpath -o "$tmp/" ./cmd/linklog ./bench/growth
"$tmp/growth" -linklog "$tmp/linklog" "$@"
