#!/bin/sh
# network: pods reach each other by their IPs, and a new sandbox's IP is told.
. tests/lib.sh
. "$TOP/tests/engine.sh"
engine_cluster

pod web -- httpd -f -p 80 -h /etc
check 'another pod reaches it by its IP, and ends well' '
	soon "field web .status.podIP | grep [0-9]" && ip=$(field web .status.podIP) &&
	krun ask --image="$IMAGE" --restart=Never -- \
		sh -c "until wget -q -O /tmp/got http://$ip/passwd; do sleep 0.1; done; grep root /tmp/got" >ask.json &&
	soon "[ \"\$(field ask .status.phase)\" = Succeeded ]"'
check 'a sandbox that is removed by force is rebuilt, with an IP that answers' '
	old=$(boxes web app) && sandbox=$(boxes web POD) && node=$(klocal --name "$CLUSTER" status |
		jq -re ".processes[] | select(.name | startswith(\"node\")).pid | select(. > 0)") &&
	kill -STOP "$node" &&
	engine DELETE "/containers/$old?force=true" && engine DELETE "/containers/$sandbox?force=true"
	kill -CONT "$node" && soon "new=\$(boxes web POD) && [ -n \"\$new\" ] && [ \"\$new\" != $sandbox ] &&
		curl -sS --fail --noproxy \"*\" --max-time 2 http://\$(field web .status.podIP)/passwd" &&
	[ "$(boxes web | wc -l)" = 2 ]'
