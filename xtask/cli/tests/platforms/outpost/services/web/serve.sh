#!/bin/sh
# Serves the version that the Compose file names.
set -eu
printf '%s' "$OUTPOST_VERSION" >/var/www/html/version
printf 'server { listen 8000; root /var/www/html; }\n' >/etc/nginx/sites-enabled/default
exec nginx -g 'daemon off;'
