#!/bin/sh
# krun: makes a pod from an image.
. tests/lib.sh
need jq

cluster

check 'the least: a name and an image' '
	krun web --image=test/busybox:1 >out && jq -r "[.kind, .metadata.name, .metadata.labels.run, .spec.containers[0].name,
		.spec.containers[0].image, .metadata.namespace] | join(\" \")" out >got &&
	echo "Pod web web web test/busybox:1 default" | same got'
check 'one of that name again: a conflict, status 5' '
	exits 5 krun web --image=test/busybox:1 2>err && same err <<-\EOF
	krun: pods "web" already exists (AlreadyExists)
	EOF'
check '--env --port --labels --annotations --restart --image-pull-policy, and arguments' '
	krun full --image=test/busybox:1 --env A=1 --env B=x=y --port=80 --labels app=web,tier= --annotations note=this \
		--restart=Never --image-pull-policy=IfNotPresent --dry-run -- httpd -f >out &&
	jq -cS "[.spec.containers[0] | .env, .ports, .args, .command, .imagePullPolicy], .metadata, .spec.restartPolicy" out >got &&
	same got <<-\EOF
	[[{"name":"A","value":"1"},{"name":"B","value":"x=y"}],[{"containerPort":80}],["httpd","-f"],null,"IfNotPresent"]
	{"annotations":{"note":"this"},"labels":{"app":"web","tier":""},"name":"full"}
	"Never"
	EOF'
check '--command: the words are the command' '
	krun full --image=i --command --dry-run=client -- sh -c "echo  two blanks" | jq -c ".spec.containers[0].command" >got &&
	echo "[\"sh\",\"-c\",\"echo  two blanks\"]" | same got'
check '--overrides is put over it as a merge patch' '
	krun full --image=i --port=80 --dry-run \
		--overrides "{\"metadata\":{\"labels\":{\"run\":null,\"a\":\"b\"}},\"spec\":{\"hostname\":\"h\"}}" >out &&
	jq -c "[.metadata.labels, .spec.hostname, .spec.containers[0].image]" out >got && echo "[{\"a\":\"b\"},\"h\",\"i\"]" | same got'
check 'a dry run makes none; the server'\''s completes it' '
	krun dry --image=i --dry-run=server | jq -e ".spec.schedulerName and .metadata.uid" && exits 3 kpods dry'
check 'a field that there is not is told' '
	exits 1 krun odd --image=i --overrides "{\"spec\":{\"hostnme\":\"h\"}}" 2>err && grep -q hostnme err && exits 3 kpods odd'
check 'usage errors: no name, no image, a bad pair, a bad value' '
	exits 2 krun --image=i && exits 2 krun x && exits 2 krun x --image=i --env A && exits 2 krun x --image=i --dry-run=maybe &&
	exits 2 krun x --image=i --port=http && exits 2 krun x --image=i --overrides "{" && exits 2 krun x --image=i --timeout=soon'
check '--wait prints the pod when it is Running and Ready' '
	krun ready --image=test/busybox:1 --wait --timeout=30s >out && [ "$(wc -l <out)" = 1 ] &&
	jq -e ".status.phase == \"Running\" and any(.status.conditions[]; .type == \"Ready\" and .status == \"True\")" out'
check '--wait in vain: status 7 and what for' '
	exits 7 krun never --image=test/busybox:1 --overrides "{\"spec\":{\"nodeSelector\":{\"no\":\"such\"}}}" --wait --timeout=500ms \
		2>err && [ "$(wc -l <err)" = 1 ] && grep -q never err'
check 'what it prints, every verb accepts' 'krun piped --image=test/busybox:1 | krm --wait=false -o name >out && echo pod/piped | same out'
check '--events and -o name' '
	krun named --image=test/busybox:1 -o name >out && krun other --image=test/busybox:1 --events | jq -r .type >>out && same out <<-\EOF
	pod/named
	ADDED
	EOF'
check '-n' 'krun web --image=i -n kube-public | jq -e ".metadata.namespace == \"kube-public\""'
