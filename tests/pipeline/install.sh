#!/bin/sh
# What a packager does: install below a folder, find everything there, and take it away again.
. tests/lib.sh
need make

cd "$TOP" || exit 1
unset MAKEFLAGS MAKELEVEL MFLAGS
install_quietly() {
	make -s BUILD="$BUILD" DESTDIR="$DIR/root" PREFIX=/opt/podline "$@"
}

check 'make install DESTDIR= PREFIX=' 'install_quietly install'
check 'every verb is there and runs' '
	for verb in bin/*.c plugins/local/*.c; do
		verb=$(basename "$verb" .c)
		"$DIR/root/opt/podline/bin/$verb" --version >"$DIR/out" || { echo "$verb"; exit 1; }
	done'
check 'every man page and every view is there' '
	for page in man/*; do
		[ -e "$DIR/root/opt/podline/share/man/man${page##*.}/$(basename "$page")" ] || { echo "$page"; exit 1; }
	done
	for view in plugins/views/*; do
		[ -e "$DIR/root/opt/podline/libexec/podline/$(basename "$view")" ] || { echo "$view"; exit 1; }
	done'
check 'make uninstall leaves no file' '
	install_quietly uninstall && [ -z "$(find "$DIR/root" -type f)" ] || { find "$DIR/root" -type f; exit 1; }'
