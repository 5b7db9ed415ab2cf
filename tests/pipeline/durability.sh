#!/bin/sh
# What the API acknowledged is there, whenever and however it dies.
. tests/lib.sh
need curl jq

# The API's process alone: the minder's back-off would make twenty deaths in a row take minutes.
home=$KLOCAL_HOME/kill
socket=$home/run/api.sock
mkdir -p "$home/state" "$home/run" work
mkfifo work/lifeline

start_api() {
	klocal role api kill 0 3<>work/lifeline >>work/log 2>&1 &
	pid=$!
	soon curl -s -f -o /dev/null --unix-socket "$socket" http://localhost/readyz || { cat work/log; return 1; }
}
SOON=60

# batch WRITER NUMBER: curl's list of requests: fifty config maps, each made, then changed; what was acknowledged is told.
batch() {
	awk -v base="http://localhost/api/v1/namespaces/default/configmaps" -v name="w$1-b$2" 'BEGIN {
		for (i = 0; i < 50; i++) {
			one = name "-" i
			printf "%surl = \"%s\"\nrequest = POST\nheader = \"Content-Type: application/json\"\n", i ? "next\n" : "", base
			printf "data = \"{\\\"metadata\\\":{\\\"name\\\":\\\"%s\\\"},\\\"data\\\":{\\\"step\\\":\\\"1\\\"}}\"\n", one
			printf "output = /dev/null\nwrite-out = \"%%{http_code} %s 1\\n\"\n", one
			printf "next\nurl = \"%s/%s\"\nrequest = PATCH\n", base, one
			printf "header = \"Content-Type: application/merge-patch+json\"\n"
			printf "data = \"{\\\"data\\\":{\\\"step\\\":\\\"2\\\"}}\"\n"
			printf "output = /dev/null\nwrite-out = \"%%{http_code} %s 2\\n\"\n", one
		}
	}' | sed 's|^url.*|&\nunix-socket = "'"$socket"'"\nmax-time = 10|' >"work/batch$1"
}

writer() {
	number=0
	while [ ! -e work/stop ]; do
		number=$((number + 1))
		batch "$1" "$number"
		curl -s -K "work/batch$1" >>"work/told$1" || soon curl -s -f -o "work/ready$1" --unix-socket "$socket" http://localhost/readyz
	done
}

acknowledged() {
	cat work/told* 2>/dev/null | grep -cE '^20[01] '
}

for number in 1 2 3; do
	writer "$number" &
done

check 'the API is killed twenty times in a stream of writes, and serves again each time' '
	for kill in $(seq 20); do
		before=$(acknowledged)
		start_api && soon "[ \$(acknowledged) -ge $((before + 40)) ]" && kill -9 "$pid" || exit 1
	done
	start_api'

: >work/stop
wait
curl -s --unix-socket "$socket" http://localhost/api/v1/namespaces/default/configmaps >list.json
jq -r '.items[] | .metadata.name + " " + (.data.step // "none")' list.json | sort >stored
cat work/told* | awk '$1 ~ /^20[01]$/ { print $2, $3 }' | sort >acknowledged

check 'each write that was acknowledged is there' '
	[ "$(wc -l <acknowledged)" -ge 800 ] &&
	awk "NR == FNR { stored[\$1] = \$2; next } !(\$1 in stored) || stored[\$1] < \$2 { print \"lost: \" \$0; bad = 1 }
		END { exit bad }" stored acknowledged'
check 'the versions of what is stored are all different' '
	[ -z "$(jq -r ".items[].metadata.resourceVersion" list.json | sort | uniq -d)" ]'
