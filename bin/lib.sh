# Shared by bin/broker, bin/tq and bin/test: where the project lies, and that what they need is there.

# The Debian packages that bring the tools named by need below.
declare -A package=([java]=default-jdk-headless [javac]=default-jdk-headless [mvn]=maven [python3]=python3 [unshare]=util-linux [nsenter]=util-linux [zsh]=zsh [promtool]=prometheus [prometheus]=prometheus [chromium]=chromium [node]=nodejs [npm]=npm)

# The other brokers that bin/bench rivals measures: the program of each, and what brings it on Debian.
declare -A rival_package=([redis-server]=redis-server [beanstalkd]=beanstalkd [postgres]=postgresql [rabbitmq-server]=rabbitmq-server [nats-server]=nats-server)

# Follows symlinks, so that the scripts work from /usr/local/bin too.
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
# An installed copy has it in lib/, a checkout builds it.
if [ -f "$root/lib/telpher.jar" ]; then jar=$root/lib/telpher.jar; else jar=$root/broker/target/telpher.jar; fi
classes=${jar%.jar}.jsa
# Why these: docs/decisions/0059-g1-collects.md, 0070-small-methods-are-compiled.md.
broker_flags="-Xms256m -Xmx1g -Xmn64m -XX:+UseG1GC -XX:MaxGCPauseMillis=30 -XX:FreqInlineSize=60"

if [ -n "${JAVA_HOME:-}" ]; then PATH=$JAVA_HOME/bin:$PATH; fi

say() { echo "$*" >&2; }

# What a command's first lines say of it.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; }

# help ARGUMENTS...: a command that is asked for help does nothing else.
help() { case " $* " in *" --help "* | *" -h "*) usage; exit 0 ;; esac; }

