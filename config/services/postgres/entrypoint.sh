#!/usr/bin/env bash
# Starts the server as its image does, and beside it the creation of the databases.
set -eu

created=/run/databases-created
rm -f "$created"

# The shell around it ends at once. So the server, which takes the place of this script, is not its parent: it would take a child of
# which it knows nothing for one of its own.
(bash /configs/create-databases.sh "$created" &)

exec docker-entrypoint.sh "$@"
