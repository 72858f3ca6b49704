# Keeps a PostgreSQL for tests. Orders come on the standard input; its end is the last one, and comes
# also when whoever gave them was killed.
set -euo pipefail
trap '' INT TERM HUP
port=$1 setting=$2
initdb=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
[[ -x $initdb ]] || initdb=$(command -v initdb) || {
  echo "PostgreSQL is missing: sudo apt-get install postgresql" >&2
  exit 1
}
bin=$(dirname "$initdb")
folder=$(mktemp -d /tmp/tertulia-postgres.XXXXXX)
data=$folder/data
# It refuses to run as root.
as=()
if [[ $EUID == 0 ]]; then
  as=(setpriv --reuid=postgres --regid=postgres --init-groups --)
  chown postgres: "$folder"
fi
cd "$folder"
control() { "${as[@]}" "$bin/pg_ctl" --pgdata="$data" --wait --silent "$@" >>"$folder/log" 2>&1 <&-; }
leave() {
  control --mode=immediate stop || true
  rm -rf "$folder"
}
trap leave EXIT
# Case is that of all letters, as in the usual locales.
"${as[@]}" "$bin/initdb" --pgdata="$data" --auth=trust --username=postgres --encoding=UTF8 \
  --locale=C --lc-ctype=C.UTF-8 --no-sync --no-instructions >/dev/null <&-
options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c $setting"
while read -r order database sql; do
  case $order in
    start) control --options="$options" start ;;
    stop) control --mode=immediate stop ;;
    sql)
      "$bin/psql" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host="$folder" --port="$port" \
        --username=postgres --dbname="$database" --command="$sql" >/dev/null <&-
      ;;
  esac
  echo done
done
