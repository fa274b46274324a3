
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'ltictl' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'ltictl'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'ltictl' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Set the tool up: database, settings, first signing key')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Read and change the tool''s settings')
            [CompletionResult]::new('registration', 'registration', [CompletionResultType]::ParameterValue, 'Learning platforms that use this tool')
            [CompletionResult]::new('platform', 'platform', [CompletionResultType]::ParameterValue, 'What a platform told you: issuer, client ID and its URLs')
            [CompletionResult]::new('deployment', 'deployment', [CompletionResultType]::ParameterValue, 'Deployments of the tool within a platform')
            [CompletionResult]::new('resource', 'resource', [CompletionResultType]::ParameterValue, 'Courses and activities that platforms can link to')
            [CompletionResult]::new('account', 'account', [CompletionResultType]::ParameterValue, 'People''s accounts on the tool, and the platform users who have them')
            [CompletionResult]::new('grade', 'grade', [CompletionResultType]::ParameterValue, 'What people have reached')
            [CompletionResult]::new('consumer', 'consumer', [CompletionResultType]::ParameterValue, 'LTI 1.1 consumer keys, whose secrets sign migration claims')
            [CompletionResult]::new('sync', 'sync', [CompletionResultType]::ParameterValue, 'Grades out, members in')
            [CompletionResult]::new('key', 'key', [CompletionResultType]::ParameterValue, 'The tool''s own signing keys')
            [CompletionResult]::new('launch', 'launch', [CompletionResultType]::ParameterValue, 'What came in, accepted or refused, and why')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Who changed what, when and how')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Look for what keeps launches from working, and say what fixes it')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve logins, launches and resources')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Run a test platform on this machine')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show the whole story, from registration to grades and members, on this machine')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of an answer of -o json, or list them all')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages into a directory')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;init' {
            [CompletionResult]::new('--url', '--url', [CompletionResultType]::ParameterName, 'The tool''s public address, as browsers and platforms reach it')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'What the tool is called')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--allow-http', '--allow-http', [CompletionResultType]::ParameterName, 'Take a public address with http:// that is not on this machine')
            [CompletionResult]::new('--if-not-exists', '--if-not-exists', [CompletionResultType]::ParameterName, 'Succeed, and change nothing, when it is set up already')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;config' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every setting')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print one setting')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change one setting')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;config;list' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;config;get' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;config;set' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--allow-http', '--allow-http', [CompletionResultType]::ParameterName, 'Take a public address with http:// that is not on this machine')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;config;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every setting')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print one setting')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change one setting')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;config;help;list' {
            break
        }
        'ltictl;config;help;get' {
            break
        }
        'ltictl;config;help;set' {
            break
        }
        'ltictl;config;help;help' {
            break
        }
        'ltictl;registration' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make a draft and print the tool details that the platform asks for')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every registration')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a registration: tool details, platform details, deployments')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Give a registration another name; its slug and URLs stay')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Let launches in again')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse every launch and end every session, until it is enabled again')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a registration with its deployments, courses and links; the launch log stays')
            [CompletionResult]::new('url', 'url', [CompletionResultType]::ParameterValue, 'Print a fresh registration URL for platforms with dynamic registration; older ones serve no more')
            [CompletionResult]::new('tool-details', 'tool-details', [CompletionResultType]::ParameterValue, 'Print the URLs that the platform asks for, or the form of one LMS filled in')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;registration;create' {
            [CompletionResult]::new('--slug', '--slug', [CompletionResultType]::ParameterName, 'How commands and URLs address it [default: made from the name]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--if-not-exists', '--if-not-exists', [CompletionResultType]::ParameterName, 'Succeed, and change nothing, when it exists already')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;registration;list' {
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns only, by their JSON names, such as slug,platform.issuer')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by these keys; -KEY for the highest or newest first')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;registration;show' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;registration;rename' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;registration;enable' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;registration;disable' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;registration;delete' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;registration;url' {
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'How long it is open: 1m to 90d')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--auto-confirm', '--auto-confirm', [CompletionResultType]::ParameterName, 'Register without the click on the confirmation page, for set-ups without a person')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;registration;tool-details' {
            [CompletionResult]::new('--for', '--for', [CompletionResultType]::ParameterName, 'Print the form of this LMS, in its own words and order; "list" names them all')
            [CompletionResult]::new('--copy', '--copy', [CompletionResultType]::ParameterName, 'Put the value of one field (its number or label) on the terminal''s clipboard, over SSH too')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;registration;help' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make a draft and print the tool details that the platform asks for')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every registration')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a registration: tool details, platform details, deployments')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Give a registration another name; its slug and URLs stay')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Let launches in again')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse every launch and end every session, until it is enabled again')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a registration with its deployments, courses and links; the launch log stays')
            [CompletionResult]::new('url', 'url', [CompletionResultType]::ParameterValue, 'Print a fresh registration URL for platforms with dynamic registration; older ones serve no more')
            [CompletionResult]::new('tool-details', 'tool-details', [CompletionResultType]::ParameterValue, 'Print the URLs that the platform asks for, or the form of one LMS filled in')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;registration;help;create' {
            break
        }
        'ltictl;registration;help;list' {
            break
        }
        'ltictl;registration;help;show' {
            break
        }
        'ltictl;registration;help;rename' {
            break
        }
        'ltictl;registration;help;enable' {
            break
        }
        'ltictl;registration;help;disable' {
            break
        }
        'ltictl;registration;help;delete' {
            break
        }
        'ltictl;registration;help;url' {
            break
        }
        'ltictl;registration;help;tool-details' {
            break
        }
        'ltictl;registration;help;help' {
            break
        }
        'ltictl;platform' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Store the platform''s details and policy; what is missing is asked for on a terminal')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the platform''s details and policy')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take the platform''s details from JSON, from text pasted from the LMS, from a URL or from a preset')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;platform;set' {
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, '"Platform ID (issuer)"; compared byte by byte')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, '"Client ID"')
            [CompletionResult]::new('--keyset-url', '--keyset-url', [CompletionResultType]::ParameterName, '"Public keyset URL"')
            [CompletionResult]::new('--token-url', '--token-url', [CompletionResultType]::ParameterName, '"Access token URL"')
            [CompletionResult]::new('--auth-url', '--auth-url', [CompletionResultType]::ParameterName, '"Authentication request URL"')
            [CompletionResult]::new('--token-audience', '--token-audience', [CompletionResultType]::ParameterName, 'Audience of our client assertions, if not the access token URL; "" takes it away')
            [CompletionResult]::new('--algorithms', '--algorithms', [CompletionResultType]::ParameterName, 'What launches may be signed with: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, separated by commas')
            [CompletionResult]::new('--product', '--product', [CompletionResultType]::ParameterName, 'Which product the platform is, for the advice of doctor, such as moodle; "" takes it away')
            [CompletionResult]::new('--deployments', '--deployments', [CompletionResultType]::ParameterName, 'Deployments that nobody added: known refuses them, accept adds them')
            [CompletionResult]::new('--leeway', '--leeway', [CompletionResultType]::ParameterName, 'How far the platform''s clock may differ, 0s to 300s')
            [CompletionResult]::new('--allow-anonymous', '--allow-anonymous', [CompletionResultType]::ParameterName, 'Let launches in that do not say who the user is')
            [CompletionResult]::new('--allow-http', '--allow-http', [CompletionResultType]::ParameterName, 'Take URLs with http:// that are not on this machine')
            [CompletionResult]::new('--allow-private-network', '--allow-private-network', [CompletionResultType]::ParameterName, 'Let the server reach the platform in a private network, such as 10.x')
            [CompletionResult]::new('--frame-ancestor', '--frame-ancestor', [CompletionResultType]::ParameterName, 'Further origin that may frame this tool; "" takes all away')
            [CompletionResult]::new('--identity', '--identity', [CompletionResultType]::ParameterName, 'What tells users apart: auto (default), issuer, client-id, deployment')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;platform;show' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;platform;import' {
            [CompletionResult]::new('--preset', '--preset', [CompletionResultType]::ParameterName, 'End points of this platform, see: ltictl registration tool-details REG --for list')
            [CompletionResult]::new('--host', '--host', [CompletionResultType]::ParameterName, 'The platform''s host, or its address with a path, for presets that need it')
            [CompletionResult]::new('--client-id', '--client-id', [CompletionResultType]::ParameterName, '"Client ID", where the source has none')
            [CompletionResult]::new('--issuer', '--issuer', [CompletionResultType]::ParameterName, '"Platform ID (issuer)", where the source has none')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would change, and change nothing')
            [CompletionResult]::new('--allow-http', '--allow-http', [CompletionResultType]::ParameterName, 'Take URLs with http:// that are not on this machine')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;platform;help' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Store the platform''s details and policy; what is missing is asked for on a terminal')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the platform''s details and policy')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take the platform''s details from JSON, from text pasted from the LMS, from a URL or from a preset')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;platform;help;set' {
            break
        }
        'ltictl;platform;help;show' {
            break
        }
        'ltictl;platform;help;import' {
            break
        }
        'ltictl;platform;help;help' {
            break
        }
        'ltictl;deployment' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add the deployment ID that the platform shows')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List a registration''s deployments')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Give a deployment another name')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a deployment with its courses, links and sessions')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;deployment;add' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'What people call it [default: the deployment ID]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--if-not-exists', '--if-not-exists', [CompletionResultType]::ParameterName, 'Succeed, and change nothing, when it exists already')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;deployment;list' {
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns only, by their JSON names, such as slug,platform.issuer')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by these keys; -KEY for the highest or newest first')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;deployment;rename' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;deployment;remove' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;deployment;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add the deployment ID that the platform shows')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List a registration''s deployments')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Give a deployment another name')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a deployment with its courses, links and sessions')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;deployment;help;add' {
            break
        }
        'ltictl;deployment;help;list' {
            break
        }
        'ltictl;deployment;help;rename' {
            break
        }
        'ltictl;deployment;help;remove' {
            break
        }
        'ltictl;deployment;help;help' {
            break
        }
        'ltictl;resource' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('publish', 'publish', [CompletionResultType]::ParameterValue, 'Publish a course or an activity')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every resource')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a resource')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Change a resource; its slug and UUID stay')
            [CompletionResult]::new('unpublish', 'unpublish', [CompletionResultType]::ParameterValue, 'Refuse launches and end visits; everything else stays')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a resource with its links, enrolments and grades; accounts and the launch log stay')
            [CompletionResult]::new('app-key', 'app-key', [CompletionResultType]::ParameterValue, 'Print the key with which the app behind a resource may record scores')
            [CompletionResult]::new('launch-details', 'launch-details', [CompletionResultType]::ParameterValue, 'Print what to type into a platform to link to a resource by hand')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;resource;publish' {
            [CompletionResult]::new('--slug', '--slug', [CompletionResultType]::ParameterName, 'How commands address it [default: made from the title]')
            [CompletionResult]::new('--kind', '--kind', [CompletionResultType]::ParameterName, 'course or activity [default: activity]')
            [CompletionResult]::new('--course', '--course', [CompletionResultType]::ParameterName, 'The course that this activity belongs to; "" takes it away')
            [CompletionResult]::new('--description', '--description', [CompletionResultType]::ParameterName, 'A sentence or two for the built-in page; "" takes it away')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'What launched people get: URL of your app, directory or page [default: page]')
            [CompletionResult]::new('--max-grade', '--max-grade', [CompletionResultType]::ParameterName, 'Highest grade, or none for no grades [default: none]')
            [CompletionResult]::new('--grade-sync', '--grade-sync', [CompletionResultType]::ParameterName, 'Whether grades go back to the platform [default: on]')
            [CompletionResult]::new('--member-sync', '--member-sync', [CompletionResultType]::ParameterName, 'What happens as members come and go [default: enrol-and-unenrol]')
            [CompletionResult]::new('--student-provisioning', '--student-provisioning', [CompletionResultType]::ParameterName, 'How students get an account: auto, prompt or existing [default: auto]')
            [CompletionResult]::new('--teacher-provisioning', '--teacher-provisioning', [CompletionResultType]::ParameterName, 'How teachers get an account: auto, prompt or existing [default: prompt]')
            [CompletionResult]::new('--teacher-role', '--teacher-role', [CompletionResultType]::ParameterName, 'The role that teachers get here [default: teacher]')
            [CompletionResult]::new('--student-role', '--student-role', [CompletionResultType]::ParameterName, 'The role that students get here [default: student]')
            [CompletionResult]::new('--enrolment-start', '--enrolment-start', [CompletionResultType]::ParameterName, 'Nobody is enrolled before this date or time, or none [default: none]')
            [CompletionResult]::new('--enrolment-end', '--enrolment-end', [CompletionResultType]::ParameterName, 'Nobody is enrolled from this date or time on, or none [default: none]')
            [CompletionResult]::new('--enrolment-duration', '--enrolment-duration', [CompletionResultType]::ParameterName, 'How long each enrolment lasts: 1m to 3650d, or none [default: none]')
            [CompletionResult]::new('--enrolment-maximum', '--enrolment-maximum', [CompletionResultType]::ParameterName, 'The most people at the same time, or none [default: none]')
            [CompletionResult]::new('--completion-required', '--completion-required', [CompletionResultType]::ParameterName, 'Whether grades go back only once the work is completed [default: off]')
            [CompletionResult]::new('--default-locale', '--default-locale', [CompletionResultType]::ParameterName, 'Language of new accounts where the platform says none; "" takes it away')
            [CompletionResult]::new('--default-time-zone', '--default-time-zone', [CompletionResultType]::ParameterName, 'Time zone of new accounts, such as Europe/Lisbon; "" takes it away')
            [CompletionResult]::new('--default-institution', '--default-institution', [CompletionResultType]::ParameterName, 'Institution of new accounts; "" takes it away')
            [CompletionResult]::new('--registration', '--registration', [CompletionResultType]::ParameterName, 'Registration that may use it, several times for several [default: all]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--allow-http', '--allow-http', [CompletionResultType]::ParameterName, 'Take a target with http:// that is not on this machine')
            [CompletionResult]::new('--if-not-exists', '--if-not-exists', [CompletionResultType]::ParameterName, 'Succeed, and change nothing, when it exists already')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;resource;list' {
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns only, by their JSON names, such as slug,platform.issuer')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by these keys; -KEY for the highest or newest first')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;resource;show' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;resource;update' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The new title')
            [CompletionResult]::new('--kind', '--kind', [CompletionResultType]::ParameterName, 'course or activity [default: activity]')
            [CompletionResult]::new('--course', '--course', [CompletionResultType]::ParameterName, 'The course that this activity belongs to; "" takes it away')
            [CompletionResult]::new('--description', '--description', [CompletionResultType]::ParameterName, 'A sentence or two for the built-in page; "" takes it away')
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'What launched people get: URL of your app, directory or page [default: page]')
            [CompletionResult]::new('--max-grade', '--max-grade', [CompletionResultType]::ParameterName, 'Highest grade, or none for no grades [default: none]')
            [CompletionResult]::new('--grade-sync', '--grade-sync', [CompletionResultType]::ParameterName, 'Whether grades go back to the platform [default: on]')
            [CompletionResult]::new('--member-sync', '--member-sync', [CompletionResultType]::ParameterName, 'What happens as members come and go [default: enrol-and-unenrol]')
            [CompletionResult]::new('--student-provisioning', '--student-provisioning', [CompletionResultType]::ParameterName, 'How students get an account: auto, prompt or existing [default: auto]')
            [CompletionResult]::new('--teacher-provisioning', '--teacher-provisioning', [CompletionResultType]::ParameterName, 'How teachers get an account: auto, prompt or existing [default: prompt]')
            [CompletionResult]::new('--teacher-role', '--teacher-role', [CompletionResultType]::ParameterName, 'The role that teachers get here [default: teacher]')
            [CompletionResult]::new('--student-role', '--student-role', [CompletionResultType]::ParameterName, 'The role that students get here [default: student]')
            [CompletionResult]::new('--enrolment-start', '--enrolment-start', [CompletionResultType]::ParameterName, 'Nobody is enrolled before this date or time, or none [default: none]')
            [CompletionResult]::new('--enrolment-end', '--enrolment-end', [CompletionResultType]::ParameterName, 'Nobody is enrolled from this date or time on, or none [default: none]')
            [CompletionResult]::new('--enrolment-duration', '--enrolment-duration', [CompletionResultType]::ParameterName, 'How long each enrolment lasts: 1m to 3650d, or none [default: none]')
            [CompletionResult]::new('--enrolment-maximum', '--enrolment-maximum', [CompletionResultType]::ParameterName, 'The most people at the same time, or none [default: none]')
            [CompletionResult]::new('--completion-required', '--completion-required', [CompletionResultType]::ParameterName, 'Whether grades go back only once the work is completed [default: off]')
            [CompletionResult]::new('--default-locale', '--default-locale', [CompletionResultType]::ParameterName, 'Language of new accounts where the platform says none; "" takes it away')
            [CompletionResult]::new('--default-time-zone', '--default-time-zone', [CompletionResultType]::ParameterName, 'Time zone of new accounts, such as Europe/Lisbon; "" takes it away')
            [CompletionResult]::new('--default-institution', '--default-institution', [CompletionResultType]::ParameterName, 'Institution of new accounts; "" takes it away')
            [CompletionResult]::new('--registration', '--registration', [CompletionResultType]::ParameterName, 'Registration that may use it, several times for several [default: all]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--allow-http', '--allow-http', [CompletionResultType]::ParameterName, 'Take a target with http:// that is not on this machine')
            [CompletionResult]::new('--publish', '--publish', [CompletionResultType]::ParameterName, 'Let launches in again after an unpublish')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;resource;unpublish' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;resource;delete' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;resource;app-key' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--show-secret', '--show-secret', [CompletionResultType]::ParameterName, 'Print it even where that is no terminal, as for a script that stores it')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;resource;launch-details' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;resource;help' {
            [CompletionResult]::new('publish', 'publish', [CompletionResultType]::ParameterValue, 'Publish a course or an activity')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every resource')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a resource')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Change a resource; its slug and UUID stay')
            [CompletionResult]::new('unpublish', 'unpublish', [CompletionResultType]::ParameterValue, 'Refuse launches and end visits; everything else stays')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a resource with its links, enrolments and grades; accounts and the launch log stay')
            [CompletionResult]::new('app-key', 'app-key', [CompletionResultType]::ParameterValue, 'Print the key with which the app behind a resource may record scores')
            [CompletionResult]::new('launch-details', 'launch-details', [CompletionResultType]::ParameterValue, 'Print what to type into a platform to link to a resource by hand')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;resource;help;publish' {
            break
        }
        'ltictl;resource;help;list' {
            break
        }
        'ltictl;resource;help;show' {
            break
        }
        'ltictl;resource;help;update' {
            break
        }
        'ltictl;resource;help;unpublish' {
            break
        }
        'ltictl;resource;help;delete' {
            break
        }
        'ltictl;resource;help;app-key' {
            break
        }
        'ltictl;resource;help;launch-details' {
            break
        }
        'ltictl;resource;help;help' {
            break
        }
        'ltictl;account' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make an account')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every account')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show an account: person, linked users, enrolments, grants')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Change what an account says of its person')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Give an account another username; its UUID stays')
            [CompletionResult]::new('set-password', 'set-password', [CompletionResultType]::ParameterValue, 'Give an account a password to sign in with, or take it away')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Let a platform''s user have an account; e-mail addresses never do that by themselves')
            [CompletionResult]::new('unlink', 'unlink', [CompletionResultType]::ParameterValue, 'Take an account away from a platform''s user')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Let launches in again')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse its launches and end its visits, until it is enabled again')
            [CompletionResult]::new('enrol', 'enrol', [CompletionResultType]::ParameterValue, 'Let an account take part in a resource, whatever its rules of enrolment')
            [CompletionResult]::new('unenrol', 'unenrol', [CompletionResultType]::ParameterValue, 'End an account''s part in a resource; its grade stays')
            [CompletionResult]::new('grant', 'grant', [CompletionResultType]::ParameterValue, 'Let content selection offer resources to an account')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Keep content selection from offering resources to an account')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete an account with its links, enrolments and grades; the launch log stays')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;account;create' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Full name; "" takes it away')
            [CompletionResult]::new('--given-name', '--given-name', [CompletionResultType]::ParameterName, 'Given name; "" takes it away')
            [CompletionResult]::new('--family-name', '--family-name', [CompletionResultType]::ParameterName, 'Family name; "" takes it away')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'E-mail address; "" takes it away')
            [CompletionResult]::new('--locale', '--locale', [CompletionResultType]::ParameterName, 'Language tag, such as en or pt-BR; "" takes it away')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone, such as Europe/Lisbon; "" takes it away')
            [CompletionResult]::new('--institution', '--institution', [CompletionResultType]::ParameterName, 'School or university; "" takes it away')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--password-stdin', '--password-stdin', [CompletionResultType]::ParameterName, 'Read a password from standard input')
            [CompletionResult]::new('--if-not-exists', '--if-not-exists', [CompletionResultType]::ParameterName, 'Succeed, and change nothing, when it exists already')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;list' {
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Only those who take part in this resource')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns only, by their JSON names, such as slug,platform.issuer')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by these keys; -KEY for the highest or newest first')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;show' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;update' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Full name; "" takes it away')
            [CompletionResult]::new('--given-name', '--given-name', [CompletionResultType]::ParameterName, 'Given name; "" takes it away')
            [CompletionResult]::new('--family-name', '--family-name', [CompletionResultType]::ParameterName, 'Family name; "" takes it away')
            [CompletionResult]::new('--email', '--email', [CompletionResultType]::ParameterName, 'E-mail address; "" takes it away')
            [CompletionResult]::new('--locale', '--locale', [CompletionResultType]::ParameterName, 'Language tag, such as en or pt-BR; "" takes it away')
            [CompletionResult]::new('--time-zone', '--time-zone', [CompletionResultType]::ParameterName, 'Time zone, such as Europe/Lisbon; "" takes it away')
            [CompletionResult]::new('--institution', '--institution', [CompletionResultType]::ParameterName, 'School or university; "" takes it away')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;rename' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;set-password' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--password-stdin', '--password-stdin', [CompletionResultType]::ParameterName, 'Read the password from standard input instead of asking for it')
            [CompletionResult]::new('--remove', '--remove', [CompletionResultType]::ParameterName, 'Take the password away')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;link' {
            [CompletionResult]::new('--registration', '--registration', [CompletionResultType]::ParameterName, 'Slug of the registration that the user''s launches come through')
            [CompletionResult]::new('--sub', '--sub', [CompletionResultType]::ParameterName, 'The platform''s identifier of the person (sub), as `ltictl launch show` has it')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'Deployment ID; needed where users are told apart by it')
            [CompletionResult]::new('--consumer-key', '--consumer-key', [CompletionResultType]::ParameterName, 'Consumer key of LTI 1.1')
            [CompletionResult]::new('--user-id', '--user-id', [CompletionResultType]::ParameterName, 'user_id of LTI 1.1')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--if-not-exists', '--if-not-exists', [CompletionResultType]::ParameterName, 'Succeed, and change nothing, when that user has this account already')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;unlink' {
            [CompletionResult]::new('--registration', '--registration', [CompletionResultType]::ParameterName, 'Slug of the registration that the user''s launches come through')
            [CompletionResult]::new('--sub', '--sub', [CompletionResultType]::ParameterName, 'The platform''s identifier of the person (sub), as `ltictl launch show` has it')
            [CompletionResult]::new('--deployment', '--deployment', [CompletionResultType]::ParameterName, 'Deployment ID; needed where users are told apart by it')
            [CompletionResult]::new('--consumer-key', '--consumer-key', [CompletionResultType]::ParameterName, 'Consumer key of LTI 1.1')
            [CompletionResult]::new('--user-id', '--user-id', [CompletionResultType]::ParameterName, 'user_id of LTI 1.1')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;enable' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;disable' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;enrol' {
            [CompletionResult]::new('--role-of', '--role-of', [CompletionResultType]::ParameterName, 'Whose role it gets: teacher or student [default: student, or the one it has]')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;unenrol' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;grant' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Every resource, those of the future too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;revoke' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Every resource, those of the future too')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;delete' {
            [CompletionResult]::new('--export', '--export', [CompletionResultType]::ParameterName, 'Write person, links, enrolments and grades into this new file first, as JSON')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;account;help' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make an account')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every account')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show an account: person, linked users, enrolments, grants')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Change what an account says of its person')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Give an account another username; its UUID stays')
            [CompletionResult]::new('set-password', 'set-password', [CompletionResultType]::ParameterValue, 'Give an account a password to sign in with, or take it away')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Let a platform''s user have an account; e-mail addresses never do that by themselves')
            [CompletionResult]::new('unlink', 'unlink', [CompletionResultType]::ParameterValue, 'Take an account away from a platform''s user')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Let launches in again')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse its launches and end its visits, until it is enabled again')
            [CompletionResult]::new('enrol', 'enrol', [CompletionResultType]::ParameterValue, 'Let an account take part in a resource, whatever its rules of enrolment')
            [CompletionResult]::new('unenrol', 'unenrol', [CompletionResultType]::ParameterValue, 'End an account''s part in a resource; its grade stays')
            [CompletionResult]::new('grant', 'grant', [CompletionResultType]::ParameterValue, 'Let content selection offer resources to an account')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Keep content selection from offering resources to an account')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete an account with its links, enrolments and grades; the launch log stays')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;account;help;create' {
            break
        }
        'ltictl;account;help;list' {
            break
        }
        'ltictl;account;help;show' {
            break
        }
        'ltictl;account;help;update' {
            break
        }
        'ltictl;account;help;rename' {
            break
        }
        'ltictl;account;help;set-password' {
            break
        }
        'ltictl;account;help;link' {
            break
        }
        'ltictl;account;help;unlink' {
            break
        }
        'ltictl;account;help;enable' {
            break
        }
        'ltictl;account;help;disable' {
            break
        }
        'ltictl;account;help;enrol' {
            break
        }
        'ltictl;account;help;unenrol' {
            break
        }
        'ltictl;account;help;grant' {
            break
        }
        'ltictl;account;help;revoke' {
            break
        }
        'ltictl;account;help;delete' {
            break
        }
        'ltictl;account;help;help' {
            break
        }
        'ltictl;grade' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Give somebody a grade, in place of the one that is there')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the grades at a resource')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show somebody''s grade at a resource')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take grades from a CSV file: all of its rows, or none')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;grade;set' {
            [CompletionResult]::new('--maximum', '--maximum', [CompletionResultType]::ParameterName, 'Out of how many [default: the resource''s highest grade]')
            [CompletionResult]::new('--activity-progress', '--activity-progress', [CompletionResultType]::ParameterName, 'How far the person has come [default: Completed]')
            [CompletionResult]::new('--grading-progress', '--grading-progress', [CompletionResultType]::ParameterName, 'How far the grading has come [default: FullyGraded]')
            [CompletionResult]::new('--comment', '--comment', [CompletionResultType]::ParameterName, 'What you say of the work, as plain text')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;grade;list' {
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns only, by their JSON names, such as slug,platform.issuer')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by these keys; -KEY for the highest or newest first')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;grade;show' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;grade;import' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;grade;help' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Give somebody a grade, in place of the one that is there')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the grades at a resource')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show somebody''s grade at a resource')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take grades from a CSV file: all of its rows, or none')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;grade;help;set' {
            break
        }
        'ltictl;grade;help;list' {
            break
        }
        'ltictl;grade;help;show' {
            break
        }
        'ltictl;grade;help;import' {
            break
        }
        'ltictl;grade;help;help' {
            break
        }
        'ltictl;consumer' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a shared secret of a consumer key; a key may have several')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every consumer key')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a consumer key, without its secrets')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a consumer key with all its secrets; its users keep their accounts')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;consumer;add' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--secret-stdin', '--secret-stdin', [CompletionResultType]::ParameterName, 'Read the secret from standard input instead of asking for it')
            [CompletionResult]::new('--if-not-exists', '--if-not-exists', [CompletionResultType]::ParameterName, 'Succeed, and change nothing, when the key has this secret already')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;consumer;list' {
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns only, by their JSON names, such as slug,platform.issuer')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by these keys; -KEY for the highest or newest first')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;consumer;show' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;consumer;remove' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;consumer;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a shared secret of a consumer key; a key may have several')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every consumer key')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a consumer key, without its secrets')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a consumer key with all its secrets; its users keep their accounts')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;consumer;help;add' {
            break
        }
        'ltictl;consumer;help;list' {
            break
        }
        'ltictl;consumer;help;show' {
            break
        }
        'ltictl;consumer;help;remove' {
            break
        }
        'ltictl;consumer;help;help' {
            break
        }
        'ltictl;sync' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('grades', 'grades', [CompletionResultType]::ParameterValue, 'Send the grades that platforms do not have yet')
            [CompletionResult]::new('members', 'members', [CompletionResultType]::ParameterValue, 'Take over who takes part in courses on the platforms')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what platforms have, what waits, and what failed and why')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;sync;grades' {
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Only this resource')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'How many requests one platform gets at the same time')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print what would be sent or changed, and do nothing')
            [CompletionResult]::new('--allow-private-network', '--allow-private-network', [CompletionResultType]::ParameterName, 'Let every registration reach private networks, as for platforms on 10.x')
            [CompletionResult]::new('--retry', '--retry', [CompletionResultType]::ParameterName, 'Try again at once what is stuck, also what a platform has refused')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;sync;members' {
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Only this resource')
            [CompletionResult]::new('--concurrency', '--concurrency', [CompletionResultType]::ParameterName, 'How many requests one platform gets at the same time')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print what would be sent or changed, and do nothing')
            [CompletionResult]::new('--allow-private-network', '--allow-private-network', [CompletionResultType]::ParameterName, 'Let every registration reach private networks, as for platforms on 10.x')
            [CompletionResult]::new('--force', '--force', [CompletionResultType]::ParameterName, 'Unenrol even when more than half would go')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;sync;status' {
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Only this resource')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;sync;help' {
            [CompletionResult]::new('grades', 'grades', [CompletionResultType]::ParameterValue, 'Send the grades that platforms do not have yet')
            [CompletionResult]::new('members', 'members', [CompletionResultType]::ParameterValue, 'Take over who takes part in courses on the platforms')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what platforms have, what waits, and what failed and why')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;sync;help;grades' {
            break
        }
        'ltictl;sync;help;members' {
            break
        }
        'ltictl;sync;help;status' {
            break
        }
        'ltictl;sync;help;help' {
            break
        }
        'ltictl;key' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every key')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Make a new key that signs from now on; the old one stays in the keyset')
            [CompletionResult]::new('retire', 'retire', [CompletionResultType]::ParameterValue, 'Take a key out of the keyset for good and wipe its private half')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Print public keys for platforms that take no JWKS URL; private keys never leave the database')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;key;list' {
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns only, by their JSON names, such as slug,platform.issuer')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by these keys; -KEY for the highest or newest first')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;key;rotate' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;key;retire' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;key;export' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'jwks: a JSON Web Key Set; pem: one public key')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;key;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every key')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Make a new key that signs from now on; the old one stays in the keyset')
            [CompletionResult]::new('retire', 'retire', [CompletionResultType]::ParameterValue, 'Take a key out of the keyset for good and wipe its private half')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Print public keys for platforms that take no JWKS URL; private keys never leave the database')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;key;help;list' {
            break
        }
        'ltictl;key;help;rotate' {
            break
        }
        'ltictl;key;help;retire' {
            break
        }
        'ltictl;key;help;export' {
            break
        }
        'ltictl;key;help;help' {
            break
        }
        'ltictl;launch' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List launches, the newest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one launch: the cause in full, who has to act, and the command that fixes it')
            [CompletionResult]::new('follow', 'follow', [CompletionResultType]::ParameterValue, 'Print launches as they come in, the last ten first, until Ctrl-C')
            [CompletionResult]::new('stats', 'stats', [CompletionResultType]::ParameterValue, 'Count launches for each registration: accepted, refused and why, the last success, and logins that never came back')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;launch;list' {
            [CompletionResult]::new('--registration', '--registration', [CompletionResultType]::ParameterName, 'Only those of this registration')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Only those of this person, by the user ID (sub) that the platform gives them')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Only those of this resource')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Only those refused for this reason, such as deployment_unknown')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only those since then: 1h or 7d ago, a day, or a time such as 2026-11-25T08:00:00Z')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Only those before then')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most so many; conditions and order hold within these')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns only, by their JSON names, such as slug,platform.issuer')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by these keys; -KEY for the highest or newest first')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--failed', '--failed', [CompletionResultType]::ParameterName, 'Only refused ones')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;launch;show' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;launch;follow' {
            [CompletionResult]::new('--registration', '--registration', [CompletionResultType]::ParameterName, 'Only those of this registration')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Only those of this person, by the user ID (sub) that the platform gives them')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Only those of this resource')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Only those refused for this reason, such as deployment_unknown')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--failed', '--failed', [CompletionResultType]::ParameterName, 'Only refused ones')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;launch;stats' {
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'How far back: 1h or 7d, a day, or a time such as 2026-11-25T08:00:00Z')
            [CompletionResult]::new('--registration', '--registration', [CompletionResultType]::ParameterName, 'Only this registration')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns only, by their JSON names, such as slug,platform.issuer')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by these keys; -KEY for the highest or newest first')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;launch;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List launches, the newest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one launch: the cause in full, who has to act, and the command that fixes it')
            [CompletionResult]::new('follow', 'follow', [CompletionResultType]::ParameterValue, 'Print launches as they come in, the last ten first, until Ctrl-C')
            [CompletionResult]::new('stats', 'stats', [CompletionResultType]::ParameterValue, 'Count launches for each registration: accepted, refused and why, the last success, and logins that never came back')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;launch;help;list' {
            break
        }
        'ltictl;launch;help;show' {
            break
        }
        'ltictl;launch;help;follow' {
            break
        }
        'ltictl;launch;help;stats' {
            break
        }
        'ltictl;launch;help;help' {
            break
        }
        'ltictl;audit' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List changes, the newest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one change: what was before beside what is after')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Prove that no entry was altered, removed or put elsewhere')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;audit;list' {
            [CompletionResult]::new('--noun', '--noun', [CompletionResultType]::ParameterName, 'Only of such things: registration, deployment, resource, account, grade, key, setting, …')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'Only of the thing of this name, and of what belongs to it')
            [CompletionResult]::new('--actor', '--actor', [CompletionResultType]::ParameterName, 'Only by this user, directly or through sudo; the server is called server')
            [CompletionResult]::new('--via', '--via', [CompletionResultType]::ParameterName, 'Only by this command or part of the server, such as "registration create" or launch')
            [CompletionResult]::new('--action', '--action', [CompletionResultType]::ParameterName, 'Only this: created, changed or deleted')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Not before this time: how long ago (1h, 7d), a day, or an RFC 3339 time')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Before this time, likewise')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'At most so many; conditions and order hold within these')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns only, by their JSON names, such as slug,platform.issuer')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by these keys; -KEY for the highest or newest first')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;audit;show' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;audit;verify' {
            [CompletionResult]::new('--expect', '--expect', [CompletionResultType]::ParameterName, 'A last hash that was kept elsewhere; some entry must have it')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;audit;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List changes, the newest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one change: what was before beside what is after')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Prove that no entry was altered, removed or put elsewhere')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;audit;help;list' {
            break
        }
        'ltictl;audit;help;show' {
            break
        }
        'ltictl;audit;help;verify' {
            break
        }
        'ltictl;audit;help;help' {
            break
        }
        'ltictl;doctor' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--offline', '--offline', [CompletionResultType]::ParameterName, 'Ask neither the tool''s own server nor any platform')
            [CompletionResult]::new('--live', '--live', [CompletionResultType]::ParameterName, 'Ask each platform for an access token, as for grades and members; the token is thrown away')
            [CompletionResult]::new('--allow-private-network', '--allow-private-network', [CompletionResultType]::ParameterName, 'Reach platforms in private networks, as ltictl serve --allow-private-network does')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;serve' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Address and port to listen on')
            [CompletionResult]::new('--tls-cert', '--tls-cert', [CompletionResultType]::ParameterName, 'Certificate chain in PEM, to serve TLS without a proxy')
            [CompletionResult]::new('--tls-key', '--tls-key', [CompletionResultType]::ParameterName, 'Private key in PEM')
            [CompletionResult]::new('--client-address-header', '--client-address-header', [CompletionResultType]::ParameterName, 'Header in which your proxy puts the client''s address, such as X-Forwarded-For; used for rate limits only')
            [CompletionResult]::new('--request-id-header', '--request-id-header', [CompletionResultType]::ParameterName, 'Header in which your proxy names each request, such as X-Request-Id, for the log, error pages and `ltictl launch show`; without it names are the tool''s own')
            [CompletionResult]::new('--metrics', '--metrics', [CompletionResultType]::ParameterName, 'Serve metrics for Prometheus at /metrics of another address, 127.0.0.1:9464 unless it is given; they name registrations, so keep it away from the world')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines look on standard error')
            [CompletionResult]::new('--log-level', '--log-level', [CompletionResultType]::ParameterName, 'What is logged: error, warn, info, debug, or a filter such as ltictl=debug')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--allow-private-network', '--allow-private-network', [CompletionResultType]::ParameterName, 'Let every registration reach platforms in private networks, such as 10.x, dynamic registration included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;sandbox' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Address and port to listen on')
            [CompletionResult]::new('--registration', '--registration', [CompletionResultType]::ParameterName, 'Tell it about this tool: the registration whose tool details it gets (otherwise its page asks)')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'The resource that its links lead to: sets the custom parameter id')
            [CompletionResult]::new('--launch', '--launch', [CompletionResultType]::ParameterName, 'Launch once as this person through the running tool, say what came of it and end; may be repeated')
            [CompletionResult]::new('--members', '--members', [CompletionResultType]::ParameterName, 'Generated students in each course, beside the platform''s own people')
            [CompletionResult]::new('--latency', '--latency', [CompletionResultType]::ParameterName, 'How long answers about grades and members take, such as 50ms or 2s')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;demo' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--keep', '--keep', [CompletionResultType]::ParameterName, 'Leave both running afterwards, with the URLs to click')
            [CompletionResult]::new('--dynamic', '--dynamic', [CompletionResultType]::ParameterName, 'Register the platform by registration URL (dynamic registration) instead of copying details back and forth')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;schema' {
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these columns only, by their JSON names, such as slug,platform.issuer')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Sort by these keys; -KEY for the highest or newest first')
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions')
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;completions' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;man' {
            [CompletionResult]::new('--db', '--db', [CompletionResultType]::ParameterName, 'Database file [default: in your data directory]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How answers look')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print identifiers only, one a line, and no remarks')
            [CompletionResult]::new('--no-input', '--no-input', [CompletionResultType]::ParameterName, 'Never ask; a missing value is an error that names its flag')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ltictl;help' {
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Set the tool up: database, settings, first signing key')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Read and change the tool''s settings')
            [CompletionResult]::new('registration', 'registration', [CompletionResultType]::ParameterValue, 'Learning platforms that use this tool')
            [CompletionResult]::new('platform', 'platform', [CompletionResultType]::ParameterValue, 'What a platform told you: issuer, client ID and its URLs')
            [CompletionResult]::new('deployment', 'deployment', [CompletionResultType]::ParameterValue, 'Deployments of the tool within a platform')
            [CompletionResult]::new('resource', 'resource', [CompletionResultType]::ParameterValue, 'Courses and activities that platforms can link to')
            [CompletionResult]::new('account', 'account', [CompletionResultType]::ParameterValue, 'People''s accounts on the tool, and the platform users who have them')
            [CompletionResult]::new('grade', 'grade', [CompletionResultType]::ParameterValue, 'What people have reached')
            [CompletionResult]::new('consumer', 'consumer', [CompletionResultType]::ParameterValue, 'LTI 1.1 consumer keys, whose secrets sign migration claims')
            [CompletionResult]::new('sync', 'sync', [CompletionResultType]::ParameterValue, 'Grades out, members in')
            [CompletionResult]::new('key', 'key', [CompletionResultType]::ParameterValue, 'The tool''s own signing keys')
            [CompletionResult]::new('launch', 'launch', [CompletionResultType]::ParameterValue, 'What came in, accepted or refused, and why')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Who changed what, when and how')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Look for what keeps launches from working, and say what fixes it')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Serve logins, launches and resources')
            [CompletionResult]::new('sandbox', 'sandbox', [CompletionResultType]::ParameterValue, 'Run a test platform on this machine')
            [CompletionResult]::new('demo', 'demo', [CompletionResultType]::ParameterValue, 'Show the whole story, from registration to grades and members, on this machine')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of an answer of -o json, or list them all')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages into a directory')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ltictl;help;init' {
            break
        }
        'ltictl;help;config' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every setting')
            [CompletionResult]::new('get', 'get', [CompletionResultType]::ParameterValue, 'Print one setting')
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Change one setting')
            break
        }
        'ltictl;help;config;list' {
            break
        }
        'ltictl;help;config;get' {
            break
        }
        'ltictl;help;config;set' {
            break
        }
        'ltictl;help;registration' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make a draft and print the tool details that the platform asks for')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every registration')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a registration: tool details, platform details, deployments')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Give a registration another name; its slug and URLs stay')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Let launches in again')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse every launch and end every session, until it is enabled again')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a registration with its deployments, courses and links; the launch log stays')
            [CompletionResult]::new('url', 'url', [CompletionResultType]::ParameterValue, 'Print a fresh registration URL for platforms with dynamic registration; older ones serve no more')
            [CompletionResult]::new('tool-details', 'tool-details', [CompletionResultType]::ParameterValue, 'Print the URLs that the platform asks for, or the form of one LMS filled in')
            break
        }
        'ltictl;help;registration;create' {
            break
        }
        'ltictl;help;registration;list' {
            break
        }
        'ltictl;help;registration;show' {
            break
        }
        'ltictl;help;registration;rename' {
            break
        }
        'ltictl;help;registration;enable' {
            break
        }
        'ltictl;help;registration;disable' {
            break
        }
        'ltictl;help;registration;delete' {
            break
        }
        'ltictl;help;registration;url' {
            break
        }
        'ltictl;help;registration;tool-details' {
            break
        }
        'ltictl;help;platform' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Store the platform''s details and policy; what is missing is asked for on a terminal')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show the platform''s details and policy')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take the platform''s details from JSON, from text pasted from the LMS, from a URL or from a preset')
            break
        }
        'ltictl;help;platform;set' {
            break
        }
        'ltictl;help;platform;show' {
            break
        }
        'ltictl;help;platform;import' {
            break
        }
        'ltictl;help;deployment' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add the deployment ID that the platform shows')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List a registration''s deployments')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Give a deployment another name')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a deployment with its courses, links and sessions')
            break
        }
        'ltictl;help;deployment;add' {
            break
        }
        'ltictl;help;deployment;list' {
            break
        }
        'ltictl;help;deployment;rename' {
            break
        }
        'ltictl;help;deployment;remove' {
            break
        }
        'ltictl;help;resource' {
            [CompletionResult]::new('publish', 'publish', [CompletionResultType]::ParameterValue, 'Publish a course or an activity')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every resource')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a resource')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Change a resource; its slug and UUID stay')
            [CompletionResult]::new('unpublish', 'unpublish', [CompletionResultType]::ParameterValue, 'Refuse launches and end visits; everything else stays')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete a resource with its links, enrolments and grades; accounts and the launch log stay')
            [CompletionResult]::new('app-key', 'app-key', [CompletionResultType]::ParameterValue, 'Print the key with which the app behind a resource may record scores')
            [CompletionResult]::new('launch-details', 'launch-details', [CompletionResultType]::ParameterValue, 'Print what to type into a platform to link to a resource by hand')
            break
        }
        'ltictl;help;resource;publish' {
            break
        }
        'ltictl;help;resource;list' {
            break
        }
        'ltictl;help;resource;show' {
            break
        }
        'ltictl;help;resource;update' {
            break
        }
        'ltictl;help;resource;unpublish' {
            break
        }
        'ltictl;help;resource;delete' {
            break
        }
        'ltictl;help;resource;app-key' {
            break
        }
        'ltictl;help;resource;launch-details' {
            break
        }
        'ltictl;help;account' {
            [CompletionResult]::new('create', 'create', [CompletionResultType]::ParameterValue, 'Make an account')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every account')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show an account: person, linked users, enrolments, grants')
            [CompletionResult]::new('update', 'update', [CompletionResultType]::ParameterValue, 'Change what an account says of its person')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Give an account another username; its UUID stays')
            [CompletionResult]::new('set-password', 'set-password', [CompletionResultType]::ParameterValue, 'Give an account a password to sign in with, or take it away')
            [CompletionResult]::new('link', 'link', [CompletionResultType]::ParameterValue, 'Let a platform''s user have an account; e-mail addresses never do that by themselves')
            [CompletionResult]::new('unlink', 'unlink', [CompletionResultType]::ParameterValue, 'Take an account away from a platform''s user')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Let launches in again')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse its launches and end its visits, until it is enabled again')
            [CompletionResult]::new('enrol', 'enrol', [CompletionResultType]::ParameterValue, 'Let an account take part in a resource, whatever its rules of enrolment')
            [CompletionResult]::new('unenrol', 'unenrol', [CompletionResultType]::ParameterValue, 'End an account''s part in a resource; its grade stays')
            [CompletionResult]::new('grant', 'grant', [CompletionResultType]::ParameterValue, 'Let content selection offer resources to an account')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Keep content selection from offering resources to an account')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Delete an account with its links, enrolments and grades; the launch log stays')
            break
        }
        'ltictl;help;account;create' {
            break
        }
        'ltictl;help;account;list' {
            break
        }
        'ltictl;help;account;show' {
            break
        }
        'ltictl;help;account;update' {
            break
        }
        'ltictl;help;account;rename' {
            break
        }
        'ltictl;help;account;set-password' {
            break
        }
        'ltictl;help;account;link' {
            break
        }
        'ltictl;help;account;unlink' {
            break
        }
        'ltictl;help;account;enable' {
            break
        }
        'ltictl;help;account;disable' {
            break
        }
        'ltictl;help;account;enrol' {
            break
        }
        'ltictl;help;account;unenrol' {
            break
        }
        'ltictl;help;account;grant' {
            break
        }
        'ltictl;help;account;revoke' {
            break
        }
        'ltictl;help;account;delete' {
            break
        }
        'ltictl;help;grade' {
            [CompletionResult]::new('set', 'set', [CompletionResultType]::ParameterValue, 'Give somebody a grade, in place of the one that is there')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the grades at a resource')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show somebody''s grade at a resource')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Take grades from a CSV file: all of its rows, or none')
            break
        }
        'ltictl;help;grade;set' {
            break
        }
        'ltictl;help;grade;list' {
            break
        }
        'ltictl;help;grade;show' {
            break
        }
        'ltictl;help;grade;import' {
            break
        }
        'ltictl;help;consumer' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a shared secret of a consumer key; a key may have several')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every consumer key')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show a consumer key, without its secrets')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove a consumer key with all its secrets; its users keep their accounts')
            break
        }
        'ltictl;help;consumer;add' {
            break
        }
        'ltictl;help;consumer;list' {
            break
        }
        'ltictl;help;consumer;show' {
            break
        }
        'ltictl;help;consumer;remove' {
            break
        }
        'ltictl;help;sync' {
            [CompletionResult]::new('grades', 'grades', [CompletionResultType]::ParameterValue, 'Send the grades that platforms do not have yet')
            [CompletionResult]::new('members', 'members', [CompletionResultType]::ParameterValue, 'Take over who takes part in courses on the platforms')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show what platforms have, what waits, and what failed and why')
            break
        }
        'ltictl;help;sync;grades' {
            break
        }
        'ltictl;help;sync;members' {
            break
        }
        'ltictl;help;sync;status' {
            break
        }
        'ltictl;help;key' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List every key')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Make a new key that signs from now on; the old one stays in the keyset')
            [CompletionResult]::new('retire', 'retire', [CompletionResultType]::ParameterValue, 'Take a key out of the keyset for good and wipe its private half')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Print public keys for platforms that take no JWKS URL; private keys never leave the database')
            break
        }
        'ltictl;help;key;list' {
            break
        }
        'ltictl;help;key;rotate' {
            break
        }
        'ltictl;help;key;retire' {
            break
        }
        'ltictl;help;key;export' {
            break
        }
        'ltictl;help;launch' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List launches, the newest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one launch: the cause in full, who has to act, and the command that fixes it')
            [CompletionResult]::new('follow', 'follow', [CompletionResultType]::ParameterValue, 'Print launches as they come in, the last ten first, until Ctrl-C')
            [CompletionResult]::new('stats', 'stats', [CompletionResultType]::ParameterValue, 'Count launches for each registration: accepted, refused and why, the last success, and logins that never came back')
            break
        }
        'ltictl;help;launch;list' {
            break
        }
        'ltictl;help;launch;show' {
            break
        }
        'ltictl;help;launch;follow' {
            break
        }
        'ltictl;help;launch;stats' {
            break
        }
        'ltictl;help;audit' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List changes, the newest first')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one change: what was before beside what is after')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Prove that no entry was altered, removed or put elsewhere')
            break
        }
        'ltictl;help;audit;list' {
            break
        }
        'ltictl;help;audit;show' {
            break
        }
        'ltictl;help;audit;verify' {
            break
        }
        'ltictl;help;doctor' {
            break
        }
        'ltictl;help;serve' {
            break
        }
        'ltictl;help;sandbox' {
            break
        }
        'ltictl;help;demo' {
            break
        }
        'ltictl;help;schema' {
            break
        }
        'ltictl;help;completions' {
            break
        }
        'ltictl;help;man' {
            break
        }
        'ltictl;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
