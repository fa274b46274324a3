# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ltictl_global_optspecs
    string join \n db= o/output= q/quiet no-input h/help V/version
end

function __fish_ltictl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ltictl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ltictl_using_subcommand
    set -l cmd (__fish_ltictl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ltictl -n "__fish_ltictl_needs_command" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_needs_command" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_needs_command" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_needs_command" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_needs_command" -s V -l version -d 'Print version'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "init" -d 'Set the tool up: database, settings, first signing key'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "config" -d 'Read and change the tool\'s settings'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "registration" -d 'Learning platforms that use this tool'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "platform" -d 'What a platform told you: issuer, client ID and its URLs'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "deployment" -d 'Deployments of the tool within a platform'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "resource" -d 'Courses and activities that platforms can link to'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "account" -d 'People\'s accounts on the tool, and the platform users who have them'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "grade" -d 'What people have reached'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "consumer" -d 'LTI 1.1 consumer keys, whose secrets sign migration claims'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "sync" -d 'Grades out, members in'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "key" -d 'The tool\'s own signing keys'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "launch" -d 'What came in, accepted or refused, and why'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "audit" -d 'Who changed what, when and how'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "doctor" -d 'Look for what keeps launches from working, and say what fixes it'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "serve" -d 'Serve logins, launches and resources'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "sandbox" -d 'Run a test platform on this machine'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "demo" -d 'Show the whole story, from registration to grades and members, on this machine'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "schema" -d 'Print the JSON Schema of an answer of -o json, or list them all'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "man" -d 'Write the manual pages into a directory'
complete -c ltictl -n "__fish_ltictl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand init" -l url -d 'The tool\'s public address, as browsers and platforms reach it' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand init" -l name -d 'What the tool is called' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand init" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand init" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand init" -l allow-http -d 'Take a public address with http:// that is not on this machine'
complete -c ltictl -n "__fish_ltictl_using_subcommand init" -l if-not-exists -d 'Succeed, and change nothing, when it is set up already'
complete -c ltictl -n "__fish_ltictl_using_subcommand init" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand init" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and not __fish_seen_subcommand_from list get set help" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and not __fish_seen_subcommand_from list get set help" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and not __fish_seen_subcommand_from list get set help" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and not __fish_seen_subcommand_from list get set help" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and not __fish_seen_subcommand_from list get set help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and not __fish_seen_subcommand_from list get set help" -f -a "list" -d 'List every setting'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and not __fish_seen_subcommand_from list get set help" -f -a "get" -d 'Print one setting'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and not __fish_seen_subcommand_from list get set help" -f -a "set" -d 'Change one setting'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and not __fish_seen_subcommand_from list get set help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from list" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from list" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from get" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from get" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from get" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from set" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from set" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from set" -l allow-http -d 'Take a public address with http:// that is not on this machine'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from set" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "list" -d 'List every setting'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "get" -d 'Print one setting'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "set" -d 'Change one setting'
complete -c ltictl -n "__fish_ltictl_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -f -a "create" -d 'Make a draft and print the tool details that the platform asks for'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -f -a "list" -d 'List every registration'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -f -a "show" -d 'Show a registration: tool details, platform details, deployments'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -f -a "rename" -d 'Give a registration another name; its slug and URLs stay'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -f -a "enable" -d 'Let launches in again'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -f -a "disable" -d 'Refuse every launch and end every session, until it is enabled again'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -f -a "delete" -d 'Delete a registration with its deployments, courses and links; the launch log stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -f -a "url" -d 'Print a fresh registration URL for platforms with dynamic registration; older ones serve no more'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -f -a "tool-details" -d 'Print the URLs that the platform asks for, or the form of one LMS filled in'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and not __fish_seen_subcommand_from create list show rename enable disable delete url tool-details help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from create" -l slug -d 'How commands and URLs address it [default: made from the name]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from create" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from create" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from create" -l if-not-exists -d 'Succeed, and change nothing, when it exists already'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from list" -l columns -d 'Show these columns only, by their JSON names, such as slug,platform.issuer' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from list" -l sort -d 'Sort by these keys; -KEY for the highest or newest first' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from list" -l filter -d 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from list" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from list" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from show" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from show" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from rename" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from rename" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from rename" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from enable" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from enable" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from enable" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from enable" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from disable" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from disable" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from disable" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from disable" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from delete" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from delete" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from url" -l expires -d 'How long it is open: 1m to 90d' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from url" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from url" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from url" -l auto-confirm -d 'Register without the click on the confirmation page, for set-ups without a person'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from url" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from url" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from url" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from tool-details" -l for -d 'Print the form of this LMS, in its own words and order; "list" names them all' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from tool-details" -l copy -d 'Put the value of one field (its number or label) on the terminal\'s clipboard, over SSH too' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from tool-details" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from tool-details" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from tool-details" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from tool-details" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from tool-details" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make a draft and print the tool details that the platform asks for'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from help" -f -a "list" -d 'List every registration'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a registration: tool details, platform details, deployments'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from help" -f -a "rename" -d 'Give a registration another name; its slug and URLs stay'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from help" -f -a "enable" -d 'Let launches in again'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from help" -f -a "disable" -d 'Refuse every launch and end every session, until it is enabled again'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete a registration with its deployments, courses and links; the launch log stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from help" -f -a "url" -d 'Print a fresh registration URL for platforms with dynamic registration; older ones serve no more'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from help" -f -a "tool-details" -d 'Print the URLs that the platform asks for, or the form of one LMS filled in'
complete -c ltictl -n "__fish_ltictl_using_subcommand registration; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and not __fish_seen_subcommand_from set show import help" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and not __fish_seen_subcommand_from set show import help" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and not __fish_seen_subcommand_from set show import help" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and not __fish_seen_subcommand_from set show import help" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and not __fish_seen_subcommand_from set show import help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and not __fish_seen_subcommand_from set show import help" -f -a "set" -d 'Store the platform\'s details and policy; what is missing is asked for on a terminal'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and not __fish_seen_subcommand_from set show import help" -f -a "show" -d 'Show the platform\'s details and policy'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and not __fish_seen_subcommand_from set show import help" -f -a "import" -d 'Take the platform\'s details from JSON, from text pasted from the LMS, from a URL or from a preset'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and not __fish_seen_subcommand_from set show import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l issuer -d '"Platform ID (issuer)"; compared byte by byte' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l client-id -d '"Client ID"' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l keyset-url -d '"Public keyset URL"' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l token-url -d '"Access token URL"' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l auth-url -d '"Authentication request URL"' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l token-audience -d 'Audience of our client assertions, if not the access token URL; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l algorithms -d 'What launches may be signed with: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, separated by commas' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l product -d 'Which product the platform is, for the advice of doctor, such as moodle; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l deployments -d 'Deployments that nobody added: known refuses them, accept adds them' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l leeway -d 'How far the platform\'s clock may differ, 0s to 300s' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l allow-anonymous -d 'Let launches in that do not say who the user is' -r -f -a "true\t''
false\t''"
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l allow-http -d 'Take URLs with http:// that are not on this machine' -r -f -a "true\t''
false\t''"
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l allow-private-network -d 'Let the server reach the platform in a private network, such as 10.x' -r -f -a "true\t''
false\t''"
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l frame-ancestor -d 'Further origin that may frame this tool; "" takes all away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l identity -d 'What tells users apart: auto (default), issuer, client-id, deployment' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from show" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from show" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from import" -l preset -d 'End points of this platform, see: ltictl registration tool-details REG --for list' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from import" -l host -d 'The platform\'s host, or its address with a path, for presets that need it' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from import" -l client-id -d '"Client ID", where the source has none' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from import" -l issuer -d '"Platform ID (issuer)", where the source has none' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from import" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from import" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from import" -s y -l yes -d 'Do not ask'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from import" -l dry-run -d 'Show what would change, and change nothing'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from import" -l allow-http -d 'Take URLs with http:// that are not on this machine'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from import" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from help" -f -a "set" -d 'Store the platform\'s details and policy; what is missing is asked for on a terminal'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show the platform\'s details and policy'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from help" -f -a "import" -d 'Take the platform\'s details from JSON, from text pasted from the LMS, from a URL or from a preset'
complete -c ltictl -n "__fish_ltictl_using_subcommand platform; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and not __fish_seen_subcommand_from add list rename remove help" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and not __fish_seen_subcommand_from add list rename remove help" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and not __fish_seen_subcommand_from add list rename remove help" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and not __fish_seen_subcommand_from add list rename remove help" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and not __fish_seen_subcommand_from add list rename remove help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and not __fish_seen_subcommand_from add list rename remove help" -f -a "add" -d 'Add the deployment ID that the platform shows'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and not __fish_seen_subcommand_from add list rename remove help" -f -a "list" -d 'List a registration\'s deployments'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and not __fish_seen_subcommand_from add list rename remove help" -f -a "rename" -d 'Give a deployment another name'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and not __fish_seen_subcommand_from add list rename remove help" -f -a "remove" -d 'Remove a deployment with its courses, links and sessions'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and not __fish_seen_subcommand_from add list rename remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from add" -l name -d 'What people call it [default: the deployment ID]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from add" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from add" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from add" -l if-not-exists -d 'Succeed, and change nothing, when it exists already'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from list" -l columns -d 'Show these columns only, by their JSON names, such as slug,platform.issuer' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from list" -l sort -d 'Sort by these keys; -KEY for the highest or newest first' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from list" -l filter -d 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from list" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from list" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from rename" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from rename" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from rename" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from remove" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from remove" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Do not ask'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add the deployment ID that the platform shows'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from help" -f -a "list" -d 'List a registration\'s deployments'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from help" -f -a "rename" -d 'Give a deployment another name'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove a deployment with its courses, links and sessions'
complete -c ltictl -n "__fish_ltictl_using_subcommand deployment; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -f -a "publish" -d 'Publish a course or an activity'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -f -a "list" -d 'List every resource'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -f -a "show" -d 'Show a resource'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -f -a "update" -d 'Change a resource; its slug and UUID stay'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -f -a "unpublish" -d 'Refuse launches and end visits; everything else stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -f -a "delete" -d 'Delete a resource with its links, enrolments and grades; accounts and the launch log stay'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -f -a "app-key" -d 'Print the key with which the app behind a resource may record scores'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -f -a "launch-details" -d 'Print what to type into a platform to link to a resource by hand'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and not __fish_seen_subcommand_from publish list show update unpublish delete app-key launch-details help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l slug -d 'How commands address it [default: made from the title]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l kind -d 'course or activity [default: activity]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l course -d 'The course that this activity belongs to; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l description -d 'A sentence or two for the built-in page; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l target -d 'What launched people get: URL of your app, directory or page [default: page]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l max-grade -d 'Highest grade, or none for no grades [default: none]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l grade-sync -d 'Whether grades go back to the platform [default: on]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l member-sync -d 'What happens as members come and go [default: enrol-and-unenrol]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l student-provisioning -d 'How students get an account: auto, prompt or existing [default: auto]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l teacher-provisioning -d 'How teachers get an account: auto, prompt or existing [default: prompt]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l teacher-role -d 'The role that teachers get here [default: teacher]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l student-role -d 'The role that students get here [default: student]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l enrolment-start -d 'Nobody is enrolled before this date or time, or none [default: none]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l enrolment-end -d 'Nobody is enrolled from this date or time on, or none [default: none]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l enrolment-duration -d 'How long each enrolment lasts: 1m to 3650d, or none [default: none]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l enrolment-maximum -d 'The most people at the same time, or none [default: none]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l completion-required -d 'Whether grades go back only once the work is completed [default: off]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l default-locale -d 'Language of new accounts where the platform says none; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l default-time-zone -d 'Time zone of new accounts, such as Europe/Lisbon; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l default-institution -d 'Institution of new accounts; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l registration -d 'Registration that may use it, several times for several [default: all]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l allow-http -d 'Take a target with http:// that is not on this machine'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l if-not-exists -d 'Succeed, and change nothing, when it exists already'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from publish" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from list" -l columns -d 'Show these columns only, by their JSON names, such as slug,platform.issuer' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from list" -l sort -d 'Sort by these keys; -KEY for the highest or newest first' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from list" -l filter -d 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from list" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from list" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from show" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from show" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l name -d 'The new title' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l kind -d 'course or activity [default: activity]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l course -d 'The course that this activity belongs to; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l description -d 'A sentence or two for the built-in page; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l target -d 'What launched people get: URL of your app, directory or page [default: page]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l max-grade -d 'Highest grade, or none for no grades [default: none]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l grade-sync -d 'Whether grades go back to the platform [default: on]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l member-sync -d 'What happens as members come and go [default: enrol-and-unenrol]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l student-provisioning -d 'How students get an account: auto, prompt or existing [default: auto]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l teacher-provisioning -d 'How teachers get an account: auto, prompt or existing [default: prompt]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l teacher-role -d 'The role that teachers get here [default: teacher]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l student-role -d 'The role that students get here [default: student]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l enrolment-start -d 'Nobody is enrolled before this date or time, or none [default: none]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l enrolment-end -d 'Nobody is enrolled from this date or time on, or none [default: none]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l enrolment-duration -d 'How long each enrolment lasts: 1m to 3650d, or none [default: none]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l enrolment-maximum -d 'The most people at the same time, or none [default: none]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l completion-required -d 'Whether grades go back only once the work is completed [default: off]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l default-locale -d 'Language of new accounts where the platform says none; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l default-time-zone -d 'Time zone of new accounts, such as Europe/Lisbon; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l default-institution -d 'Institution of new accounts; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l registration -d 'Registration that may use it, several times for several [default: all]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l allow-http -d 'Take a target with http:// that is not on this machine'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l publish -d 'Let launches in again after an unpublish'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from unpublish" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from unpublish" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from unpublish" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from unpublish" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from unpublish" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from delete" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from delete" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from app-key" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from app-key" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from app-key" -l show-secret -d 'Print it even where that is no terminal, as for a script that stores it'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from app-key" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from app-key" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from app-key" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from launch-details" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from launch-details" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from launch-details" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from launch-details" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from launch-details" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from help" -f -a "publish" -d 'Publish a course or an activity'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from help" -f -a "list" -d 'List every resource'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a resource'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from help" -f -a "update" -d 'Change a resource; its slug and UUID stay'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from help" -f -a "unpublish" -d 'Refuse launches and end visits; everything else stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete a resource with its links, enrolments and grades; accounts and the launch log stay'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from help" -f -a "app-key" -d 'Print the key with which the app behind a resource may record scores'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from help" -f -a "launch-details" -d 'Print what to type into a platform to link to a resource by hand'
complete -c ltictl -n "__fish_ltictl_using_subcommand resource; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "create" -d 'Make an account'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "list" -d 'List every account'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "show" -d 'Show an account: person, linked users, enrolments, grants'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "update" -d 'Change what an account says of its person'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "rename" -d 'Give an account another username; its UUID stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "set-password" -d 'Give an account a password to sign in with, or take it away'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "link" -d 'Let a platform\'s user have an account; e-mail addresses never do that by themselves'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "unlink" -d 'Take an account away from a platform\'s user'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "enable" -d 'Let launches in again'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "disable" -d 'Refuse its launches and end its visits, until it is enabled again'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "enrol" -d 'Let an account take part in a resource, whatever its rules of enrolment'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "unenrol" -d 'End an account\'s part in a resource; its grade stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "grant" -d 'Let content selection offer resources to an account'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "revoke" -d 'Keep content selection from offering resources to an account'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "delete" -d 'Delete an account with its links, enrolments and grades; the launch log stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and not __fish_seen_subcommand_from create list show update rename set-password link unlink enable disable enrol unenrol grant revoke delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -l name -d 'Full name; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -l given-name -d 'Given name; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -l family-name -d 'Family name; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -l email -d 'E-mail address; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -l locale -d 'Language tag, such as en or pt-BR; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -l time-zone -d 'Time zone, such as Europe/Lisbon; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -l institution -d 'School or university; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -l password-stdin -d 'Read a password from standard input'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -l if-not-exists -d 'Succeed, and change nothing, when it exists already'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from list" -l resource -d 'Only those who take part in this resource' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from list" -l columns -d 'Show these columns only, by their JSON names, such as slug,platform.issuer' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from list" -l sort -d 'Sort by these keys; -KEY for the highest or newest first' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from list" -l filter -d 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from list" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from list" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from show" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from show" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from update" -l name -d 'Full name; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from update" -l given-name -d 'Given name; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from update" -l family-name -d 'Family name; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from update" -l email -d 'E-mail address; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from update" -l locale -d 'Language tag, such as en or pt-BR; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from update" -l time-zone -d 'Time zone, such as Europe/Lisbon; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from update" -l institution -d 'School or university; "" takes it away' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from update" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from update" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from update" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from update" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from rename" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from rename" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from rename" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from set-password" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from set-password" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from set-password" -l password-stdin -d 'Read the password from standard input instead of asking for it'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from set-password" -l remove -d 'Take the password away'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from set-password" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from set-password" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from set-password" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from link" -l registration -d 'Slug of the registration that the user\'s launches come through' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from link" -l sub -d 'The platform\'s identifier of the person (sub), as `ltictl launch show` has it' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from link" -l deployment -d 'Deployment ID; needed where users are told apart by it' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from link" -l consumer-key -d 'Consumer key of LTI 1.1' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from link" -l user-id -d 'user_id of LTI 1.1' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from link" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from link" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from link" -l if-not-exists -d 'Succeed, and change nothing, when that user has this account already'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from link" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from link" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from link" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unlink" -l registration -d 'Slug of the registration that the user\'s launches come through' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unlink" -l sub -d 'The platform\'s identifier of the person (sub), as `ltictl launch show` has it' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unlink" -l deployment -d 'Deployment ID; needed where users are told apart by it' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unlink" -l consumer-key -d 'Consumer key of LTI 1.1' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unlink" -l user-id -d 'user_id of LTI 1.1' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unlink" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unlink" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unlink" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unlink" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unlink" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from enable" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from enable" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from enable" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from enable" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from disable" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from disable" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from disable" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from disable" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from enrol" -l role-of -d 'Whose role it gets: teacher or student [default: student, or the one it has]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from enrol" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from enrol" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from enrol" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from enrol" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from enrol" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unenrol" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unenrol" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unenrol" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unenrol" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from unenrol" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from grant" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from grant" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from grant" -l all -d 'Every resource, those of the future too'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from grant" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from grant" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from grant" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from revoke" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from revoke" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from revoke" -l all -d 'Every resource, those of the future too'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from revoke" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from delete" -l export -d 'Write person, links, enrolments and grades into this new file first, as JSON' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from delete" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from delete" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from delete" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "create" -d 'Make an account'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "list" -d 'List every account'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show an account: person, linked users, enrolments, grants'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "update" -d 'Change what an account says of its person'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "rename" -d 'Give an account another username; its UUID stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "set-password" -d 'Give an account a password to sign in with, or take it away'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "link" -d 'Let a platform\'s user have an account; e-mail addresses never do that by themselves'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "unlink" -d 'Take an account away from a platform\'s user'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "enable" -d 'Let launches in again'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "disable" -d 'Refuse its launches and end its visits, until it is enabled again'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "enrol" -d 'Let an account take part in a resource, whatever its rules of enrolment'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "unenrol" -d 'End an account\'s part in a resource; its grade stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "grant" -d 'Let content selection offer resources to an account'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "revoke" -d 'Keep content selection from offering resources to an account'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete an account with its links, enrolments and grades; the launch log stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and not __fish_seen_subcommand_from set list show import help" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and not __fish_seen_subcommand_from set list show import help" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and not __fish_seen_subcommand_from set list show import help" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and not __fish_seen_subcommand_from set list show import help" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and not __fish_seen_subcommand_from set list show import help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and not __fish_seen_subcommand_from set list show import help" -f -a "set" -d 'Give somebody a grade, in place of the one that is there'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and not __fish_seen_subcommand_from set list show import help" -f -a "list" -d 'List the grades at a resource'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and not __fish_seen_subcommand_from set list show import help" -f -a "show" -d 'Show somebody\'s grade at a resource'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and not __fish_seen_subcommand_from set list show import help" -f -a "import" -d 'Take grades from a CSV file: all of its rows, or none'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and not __fish_seen_subcommand_from set list show import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from set" -l maximum -d 'Out of how many [default: the resource\'s highest grade]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from set" -l activity-progress -d 'How far the person has come [default: Completed]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from set" -l grading-progress -d 'How far the grading has come [default: FullyGraded]' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from set" -l comment -d 'What you say of the work, as plain text' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from set" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from set" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from set" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from list" -l columns -d 'Show these columns only, by their JSON names, such as slug,platform.issuer' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from list" -l sort -d 'Sort by these keys; -KEY for the highest or newest first' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from list" -l filter -d 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from list" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from list" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from show" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from show" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from import" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from import" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from import" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from help" -f -a "set" -d 'Give somebody a grade, in place of the one that is there'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the grades at a resource'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show somebody\'s grade at a resource'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from help" -f -a "import" -d 'Take grades from a CSV file: all of its rows, or none'
complete -c ltictl -n "__fish_ltictl_using_subcommand grade; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and not __fish_seen_subcommand_from add list show remove help" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and not __fish_seen_subcommand_from add list show remove help" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and not __fish_seen_subcommand_from add list show remove help" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and not __fish_seen_subcommand_from add list show remove help" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and not __fish_seen_subcommand_from add list show remove help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and not __fish_seen_subcommand_from add list show remove help" -f -a "add" -d 'Add a shared secret of a consumer key; a key may have several'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and not __fish_seen_subcommand_from add list show remove help" -f -a "list" -d 'List every consumer key'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and not __fish_seen_subcommand_from add list show remove help" -f -a "show" -d 'Show a consumer key, without its secrets'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and not __fish_seen_subcommand_from add list show remove help" -f -a "remove" -d 'Remove a consumer key with all its secrets; its users keep their accounts'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and not __fish_seen_subcommand_from add list show remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from add" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from add" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from add" -l secret-stdin -d 'Read the secret from standard input instead of asking for it'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from add" -l if-not-exists -d 'Succeed, and change nothing, when the key has this secret already'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from add" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from list" -l columns -d 'Show these columns only, by their JSON names, such as slug,platform.issuer' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from list" -l sort -d 'Sort by these keys; -KEY for the highest or newest first' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from list" -l filter -d 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from list" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from list" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from show" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from show" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from remove" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from remove" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from remove" -s y -l yes -d 'Do not ask'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from remove" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add a shared secret of a consumer key; a key may have several'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from help" -f -a "list" -d 'List every consumer key'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a consumer key, without its secrets'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Remove a consumer key with all its secrets; its users keep their accounts'
complete -c ltictl -n "__fish_ltictl_using_subcommand consumer; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and not __fish_seen_subcommand_from grades members status help" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and not __fish_seen_subcommand_from grades members status help" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and not __fish_seen_subcommand_from grades members status help" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and not __fish_seen_subcommand_from grades members status help" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and not __fish_seen_subcommand_from grades members status help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and not __fish_seen_subcommand_from grades members status help" -f -a "grades" -d 'Send the grades that platforms do not have yet'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and not __fish_seen_subcommand_from grades members status help" -f -a "members" -d 'Take over who takes part in courses on the platforms'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and not __fish_seen_subcommand_from grades members status help" -f -a "status" -d 'Show what platforms have, what waits, and what failed and why'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and not __fish_seen_subcommand_from grades members status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from grades" -l resource -d 'Only this resource' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from grades" -l concurrency -d 'How many requests one platform gets at the same time' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from grades" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from grades" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from grades" -l dry-run -d 'Print what would be sent or changed, and do nothing'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from grades" -l allow-private-network -d 'Let every registration reach private networks, as for platforms on 10.x'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from grades" -l retry -d 'Try again at once what is stuck, also what a platform has refused'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from grades" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from grades" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from grades" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from members" -l resource -d 'Only this resource' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from members" -l concurrency -d 'How many requests one platform gets at the same time' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from members" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from members" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from members" -l dry-run -d 'Print what would be sent or changed, and do nothing'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from members" -l allow-private-network -d 'Let every registration reach private networks, as for platforms on 10.x'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from members" -l force -d 'Unenrol even when more than half would go'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from members" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from members" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from members" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from status" -l resource -d 'Only this resource' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from status" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from status" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from help" -f -a "grades" -d 'Send the grades that platforms do not have yet'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from help" -f -a "members" -d 'Take over who takes part in courses on the platforms'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show what platforms have, what waits, and what failed and why'
complete -c ltictl -n "__fish_ltictl_using_subcommand sync; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and not __fish_seen_subcommand_from list rotate retire export help" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and not __fish_seen_subcommand_from list rotate retire export help" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and not __fish_seen_subcommand_from list rotate retire export help" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and not __fish_seen_subcommand_from list rotate retire export help" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and not __fish_seen_subcommand_from list rotate retire export help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and not __fish_seen_subcommand_from list rotate retire export help" -f -a "list" -d 'List every key'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and not __fish_seen_subcommand_from list rotate retire export help" -f -a "rotate" -d 'Make a new key that signs from now on; the old one stays in the keyset'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and not __fish_seen_subcommand_from list rotate retire export help" -f -a "retire" -d 'Take a key out of the keyset for good and wipe its private half'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and not __fish_seen_subcommand_from list rotate retire export help" -f -a "export" -d 'Print public keys for platforms that take no JWKS URL; private keys never leave the database'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and not __fish_seen_subcommand_from list rotate retire export help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from list" -l columns -d 'Show these columns only, by their JSON names, such as slug,platform.issuer' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from list" -l sort -d 'Sort by these keys; -KEY for the highest or newest first' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from list" -l filter -d 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from list" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from list" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from rotate" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from rotate" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from retire" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from retire" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from retire" -s y -l yes -d 'Do not ask'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from retire" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from retire" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from retire" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from export" -l format -d 'jwks: a JSON Web Key Set; pem: one public key' -r -f -a "jwks\t''
pem\t''"
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from export" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from export" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from export" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "list" -d 'List every key'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "rotate" -d 'Make a new key that signs from now on; the old one stays in the keyset'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "retire" -d 'Take a key out of the keyset for good and wipe its private half'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "export" -d 'Print public keys for platforms that take no JWKS URL; private keys never leave the database'
complete -c ltictl -n "__fish_ltictl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and not __fish_seen_subcommand_from list show follow stats help" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and not __fish_seen_subcommand_from list show follow stats help" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and not __fish_seen_subcommand_from list show follow stats help" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and not __fish_seen_subcommand_from list show follow stats help" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and not __fish_seen_subcommand_from list show follow stats help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and not __fish_seen_subcommand_from list show follow stats help" -f -a "list" -d 'List launches, the newest first'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and not __fish_seen_subcommand_from list show follow stats help" -f -a "show" -d 'Show one launch: the cause in full, who has to act, and the command that fixes it'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and not __fish_seen_subcommand_from list show follow stats help" -f -a "follow" -d 'Print launches as they come in, the last ten first, until Ctrl-C'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and not __fish_seen_subcommand_from list show follow stats help" -f -a "stats" -d 'Count launches for each registration: accepted, refused and why, the last success, and logins that never came back'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and not __fish_seen_subcommand_from list show follow stats help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -l registration -d 'Only those of this registration' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -l user -d 'Only those of this person, by the user ID (sub) that the platform gives them' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -l resource -d 'Only those of this resource' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -l reason -d 'Only those refused for this reason, such as deployment_unknown' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -l since -d 'Only those since then: 1h or 7d ago, a day, or a time such as 2026-11-25T08:00:00Z' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -l until -d 'Only those before then' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -l limit -d 'At most so many; conditions and order hold within these' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -l columns -d 'Show these columns only, by their JSON names, such as slug,platform.issuer' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -l sort -d 'Sort by these keys; -KEY for the highest or newest first' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -l filter -d 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -l failed -d 'Only refused ones'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from show" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from show" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from follow" -l registration -d 'Only those of this registration' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from follow" -l user -d 'Only those of this person, by the user ID (sub) that the platform gives them' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from follow" -l resource -d 'Only those of this resource' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from follow" -l reason -d 'Only those refused for this reason, such as deployment_unknown' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from follow" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from follow" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from follow" -l failed -d 'Only refused ones'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from follow" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from follow" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from follow" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from stats" -l since -d 'How far back: 1h or 7d, a day, or a time such as 2026-11-25T08:00:00Z' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from stats" -l registration -d 'Only this registration' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from stats" -l columns -d 'Show these columns only, by their JSON names, such as slug,platform.issuer' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from stats" -l sort -d 'Sort by these keys; -KEY for the highest or newest first' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from stats" -l filter -d 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from stats" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from stats" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from stats" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from stats" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from help" -f -a "list" -d 'List launches, the newest first'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one launch: the cause in full, who has to act, and the command that fixes it'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from help" -f -a "follow" -d 'Print launches as they come in, the last ten first, until Ctrl-C'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from help" -f -a "stats" -d 'Count launches for each registration: accepted, refused and why, the last success, and logins that never came back'
complete -c ltictl -n "__fish_ltictl_using_subcommand launch; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and not __fish_seen_subcommand_from list show verify help" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and not __fish_seen_subcommand_from list show verify help" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and not __fish_seen_subcommand_from list show verify help" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and not __fish_seen_subcommand_from list show verify help" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and not __fish_seen_subcommand_from list show verify help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and not __fish_seen_subcommand_from list show verify help" -f -a "list" -d 'List changes, the newest first'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and not __fish_seen_subcommand_from list show verify help" -f -a "show" -d 'Show one change: what was before beside what is after'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and not __fish_seen_subcommand_from list show verify help" -f -a "verify" -d 'Prove that no entry was altered, removed or put elsewhere'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and not __fish_seen_subcommand_from list show verify help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -l noun -d 'Only of such things: registration, deployment, resource, account, grade, key, setting, …' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -l name -d 'Only of the thing of this name, and of what belongs to it' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -l actor -d 'Only by this user, directly or through sudo; the server is called server' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -l via -d 'Only by this command or part of the server, such as "registration create" or launch' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -l action -d 'Only this: created, changed or deleted' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -l since -d 'Not before this time: how long ago (1h, 7d), a day, or an RFC 3339 time' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -l until -d 'Before this time, likewise' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -l limit -d 'At most so many; conditions and order hold within these' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -l columns -d 'Show these columns only, by their JSON names, such as slug,platform.issuer' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -l sort -d 'Sort by these keys; -KEY for the highest or newest first' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -l filter -d 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from show" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from show" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l expect -d 'A last hash that was kept elsewhere; some entry must have it' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "list" -d 'List changes, the newest first'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one change: what was before beside what is after'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Prove that no entry was altered, removed or put elsewhere'
complete -c ltictl -n "__fish_ltictl_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand doctor" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand doctor" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand doctor" -l offline -d 'Ask neither the tool\'s own server nor any platform'
complete -c ltictl -n "__fish_ltictl_using_subcommand doctor" -l live -d 'Ask each platform for an access token, as for grades and members; the token is thrown away'
complete -c ltictl -n "__fish_ltictl_using_subcommand doctor" -l allow-private-network -d 'Reach platforms in private networks, as ltictl serve --allow-private-network does'
complete -c ltictl -n "__fish_ltictl_using_subcommand doctor" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand doctor" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -l listen -d 'Address and port to listen on' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -l tls-cert -d 'Certificate chain in PEM, to serve TLS without a proxy' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -l tls-key -d 'Private key in PEM' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -l client-address-header -d 'Header in which your proxy puts the client\'s address, such as X-Forwarded-For; used for rate limits only' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -l request-id-header -d 'Header in which your proxy names each request, such as X-Request-Id, for the log, error pages and `ltictl launch show`; without it names are the tool\'s own' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -l metrics -d 'Serve metrics for Prometheus at /metrics of another address, 127.0.0.1:9464 unless it is given; they name registrations, so keep it away from the world' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -l log-format -d 'How log lines look on standard error' -r -f -a "text\t''
json\t''"
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -l log-level -d 'What is logged: error, warn, info, debug, or a filter such as ltictl=debug' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -l allow-private-network -d 'Let every registration reach platforms in private networks, such as 10.x, dynamic registration included'
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand sandbox" -l listen -d 'Address and port to listen on' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand sandbox" -l registration -d 'Tell it about this tool: the registration whose tool details it gets (otherwise its page asks)' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand sandbox" -l resource -d 'The resource that its links lead to: sets the custom parameter id' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand sandbox" -l launch -d 'Launch once as this person through the running tool, say what came of it and end; may be repeated' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand sandbox" -l members -d 'Generated students in each course, beside the platform\'s own people' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand sandbox" -l latency -d 'How long answers about grades and members take, such as 50ms or 2s' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand sandbox" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand sandbox" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand sandbox" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand sandbox" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand sandbox" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand demo" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand demo" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand demo" -l keep -d 'Leave both running afterwards, with the URLs to click'
complete -c ltictl -n "__fish_ltictl_using_subcommand demo" -l dynamic -d 'Register the platform by registration URL (dynamic registration) instead of copying details back and forth'
complete -c ltictl -n "__fish_ltictl_using_subcommand demo" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand demo" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand schema" -l columns -d 'Show these columns only, by their JSON names, such as slug,platform.issuer' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand schema" -l sort -d 'Sort by these keys; -KEY for the highest or newest first' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand schema" -l filter -d 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions' -r
complete -c ltictl -n "__fish_ltictl_using_subcommand schema" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand schema" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand schema" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand schema" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand completions" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand completions" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand completions" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand completions" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand man" -l db -d 'Database file [default: in your data directory]' -r -F
complete -c ltictl -n "__fish_ltictl_using_subcommand man" -s o -l output -d 'How answers look' -r -f -a "table\t'Aligned text with the labels of the LMS, for people'
json\t'One JSON document, for programs; its schema: ltictl schema'
yaml\t'The same as YAML'
csv\t'A header and rows, for spreadsheets'
env\t'LTI_TOOL_URL=\'…\' and the like, for a shell to source'"
complete -c ltictl -n "__fish_ltictl_using_subcommand man" -s q -l quiet -d 'Print identifiers only, one a line, and no remarks'
complete -c ltictl -n "__fish_ltictl_using_subcommand man" -l no-input -d 'Never ask; a missing value is an error that names its flag'
complete -c ltictl -n "__fish_ltictl_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "init" -d 'Set the tool up: database, settings, first signing key'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "config" -d 'Read and change the tool\'s settings'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "registration" -d 'Learning platforms that use this tool'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "platform" -d 'What a platform told you: issuer, client ID and its URLs'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "deployment" -d 'Deployments of the tool within a platform'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "resource" -d 'Courses and activities that platforms can link to'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "account" -d 'People\'s accounts on the tool, and the platform users who have them'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "grade" -d 'What people have reached'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "consumer" -d 'LTI 1.1 consumer keys, whose secrets sign migration claims'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "sync" -d 'Grades out, members in'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "key" -d 'The tool\'s own signing keys'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "launch" -d 'What came in, accepted or refused, and why'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "audit" -d 'Who changed what, when and how'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "doctor" -d 'Look for what keeps launches from working, and say what fixes it'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "serve" -d 'Serve logins, launches and resources'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "sandbox" -d 'Run a test platform on this machine'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "demo" -d 'Show the whole story, from registration to grades and members, on this machine'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "schema" -d 'Print the JSON Schema of an answer of -o json, or list them all'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "man" -d 'Write the manual pages into a directory'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and not __fish_seen_subcommand_from init config registration platform deployment resource account grade consumer sync key launch audit doctor serve sandbox demo schema completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "list" -d 'List every setting'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "get" -d 'Print one setting'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "set" -d 'Change one setting'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from registration" -f -a "create" -d 'Make a draft and print the tool details that the platform asks for'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from registration" -f -a "list" -d 'List every registration'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from registration" -f -a "show" -d 'Show a registration: tool details, platform details, deployments'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from registration" -f -a "rename" -d 'Give a registration another name; its slug and URLs stay'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from registration" -f -a "enable" -d 'Let launches in again'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from registration" -f -a "disable" -d 'Refuse every launch and end every session, until it is enabled again'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from registration" -f -a "delete" -d 'Delete a registration with its deployments, courses and links; the launch log stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from registration" -f -a "url" -d 'Print a fresh registration URL for platforms with dynamic registration; older ones serve no more'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from registration" -f -a "tool-details" -d 'Print the URLs that the platform asks for, or the form of one LMS filled in'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from platform" -f -a "set" -d 'Store the platform\'s details and policy; what is missing is asked for on a terminal'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from platform" -f -a "show" -d 'Show the platform\'s details and policy'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from platform" -f -a "import" -d 'Take the platform\'s details from JSON, from text pasted from the LMS, from a URL or from a preset'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from deployment" -f -a "add" -d 'Add the deployment ID that the platform shows'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from deployment" -f -a "list" -d 'List a registration\'s deployments'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from deployment" -f -a "rename" -d 'Give a deployment another name'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from deployment" -f -a "remove" -d 'Remove a deployment with its courses, links and sessions'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from resource" -f -a "publish" -d 'Publish a course or an activity'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from resource" -f -a "list" -d 'List every resource'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from resource" -f -a "show" -d 'Show a resource'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from resource" -f -a "update" -d 'Change a resource; its slug and UUID stay'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from resource" -f -a "unpublish" -d 'Refuse launches and end visits; everything else stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from resource" -f -a "delete" -d 'Delete a resource with its links, enrolments and grades; accounts and the launch log stay'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from resource" -f -a "app-key" -d 'Print the key with which the app behind a resource may record scores'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from resource" -f -a "launch-details" -d 'Print what to type into a platform to link to a resource by hand'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "create" -d 'Make an account'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "list" -d 'List every account'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "show" -d 'Show an account: person, linked users, enrolments, grants'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "update" -d 'Change what an account says of its person'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "rename" -d 'Give an account another username; its UUID stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "set-password" -d 'Give an account a password to sign in with, or take it away'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "link" -d 'Let a platform\'s user have an account; e-mail addresses never do that by themselves'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "unlink" -d 'Take an account away from a platform\'s user'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "enable" -d 'Let launches in again'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "disable" -d 'Refuse its launches and end its visits, until it is enabled again'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "enrol" -d 'Let an account take part in a resource, whatever its rules of enrolment'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "unenrol" -d 'End an account\'s part in a resource; its grade stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "grant" -d 'Let content selection offer resources to an account'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "revoke" -d 'Keep content selection from offering resources to an account'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "delete" -d 'Delete an account with its links, enrolments and grades; the launch log stays'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from grade" -f -a "set" -d 'Give somebody a grade, in place of the one that is there'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from grade" -f -a "list" -d 'List the grades at a resource'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from grade" -f -a "show" -d 'Show somebody\'s grade at a resource'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from grade" -f -a "import" -d 'Take grades from a CSV file: all of its rows, or none'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from consumer" -f -a "add" -d 'Add a shared secret of a consumer key; a key may have several'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from consumer" -f -a "list" -d 'List every consumer key'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from consumer" -f -a "show" -d 'Show a consumer key, without its secrets'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from consumer" -f -a "remove" -d 'Remove a consumer key with all its secrets; its users keep their accounts'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from sync" -f -a "grades" -d 'Send the grades that platforms do not have yet'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from sync" -f -a "members" -d 'Take over who takes part in courses on the platforms'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from sync" -f -a "status" -d 'Show what platforms have, what waits, and what failed and why'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "list" -d 'List every key'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "rotate" -d 'Make a new key that signs from now on; the old one stays in the keyset'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "retire" -d 'Take a key out of the keyset for good and wipe its private half'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "export" -d 'Print public keys for platforms that take no JWKS URL; private keys never leave the database'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from launch" -f -a "list" -d 'List launches, the newest first'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from launch" -f -a "show" -d 'Show one launch: the cause in full, who has to act, and the command that fixes it'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from launch" -f -a "follow" -d 'Print launches as they come in, the last ten first, until Ctrl-C'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from launch" -f -a "stats" -d 'Count launches for each registration: accepted, refused and why, the last success, and logins that never came back'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "list" -d 'List changes, the newest first'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "show" -d 'Show one change: what was before beside what is after'
complete -c ltictl -n "__fish_ltictl_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "verify" -d 'Prove that no entry was altered, removed or put elsewhere'
