#!/bin/sh
# demo.sh BUILD: what `make demo` shows when all is installed and built: a cluster of its own, a pod with a web server, the
# pod as a JSON line, a page from the pod's own address. Everything may be there already.
set -eu

build=$1
PATH=$PWD/$build:$PATH
work=$(mktemp -d "${TMPDIR:-/tmp}/podline-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT

klocal --name demo up --wait
KUBECONFIG=$(klocal --name demo kubeconfig)
export KUBECONFIG

# A registry that answers within three seconds, or an image made here.
if curl -s -o "$work/answer" --max-time 3 https://registry-1.docker.io/v2/; then
	image=docker.io/library/busybox:stable
else
	image=localhost/podline/busybox:demo
	sh tests/image.sh "$image" "$work/image.tar"
	klocal --name demo images load "$work/image.tar" >"$work/loaded"
fi

krm pod web --ignore-not-found >"$work/removed"
krun web --image="$image" --port=80 --wait --timeout=120s -- \
	sh -c 'mkdir -p /www && echo "hello from a pod" >/www/index.html && exec httpd -f -p 80 -h /www' >"$work/pod"
kpods web
address=$(kpods web -r -q .status.podIP)
echo "curl http://$address/"
curl -s -S --noproxy '*' --max-time 10 --retry 20 --retry-connrefused --retry-delay 1 "http://$address/"
cat <<EOT

A pod runs. Next:
  export KUBECONFIG=\$($build/klocal --name demo kubeconfig) PATH=\$PWD/$build:\$PATH
  kpods -o wide; kpods -q '{name: .metadata.name, ip: .status.podIP}'
  krm pod web; klocal --name demo down --purge
EOT
