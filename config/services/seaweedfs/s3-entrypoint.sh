#!/bin/sh
# Starts the S3 gateway with the identity from the environment. The file with the keys is readable by this process alone.
set -eu
umask 077

quoted() {
    printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g'
}

cat >/tmp/s3.json <<JSON
{
  "identities": [
    {
      "name": "platform",
      "credentials": [
        {
          "accessKey": "$(quoted "$S3_STORAGE_ACCESS_KEY")",
          "secretKey": "$(quoted "$S3_STORAGE_SECRET_KEY")"
        }
      ],
      "actions": ["Admin", "Read", "Write", "List", "Tagging"]
    }
  ]
}
JSON

exec weed s3 -ip.bind=0.0.0.0 -port=8333 -filer=seaweedfs-filer:8888 -config=/tmp/s3.json
