#!/bin/sh
# Makes or refreshes the virtual environment: `environment.sh run` or `environment.sh dev`.
#
# Packages are checked against the hashes of requirements/<set>.txt. A stamp holds the digest of
# what was installed, so that a second run costs nothing. Works without root.
set -eu
cd "$(dirname "$0")/.."

set_name=$1
venv=.venv
python=${PYTHON:-python3}
lock=requirements/$set_name.txt

say() { printf '%s\n' "$*" >&2; }
fail() { say "centrale: $*"; exit 1; }
recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# The development set holds the run-time set, so it also serves `make run`.
wanted=$(cat "$lock" pyproject.toml requirements/environment.sh | sha256sum | cut -d ' ' -f 1)
is_fresh() { [ "$(cat "$venv/.installed-$1" 2>/dev/null || true)" = "$2" ]; }

make_venv() {
    command -v "$python" >/dev/null || fail "Python 3.11 or later is needed; '$python' was not found (set PYTHON=...)."
    recent "$python" || fail "Python 3.11 or later is needed; '$python' is $("$python" -V 2>&1)."
    say "Making the virtual environment with $("$python" -V 2>&1)."
    rm -rf "$venv"
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv "$venv"
    elif "$python" -m virtualenv --version >/dev/null 2>&1; then
        "$python" -m virtualenv -q "$venv"
    elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "This Python lacks ensurepip: installing python3-venv."
        { apt-get -q update && apt-get -q -y install --no-install-recommends python3-venv; } >&2
        "$python" -m venv "$venv"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --without-pip "$venv"
        "$python" -m pip --python "$venv/bin/python" install -q --require-hashes --only-binary :all: \
            -r requirements/pip.txt
    else
        fail "'$python' has neither ensurepip, virtualenv nor pip, and without root they cannot be installed. Ask for the package python3-venv."
    fi
}

[ -x "$venv/bin/python" ] && recent "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_venv
is_fresh "$set_name" "$wanted" && exit 0
if [ "$set_name" = run ] && [ -e "$venv/.installed-dev" ]; then
    exec sh requirements/environment.sh dev
fi

say "Installing $lock (checked by hash)."
"$venv/bin/python" -m pip install -q --disable-pip-version-check --no-input --require-hashes -r "$lock" \
    || fail "the packages of $lock could not be installed; the lines above say why."
PYTHONWARNINGS=ignore "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-input \
    --no-deps --no-build-isolation --no-index -e . \
    || fail "the project itself could not be installed; the lines above say why."
rm -f "$venv"/.installed-*
printf '%s\n' "$wanted" >"$venv/.installed-$set_name"
