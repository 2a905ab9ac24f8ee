# shellcheck shell=bash
# Apache Kafka, one node in KRaft mode. Its jars come from Maven Central.

kafka_version=4.3.1
kafka_home=$cache/kafka-$kafka_version

install_kafka() {
  [ ! -e "$kafka_home/.ok" ] || return 0
  rm -rf "$kafka_home"
  mkdir -p "$kafka_home"
  cat >"$kafka_home/pom.xml" <<POM
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>kafka-run</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$kafka_version</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
POM
  mvn -q -B -Dstyle.color=never -f "$kafka_home/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$kafka_home/lib" ||
    fail "Maven could not fetch Kafka $kafka_version" "check the network and Maven's settings, then start again"
  touch "$kafka_home/.ok"
  echo "services: installed Kafka $kafka_version"
}

# A small heap, one loader of offsets and transactions, and a registration that is given up soon after a kill.
write_kafka_settings() { # folder, port, controller's port
  cat >"$1/server.properties" <<SETTINGS
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$3
listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3
advertised.listeners=PLAINTEXT://127.0.0.1:$2
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$1/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=400
log.cleaner.dedupe.buffer.size=4194304
num.network.threads=1
num.io.threads=2
SETTINGS
}

start_kafka() {
  local folder port pid
  folder=$(mktemp -d "${TMPDIR:-/tmp}/heliosiq-ci-kafka-XXXXXX")
  port=$(free_port)
  write_kafka_settings "$folder" "$port" "$(free_port)"
  java -Xmx128m -XX:TieredStopAtLevel=1 -Dorg.slf4j.simpleLogger.defaultLogLevel=error -cp "$kafka_home/lib/*" \
    kafka.tools.StorageTool format -t MkU3OEVBNTcwNTJENDM2Qg -c "$folder/server.properties" >"$folder/format.log" 2>&1 ||
    { cat "$folder/format.log" >&2; fail "Kafka's storage could not be formatted" "see the lines above"; }
  # A session of its own: an interrupted test run must not take the broker along.
  setsid java -Xms64m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info \
    -cp "$kafka_home/lib/*" kafka.Kafka "$folder/server.properties" </dev/null >"$folder/broker.log" 2>&1 &
  pid=$!
  remember Kafka "$pid" "$folder" TERM
  for _ in $(seq 600); do
    if grep -q 'Kafka Server started' "$folder/broker.log"; then
      export_variable HELIOS_TEST_KAFKA "127.0.0.1:$port"
      export_variable HELIOS_TEST_KAFKA_HOME "$kafka_home"
      echo "services: Kafka runs on 127.0.0.1:$port (process $pid)"
      return 0
    fi
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$folder/broker.log" >&2
  fail "Kafka did not start" "see the lines above"
}
