#!/bin/sh
# Starts PostgreSQL, on data of its own making where there are none.
set -eu
data=/var/lib/postgresql/data
programs=/usr/lib/postgresql/15/bin
chown postgres "$data"
chmod 700 "$data"
if [ ! -e "$data/PG_VERSION" ]; then
    umask 077
    printf '%s' "$POSTGRES_PASSWORD" >/tmp/password
    chown postgres /tmp/password
    su postgres -c "$programs/initdb --auth=scram-sha-256 --username=postgres --pwfile=/tmp/password -D $data"
    rm /tmp/password
    printf 'host all all all scram-sha-256\n' >>"$data/pg_hba.conf"
fi
exec su postgres -c "exec $programs/postgres -D $data -c listen_addresses='*' -c jit=off -c unix_socket_directories=/tmp"
