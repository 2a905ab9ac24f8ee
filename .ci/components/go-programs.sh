# shellcheck shell=bash
# What has no package anywhere and is compiled by Go: four minutes the first time, found in the cache from then on.

go_bin=$cache/bin
prometheus3_version=v0.315.0
collector_version=v0.155.0
collector_provider_version=v1.61.0
versitygw_version=v1.8.0

# Prometheus 3, for remote write 2.0. Built from a copy of the module, because its replace directives rule out `go install`,
# and without the discovery of cloud targets, which is most of its size.
build_prometheus3() { # work folder
  local source
  source=$(cd / && go mod download -json "github.com/prometheus/prometheus@$prometheus3_version" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",$/\1/p')
  cp -r "$source/." "$1"
  chmod -R u+w "$1"
  (cd "$1" && go build -trimpath -tags remove_all_sd \
    -ldflags "-s -w -X github.com/prometheus/common/version.Version=3.${prometheus3_version#v0.3}" \
    -o "$go_bin/prometheus3" ./cmd/prometheus)
}

# A Collector with what the tests need. The host metrics' helper that is not published at this version is replaced by one
# without a moved root folder; versions are set by hand, because tidying would ask for modules of other systems.
build_collector() { # work folder
  local collector=go.opentelemetry.io/collector contrib=github.com/open-telemetry/opentelemetry-collector-contrib module
  GOBIN=$1/bin go install "$collector/cmd/builder@$collector_version"
  mkdir -p "$1/shim"
  cat >"$1/build.yaml" <<YAML
dist: {name: otelcol, description: Collector for tests, output_path: $1/source, version: ${collector_version#v}}
receivers:
  - gomod: $collector/receiver/otlpreceiver $collector_version
  - gomod: $contrib/receiver/hostmetricsreceiver $collector_version
processors:
  - gomod: $collector/processor/batchprocessor $collector_version
  - gomod: $contrib/processor/resourceprocessor $collector_version
exporters:
  - gomod: $collector/exporter/otlphttpexporter $collector_version
  - gomod: $collector/exporter/otlpexporter $collector_version
  - gomod: $collector/exporter/debugexporter $collector_version
providers:
  - gomod: $collector/confmap/provider/fileprovider $collector_provider_version
  - gomod: $collector/confmap/provider/envprovider $collector_provider_version
YAML
  printf 'module %s/internal/gopsutilenv\n\ngo 1.25.0\n\nrequire github.com/shirou/gopsutil/v4 v4.26.5\n' "$contrib" >"$1/shim/go.mod"
  cat >"$1/shim/env.go" <<'GO'
package gopsutilenv

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/shirou/gopsutil/v4/common"
)

func ValidateRootPath(path string) error {
	if path != "" && path != "/" {
		return errors.New("root_path is not supported in this build")
	}
	return nil
}

func SetGoPsutilEnvVars(string) common.EnvMap { return common.EnvMap{} }

func GetEnvWithContext(_ context.Context, key, fallback string, more ...string) string {
	value := os.Getenv(key)
	if value == "" {
		value = fallback
	}
	return filepath.Join(append([]string{value}, more...)...)
}
GO
  "$1/bin/builder" --skip-compilation --skip-get-modules --config="$1/build.yaml"
  (
    cd "$1/source"
    go mod init otelcol
    for module in otelcol receiver/otlpreceiver processor/batchprocessor exporter/otlphttpexporter exporter/otlpexporter exporter/debugexporter; do
      go mod edit -require="$collector/$module@$collector_version"
    done
    for module in confmap confmap/provider/fileprovider confmap/provider/envprovider; do
      go mod edit -require="$collector/$module@$collector_provider_version"
    done
    go mod edit -require="$contrib/processor/resourceprocessor@$collector_version"
    go mod edit -require="$contrib/receiver/hostmetricsreceiver@$collector_version" -replace="$contrib/internal/gopsutilenv=../shim"
    go build -mod=mod -trimpath -ldflags='-s -w' -o "$go_bin/otelcol" .
  )
}

# An object store that speaks the API of S3.
build_versitygw() {
  GOBIN=$go_bin go install -ldflags='-s -w' "github.com/versity/versitygw/cmd/versitygw@$versitygw_version"
}

# The load tool for remote write is no part of this repository: HELIOS_TEST_RWLOAD_SOURCE names the folder of its source.
build_rwload() {
  (cd "$HELIOS_TEST_RWLOAD_SOURCE" && go build -trimpath -ldflags='-s -w' -o "$go_bin/rwload" .)
}

# One after the other: each of them keeps all cores busy.
build_go_programs() {
  install_go
  use_go
  export CGO_ENABLED=0 GOWORK=off GOFLAGS=-buildvcs=false GOTOOLCHAIN=local
  mkdir -p "$go_bin"
  build prometheus3 build_prometheus3
  build otelcol build_collector
  build versitygw build_versitygw
  if [ -n "${HELIOS_TEST_RWLOAD_SOURCE:-}" ]; then build rwload build_rwload; fi
}

build() { # program, function that is given a work folder
  local work=$logs/build-$1
  [ ! -x "$go_bin/$1" ] || return 0
  mkdir -p "$work"
  "$2" "$work"
  rm -rf "$work"
  echo "services: built $1"
}

export_go_programs() {
  export_variable HELIOS_TEST_PROMETHEUS3 "$go_bin/prometheus3"
  export_variable HELIOS_TEST_OTELCOL "$go_bin/otelcol"
  export_variable HELIOS_TEST_VERSITYGW "$go_bin/versitygw"
  if [ -x "$go_bin/rwload" ]; then export_variable HELIOS_TEST_RWLOAD "$go_bin/rwload"; fi
}
