# podline.fish: completion of podline's verbs in fish. It asks the verb itself.

function __podline_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l found ($words[1] --complete $words[2..] (commandline --current-token --cut-at-cursor) 2>/dev/null)

    if set -q found[1]
        printf '%s\n' $found
    else
        __fish_complete_path (commandline --current-token)
    end
end

for verb in (k --verbs 2>/dev/null)
    complete --command $verb --no-files --arguments '(__podline_complete)'
end
