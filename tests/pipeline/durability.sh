#!/bin/sh
# What the API acknowledged is there, whenever and however it dies.
. tests/lib.sh
need curl jq

cluster --runtime=none
socket=$(klocal --name "$CLUSTER" status | jq -r .socket)
SOON=60
mkdir work

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
		curl -s -K "work/batch$1" >>"work/told$1"
	done
}

acknowledged() {
	cat work/told* 2>/dev/null | grep -cE '^20[01] '
}

# The API's pid; status 1 while it does not serve.
api_pid() {
	klocal --name "$CLUSTER" status | jq -e '.processes[] | select(.name == "api" and .state == "ready") | .pid'
}

for number in 1 2 3; do
	writer "$number" &
done

check 'the API is killed twenty times in a stream of writes, and serves again each time' '
	for kill in $(seq 20); do
		before=$(acknowledged)
		soon "[ \$(acknowledged) -ge $((before + 40)) ]" && soon api_pid && pid=$(api_pid) && kill -9 "$pid" || exit 1
	done
	soon "curl -s -f --unix-socket $socket http://localhost/readyz"'

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
