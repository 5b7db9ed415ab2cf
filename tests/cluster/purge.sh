#!/bin/sh
# purge: down leaves a pod that answers, and --purge leaves no container and no state.
. tests/lib.sh
. "$TOP/tests/engine.sh"
engine_cluster

server() {
	krun "$1" --image="$IMAGE" --wait --timeout=30s -- httpd -f -p 80 -h /etc >"$1.json"
}

# The cluster's containers, by the programs of the engines that answer: klocal's private one is gone with it.
left() {
	for program in podman docker; do
		! $program info >info 2>&1 ||
			$program ps -aq --no-trunc --filter "label=io.podline.cluster=$CLUSTER"
	done
}

fetch() {
	curl -sS --fail --noproxy '*' --max-time 2 "$1"
}

server web
ip=$(jq -r .status.podIP web.json)
check 'down: the API is gone, the pod answers' '
	klocal --name "$CLUSTER" down && exits 6 kpods web 2>err && fetch "http://$ip/passwd" &&
	[ "$(left | wc -l)" = 2 ]'
check 'up, and down --purge: no container and no state is left' '
	klocal --name "$CLUSTER" up --wait && field web .status.podIP >got && echo "$ip" | same got &&
	klocal --name "$CLUSTER" down --purge && left >got && same got </dev/null &&
	[ ! -e "$KLOCAL_HOME/$CLUSTER/state" ] && ! fetch "http://$ip/passwd"'
engine_cluster
check 'the same where the cluster is down already' '
	server web && klocal --name "$CLUSTER" down && [ "$(left | wc -l)" = 2 ] &&
	klocal --name "$CLUSTER" down --purge && left >got && same got </dev/null'
