#!/bin/sh
# Creates each database that is missing, so that one which a later release adds appears too.
set -eu
for name in outpost reports; do
    found=$(psql --no-psqlrc --tuples-only --no-align --dbname=postgres --command="SELECT 1 FROM pg_database WHERE datname = '$name'")
    [ -n "$found" ] || createdb "$name"
done
