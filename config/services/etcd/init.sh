#!/bin/sh
# Gives etcd the user root with the password from the environment, and demands a password from then on. Does nothing where that is
# done, and fails where another password is set. Passwords travel by standard input, so that they are in no list of processes.
set -eu

# Asks what the path says, with the JSON on standard input; prints the answer, also a refusal.
ask() {
    curl --silent --show-error --noproxy '*' --max-time 10 --data-binary @- "http://etcd:2379/v3/auth/$1"
}

password=$(printf '%s' "$ETCD_TOKEN" | sed 's/\\/\\\\/g; s/"/\\"/g')
root="{\"name\":\"root\",\"password\":\"$password\"}"

log_in() {
    answer=$(printf '%s' "$root" | ask authenticate)
    case $answer in
    *'"token"'*) return 0 ;;
    *'authentication is not enabled'*) return 1 ;;
    *)
        echo "etcd refuses the password in ETCD_TOKEN: $answer" >&2
        exit 1
        ;;
    esac
}

# $1: what is asked, $2: the JSON, $3: a refusal that is none, because it was done before.
set_up() {
    answer=$(printf '%s' "$2" | ask "$1")
    case $answer in
    *'"error"'*)
        case $answer in
        *"$3"*) ;;
        *)
            echo "etcd refuses $1: $answer" >&2
            exit 1
            ;;
        esac
        ;;
    esac
}

if log_in; then
    echo "etcd knows its user"
    exit 0
fi

# A run that was stopped may have done the first of these.
set_up user/add "$root" 'already exists'
set_up user/changepw "$root" 'nothing'
set_up role/add '{"name":"root"}' 'already exists'
set_up user/grant '{"user":"root","role":"root"}' 'nothing'
set_up enable '{}' 'nothing'
log_in
echo "etcd demands a password now"
