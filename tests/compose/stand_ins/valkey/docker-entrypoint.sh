#!/bin/sh
# What the real image's entrypoint does, as far as docker-compose.yml uses it.
set -e
case "$1" in -* | *.conf) set -- valkey-server "$@" ;; esac
if [ "$1" = valkey-server ] && [ "$(id -u)" = 0 ]; then
  chown -R valkey .
  exec setpriv --reuid=valkey --regid=valkey --clear-groups -- "$0" "$@"
fi
exec "$@"
