#!/bin/sh
# What the real image's entrypoint does, as far as docker-compose.yml uses it: an empty volume gets a cluster with the user,
# the database and the scripts that are asked for, made by a server that listens on its socket only.
set -e
bin=$(echo /usr/lib/postgresql/*/bin)
version=$(basename "$(dirname "$bin")")
PATH="$bin:$PATH"
export PGDATA="/var/lib/postgresql/$version/docker"
mkdir -p /var/run/postgresql

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" && chown -R postgres /var/lib/postgresql /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : "${POSTGRES_PASSWORD:?}" "${POSTGRES_USER:=postgres}" "${POSTGRES_DB:=$POSTGRES_USER}"
  mkdir -p "$PGDATA"
  (umask 077 && printf '%s\n' "$POSTGRES_PASSWORD" > /tmp/password)
  initdb --pgdata "$PGDATA" --username "$POSTGRES_USER" --pwfile /tmp/password --auth-local trust \
    --auth-host scram-sha-256 --encoding UTF8 --locale C.UTF-8 >/dev/null
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
  pg_ctl --pgdata "$PGDATA" --options "-c listen_addresses=''" --wait start
  createdb --username "$POSTGRES_USER" "$POSTGRES_DB"
  for script in /docker-entrypoint-initdb.d/*.sql; do
    [ -e "$script" ] || continue
    psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --file "$script"
  done
  pg_ctl --pgdata "$PGDATA" --mode fast --wait stop
fi
exec "$@" -c listen_addresses='*'
