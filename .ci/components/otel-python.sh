# shellcheck shell=bash
# A Python with the OpenTelemetry SDK and its OTLP exporters, to send as a Python program does.

otel_version=1.45.2
otel_home=$cache/otel-python-$otel_version
otel_python=$otel_home/bin/python

install_otel_python() {
  [ ! -e "$otel_home/.ok" ] || return 0
  rm -rf "$otel_home"
  python3 -m venv "$otel_home"
  "$otel_home/bin/pip" install -q "opentelemetry-sdk==$otel_version" \
    "opentelemetry-exporter-otlp-proto-http==$otel_version" "opentelemetry-exporter-otlp-proto-grpc==$otel_version" ||
    fail "pip could not install the OpenTelemetry SDK" "check the network and pip's index, then start again"
  "$otel_python" -c 'import opentelemetry.sdk.trace, opentelemetry.exporter.otlp.proto.http, opentelemetry.exporter.otlp.proto.grpc'
  touch "$otel_home/.ok"
  echo "services: installed the OpenTelemetry SDK $otel_version for Python"
}
