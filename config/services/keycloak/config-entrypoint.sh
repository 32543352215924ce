#!/bin/sh
# Imports what is managed by releases, and the sign-in by Azure Entra where it is set up.
set -eu

IMPORT_FILES_LOCATIONS='file:/configs/managed/*'
if [ -n "$KEYCLOAK_AZURE_CLIENT_ID" ]; then
    IMPORT_FILES_LOCATIONS="$IMPORT_FILES_LOCATIONS,file:/configs/azure/*"
fi
export IMPORT_FILES_LOCATIONS

exec java -jar /app/keycloak-config-cli.jar
