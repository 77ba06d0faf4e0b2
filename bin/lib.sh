# Shared by bin/broker, bin/tq and bin/test: where the project lies, and that Java and Maven are there.

# Follows symlinks, so that the scripts work from /usr/local/bin too.
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
jar=$root/broker/target/telpher.jar

say() { echo "$*" >&2; }

# Installs Debian packages when this is Debian and we are root; otherwise prints the line to type.
install_packages() {
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing with apt-get: $*"
    apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends "$@" >&2
  else
    say "missing: $*. On Debian or Ubuntu type:  sudo apt-get install -y $*"
    return 1
  fi
}

require_jdk() {
  if [ -n "${JAVA_HOME:-}" ]; then PATH=$JAVA_HOME/bin:$PATH; fi
  command -v javac >/dev/null || install_packages openjdk-17-jdk-headless || exit 3
}

require_maven() {
  command -v mvn >/dev/null || install_packages maven || exit 3
}

# The jar is built when it is missing, or when a source is newer.
require_jar() {
  if [ -f "$jar" ] && [ -z "$(find "$root"/{protocol,client,broker}/{src/main,pom.xml} "$root/pom.xml" -newer "$jar" -type f -print -quit 2>/dev/null)" ]; then
    return
  fi
  # An installed copy has the jar and no sources.
  if [ ! -f "$root/pom.xml" ]; then say "there is no $jar"; exit 3; fi
  require_jdk
  require_maven
  say "building $jar (first use, or the sources changed; about a minute)"
  (cd "$root" && mvn -q -Dfast -DskipTests -pl broker -am package) >&2 || { say "the build failed"; exit 3; }
}
