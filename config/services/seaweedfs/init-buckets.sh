#!/bin/sh
# Creates each bucket that is missing, and fails where one is still missing afterwards.
set -eu

storage() {
    printf '%s\n' "$1" | weed shell -master=seaweedfs-master:9333 -filer=seaweedfs-filer:8888
}

# Each line of the list starts with the name.
has_bucket() {
    storage s3.bucket.list | awk -v name="$1" '$1 == name { found = 1 } END { exit !found }'
}

if [ "$AIHUB_CREATE_DEFAULT_BUCKETS" != true ]; then
    echo "buckets are left alone: AIHUB_CREATE_DEFAULT_BUCKETS is not true"
    exit 0
fi

for bucket in "$AIHUB_DEFAULT_BUCKET_NAME" "$AIHUB_SHARED_BUCKET_NAME"; do
    case $bucket in
    '' | *[!a-z0-9.-]*)
        echo "bucket name '$bucket' is wrong: small letters, digits, dots and hyphens only" >&2
        exit 1
        ;;
    esac
    has_bucket "$bucket" || storage "s3.bucket.create -name $bucket"
    has_bucket "$bucket" || {
        echo "bucket $bucket could not be created" >&2
        exit 1
    }
    echo "bucket $bucket is there"
done
