#!/bin/sh
# Fetches what package-lock.json names, and makes build/web of it: the queue's style sheet and GOV.UK Frontend's script.
# The Makefile calls it from the root of the repository, with the folder of the Python environment.
#
# With the machine's own npm, or, where that is missing or too old, with npm from PyPI, put into the environment.
# What cannot be fetched now is said in one line and fetched by the next call: the queue works without, only plainly.
set -eu

venv=$1
made=build/web
new=build/web.new
log=build/styles.log

later() {
    echo "The queue's styles could not be made now: $1 ($log says more). It works without them, only plainly; 'make install' tries again."
    exit 0
}

major() {
    "$1" --version 2>>"$log" | sed -n '1s/^v\{0,1\}\([0-9][0-9]*\)\..*/\1/p'
}

good() { # Sass needs Node 14, and npm 8 writes lock files that name no registry; those that Debian 12 brings are tested.
    for one in node:18 npm:9; do
        command -v "${one%:*}" >/dev/null 2>&1 || return 1
        number=$(major "${one%:*}")
        [ "${number:-0}" -ge "${one#*:}" ] || return 1
    done
}

mkdir -p build
: >"$log"
if ! good; then
    case $venv in /*) ;; *) venv=$PWD/$venv ;; esac
    PATH="$venv/bin:$PATH"
    export PATH
    if ! good; then
        echo "Installing npm, which this machine lacks, into $(basename "$venv") (once)"
        "$venv/bin/pip" install -qq --disable-pip-version-check --only-binary :all: --require-hashes -r requirements/node.lock >>"$log" 2>&1 ||
            later "npm is not installed, and could not be fetched"
        good || later "npm was fetched, but does not run on this machine"
    fi
fi

# npm writes this file when it is done: what it fetched for this lock file is not fetched again where only our own styles changed.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    echo "Fetching the queue's styles (once)"
    npm ci --ignore-scripts --omit=optional --no-audit --no-fund --no-update-notifier --loglevel=error \
        --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=60000 >>"$log" 2>&1 || later "npm could not fetch GOV.UK Frontend"
fi

rm -rf "$new"
mkdir "$new"
node node_modules/sass/sass.js --style=compressed --no-source-map --load-path=node_modules triage/web/styles/queue.scss "$new/queue.css"
# Without the name of a source map, which is not served.
sed 's,//# sourceMappingURL=[^ ]*$,,' node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js >"$new/govuk-frontend.min.js"
touch "$new/.made"
rm -rf "$made"
mv "$new" "$made"
