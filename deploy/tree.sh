#!/bin/sh
# What the image holds, made in a folder: Portway, what it needs, Envoy among it, and Envoy's schema
# read out of it, so that no start has to. The folder cannot be moved afterwards.
#
#     deploy/tree.sh FOLDER       from the top of the source; PYTHON says which interpreter
set -eu
tree=$1
python=${PYTHON:-python3}
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m venv "$work/build"
"$work/build/bin/pip" install --quiet --require-hashes -r deploy/build.lock
"$work/build/bin/pip" wheel --quiet --no-deps --no-build-isolation --wheel-dir "$work" .

"$python" -m venv "$tree"
"$tree/bin/pip" install --quiet --require-hashes -r deploy/requirements.lock
"$tree/bin/pip" install --quiet --no-deps --no-index "$work"/portway-*.whl
# Nothing is installed into a running container.
"$tree/bin/pip" uninstall --quiet --yes setuptools pip

# Envoy's schema is kept under the time of the executable, of which a layer of an image keeps whole
# seconds only.
envoy=$("$tree/bin/python" -c 'from portway.adapters.envoy import binary; print(binary.locate().path)')
touch --date=2026-01-01T00:00:00Z "$envoy"
XDG_CACHE_HOME="$tree/cache" "$tree/bin/python" -c '
from portway.adapters.envoy import binary, descriptors
descriptors.load(binary.locate())'

# Whoever runs it may read all of it and change none of it.
chmod -R a+rX,go-w "$tree"
