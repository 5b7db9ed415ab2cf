#!/bin/sh
# Where objects come from: files, folders, URLs, stdin, in every layout; shown by kget -f, which asks for them again.
. tests/lib.sh
need jq kubectl python3

cluster
for name in a b c d; do
	printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s"}}\n' "$name"
done >all.jsonl
kubectl create -f all.jsonl >made

names() {
	kget -f "$@" -o name | sed 's/.*\///' | tr '\n' ' '
}
check 'JSON lines, indented JSON, JSON without a newline' '
	[ "$(names all.jsonl)" = "a b c d " ] && jq . all.jsonl >indented && [ "$(names indented)" = "a b c d " ] &&
	jq -cj . all.jsonl >joined && [ "$(names joined)" = "a b c d " ]'
check 'a List, also one whose items bear no kind' '
	kget cm/a cm/b -o json >list.json && [ "$(names list.json)" = "a b " ] &&
	jq -c "{kind: \"ConfigMapList\", apiVersion: \"v1\", items: [.items[] | del(.kind, .apiVersion)]}" list.json >bare.json &&
	[ "$(names bare.json)" = "a b " ] && [ "$(names - <bare.json)" = "a b " ]'
check 'events' 'kget cm/a cm/c --events >in && [ "$(names - <in)" = "a c " ]'
check 'YAML of many documents, from a file and from stdin, empty ones between' '
	printf "%s\n" "# some" "---" "apiVersion: v1" "kind: ConfigMap" "metadata:" "  name: a" "---" "---" "kind: ConfigMap" \
		"apiVersion: v1" "metadata: {name: d}" >two.yaml && [ "$(names two.yaml)" = "a d " ] && [ "$(names - <two.yaml)" = "a d " ]'
check 'a folder: its manifests in the order of their names, nothing else' '
	mkdir folder folder/deeper && cp two.yaml folder/2.yml && cp bare.json folder/1.json && echo "no manifest" >folder/README &&
	cp two.yaml folder/deeper/3.yaml && [ "$(names folder)" = "a b a d " ]'
check 'several -f' '[ "$(names all.jsonl -f two.yaml)" = "a b c d a d " ]'
check 'a bad document is named by file, document and line; what was before it still goes' '
	printf "%s\n" "apiVersion: v1" "kind: ConfigMap" "metadata: {name: a}" "---" "a: [1" "b: 2" >bad.yaml &&
	exits 1 kget -f bad.yaml -o name >out 2>err && echo configmap/a | same out && [ "$(wc -l <err)" = 1 ] &&
	grep -q "bad.yaml.*document 2.*line" err'
check 'cut and malformed JSON: one line, and the other files still go' '
	head -c 50 all.jsonl >cut && exits 1 kget -f cut -f two.yaml -o name >out 2>err && [ "$(wc -l <out)" = 2 ] && [ "$(wc -l <err)" = 1 ] &&
	printf "{\"a\":]}" >broken && exits 1 kget -f broken 2>err && [ "$(wc -l <err)" = 1 ]'
check 'an object without a kind or a name is told' '
	printf "%s\n" "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{}}" "{\"metadata\":{\"name\":\"a\"}}" >odd &&
	exits 1 kget -f odd 2>err && [ "$(wc -l <err)" = 2 ]'
check 'a file that is not there: nothing is done' 'exits 1 kget -f all.jsonl -f nope -o name >out 2>err && [ ! -s out ] && grep -q nope err'
check 'an object of another namespace than -n says is not meant' '
	kget cm/a | exits 2 kget -f - -n kube-public 2>err && [ "$(wc -l <err)" = 1 ]'

mkdir www && cp two.yaml www/ && head -c 20000000 /dev/zero | tr '\0' '#' >www/huge.yaml
cat >serve.py <<'EOT'
import http.server
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path[3:])
            self.end_headers()
        elif self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            self.end_headers()
        elif self.path == "/file":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        else:
            super().do_GET()
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *a: Handler(*a, directory="www"))
print(server.server_port, flush=True)
server.serve_forever()
EOT
python3 serve.py >port 2>served &
soon '[ -s port ]'
url=http://127.0.0.1:$(cat port)
check 'a URL, and one that leads elsewhere' '[ "$(names "$url/two.yaml")" = "a d " ] && [ "$(names "$url/to/two.yaml")" = "a d " ]'
check 'a URL that is not there: status 3' 'exits 3 kget -f "$url/nope" 2>err && [ "$(wc -l <err)" = 1 ] && grep -q 404 err'
check 'not for ever, not to files, not without end' '
	for bad in round file huge.yaml; do
		exits 1 kget -f "$url/$bad" >out 2>err || exit 1
		[ "$(wc -l <err)" = 1 ] && [ ! -s out ] || { cat err && exit 1; }
	done'
check 'stdin is read as it comes: the first object is there before the second is written' '
	mkfifo slow && { kget -f - -o name <slow >out & } && exec 5>slow && head -n 1 all.jsonl >&5 && soon "grep -q /a out" &&
	sed -n 2p all.jsonl >&5 && soon "grep -q /b out" && exec 5>&- && wait'
