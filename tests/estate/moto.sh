# Sourced by ./demo and by tests/estate/moto: `start_moto LOG` starts moto, a local
# stand-in for AWS, points AWS_ENDPOINT_URL at it and ends it when the script ends.
# Nothing of the machine's own AWS configuration takes part.
start_moto() {
    local name log=$1
    for name in $(compgen -e | grep -E '^AWS_'); do
        unset "$name"
    done
    export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
    export AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo AWS_REGION=us-east-1

    .venv/bin/python tests/estate/server.py -H 127.0.0.1 -p 0 </dev/null >"$log" 2>&1 &
    moto=$!
    trap 'kill "$moto" 2>/dev/null || true; wait "$moto" 2>/dev/null || true' EXIT
    trap 'exit 130' INT TERM
    for _ in $(seq 600); do
        AWS_ENDPOINT_URL=$(sed -n 's/^ \* Running on //p' "$log")
        [ -z "$AWS_ENDPOINT_URL" ] || break
        if ! kill -0 "$moto" 2>/dev/null; then
            cat "$log" >&2
            exit 1
        fi
        sleep 0.1
    done
    : "${AWS_ENDPOINT_URL:?moto does not answer: see $log}"
    export AWS_ENDPOINT_URL
}
