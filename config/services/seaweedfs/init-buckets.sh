#!/bin/sh
# Creates each bucket that is missing, and fails where one is still missing afterwards.
set -eu

storage() {
    printf '%s\n' "$1" | weed shell -master=seaweedfs-master:9333 -filer=seaweedfs-filer:8888
}

# Each line of the list starts with the name, the first one behind the shell's prompt.
has_bucket() {
    storage s3.bucket.list |
        awk -v name="$1" '{ sub(/^[> \t]+/, "") } $1 == name { found = 1 } END { exit !found }'
}

create() {
    case $1 in
    '' | *[!a-z0-9.-]*)
        echo "bucket name '$1' is wrong: small letters, digits, dots and hyphens only" >&2
        exit 1
        ;;
    esac
    has_bucket "$1" || storage "s3.bucket.create -name $1"
    has_bucket "$1" || {
        echo "bucket $1 could not be created" >&2
        exit 1
    }
    echo "bucket $1 is there"
}

for bucket in $PLATFORM_BUCKETS; do
    create "$bucket"
done

if [ "$AIHUB_CREATE_DEFAULT_BUCKETS" != true ]; then
    echo "the buckets of users are left alone: AIHUB_CREATE_DEFAULT_BUCKETS is not true"
    exit 0
fi
create "$AIHUB_DEFAULT_BUCKET_NAME"
create "$AIHUB_SHARED_BUCKET_NAME"
