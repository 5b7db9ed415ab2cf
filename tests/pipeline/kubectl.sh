#!/bin/sh
# kubectl against klocal: what people do with pods every day reads as it does against Kubernetes.
. tests/lib.sh
need kubectl jq

cluster --runtime=none
kubectl="kubectl --kubeconfig=$KUBECONFIG"
cat >pod.yaml <<'EOT'
apiVersion: v1
kind: Pod
metadata:
  name: made
  labels: {app: made}
spec:
  containers:
  - {name: main, image: test/busybox:1, env: [{name: A, value: b}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {color: red}
EOT

check 'run' '$kubectl run web --image=test/busybox:1 --port=80 --labels=app=web >out && same out <<-\EOF
	pod/web created
	EOF'
check 'run of what is there: AlreadyExists' 'exits 1 $kubectl run web --image=test/busybox:1 >out 2>&1 && same out <<-\EOF
	Error from server (AlreadyExists): pods "web" already exists
	EOF'
check 'wait, then get in a table' '$kubectl wait --for=condition=Ready pod/web --timeout=30s >/dev/null &&
	$kubectl get pods >out && sed "s/ [0-9]*s\$/ AGE/" out | tr -s " " >columns && same columns <<-\EOF
	NAME READY STATUS RESTARTS AGE
	web 1/1 Running 0 AGE
	EOF'
check 'get -o wide: the address and the node' '$kubectl get pod web -o wide >out && head -n 1 out | tr -s " " >columns &&
	same columns <<-\EOF && tail -n 1 out | grep -Eq " [0-9.]+ +[a-z0-9-]+ +<none> +<none>$"
	NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES
	EOF'
check 'get -o json, yaml, name, jsonpath, custom-columns' '
	[ "$($kubectl get pod web -o json | jq -r .spec.containers[0].image)" = test/busybox:1 ] &&
	$kubectl get pod web -o yaml | grep -q "^  name: web$" &&
	[ "$($kubectl get pods -o name)" = pod/web ] &&
	[ "$($kubectl get pods -o "jsonpath={.items[*].status.phase}")" = Running ] &&
	$kubectl get pods -o custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[*].image >out && tr -s " " <out >columns &&
	same columns <<-\EOF
	NAME IMAGE
	web test/busybox:1
	EOF'
check 'create -f of two documents' '$kubectl create -f pod.yaml >out && same out <<-\EOF
	pod/made created
	configmap/settings created
	EOF'
check 'create -f of a pod with an unknown field: refused, and the field is named' '
	sed "s/  containers:/  contaners: []\n&/" pod.yaml >bad.yaml &&
	exits 1 $kubectl create -f bad.yaml >out 2>&1 && grep -q "unknown field \"spec.contaners\"" out'
check 'label, and again only with --overwrite' '
	$kubectl label pod web tier=a >out && exits 1 $kubectl label pod web tier=b >>out 2>&1 &&
	$kubectl label pod web tier=b --overwrite >>out && $kubectl label pod web tier- >>out && same out <<-\EOF
	pod/web labeled
	error: '\''tier'\'' already has a value (a), and --overwrite is false
	pod/web labeled
	pod/web unlabeled
	EOF'
check 'annotate' '$kubectl annotate pod web note=hello >out &&
	[ "$($kubectl get pod web -o jsonpath="{.metadata.annotations.note}")" = hello ]'
check 'get by label and by field' '
	[ "$($kubectl get pods -l app=made -o name)" = pod/made ] &&
	[ "$($kubectl get pods -l "app in (web,none)" -o name)" = pod/web ] &&
	[ "$($kubectl get pods --field-selector metadata.name=web -o name)" = pod/web ] &&
	exits 1 $kubectl get pods --field-selector spec.nonsense=1 >out 2>&1'
check 'describe: the pod, its conditions and its events' '$kubectl describe pod web >out &&
	grep -q "^Name: *web$" out && grep -q "^Status: *Running$" out && grep -q "PodScheduled *True" out &&
	soon "$kubectl describe pod web | grep -q \"Successfully assigned default/web to\""'
check 'get of what is not there: NotFound' 'exits 1 $kubectl get pod none >out 2>&1 && same out <<-\EOF
	Error from server (NotFound): pods "none" not found
	EOF'
check 'get -w tells what comes and goes' '
	$kubectl get pods -w -o name >watched & pid=$!
	soon grep -q pod/web watched &&
	$kubectl run late --image=test/busybox:1 >/dev/null && soon grep -q pod/late watched
	status=$?
	kill $pid
	exit $status'
check 'nodes, namespaces, events, all of all namespaces' '
	$kubectl get nodes >out && grep -Eq " Ready +" out && $kubectl get ns >out && grep -q "^kube-system *Active" out &&
	$kubectl get events >out && grep -q Scheduled out && $kubectl get pods -A >out && grep -q "^default *web" out'
check 'api-resources and explain' '
	$kubectl api-resources >out && grep -Eq "^pods +po +v1 +true +Pod$" out &&
	$kubectl explain pod.spec.restartPolicy >out && grep -q "restartPolicy" out'
check 'delete waits until the pod is gone' '
	$kubectl delete pod web >out && same out <<-\EOF && exits 1 $kubectl get pod web 2>/dev/null
	pod "web" deleted
	EOF'
check 'delete -f and delete --all' '
	$kubectl delete -f pod.yaml >/dev/null && $kubectl delete pods --all >/dev/null &&
	[ -z "$($kubectl get pods -o name)" ]'
