#!/usr/bin/env bash
# A real S3 server for tests, on loopback: Ceph's RADOS gateway with one monitor and one OSD, from Debian's packages.
#
#   start-s3.sh --port N --monitor-port N --data DIR [--store memstore|bluestore] [--suite host|trixie|sid] [--access KEY] [--secret KEY]
#
# Prints S3_ENDPOINT, S3_ACCESS_KEY, S3_SECRET_KEY and S3_PIDS (monitor, OSD, gateway) when it serves, and runs until its standard
# input closes: whoever started it and dies, however, takes it along. SIGTERM and SIGINT stop it too, and so does the end of a daemon.
#
# --store   memstore (default) forgets everything at the end; bluestore keeps it in DIR, even when all daemons are killed, and a second
#           start on that DIR goes on with it.
# --suite   host (default): this machine's own packages, installed with apt if they are missing (Ceph 16 on Debian 12). trixie or sid:
#           Ceph 18 or 20, unpacked once into $S3_CEPH_ROOT (/var/tmp/ceph-SUITE) and run there by chroot; the machine stays as it is.
set -euo pipefail

PORT="" MONITOR_PORT="" DATA="" STORE=memstore SUITE=host ACCESS=graft-test SECRET=graft-test-secret
ARGUMENTS=("$@")
while [ $# -gt 0 ]; do
  case $1 in
    --port) PORT=$2 ;;
    --monitor-port) MONITOR_PORT=$2 ;;
    --data) DATA=$2 ;;
    --store) STORE=$2 ;;
    --suite) SUITE=$2 ;;
    --access) ACCESS=$2 ;;
    --secret) SECRET=$2 ;;
    *) echo "start-s3.sh: unknown option $1" >&2; exit 2 ;;
  esac
  shift 2
done
[ -n "$PORT" ] && [ -n "$MONITOR_PORT" ] && [ -n "$DATA" ] || { echo "start-s3.sh: --port, --monitor-port and --data are needed" >&2; exit 2; }
mkdir -p "$DATA"
DATA=$(cd "$DATA" && pwd)
PACKAGES=(ceph-mon ceph-osd radosgw ceph-common curl)
DAEMONS=()

say() { echo "start-s3.sh: $*" >&2; }

die() { say "$*"; exit 1; }

# Another suite's packages, with apt's state in a folder of its own so that the machine's stays as it is.
unpack_suite() {
  local root=$1 mirror
  mirror=$(cat /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
    awk '$1 == "URIs:" && !/security/ { print $2; exit } $1 == "deb" && !/security/ { for (i = 2; i <= NF; i++) if ($i ~ /^http/) { print $i; exit } }' || true)
  say "unpacking Ceph of $SUITE into $root"
  rm -rf "$root"
  mkdir -p "$root"/apt/{lists/partial,cache/archives/partial,empty} "$root"/root/usr/{bin,sbin,lib,lib64} "$root"/root/{proc,dev,sys,tmp,etc,run,var/lib/ceph}
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} $SUITE main" >"$root/apt/sources.list"
  : >"$root/apt/status"
  local apt=(apt-get -o Dir::Etc::sourcelist="$root/apt/sources.list" -o Dir::Etc::sourceparts="$root/apt/empty" -o Dir::Etc::preferencesparts="$root/apt/empty"
    -o Dir::State::lists="$root/apt/lists" -o Dir::Cache="$root/apt/cache" -o Dir::State::status="$root/apt/status" -o APT::Sandbox::User=root -o Acquire::Languages=none)
  "${apt[@]}" update -qq >>"$DATA/apt.log" 2>&1
  "${apt[@]}" install -y -qq --no-install-recommends --download-only "${PACKAGES[@]}" bash coreutils mawk grep sed procps libc-bin >>"$DATA/apt.log" 2>&1
  for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/root/$folder"; done
  for package in "$root"/apt/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" |
      tar -C "$root/root" -x --keep-directory-symlink --exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/locale --exclude=./usr/share/ceph/mgr
  done
  ln -sf mawk "$root/root/usr/bin/awk"
  chmod 1777 "$root/root/tmp"
  cp /etc/passwd /etc/group /etc/hosts "$root/root/etc/"
  rm -rf "$root/apt/cache" "$root/apt/lists"
  touch "$root/.ready"
}

