#!/bin/sh
# Makes a virtual environment with the first Python that fits: it starts, is 3.11-3.13, and has the venv module.
set -eu
venv=$1
if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON"
else
    set -- python3.13 python3.12 python3.11 python3
fi
tried=
for python; do
    "$python" -c '' >/dev/null 2>&1 || continue
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    case $version in
        3.11 | 3.12 | 3.13) ;;
        *) tried="$tried $python is $version;"; continue ;;
    esac
    if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
        tried="$tried $python lacks its venv module: apt-get install python$version-venv;"
        continue
    fi
    "$python" -m venv "$venv"
    # dependency groups need pip 25.1
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
    echo "made $venv with $python ($version)"
    exit 0
done
echo "make: no Python 3.11-3.13 with venv found:${tried:- none of $* starts;} install one, for example apt-get install python3 python3-venv" >&2
exit 1
