#!/bin/sh
# Creates each database that is missing, and nothing else. Runs on every start, so that a database which a later release adds
# appears in installations that exist.
set -eu

for database in openwebui langfuse "$DAGSTER_DB" litellm keycloak; do
    if [ -n "$(psql --dbname=postgres --no-align --tuples-only --set=name="$database" <<'SQL'
SELECT 1 FROM pg_database WHERE datname = :'name'
SQL
    )" ]; then
        echo "database $database is there"
    else
        createdb -- "$database"
        echo "database $database created"
    fi
done
