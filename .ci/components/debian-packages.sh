# shellcheck shell=bash
# What Debian has: a database, a browser, the senders that tests run, and the tools that install the rest.

has_tools() {
  local tool
  for tool; do command -v "$tool" >/dev/null || return 1; done
}

has_python() {
  python3 -c 'import venv, ensurepip' 2>/dev/null
}

missing_packages() {
  [ -x "$postgres_bin/postgres" ] || echo postgresql-15
  has_tools chromium || echo chromium
  has_tools prometheus || echo prometheus
  has_tools victoria-metrics || echo victoria-metrics
  has_tools prometheus-alertmanager amtool || echo prometheus-alertmanager
  [ -x /usr/sbin/mosquitto ] || has_tools mosquitto || echo mosquitto
  has_tools mosquitto_pub || echo mosquitto-clients
  has_tools logger || echo bsdutils
  [ -x /usr/sbin/rsyslogd ] || echo rsyslog
  has_tools java || echo default-jre-headless
  has_tools mvn || echo maven
  has_python || echo python3-venv
}

# Debian starts a server right after its installation unless this file forbids it; here the tests start their own.
policy_file=/usr/sbin/policy-rc.d

install_debian_packages() {
  local packages=() had_policy=yes
  mapfile -t packages < <(missing_packages)
  [ ${#packages[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || fail "not installed: ${packages[*]}" "run as root once, or install them with apt-get"
  has_tools apt-get || fail "no apt-get to install ${packages[*]}" "install these programs yourself"
  export DEBIAN_FRONTEND=noninteractive
  mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/heliosiq.conf
  if [ ! -e "$policy_file" ]; then
    had_policy=no
    printf '#!/bin/sh\nexit 101\n' >"$policy_file"
    chmod +x "$policy_file"
  fi
  local failed=no
  { apt-get update -q && apt-get install -y -q --no-install-recommends "${packages[@]}"; } || failed=yes
  if [ "$had_policy" = no ]; then rm -f "$policy_file"; fi
  [ "$failed" = no ] ||
    fail "apt-get could not install ${packages[*]}" "check the network and the package sources, then start again"
  echo "services: installed ${packages[*]}"
}
