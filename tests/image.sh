#!/bin/sh
# image.sh NAME:TAG FILE: makes an image of the static busybox, as `docker load` and `podman load` take it, without an engine
# and without a registry. The image has every applet in /bin, and nothing runs in it by itself but sh.
set -eu

tag=$1
case $2 in /*) file=$2 ;; *) file=$PWD/$2 ;; esac
busybox=$(command -v busybox)
work=$(mktemp -d "${TMPDIR:-/tmp}/podline-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

mkdir -p root/bin root/etc root/root root/proc root/sys root/dev root/var root/www
mkdir -m 1777 root/tmp
cp "$busybox" root/bin/busybox
./root/bin/busybox --list | while read -r applet; do
	[ "$applet" = busybox ] || ln -s busybox "root/bin/$applet"
done
echo 'root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false' >root/etc/passwd
echo 'root:x:0:
nogroup:x:65534:' >root/etc/group

# The same busybox gives the same image: nothing in it has the time of its making.
same_tar() {
	tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner "$@"
}
case $(uname -m) in
x86_64) machine=amd64 ;;
aarch64) machine=arm64 ;;
*) machine=$(uname -m) ;;
esac
same_tar -C root -cf layer.tar .
layer=$(sha256sum layer.tar | cut -d ' ' -f 1)
echo '{"architecture":"'$machine'","os":"linux","created":"1970-01-01T00:00:00Z","config":{"Cmd":["sh"],"Env":["PATH=/bin"]},
"rootfs":{"type":"layers","diff_ids":["sha256:'$layer'"]},"history":[{"created":"1970-01-01T00:00:00Z"}]}' >config.json
echo '[{"Config":"config.json","RepoTags":["'$tag'"],"Layers":["layer.tar"]}]' >manifest.json
same_tar -cf "$file" manifest.json config.json layer.tar
