#!/usr/bin/env bash
# Puts the platform's account and its functions into the database of Open WebUI, and brings them to what this release says. Runs on
# every start, after Open WebUI has made its tables. The account has no password: nobody can sign in with it.
set -eu

psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --set=id="$OPENWEBUI_SERVICE_ACCOUNT_ID" <<'SQL'
INSERT INTO "user" (id, name, email, role, profile_image_url, created_at, updated_at, last_active_at)
VALUES (:'id', 'Swiss AI Hub', 'service@swissaihub.local', 'admin', '/user.png',
        extract(epoch FROM now())::bigint, extract(epoch FROM now())::bigint, extract(epoch FROM now())::bigint)
ON CONFLICT (id) DO NOTHING;
SQL
echo "the account of the platform is there"

for file in /configs/functions/*.py; do
    name=$(basename "$file" .py)
    psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
        --set=owner="$OPENWEBUI_SERVICE_ACCOUNT_ID" --set=id="$name" --set=file="$file" <<'SQL'
\set content `cat :'file'`
INSERT INTO function (id, user_id, name, type, content, meta, is_active, is_global, created_at, updated_at)
VALUES (:'id', :'owner', :'id', 'filter', :'content', '{"description": "Part of Swiss AI Hub"}', true, true,
        extract(epoch FROM now())::bigint, extract(epoch FROM now())::bigint)
ON CONFLICT (id) DO UPDATE SET content = excluded.content, updated_at = excluded.updated_at
WHERE function.content IS DISTINCT FROM excluded.content;
SQL
    echo "function $name is there"
done