# takes "--seed --steps" "--cluster" ARGUMENTS...: help, and a refusal of what is none of these options, each with a value, and none of these flags.
takes() {
  local options=" $1 " flags=" $2 "
  shift 2
  help "$@"
  while [ $# -gt 0 ]; do
    if [[ $options == *" $1 "* && $# -ge 2 ]]; then
      shift 2
    elif [[ $flags == *" $1 "* ]]; then
      shift
    else
      say "not understood, or without its value: $1"
      usage >&2
      exit 2
    fi
  done
}

# need TOOL...: installs the missing ones when this is Debian and we are root, otherwise prints the line to type.
need() {
  local tool missing=()
  for tool; do command -v "$tool" >/dev/null || missing+=("${package[$tool]}"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing with apt-get: ${missing[*]}"
    apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
  else
    say "missing: ${missing[*]}. On Debian or Ubuntu type:  sudo apt-get install -y ${missing[*]}"
    return 1
  fi
}

# Installs what is missing of them and of strace, which counts their sync calls. None of the services is started; without the packages bin/bench goes on
# with what there is, and says so.
rivals_packages() {
  local program missing=() policy=/usr/sbin/policy-rc.d ours=
  # Debian keeps PostgreSQL's server off the PATH.
  PATH=$PATH:/usr/sbin:$(printf '%s:' /usr/lib/postgresql/*/bin)
  for program in "${!rival_package[@]}"; do command -v "$program" >/dev/null || missing+=("${rival_package[$program]}"); done
  command -v strace >/dev/null || missing+=(strace)
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "missing: ${missing[*]}. On Debian or Ubuntu type:  sudo apt-get install -y ${missing[*]}"
    return 0
  fi
  say "installing with apt-get, without starting a service: ${missing[*]}"
  # Debian asks this program before it starts a service; 101 means no.
  if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 \
    || say "not all could be installed; what is there is measured"
  [ -z "$ours" ] || rm -f "$policy"
  PATH=$PATH:$(printf '%s:' /usr/lib/postgresql/*/bin)
}

# As the JDK's own file says, or nothing.
java_version() {
  sed -n 's/^JAVA_VERSION="\([0-9.]*\).*/\1/p' "$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")/release" 2>/dev/null || true
}

# What bin/torture cuts the power with and sets the clock by; without it these faults are left out.
need_faults() {
  local list="fuse3 libfuse3-dev pkg-config gcc libc6-dev" tool
  for tool in gcc fusermount3 pkg-config; do command -v $tool >/dev/null || { tool=missing; break; }; done
  if [ "$tool" != missing ] && pkg-config --exists fuse3; then return 0; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing with apt-get: $list"
    apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $list >&2
  else
    say "missing some of: $list. On Debian or Ubuntu type:  sudo apt-get install -y $list"
    return 1
  fi
}

# The number in front of Java's version; 0 when it is not known.
java_feature() {
  local version
  version=$(java_version)
  version=${version%%.*}
  echo "${version:-0}"
}

# What Chronicle's use of sun.misc.Unsafe needs on Java 24 and later, lest Java warns at each start; older ones don't know the flag.
java_flags() {
  if [ "$(java_feature)" -ge 24 ]; then echo --sun-misc-unsafe-memory-access=allow; fi
}

# Runs what follows in this shell's place with SIGHUP as it is by default: nohup has it ignored, and then Java can't hear it. The broker doesn't
# end of it, it reads its configuration again.
hear_hangup() {
  if env --default-signal=HUP true 2>/dev/null; then exec env --default-signal=HUP "$@"; fi
  exec "$@"
}

# An installed copy has the jar and no sources.
jar_is_current() {
  [ -f "$jar" ] && { [ ! -f "$root/pom.xml" ] || [ -z "$(find "$root/pom.xml" "$root"/docs/ERRORS.md "$root"/{protocol,client,broker}/{src/main,pom.xml} \
    -newer "$jar" -type f -print -quit 2>/dev/null)" ]; }
}

build_jar() {
  say "building $jar (first use, or the sources changed; a minute or two)"
  # Also the jar's time, which a build that changed nothing leaves as it was.
  (cd "$root" && mvn -q -Dfast -Dmaven.test.skip -pl broker -am package >&2 && touch "$jar") || return 1
  # The classes of a start, ready for the next one; without the file, or on another JDK, it only starts slower.
  java $(java_flags) -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ArchiveClassesAtExit="$classes" -Xlog:disable -jar "$jar" --help >/dev/null || rm -f "$classes"
}

# Sets broker_archive, and broker_archive_flags to what Java needs to read it, with which a broker's start takes half the time. From Java 25 on it holds what Java learned
# of the methods, too: a cache that is made by a rehearsal with load, so that a young broker is quick. Made once for each jar and JDK, where the directory may be written
# to; without it, or with other flags than it was made with (another collector), a start is as right and only slower. An empty file says that it can't be
# made here. With "nodes", the archive of a cluster's node, which has more classes.
require_broker_archive() {
  local rehearse=--rehearse${1:+-$1} suffix=jsa make=ArchiveClassesAtExit
  if [ "$(java_feature)" -ge 25 ]; then
    suffix=aot
    make=AOTCacheOutput
    rehearse+=" --rehearse-seconds 6"
  fi
  broker_archive=${jar%.jar}-broker${1:+-$1}-$(java_version).$suffix
  if [ ! "$broker_archive" -nt "$jar" ] && [ -w "$(dirname "$jar")" ]; then
    (
      flock 9
      [ ! "$broker_archive" -nt "$jar" ] || exit 0
      say "archiving the broker's classes (first start)"
      # Whoever starts meanwhile must not read half of one.
      rm -f "$broker_archive" "$broker_archive".new*
      java $(java_flags) $broker_flags -XX:$make="$broker_archive.new" -Xlog:disable -jar "$jar" broker $rehearse >/dev/null 2>&1 9>&- \
        || rm -f "$broker_archive.new"
      [ -f "$broker_archive.new" ] || : >"$broker_archive.new"
      mv "$broker_archive.new" "$broker_archive"
    ) 9>"$broker_archive.lock"
  fi
  broker_archive_flags=()
  if [ ! -s "$broker_archive" ]; then
    broker_archive=
    return
  fi
  case $suffix in
    jsa) broker_archive_flags=(-XX:SharedArchiveFile="$broker_archive" -Xshare:auto -Xlog:cds*=off -Xlog:class+path=off) ;;
    aot)
      # Java refuses these beside a cache, and whoever gives one wants something else.
      case " ${JAVA_OPTS:-} ${JAVA_TOOL_OPTIONS:-} ${JDK_JAVA_OPTIONS:-} " in *" -Xshare:"* | *" -XX:SharedArchiveFile="* | *" -XX:AOT"*) return ;; esac
      broker_archive_flags=(-XX:AOTCache="$broker_archive" -Xlog:aot*=off -Xlog:cds*=off -Xlog:class+path=off)
      ;;
  esac
}

# Builds the jar when it is missing or older than its sources; of several commands at the same time, one builds.
require_jar() {
  need java || exit 3
  if jar_is_current; then return; fi
  if [ ! -f "$root/pom.xml" ]; then say "there is no $jar"; exit 3; fi
  need javac mvn || exit 3
  mkdir -p "$root/broker/target"
  (
    flock 9
    jar_is_current || build_jar
  ) 9>"$root/broker/target/build.lock" || { say "the build failed"; exit 3; }
}

# For the tools that live among the tests: compiles them when they changed, and sets test_classpath.
require_test_classes() {
  need javac mvn || exit 3
  local list=$root/broker/target/test.classpath
  if [ ! -f "$list" ] || [ -n "$(find "$root"/{pom.xml,protocol/src/main,client/src/main,broker/src,broker/pom.xml} -newer "$list" -type f -print -quit)" ]; then
    say "compiling the tests (first use, or the sources changed)"
    (cd "$root" && mvn -o -q -Dfast -pl broker -am test-compile dependency:build-classpath \
      -Dmdep.outputFile=target/test.classpath -Dmdep.includeScope=test >&2 || mvn -q -Dfast -pl broker -am test-compile \
      dependency:build-classpath -Dmdep.outputFile=target/test.classpath -Dmdep.includeScope=test >&2) && touch "$list" \
      || { say "the build failed"; exit 3; }
  fi
  test_classpath=$root/broker/target/test-classes:$root/broker/target/classes:$(cat "$list")
}