run_in_suite() {
  local root=${S3_CEPH_ROOT:-/var/tmp/ceph-$SUITE} rest=() i=0
  [ "$(id -u)" = 0 ] || die "--suite $SUITE needs root"
  mkdir -p "$(dirname "$root")"
  exec 9>"$root.lock"
  flock 9
  [ -e "$root/.ready" ] || unpack_suite "$root"
  exec 9>&-
  install -D -m 755 "$0" "$root/root$DATA/start-s3.sh"
  cp "$0" "$DATA/start-s3.sh"
  while [ $i -lt ${#ARGUMENTS[@]} ]; do
    case ${ARGUMENTS[i]} in --suite | --data) ;; *) rest+=("${ARGUMENTS[i]}" "${ARGUMENTS[i + 1]}") ;; esac
    i=$((i + 2))
  done
  exec unshare -m --propagation private bash -c '
    root=$1 data=$2; shift 2
    for folder in proc dev sys; do mount --rbind "/$folder" "$root/$folder"; done
    mount --bind "$data" "$root$data"
    exec chroot "$root" /bin/bash "$data/start-s3.sh" --data "$data" "$@"' _ "$root/root" "$DATA" "${rest[@]}"
}

install_packages() {
  local missing=0 program
  for program in ceph-mon ceph-osd radosgw radosgw-admin ceph curl; do command -v "$program" >/dev/null || missing=1; done
  [ $missing = 1 ] || return 0
  command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || die "Ceph is not installed, and only root can install it: ${PACKAGES[*]}"
  say "installing ${PACKAGES[*]}"
  local apt=(apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${PACKAGES[@]}")
  export DEBIAN_FRONTEND=noninteractive
  "${apt[@]}" >"$DATA/apt.log" 2>&1 || { apt-get update -qq && "${apt[@]}"; } >>"$DATA/apt.log" 2>&1 || die "apt failed: $(tail -n 3 "$DATA/apt.log")"
}

# Why what is set: without cephx the gateway must be told to talk plainly to the monitor; without tcp_nodelay every GET waits 45 ms;
# everything that would warn about a cluster of one is off.
write_configuration() {
  [ -s "$DATA/fsid" ] || cat /proc/sys/kernel/random/uuid >"$DATA/fsid"
  cat >"$DATA/ceph.conf" <<END
[global]
fsid = $(cat "$DATA/fsid")
mon host = v2:127.0.0.1:$MONITOR_PORT
public addr = 127.0.0.1
ms bind ipv6 = false
ms bind msgr1 = false
ms mon client mode = crc
ms mon service mode = crc
ms mon cluster mode = crc
ms bind port min = 30000
ms bind port max = 32000
auth cluster required = none
auth service required = none
auth client required = none
auth supported = none
run dir = $DATA/run
admin socket = $DATA/run/\$cluster-\$name.asok
pid file = $DATA/run/\$name.pid
crash dir = $DATA/run
log file = $DATA/log/\$name.log
mon cluster log file = $DATA/log/cluster.log
log to stderr = false
debug default = 0/0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 2000
osd crush chooseleaf type = 0
mon data avail crit = 1
mon data avail warn = 1
mon osd min in ratio = 0
paxos propose interval = 0.05
paxos min wait = 0.01
osd objectstore = $STORE
memstore device bytes = $((8 << 30))
bluestore block size = $((64 << 30))
bluestore block db create = false
bluestore block wal create = false
bluestore fsck on mount = false
osd memory target = 1073741824
osd max object name len = 1024
osd op num shards = 2
osd op num threads per shard = 2
rgw frontends = beast endpoint=127.0.0.1:$PORT tcp_nodelay=1 request_timeout_ms=65000
rgw enable usage log = false
rgw enable ops log = false
rgw enable lc threads = false
rgw enable quota threads = false
rgw run sync thread = false
rgw thread pool size = 64
rgw num rados handles = 1
rgw gc obj min wait = 30
rgw gc processor period = 30
rgw override bucket index max shards = 4
rgw dynamic resharding = false
rgw s3 auth use ldap = false
rgw s3 auth use keystone = false
END
}

stop() {
  trap '' INT TERM
  trap - EXIT
  local i signal=TERM
  [ "$STORE" = bluestore ] || signal=KILL # nothing to flush
  for ((i = ${#DAEMONS[@]} - 1; i >= 0; i--)); do
    kill -$signal "${DAEMONS[i]}" 2>/dev/null || continue
    for _ in $(seq 100); do
      kill -0 "${DAEMONS[i]}" 2>/dev/null || break
      sleep 0.05
    done
    kill -KILL "${DAEMONS[i]}" 2>/dev/null || true
  done
}

make_cluster() {
  monmaptool --create --clobber --fsid "$(cat "$DATA/fsid")" --addv a "[v2:127.0.0.1:$MONITOR_PORT]" "$DATA/monmap" >/dev/null
  ceph-mon "${CEPH[@]}" --mkfs -i a --monmap "$DATA/monmap" --mon-data "$DATA/mon" >>"$DATA/log/mkfs.log" 2>&1
}

make_osd() {
  local uuid
  uuid=$(cat /proc/sys/kernel/random/uuid)
  ceph-osd "${CEPH[@]}" -i 0 --mkfs --osd-data "$DATA/osd" --osd-uuid "$uuid" --no-mon-config >>"$DATA/log/mkfs.log" 2>&1 &
  local making=$!
  ceph "${CEPH[@]}" --connect-timeout 30 osd new "$uuid" 0 >/dev/null
  wait $making
}

make_user() {
  radosgw-admin "${CEPH[@]}" user create --uid test --display-name test --access-key "$ACCESS" --secret "$SECRET" --max-buckets 10000 \
    >"$DATA/log/user.json" 2>"$DATA/log/user.err" || die "no user: $(tail -n 3 "$DATA/log/user.err")"
  touch "$DATA/made"
}

await_gateway() {
  for _ in $(seq 600); do
    curl -fsS -o /dev/null -m 2 "http://127.0.0.1:$PORT/" 2>/dev/null && return 0
    kill -0 "${DAEMONS[-1]}" 2>/dev/null || die "the gateway ended: $(tail -n 5 "$DATA"/log/gateway.out "$DATA"/log/*rgw*.log)"
    sleep 0.1
  done
  die "the gateway does not answer"
}

[ "$SUITE" = host ] || run_in_suite
install_packages
fresh=1
[ "$STORE" = bluestore ] && [ -e "$DATA/made" ] && fresh=0
[ $fresh = 0 ] || rm -rf "$DATA"/{mon,osd,run,log,made,fsid}
mkdir -p "$DATA"/{mon,osd,run,log}
write_configuration
CEPH=(-c "$DATA/ceph.conf")
export CEPH_CONF="$DATA/ceph.conf" CEPH_ARGS=--no-log-to-stderr
trap 'stop; exit 0' INT TERM
trap stop EXIT
exec 3<&0
(cat <&3 || true; kill -TERM $$) >/dev/null 2>&1 &

[ $fresh = 0 ] || make_cluster
ceph-mon "${CEPH[@]}" -i a --mon-data "$DATA/mon" -f >>"$DATA/log/monitor.out" 2>&1 3<&- &
DAEMONS+=($!)
if [ $fresh = 1 ]; then
  make_osd
else
  # The monitor still believes in the OSD that was killed, and the gateway would wait for its address.
  ceph "${CEPH[@]}" --connect-timeout 30 osd down 0 >/dev/null 2>&1 || true
fi
ceph-osd "${CEPH[@]}" -i 0 --osd-data "$DATA/osd" -f >>"$DATA/log/osd.out" 2>&1 3<&- &
DAEMONS+=($!)
[ $fresh = 0 ] || make_user
radosgw "${CEPH[@]}" -n client.rgw -f >>"$DATA/log/gateway.out" 2>&1 3<&- &
DAEMONS+=($!)
await_gateway
printf 'S3_ENDPOINT=http://127.0.0.1:%s\nS3_ACCESS_KEY=%s\nS3_SECRET_KEY=%s\nS3_PIDS=%s\n' "$PORT" "$ACCESS" "$SECRET" "${DAEMONS[*]}"
wait -n "${DAEMONS[@]}" || true
die "a daemon ended; its log is in $DATA/log"
