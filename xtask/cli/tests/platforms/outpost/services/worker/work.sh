#!/bin/sh
# Counts its starts, in the database and in Redis.
set -eu
psql --no-psqlrc --quiet --command='CREATE TABLE IF NOT EXISTS starts (version text)' --command="INSERT INTO starts VALUES ('$OUTPOST_VERSION')"
redis-cli -h redis incr starts
touch /tmp/ready
exec sleep infinity
