complete --keep-order --exclusive --command ltictl --arguments "(LTICTL_COMPLETE=fish ltictl -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
