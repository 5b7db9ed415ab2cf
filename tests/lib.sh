# lib.sh: what every shell test starts from (`. tests/lib.sh`, from the repository's top). It tells TAP on stdout, works in
# a private folder, which is the current one from then on, has the built programs first on PATH, and ends everything that
# the test started when it exits.
#
#   check 'words' 'script'   one case: the script's status is the verdict; what it printed is shown where it failed
#   skip 'words' 'why'       a case that cannot be tried here
#   need CMD…                skips the whole file where a program is missing
#   skip_all 'why'           skips the whole file
#   exits STATUS CMD…        true where CMD ends with that status
#   same FILE                true where FILE is what stdin holds; tells the difference
#   soon CMD…                waits until CMD is true (one word with blanks is a script), 30 seconds at most
#   cluster [--runtime=R]    a klocal of this file's own (none unless said); sets KUBECONFIG, CLUSTER, KLOCAL_HOME
#   at_exit 'script'         run before the private folder goes
#
# A file that tells its own TAP sets NO_PLAN=1 first; one that needs longer than others says "# limit: SECONDS".
set -u

TOP=$(pwd -P)
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$TOP/$BUILD ;; esac
PODLINE_SHARED=${PODLINE_SHARED:-$TOP/../shared}
DIR=$(mktemp -d "${TMPDIR:-/tmp}/podline.XXXXXX") || exit 1

# Whatever bears this in its environment was started by this test, however far it has gone from it.
PODLINE_TEST=$DIR
PATH=$BUILD:$PATH
PODLINE_PLUGINS=$TOP/plugins/views:$TOP/plugins/examples
HOME=$DIR/home
XDG_CACHE_HOME=$DIR/cache
XDG_CONFIG_HOME=$DIR/config
XDG_STATE_HOME=$DIR/state
XDG_DATA_HOME=$DIR/data
KLOCAL_HOME=$DIR/klocal
LC_ALL=C.UTF-8
TZ=UTC
export PODLINE_TEST PODLINE_SHARED TOP BUILD DIR PATH HOME LC_ALL TZ KLOCAL_HOME
export PODLINE_PLUGINS XDG_CACHE_HOME XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME
unset KUBECONFIG KUBERNETES_SERVICE_HOST KUBERNETES_SERVICE_PORT
mkdir -p "$HOME" "$XDG_CACHE_HOME" "$XDG_CONFIG_HOME" "$XDG_STATE_HOME" "$XDG_DATA_HOME" "$KLOCAL_HOME"

lib_count=0
lib_failed=0
lib_clusters=
lib_at_exit=
lib_pause=0.05
cd "$DIR" || exit 1

# The ids of what still runs of this test, without this shell (grep, which finds itself, is over when they are told).
lib_left() {
	for lib_found in $(grep -lzxF "PODLINE_TEST=$DIR" /proc/[0-9]*/environ 2>/dev/null); do
		lib_pid=${lib_found#/proc/}
		lib_pid=${lib_pid%/environ}
		[ "$lib_pid" = "$$" ] || ! kill -0 "$lib_pid" 2>/dev/null || echo "$lib_pid"
	done
}

lib_end() {
	lib_status=$?
	trap '' EXIT INT TERM HUP
	eval "$lib_at_exit"
	for lib_name in $lib_clusters; do
		timeout -k 5 60 klocal --name "$lib_name" down --purge >down.out 2>&1 || sed 's/^/# down: /' down.out
	done
	for lib_signal in TERM KILL; do
		for lib_try in 1 2 3 4 5 6 7 8 9 10; do
			lib_pids=$(lib_left)
			[ -n "$lib_pids" ] || break 2
			[ "$lib_try" -gt 1 ] || kill -s "$lib_signal" $lib_pids 2>/dev/null
			sleep "$lib_pause"
		done
	done
	cd / && rm -rf "$DIR"
	[ "$lib_status" -eq 0 ] || [ "$lib_failed" -gt 0 ] || echo "# ended with status $lib_status"
	[ "$lib_status" -ne 0 ] || [ -n "${NO_PLAN-}" ] || echo "1..$lib_count"
	[ "$lib_failed" -eq 0 ] || lib_status=1
	exit "$lib_status"
}
trap lib_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

check() {
	lib_count=$((lib_count + 1))
	: >"$DIR/.check"        # added to, never cut: exits and same write there too
	if (trap - EXIT; eval "$2") >>"$DIR/.check" 2>&1 </dev/null; then
		echo "ok $lib_count - $1"
	else
		lib_case=$?
		lib_failed=$((lib_failed + 1))
		echo "not ok $lib_count - $1"
		echo "# status $lib_case; it printed:"
		head -c 20000 "$DIR/.check" | sed 's/^/#   /'
	fi
}

skip() {
	lib_count=$((lib_count + 1))
	echo "ok $lib_count - $1 # SKIP $2"
}

skip_all() {
	echo "ok 1 - the whole file # SKIP $1"
	lib_count=1
	NO_PLAN=
	exit 0
}

need() {
	for lib_word; do
		command -v "$lib_word" >/dev/null || skip_all "no $lib_word here"
	done
}

at_exit() {
	lib_at_exit="$lib_at_exit
$1"
}

# The note goes to the case's own output even where the command's was sent elsewhere by the caller's redirection.
exits() {
	lib_wanted=$1
	shift
	lib_got=0
	"$@" || lib_got=$?
	[ "$lib_got" = "$lib_wanted" ] || {
		echo "status $lib_got, not $lib_wanted, of: $*" >>"$DIR/.check"
		return 1
	}
}

same() {
	diff -u --label wanted --label "$1" - "$1" >"$DIR/.same" || {
		cat "$DIR/.same" >>"$DIR/.check"
		return 1
	}
}

soon() {
	lib_until=$(($(date +%s) + ${SOON:-30}))
	while :; do
		case $#:$1 in
		1:*[[:space:]]*) (eval "$1") >"$DIR/.soon" 2>&1 && return ;;
		*) "$@" >"$DIR/.soon" 2>&1 && return ;;
		esac
		[ "$(date +%s)" -lt "$lib_until" ] || break
		sleep "$lib_pause"
	done
	echo "not within ${SOON:-30} seconds: $*"
	tail -n 20 "$DIR/.soon"
	return 1
}

cluster() {
	CLUSTER=t$$
	lib_runtime=--runtime=none
	for lib_word; do
		case $lib_word in
		--name=*) CLUSTER=${lib_word#--name=} ;;
		--runtime=*) lib_runtime=$lib_word ;;
		esac
	done
	export CLUSTER
	lib_clusters="$lib_clusters $CLUSTER"
	klocal --name "$CLUSTER" up "$lib_runtime" >up.out 2>&1 || {
		sed 's/^/# up: /' up.out
		echo "not ok $((lib_count += 1)) - klocal up $lib_runtime"
		lib_failed=1
		exit 1
	}
	KUBECONFIG=$(klocal --name "$CLUSTER" kubeconfig)
	export KUBECONFIG
}
