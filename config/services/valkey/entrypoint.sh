#!/bin/sh
# Starts the cache on the folder "$1" with the password from the environment, by standard input, so that it is in no list of processes.
set -eu

data=$1
cd "$data"
password=$(printf '%s' "$REDISCLI_AUTH" | sed 's/["\\]/\\&/g')

settings() {
    printf '%s\n' "dir \"$data\"" "requirepass \"$password\"" "$@"
}

# A server with a log of changes reads that and nothing else, so that it would start empty on the dump of one that had no log. This
# reads the dump, writes the log from it and ends. Nobody else reaches it.
take_dump_over() {
    socket=$(mktemp -u)
    docker-entrypoint.sh valkey-server - <<CONF &
$(settings 'appendonly no' 'port 0' "unixsocket $socket")
CONF
    server=$!
    trap 'kill "$server"; exit 143' TERM INT
    until [ "$(ask PING 2>&1)" = PONG ]; do
        is_up || give_up
        sleep 1
    done
    before=$(ask DBSIZE)
    ask CONFIG SET appendonly yes
    while writes_log; do
        is_up || give_up
        sleep 1
    done
    persistence | grep -qx aof_last_bgrewrite_status:ok || give_up
    [ -e "$log" ] || give_up
    ask SHUTDOWN
    wait "$server"
    trap - TERM INT
    echo "the log of changes was made from dump.rdb, with $before keys"
}

ask() { valkey-cli -s "$socket" "$@"; }

is_up() { kill -0 "$server" 2>/dev/null; }

give_up() {
    echo "the log of changes could not be made from dump.rdb, which stays as it is: see above, and that the disk has room" >&2
    kill "$server" 2>/dev/null || :
    exit 1
}

persistence() { ask INFO persistence | tr -d '\r'; }

writes_log() { persistence | grep -qxE 'aof_rewrite_(in_progress|scheduled):1'; }

log=appendonlydir/appendonly.aof.manifest
if [ -e dump.rdb ] && [ ! -e "$log" ] && [ ! -e appendonly.aof ]; then
    take_dump_over
fi

exec docker-entrypoint.sh valkey-server - <<CONF
$(settings 'appendonly yes')
CONF
