# klocal: up, down and what lies between, with no containers.
. tests/lib.sh
need jq curl

cluster --runtime=none
K="klocal --name $CLUSTER"
state=$KLOCAL_HOME/$CLUSTER/state
run=$KLOCAL_HOME/$CLUSTER/run
api() {
	curl -sS --fail-with-body --unix-socket "$run/api.sock" "http://k$1"
}
pid_of() {
	$K status | jq -e --arg name "$1" '.processes[] | select(.name == $name) | .pid'
}

check 'up answers once the API does' 'api /version | jq -e .gitVersion'
check 'a second up finds it running' '$K up 2>err && grep -q "is running already" err'
check 'another runtime than the one it has is a conflict' 'exits 5 $K up --runtime=auto'
check 'status is one JSON line' '
	[ "$($K status | wc -l)" = 1 ] &&
	$K status | jq -e ".running and .port > 0 and (.processes | map(.name) | index(\"api\") == 0)"'
check 'everything gets ready' '
	soon "$K status | jq -e \"all(.processes[]; .state == \\\"ready\\\")\""'
check 'files of state are their owner'\''s alone' '
	[ -z "$(find "$KLOCAL_HOME/$CLUSTER" "(" -type f -o -type d ")" -perm /077)" ]'
check 'the socket'\''s folder too' '[ "$(stat -c %a "$run")" = 700 ]'
check 'without a certificate the answer is 401' '
	port=$($K status | jq .port) &&
	[ "$(curl -s -o /dev/null -w "%{http_code}" --cacert "$state/ca.crt" "https://127.0.0.1:$port/api")" = 401 ]'
check 'with it the API is there, under each of its names' '
	port=$($K status | jq .port) &&
	for name in 127.0.0.1 localhost; do
		curl -sS -f --cacert "$state/ca.crt" --cert "$state/admin.crt" --key "$state/admin.key" \
			"https://$name:$port/api/v1/namespaces/default" >/dev/null || exit 1
	done'
check 'kubeconfig names a file that leads there' '
	grep -q "current-context: klocal-$CLUSTER" "$($K kubeconfig)"'

for role in api control "node klocal-$CLUSTER"; do
	check "killed, $role is back" '
		before=$(pid_of "$role") && kill -9 "$before" &&
		soon "after=\$(pid_of \"$role\") && [ \"\$after\" != \"$before\" ] && [ \"\$after\" != 0 ]" &&
		soon "$K status | jq -e \"all(.processes[]; .state == \\\"ready\\\")\""'
done

check 'nodes: added, stopped as one that falls out, started, removed' '
	$K nodes add more && soon "api /api/v1/nodes/more" &&
	$K nodes stop more && [ "$(pid_of "node more")" = 0 ] &&
	$K nodes start more && [ "$(pid_of "node more")" != 0 ] &&
	$K nodes rm more && exits 3 $K nodes stop more'

check 'every namespace gets its account and the CA' '
	soon "api /api/v1/namespaces/default/serviceaccounts/default" &&
	soon "api /api/v1/namespaces/default/configmaps/kube-root-ca.crt | jq -re \".data[\\\"ca.crt\\\"]\" |
		cmp - \"$state/ca.crt\" || true"'

check 'what was written outlives down and up' '
	curl -sS -f --unix-socket "$run/api.sock" -H "Content-Type: application/json" http://k/api/v1/namespaces/default/configmaps \
		-d "{\"metadata\":{\"name\":\"kept\"},\"data\":{\"a\":\"b\"}}" >/dev/null &&
	port=$($K status | jq .port) && $K down && exits 6 $K status >/dev/null && $K down &&
	$K up && api /api/v1/namespaces/default/configmaps/kept | jq -e ".data.a == \"b\"" &&
	[ "$($K status | jq .port)" = "$port" ]'

check 'the minder killed, its roles go and up starts anew' '
	kill -9 "$($K status | jq .pid)" && soon "! api /version" && $K up && api /version'

check 'of many ups at once one starts it' '
	$K down && for n in 1 2 3 4 5; do $K up 2>"up.$n" & done && wait &&
	[ "$(cat up.? | grep -c "is up")" = 1 ] && [ "$(cat up.? | grep -c "is running already")" = 4 ]'

check 'a port that is taken is told' '
	other="klocal --name $CLUSTER-b" && port=$($K status | jq .port) &&
	exits 1 $other up --runtime=none --port="$port" --timeout=20s 2>err && grep -q "the API does not start" err
	$other down --purge'

check 'purged, nothing is left' '
	$K down --purge && [ ! -e "$state" ] && [ ! -e "$run" ] && exits 3 $K kubeconfig'
check 'a bad name is a usage error' 'exits 2 klocal --name Not_Good up'
check 'so is a word that is no command' 'exits 2 klocal sideways'
