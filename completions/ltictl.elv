
set edit:completion:arg-completer[ltictl] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) LTICTL_COMPLETE="elvish" ltictl -- $@words) | to-lines
}
