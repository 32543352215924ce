#!/bin/sh
# Starts the cache with the password from the environment, by standard input, so that it is in no list of processes.
set -eu

password=$(printf '%s' "$REDISCLI_AUTH" | sed 's/["\\]/\\&/g')

exec docker-entrypoint.sh valkey-server - <<CONF
dir /data
appendonly yes
requirepass "$password"
CONF
