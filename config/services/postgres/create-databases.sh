#!/usr/bin/env bash
# Creates each database of $DATABASES that is missing, and nothing else. Runs on every start, so that a database which a later release
# adds appears in installations that exist. Tries again until all are there, and then makes the file that the first argument names, for
# which the health check looks.
set -u

# Over TCP: while the image sets itself up, only its socket answers.
export PGHOST=127.0.0.1 PGUSER="$POSTGRES_USER" PGPASSWORD="$POSTGRES_PASSWORD" PGCONNECT_TIMEOUT=5

create_missing() {
    for database in $DATABASES; do
        found=$(psql --dbname=postgres --no-align --tuples-only --set=name="$database" <<'SQL'
SELECT 1 FROM pg_database WHERE datname = :'name'
SQL
        ) || return 1
        if [ -n "$found" ]; then
            echo "database $database is there"
        else
            createdb --maintenance-db=postgres -- "$database" || return 1
            echo "database $database created"
        fi
    done
}

until pg_isready --quiet --dbname=postgres; do
    sleep 1
done

until create_missing; do
    echo "the databases are not all there, next try in 5 seconds" >&2
    sleep 5
done
touch "$1"
