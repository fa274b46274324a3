
use builtin;
use str;

set edit:completion:arg-completer[ltictl] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'ltictl'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'ltictl'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand init 'Set the tool up: database, settings, first signing key'
            cand config 'Read and change the tool''s settings'
            cand registration 'Learning platforms that use this tool'
            cand platform 'What a platform told you: issuer, client ID and its URLs'
            cand deployment 'Deployments of the tool within a platform'
            cand resource 'Courses and activities that platforms can link to'
            cand account 'People''s accounts on the tool, and the platform users who have them'
            cand grade 'What people have reached'
            cand consumer 'LTI 1.1 consumer keys, whose secrets sign migration claims'
            cand sync 'Grades out, members in'
            cand key 'The tool''s own signing keys'
            cand launch 'What came in, accepted or refused, and why'
            cand audit 'Who changed what, when and how'
            cand doctor 'Look for what keeps launches from working, and say what fixes it'
            cand serve 'Serve logins, launches and resources'
            cand sandbox 'Run a test platform on this machine'
            cand demo 'Show the whole story, from registration to grades and members, on this machine'
            cand schema 'Print the JSON Schema of an answer of -o json, or list them all'
            cand completions 'Print a completion script for a shell'
            cand man 'Write the manual pages into a directory'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;init'= {
            cand --url 'The tool''s public address, as browsers and platforms reach it'
            cand --name 'What the tool is called'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --allow-http 'Take a public address with http:// that is not on this machine'
            cand --if-not-exists 'Succeed, and change nothing, when it is set up already'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;config'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List every setting'
            cand get 'Print one setting'
            cand set 'Change one setting'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;config;list'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;config;get'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;config;set'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --allow-http 'Take a public address with http:// that is not on this machine'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;config;help'= {
            cand list 'List every setting'
            cand get 'Print one setting'
            cand set 'Change one setting'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;config;help;list'= {
        }
        &'ltictl;config;help;get'= {
        }
        &'ltictl;config;help;set'= {
        }
        &'ltictl;config;help;help'= {
        }
        &'ltictl;registration'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand create 'Make a draft and print the tool details that the platform asks for'
            cand list 'List every registration'
            cand show 'Show a registration: tool details, platform details, deployments'
            cand rename 'Give a registration another name; its slug and URLs stay'
            cand enable 'Let launches in again'
            cand disable 'Refuse every launch and end every session, until it is enabled again'
            cand delete 'Delete a registration with its deployments, courses and links; the launch log stays'
            cand url 'Print a fresh registration URL for platforms with dynamic registration; older ones serve no more'
            cand tool-details 'Print the URLs that the platform asks for, or the form of one LMS filled in'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;registration;create'= {
            cand --slug 'How commands and URLs address it [default: made from the name]'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --if-not-exists 'Succeed, and change nothing, when it exists already'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;registration;list'= {
            cand --columns 'Show these columns only, by their JSON names, such as slug,platform.issuer'
            cand --sort 'Sort by these keys; -KEY for the highest or newest first'
            cand --filter 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;registration;show'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;registration;rename'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;registration;enable'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;registration;disable'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;registration;delete'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;registration;url'= {
            cand --expires 'How long it is open: 1m to 90d'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --auto-confirm 'Register without the click on the confirmation page, for set-ups without a person'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;registration;tool-details'= {
            cand --for 'Print the form of this LMS, in its own words and order; "list" names them all'
            cand --copy 'Put the value of one field (its number or label) on the terminal''s clipboard, over SSH too'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;registration;help'= {
            cand create 'Make a draft and print the tool details that the platform asks for'
            cand list 'List every registration'
            cand show 'Show a registration: tool details, platform details, deployments'
            cand rename 'Give a registration another name; its slug and URLs stay'
            cand enable 'Let launches in again'
            cand disable 'Refuse every launch and end every session, until it is enabled again'
            cand delete 'Delete a registration with its deployments, courses and links; the launch log stays'
            cand url 'Print a fresh registration URL for platforms with dynamic registration; older ones serve no more'
            cand tool-details 'Print the URLs that the platform asks for, or the form of one LMS filled in'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;registration;help;create'= {
        }
        &'ltictl;registration;help;list'= {
        }
        &'ltictl;registration;help;show'= {
        }
        &'ltictl;registration;help;rename'= {
        }
        &'ltictl;registration;help;enable'= {
        }
        &'ltictl;registration;help;disable'= {
        }
        &'ltictl;registration;help;delete'= {
        }
        &'ltictl;registration;help;url'= {
        }
        &'ltictl;registration;help;tool-details'= {
        }
        &'ltictl;registration;help;help'= {
        }
        &'ltictl;platform'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand set 'Store the platform''s details and policy; what is missing is asked for on a terminal'
            cand show 'Show the platform''s details and policy'
            cand import 'Take the platform''s details from JSON, from text pasted from the LMS, from a URL or from a preset'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;platform;set'= {
            cand --issuer '"Platform ID (issuer)"; compared byte by byte'
            cand --client-id '"Client ID"'
            cand --keyset-url '"Public keyset URL"'
            cand --token-url '"Access token URL"'
            cand --auth-url '"Authentication request URL"'
            cand --token-audience 'Audience of our client assertions, if not the access token URL; "" takes it away'
            cand --algorithms 'What launches may be signed with: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, separated by commas'
            cand --product 'Which product the platform is, for the advice of doctor, such as moodle; "" takes it away'
            cand --deployments 'Deployments that nobody added: known refuses them, accept adds them'
            cand --leeway 'How far the platform''s clock may differ, 0s to 300s'
            cand --allow-anonymous 'Let launches in that do not say who the user is'
            cand --allow-http 'Take URLs with http:// that are not on this machine'
            cand --allow-private-network 'Let the server reach the platform in a private network, such as 10.x'
            cand --frame-ancestor 'Further origin that may frame this tool; "" takes all away'
            cand --identity 'What tells users apart: auto (default), issuer, client-id, deployment'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;platform;show'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;platform;import'= {
            cand --preset 'End points of this platform, see: ltictl registration tool-details REG --for list'
            cand --host 'The platform''s host, or its address with a path, for presets that need it'
            cand --client-id '"Client ID", where the source has none'
            cand --issuer '"Platform ID (issuer)", where the source has none'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand --dry-run 'Show what would change, and change nothing'
            cand --allow-http 'Take URLs with http:// that are not on this machine'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;platform;help'= {
            cand set 'Store the platform''s details and policy; what is missing is asked for on a terminal'
            cand show 'Show the platform''s details and policy'
            cand import 'Take the platform''s details from JSON, from text pasted from the LMS, from a URL or from a preset'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;platform;help;set'= {
        }
        &'ltictl;platform;help;show'= {
        }
        &'ltictl;platform;help;import'= {
        }
        &'ltictl;platform;help;help'= {
        }
        &'ltictl;deployment'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand add 'Add the deployment ID that the platform shows'
            cand list 'List a registration''s deployments'
            cand rename 'Give a deployment another name'
            cand remove 'Remove a deployment with its courses, links and sessions'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;deployment;add'= {
            cand --name 'What people call it [default: the deployment ID]'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --if-not-exists 'Succeed, and change nothing, when it exists already'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;deployment;list'= {
            cand --columns 'Show these columns only, by their JSON names, such as slug,platform.issuer'
            cand --sort 'Sort by these keys; -KEY for the highest or newest first'
            cand --filter 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;deployment;rename'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;deployment;remove'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;deployment;help'= {
            cand add 'Add the deployment ID that the platform shows'
            cand list 'List a registration''s deployments'
            cand rename 'Give a deployment another name'
            cand remove 'Remove a deployment with its courses, links and sessions'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;deployment;help;add'= {
        }
        &'ltictl;deployment;help;list'= {
        }
        &'ltictl;deployment;help;rename'= {
        }
        &'ltictl;deployment;help;remove'= {
        }
        &'ltictl;deployment;help;help'= {
        }
        &'ltictl;resource'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand publish 'Publish a course or an activity'
            cand list 'List every resource'
            cand show 'Show a resource'
            cand update 'Change a resource; its slug and UUID stay'
            cand unpublish 'Refuse launches and end visits; everything else stays'
            cand delete 'Delete a resource with its links, enrolments and grades; accounts and the launch log stay'
            cand app-key 'Print the key with which the app behind a resource may record scores'
            cand launch-details 'Print what to type into a platform to link to a resource by hand'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;resource;publish'= {
            cand --slug 'How commands address it [default: made from the title]'
            cand --kind 'course or activity [default: activity]'
            cand --course 'The course that this activity belongs to; "" takes it away'
            cand --description 'A sentence or two for the built-in page; "" takes it away'
            cand --target 'What launched people get: URL of your app, directory or page [default: page]'
            cand --max-grade 'Highest grade, or none for no grades [default: none]'
            cand --grade-sync 'Whether grades go back to the platform [default: on]'
            cand --member-sync 'What happens as members come and go [default: enrol-and-unenrol]'
            cand --student-provisioning 'How students get an account: auto, prompt or existing [default: auto]'
            cand --teacher-provisioning 'How teachers get an account: auto, prompt or existing [default: prompt]'
            cand --teacher-role 'The role that teachers get here [default: teacher]'
            cand --student-role 'The role that students get here [default: student]'
            cand --enrolment-start 'Nobody is enrolled before this date or time, or none [default: none]'
            cand --enrolment-end 'Nobody is enrolled from this date or time on, or none [default: none]'
            cand --enrolment-duration 'How long each enrolment lasts: 1m to 3650d, or none [default: none]'
            cand --enrolment-maximum 'The most people at the same time, or none [default: none]'
            cand --completion-required 'Whether grades go back only once the work is completed [default: off]'
            cand --default-locale 'Language of new accounts where the platform says none; "" takes it away'
            cand --default-time-zone 'Time zone of new accounts, such as Europe/Lisbon; "" takes it away'
            cand --default-institution 'Institution of new accounts; "" takes it away'
            cand --registration 'Registration that may use it, several times for several [default: all]'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --allow-http 'Take a target with http:// that is not on this machine'
            cand --if-not-exists 'Succeed, and change nothing, when it exists already'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;resource;list'= {
            cand --columns 'Show these columns only, by their JSON names, such as slug,platform.issuer'
            cand --sort 'Sort by these keys; -KEY for the highest or newest first'
            cand --filter 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;resource;show'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;resource;update'= {
            cand --name 'The new title'
            cand --kind 'course or activity [default: activity]'
            cand --course 'The course that this activity belongs to; "" takes it away'
            cand --description 'A sentence or two for the built-in page; "" takes it away'
            cand --target 'What launched people get: URL of your app, directory or page [default: page]'
            cand --max-grade 'Highest grade, or none for no grades [default: none]'
            cand --grade-sync 'Whether grades go back to the platform [default: on]'
            cand --member-sync 'What happens as members come and go [default: enrol-and-unenrol]'
            cand --student-provisioning 'How students get an account: auto, prompt or existing [default: auto]'
            cand --teacher-provisioning 'How teachers get an account: auto, prompt or existing [default: prompt]'
            cand --teacher-role 'The role that teachers get here [default: teacher]'
            cand --student-role 'The role that students get here [default: student]'
            cand --enrolment-start 'Nobody is enrolled before this date or time, or none [default: none]'
            cand --enrolment-end 'Nobody is enrolled from this date or time on, or none [default: none]'
            cand --enrolment-duration 'How long each enrolment lasts: 1m to 3650d, or none [default: none]'
            cand --enrolment-maximum 'The most people at the same time, or none [default: none]'
            cand --completion-required 'Whether grades go back only once the work is completed [default: off]'
            cand --default-locale 'Language of new accounts where the platform says none; "" takes it away'
            cand --default-time-zone 'Time zone of new accounts, such as Europe/Lisbon; "" takes it away'
            cand --default-institution 'Institution of new accounts; "" takes it away'
            cand --registration 'Registration that may use it, several times for several [default: all]'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --allow-http 'Take a target with http:// that is not on this machine'
            cand --publish 'Let launches in again after an unpublish'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;resource;unpublish'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;resource;delete'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;resource;app-key'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --show-secret 'Print it even where that is no terminal, as for a script that stores it'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;resource;launch-details'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;resource;help'= {
            cand publish 'Publish a course or an activity'
            cand list 'List every resource'
            cand show 'Show a resource'
            cand update 'Change a resource; its slug and UUID stay'
            cand unpublish 'Refuse launches and end visits; everything else stays'
            cand delete 'Delete a resource with its links, enrolments and grades; accounts and the launch log stay'
            cand app-key 'Print the key with which the app behind a resource may record scores'
            cand launch-details 'Print what to type into a platform to link to a resource by hand'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;resource;help;publish'= {
        }
        &'ltictl;resource;help;list'= {
        }
        &'ltictl;resource;help;show'= {
        }
        &'ltictl;resource;help;update'= {
        }
        &'ltictl;resource;help;unpublish'= {
        }
        &'ltictl;resource;help;delete'= {
        }
        &'ltictl;resource;help;app-key'= {
        }
        &'ltictl;resource;help;launch-details'= {
        }
        &'ltictl;resource;help;help'= {
        }
        &'ltictl;account'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand create 'Make an account'
            cand list 'List every account'
            cand show 'Show an account: person, linked users, enrolments, grants'
            cand update 'Change what an account says of its person'
            cand rename 'Give an account another username; its UUID stays'
            cand set-password 'Give an account a password to sign in with, or take it away'
            cand link 'Let a platform''s user have an account; e-mail addresses never do that by themselves'
            cand unlink 'Take an account away from a platform''s user'
            cand enable 'Let launches in again'
            cand disable 'Refuse its launches and end its visits, until it is enabled again'
            cand enrol 'Let an account take part in a resource, whatever its rules of enrolment'
            cand unenrol 'End an account''s part in a resource; its grade stays'
            cand grant 'Let content selection offer resources to an account'
            cand revoke 'Keep content selection from offering resources to an account'
            cand delete 'Delete an account with its links, enrolments and grades; the launch log stays'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;account;create'= {
            cand --name 'Full name; "" takes it away'
            cand --given-name 'Given name; "" takes it away'
            cand --family-name 'Family name; "" takes it away'
            cand --email 'E-mail address; "" takes it away'
            cand --locale 'Language tag, such as en or pt-BR; "" takes it away'
            cand --time-zone 'Time zone, such as Europe/Lisbon; "" takes it away'
            cand --institution 'School or university; "" takes it away'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --password-stdin 'Read a password from standard input'
            cand --if-not-exists 'Succeed, and change nothing, when it exists already'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;list'= {
            cand --resource 'Only those who take part in this resource'
            cand --columns 'Show these columns only, by their JSON names, such as slug,platform.issuer'
            cand --sort 'Sort by these keys; -KEY for the highest or newest first'
            cand --filter 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;show'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;update'= {
            cand --name 'Full name; "" takes it away'
            cand --given-name 'Given name; "" takes it away'
            cand --family-name 'Family name; "" takes it away'
            cand --email 'E-mail address; "" takes it away'
            cand --locale 'Language tag, such as en or pt-BR; "" takes it away'
            cand --time-zone 'Time zone, such as Europe/Lisbon; "" takes it away'
            cand --institution 'School or university; "" takes it away'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;rename'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;set-password'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --password-stdin 'Read the password from standard input instead of asking for it'
            cand --remove 'Take the password away'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;link'= {
            cand --registration 'Slug of the registration that the user''s launches come through'
            cand --sub 'The platform''s identifier of the person (sub), as `ltictl launch show` has it'
            cand --deployment 'Deployment ID; needed where users are told apart by it'
            cand --consumer-key 'Consumer key of LTI 1.1'
            cand --user-id 'user_id of LTI 1.1'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --if-not-exists 'Succeed, and change nothing, when that user has this account already'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;unlink'= {
            cand --registration 'Slug of the registration that the user''s launches come through'
            cand --sub 'The platform''s identifier of the person (sub), as `ltictl launch show` has it'
            cand --deployment 'Deployment ID; needed where users are told apart by it'
            cand --consumer-key 'Consumer key of LTI 1.1'
            cand --user-id 'user_id of LTI 1.1'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;enable'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;disable'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;enrol'= {
            cand --role-of 'Whose role it gets: teacher or student [default: student, or the one it has]'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;unenrol'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;grant'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --all 'Every resource, those of the future too'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;revoke'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --all 'Every resource, those of the future too'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;delete'= {
            cand --export 'Write person, links, enrolments and grades into this new file first, as JSON'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;account;help'= {
            cand create 'Make an account'
            cand list 'List every account'
            cand show 'Show an account: person, linked users, enrolments, grants'
            cand update 'Change what an account says of its person'
            cand rename 'Give an account another username; its UUID stays'
            cand set-password 'Give an account a password to sign in with, or take it away'
            cand link 'Let a platform''s user have an account; e-mail addresses never do that by themselves'
            cand unlink 'Take an account away from a platform''s user'
            cand enable 'Let launches in again'
            cand disable 'Refuse its launches and end its visits, until it is enabled again'
            cand enrol 'Let an account take part in a resource, whatever its rules of enrolment'
            cand unenrol 'End an account''s part in a resource; its grade stays'
            cand grant 'Let content selection offer resources to an account'
            cand revoke 'Keep content selection from offering resources to an account'
            cand delete 'Delete an account with its links, enrolments and grades; the launch log stays'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;account;help;create'= {
        }
        &'ltictl;account;help;list'= {
        }
        &'ltictl;account;help;show'= {
        }
        &'ltictl;account;help;update'= {
        }
        &'ltictl;account;help;rename'= {
        }
        &'ltictl;account;help;set-password'= {
        }
        &'ltictl;account;help;link'= {
        }
        &'ltictl;account;help;unlink'= {
        }
        &'ltictl;account;help;enable'= {
        }
        &'ltictl;account;help;disable'= {
        }
        &'ltictl;account;help;enrol'= {
        }
        &'ltictl;account;help;unenrol'= {
        }
        &'ltictl;account;help;grant'= {
        }
        &'ltictl;account;help;revoke'= {
        }
        &'ltictl;account;help;delete'= {
        }
        &'ltictl;account;help;help'= {
        }
        &'ltictl;grade'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand set 'Give somebody a grade, in place of the one that is there'
            cand list 'List the grades at a resource'
            cand show 'Show somebody''s grade at a resource'
            cand import 'Take grades from a CSV file: all of its rows, or none'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;grade;set'= {
            cand --maximum 'Out of how many [default: the resource''s highest grade]'
            cand --activity-progress 'How far the person has come [default: Completed]'
            cand --grading-progress 'How far the grading has come [default: FullyGraded]'
            cand --comment 'What you say of the work, as plain text'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;grade;list'= {
            cand --columns 'Show these columns only, by their JSON names, such as slug,platform.issuer'
            cand --sort 'Sort by these keys; -KEY for the highest or newest first'
            cand --filter 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;grade;show'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;grade;import'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;grade;help'= {
            cand set 'Give somebody a grade, in place of the one that is there'
            cand list 'List the grades at a resource'
            cand show 'Show somebody''s grade at a resource'
            cand import 'Take grades from a CSV file: all of its rows, or none'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;grade;help;set'= {
        }
        &'ltictl;grade;help;list'= {
        }
        &'ltictl;grade;help;show'= {
        }
        &'ltictl;grade;help;import'= {
        }
        &'ltictl;grade;help;help'= {
        }
        &'ltictl;consumer'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand add 'Add a shared secret of a consumer key; a key may have several'
            cand list 'List every consumer key'
            cand show 'Show a consumer key, without its secrets'
            cand remove 'Remove a consumer key with all its secrets; its users keep their accounts'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;consumer;add'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --secret-stdin 'Read the secret from standard input instead of asking for it'
            cand --if-not-exists 'Succeed, and change nothing, when the key has this secret already'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;consumer;list'= {
            cand --columns 'Show these columns only, by their JSON names, such as slug,platform.issuer'
            cand --sort 'Sort by these keys; -KEY for the highest or newest first'
            cand --filter 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;consumer;show'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;consumer;remove'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;consumer;help'= {
            cand add 'Add a shared secret of a consumer key; a key may have several'
            cand list 'List every consumer key'
            cand show 'Show a consumer key, without its secrets'
            cand remove 'Remove a consumer key with all its secrets; its users keep their accounts'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;consumer;help;add'= {
        }
        &'ltictl;consumer;help;list'= {
        }
        &'ltictl;consumer;help;show'= {
        }
        &'ltictl;consumer;help;remove'= {
        }
        &'ltictl;consumer;help;help'= {
        }
        &'ltictl;sync'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand grades 'Send the grades that platforms do not have yet'
            cand members 'Take over who takes part in courses on the platforms'
            cand status 'Show what platforms have, what waits, and what failed and why'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;sync;grades'= {
            cand --resource 'Only this resource'
            cand --concurrency 'How many requests one platform gets at the same time'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --dry-run 'Print what would be sent or changed, and do nothing'
            cand --allow-private-network 'Let every registration reach private networks, as for platforms on 10.x'
            cand --retry 'Try again at once what is stuck, also what a platform has refused'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;sync;members'= {
            cand --resource 'Only this resource'
            cand --concurrency 'How many requests one platform gets at the same time'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --dry-run 'Print what would be sent or changed, and do nothing'
            cand --allow-private-network 'Let every registration reach private networks, as for platforms on 10.x'
            cand --force 'Unenrol even when more than half would go'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;sync;status'= {
            cand --resource 'Only this resource'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;sync;help'= {
            cand grades 'Send the grades that platforms do not have yet'
            cand members 'Take over who takes part in courses on the platforms'
            cand status 'Show what platforms have, what waits, and what failed and why'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;sync;help;grades'= {
        }
        &'ltictl;sync;help;members'= {
        }
        &'ltictl;sync;help;status'= {
        }
        &'ltictl;sync;help;help'= {
        }
        &'ltictl;key'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List every key'
            cand rotate 'Make a new key that signs from now on; the old one stays in the keyset'
            cand retire 'Take a key out of the keyset for good and wipe its private half'
            cand export 'Print public keys for platforms that take no JWKS URL; private keys never leave the database'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;key;list'= {
            cand --columns 'Show these columns only, by their JSON names, such as slug,platform.issuer'
            cand --sort 'Sort by these keys; -KEY for the highest or newest first'
            cand --filter 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;key;rotate'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;key;retire'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -y 'Do not ask'
            cand --yes 'Do not ask'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;key;export'= {
            cand --format 'jwks: a JSON Web Key Set; pem: one public key'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;key;help'= {
            cand list 'List every key'
            cand rotate 'Make a new key that signs from now on; the old one stays in the keyset'
            cand retire 'Take a key out of the keyset for good and wipe its private half'
            cand export 'Print public keys for platforms that take no JWKS URL; private keys never leave the database'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;key;help;list'= {
        }
        &'ltictl;key;help;rotate'= {
        }
        &'ltictl;key;help;retire'= {
        }
        &'ltictl;key;help;export'= {
        }
        &'ltictl;key;help;help'= {
        }
        &'ltictl;launch'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List launches, the newest first'
            cand show 'Show one launch: the cause in full, who has to act, and the command that fixes it'
            cand follow 'Print launches as they come in, the last ten first, until Ctrl-C'
            cand stats 'Count launches for each registration: accepted, refused and why, the last success, and logins that never came back'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;launch;list'= {
            cand --registration 'Only those of this registration'
            cand --user 'Only those of this person, by the user ID (sub) that the platform gives them'
            cand --resource 'Only those of this resource'
            cand --reason 'Only those refused for this reason, such as deployment_unknown'
            cand --since 'Only those since then: 1h or 7d ago, a day, or a time such as 2026-11-25T08:00:00Z'
            cand --until 'Only those before then'
            cand --limit 'At most so many; conditions and order hold within these'
            cand --columns 'Show these columns only, by their JSON names, such as slug,platform.issuer'
            cand --sort 'Sort by these keys; -KEY for the highest or newest first'
            cand --filter 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --failed 'Only refused ones'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;launch;show'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;launch;follow'= {
            cand --registration 'Only those of this registration'
            cand --user 'Only those of this person, by the user ID (sub) that the platform gives them'
            cand --resource 'Only those of this resource'
            cand --reason 'Only those refused for this reason, such as deployment_unknown'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --failed 'Only refused ones'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;launch;stats'= {
            cand --since 'How far back: 1h or 7d, a day, or a time such as 2026-11-25T08:00:00Z'
            cand --registration 'Only this registration'
            cand --columns 'Show these columns only, by their JSON names, such as slug,platform.issuer'
            cand --sort 'Sort by these keys; -KEY for the highest or newest first'
            cand --filter 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;launch;help'= {
            cand list 'List launches, the newest first'
            cand show 'Show one launch: the cause in full, who has to act, and the command that fixes it'
            cand follow 'Print launches as they come in, the last ten first, until Ctrl-C'
            cand stats 'Count launches for each registration: accepted, refused and why, the last success, and logins that never came back'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;launch;help;list'= {
        }
        &'ltictl;launch;help;show'= {
        }
        &'ltictl;launch;help;follow'= {
        }
        &'ltictl;launch;help;stats'= {
        }
        &'ltictl;launch;help;help'= {
        }
        &'ltictl;audit'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List changes, the newest first'
            cand show 'Show one change: what was before beside what is after'
            cand verify 'Prove that no entry was altered, removed or put elsewhere'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;audit;list'= {
            cand --noun 'Only of such things: registration, deployment, resource, account, grade, key, setting, …'
            cand --name 'Only of the thing of this name, and of what belongs to it'
            cand --actor 'Only by this user, directly or through sudo; the server is called server'
            cand --via 'Only by this command or part of the server, such as "registration create" or launch'
            cand --action 'Only this: created, changed or deleted'
            cand --since 'Not before this time: how long ago (1h, 7d), a day, or an RFC 3339 time'
            cand --until 'Before this time, likewise'
            cand --limit 'At most so many; conditions and order hold within these'
            cand --columns 'Show these columns only, by their JSON names, such as slug,platform.issuer'
            cand --sort 'Sort by these keys; -KEY for the highest or newest first'
            cand --filter 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;audit;show'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;audit;verify'= {
            cand --expect 'A last hash that was kept elsewhere; some entry must have it'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;audit;help'= {
            cand list 'List changes, the newest first'
            cand show 'Show one change: what was before beside what is after'
            cand verify 'Prove that no entry was altered, removed or put elsewhere'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;audit;help;list'= {
        }
        &'ltictl;audit;help;show'= {
        }
        &'ltictl;audit;help;verify'= {
        }
        &'ltictl;audit;help;help'= {
        }
        &'ltictl;doctor'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --offline 'Ask neither the tool''s own server nor any platform'
            cand --live 'Ask each platform for an access token, as for grades and members; the token is thrown away'
            cand --allow-private-network 'Reach platforms in private networks, as ltictl serve --allow-private-network does'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;serve'= {
            cand --listen 'Address and port to listen on'
            cand --tls-cert 'Certificate chain in PEM, to serve TLS without a proxy'
            cand --tls-key 'Private key in PEM'
            cand --client-address-header 'Header in which your proxy puts the client''s address, such as X-Forwarded-For; used for rate limits only'
            cand --request-id-header 'Header in which your proxy names each request, such as X-Request-Id, for the log, error pages and `ltictl launch show`; without it names are the tool''s own'
            cand --metrics 'Serve metrics for Prometheus at /metrics of another address, 127.0.0.1:9464 unless it is given; they name registrations, so keep it away from the world'
            cand --log-format 'How log lines look on standard error'
            cand --log-level 'What is logged: error, warn, info, debug, or a filter such as ltictl=debug'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --allow-private-network 'Let every registration reach platforms in private networks, such as 10.x, dynamic registration included'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;sandbox'= {
            cand --listen 'Address and port to listen on'
            cand --registration 'Tell it about this tool: the registration whose tool details it gets (otherwise its page asks)'
            cand --resource 'The resource that its links lead to: sets the custom parameter id'
            cand --launch 'Launch once as this person through the running tool, say what came of it and end; may be repeated'
            cand --members 'Generated students in each course, beside the platform''s own people'
            cand --latency 'How long answers about grades and members take, such as 50ms or 2s'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;demo'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand --keep 'Leave both running afterwards, with the URLs to click'
            cand --dynamic 'Register the platform by registration URL (dynamic registration) instead of copying details back and forth'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;schema'= {
            cand --columns 'Show these columns only, by their JSON names, such as slug,platform.issuer'
            cand --sort 'Sort by these keys; -KEY for the highest or newest first'
            cand --filter 'Show what fits: KEY=VALUE, KEY!=VALUE, or KEY~TEXT for a part of it; again for further conditions'
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;completions'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;man'= {
            cand --db 'Database file [default: in your data directory]'
            cand -o 'How answers look'
            cand --output 'How answers look'
            cand -q 'Print identifiers only, one a line, and no remarks'
            cand --quiet 'Print identifiers only, one a line, and no remarks'
            cand --no-input 'Never ask; a missing value is an error that names its flag'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ltictl;help'= {
            cand init 'Set the tool up: database, settings, first signing key'
            cand config 'Read and change the tool''s settings'
            cand registration 'Learning platforms that use this tool'
            cand platform 'What a platform told you: issuer, client ID and its URLs'
            cand deployment 'Deployments of the tool within a platform'
            cand resource 'Courses and activities that platforms can link to'
            cand account 'People''s accounts on the tool, and the platform users who have them'
            cand grade 'What people have reached'
            cand consumer 'LTI 1.1 consumer keys, whose secrets sign migration claims'
            cand sync 'Grades out, members in'
            cand key 'The tool''s own signing keys'
            cand launch 'What came in, accepted or refused, and why'
            cand audit 'Who changed what, when and how'
            cand doctor 'Look for what keeps launches from working, and say what fixes it'
            cand serve 'Serve logins, launches and resources'
            cand sandbox 'Run a test platform on this machine'
            cand demo 'Show the whole story, from registration to grades and members, on this machine'
            cand schema 'Print the JSON Schema of an answer of -o json, or list them all'
            cand completions 'Print a completion script for a shell'
            cand man 'Write the manual pages into a directory'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ltictl;help;init'= {
        }
        &'ltictl;help;config'= {
            cand list 'List every setting'
            cand get 'Print one setting'
            cand set 'Change one setting'
        }
        &'ltictl;help;config;list'= {
        }
        &'ltictl;help;config;get'= {
        }
        &'ltictl;help;config;set'= {
        }
        &'ltictl;help;registration'= {
            cand create 'Make a draft and print the tool details that the platform asks for'
            cand list 'List every registration'
            cand show 'Show a registration: tool details, platform details, deployments'
            cand rename 'Give a registration another name; its slug and URLs stay'
            cand enable 'Let launches in again'
            cand disable 'Refuse every launch and end every session, until it is enabled again'
            cand delete 'Delete a registration with its deployments, courses and links; the launch log stays'
            cand url 'Print a fresh registration URL for platforms with dynamic registration; older ones serve no more'
            cand tool-details 'Print the URLs that the platform asks for, or the form of one LMS filled in'
        }
        &'ltictl;help;registration;create'= {
        }
        &'ltictl;help;registration;list'= {
        }
        &'ltictl;help;registration;show'= {
        }
        &'ltictl;help;registration;rename'= {
        }
        &'ltictl;help;registration;enable'= {
        }
        &'ltictl;help;registration;disable'= {
        }
        &'ltictl;help;registration;delete'= {
        }
        &'ltictl;help;registration;url'= {
        }
        &'ltictl;help;registration;tool-details'= {
        }
        &'ltictl;help;platform'= {
            cand set 'Store the platform''s details and policy; what is missing is asked for on a terminal'
            cand show 'Show the platform''s details and policy'
            cand import 'Take the platform''s details from JSON, from text pasted from the LMS, from a URL or from a preset'
        }
        &'ltictl;help;platform;set'= {
        }
        &'ltictl;help;platform;show'= {
        }
        &'ltictl;help;platform;import'= {
        }
        &'ltictl;help;deployment'= {
            cand add 'Add the deployment ID that the platform shows'
            cand list 'List a registration''s deployments'
            cand rename 'Give a deployment another name'
            cand remove 'Remove a deployment with its courses, links and sessions'
        }
        &'ltictl;help;deployment;add'= {
        }
        &'ltictl;help;deployment;list'= {
        }
        &'ltictl;help;deployment;rename'= {
        }
        &'ltictl;help;deployment;remove'= {
        }
        &'ltictl;help;resource'= {
            cand publish 'Publish a course or an activity'
            cand list 'List every resource'
            cand show 'Show a resource'
            cand update 'Change a resource; its slug and UUID stay'
            cand unpublish 'Refuse launches and end visits; everything else stays'
            cand delete 'Delete a resource with its links, enrolments and grades; accounts and the launch log stay'
            cand app-key 'Print the key with which the app behind a resource may record scores'
            cand launch-details 'Print what to type into a platform to link to a resource by hand'
        }
        &'ltictl;help;resource;publish'= {
        }
        &'ltictl;help;resource;list'= {
        }
        &'ltictl;help;resource;show'= {
        }
        &'ltictl;help;resource;update'= {
        }
        &'ltictl;help;resource;unpublish'= {
        }
        &'ltictl;help;resource;delete'= {
        }
        &'ltictl;help;resource;app-key'= {
        }
        &'ltictl;help;resource;launch-details'= {
        }
        &'ltictl;help;account'= {
            cand create 'Make an account'
            cand list 'List every account'
            cand show 'Show an account: person, linked users, enrolments, grants'
            cand update 'Change what an account says of its person'
            cand rename 'Give an account another username; its UUID stays'
            cand set-password 'Give an account a password to sign in with, or take it away'
            cand link 'Let a platform''s user have an account; e-mail addresses never do that by themselves'
            cand unlink 'Take an account away from a platform''s user'
            cand enable 'Let launches in again'
            cand disable 'Refuse its launches and end its visits, until it is enabled again'
            cand enrol 'Let an account take part in a resource, whatever its rules of enrolment'
            cand unenrol 'End an account''s part in a resource; its grade stays'
            cand grant 'Let content selection offer resources to an account'
            cand revoke 'Keep content selection from offering resources to an account'
            cand delete 'Delete an account with its links, enrolments and grades; the launch log stays'
        }
        &'ltictl;help;account;create'= {
        }
        &'ltictl;help;account;list'= {
        }
        &'ltictl;help;account;show'= {
        }
        &'ltictl;help;account;update'= {
        }
        &'ltictl;help;account;rename'= {
        }
        &'ltictl;help;account;set-password'= {
        }
        &'ltictl;help;account;link'= {
        }
        &'ltictl;help;account;unlink'= {
        }
        &'ltictl;help;account;enable'= {
        }
        &'ltictl;help;account;disable'= {
        }
        &'ltictl;help;account;enrol'= {
        }
        &'ltictl;help;account;unenrol'= {
        }
        &'ltictl;help;account;grant'= {
        }
        &'ltictl;help;account;revoke'= {
        }
        &'ltictl;help;account;delete'= {
        }
        &'ltictl;help;grade'= {
            cand set 'Give somebody a grade, in place of the one that is there'
            cand list 'List the grades at a resource'
            cand show 'Show somebody''s grade at a resource'
            cand import 'Take grades from a CSV file: all of its rows, or none'
        }
        &'ltictl;help;grade;set'= {
        }
        &'ltictl;help;grade;list'= {
        }
        &'ltictl;help;grade;show'= {
        }
        &'ltictl;help;grade;import'= {
        }
        &'ltictl;help;consumer'= {
            cand add 'Add a shared secret of a consumer key; a key may have several'
            cand list 'List every consumer key'
            cand show 'Show a consumer key, without its secrets'
            cand remove 'Remove a consumer key with all its secrets; its users keep their accounts'
        }
        &'ltictl;help;consumer;add'= {
        }
        &'ltictl;help;consumer;list'= {
        }
        &'ltictl;help;consumer;show'= {
        }
        &'ltictl;help;consumer;remove'= {
        }
        &'ltictl;help;sync'= {
            cand grades 'Send the grades that platforms do not have yet'
            cand members 'Take over who takes part in courses on the platforms'
            cand status 'Show what platforms have, what waits, and what failed and why'
        }
        &'ltictl;help;sync;grades'= {
        }
        &'ltictl;help;sync;members'= {
        }
        &'ltictl;help;sync;status'= {
        }
        &'ltictl;help;key'= {
            cand list 'List every key'
            cand rotate 'Make a new key that signs from now on; the old one stays in the keyset'
            cand retire 'Take a key out of the keyset for good and wipe its private half'
            cand export 'Print public keys for platforms that take no JWKS URL; private keys never leave the database'
        }
        &'ltictl;help;key;list'= {
        }
        &'ltictl;help;key;rotate'= {
        }
        &'ltictl;help;key;retire'= {
        }
        &'ltictl;help;key;export'= {
        }
        &'ltictl;help;launch'= {
            cand list 'List launches, the newest first'
            cand show 'Show one launch: the cause in full, who has to act, and the command that fixes it'
            cand follow 'Print launches as they come in, the last ten first, until Ctrl-C'
            cand stats 'Count launches for each registration: accepted, refused and why, the last success, and logins that never came back'
        }
        &'ltictl;help;launch;list'= {
        }
        &'ltictl;help;launch;show'= {
        }
        &'ltictl;help;launch;follow'= {
        }
        &'ltictl;help;launch;stats'= {
        }
        &'ltictl;help;audit'= {
            cand list 'List changes, the newest first'
            cand show 'Show one change: what was before beside what is after'
            cand verify 'Prove that no entry was altered, removed or put elsewhere'
        }
        &'ltictl;help;audit;list'= {
        }
        &'ltictl;help;audit;show'= {
        }
        &'ltictl;help;audit;verify'= {
        }
        &'ltictl;help;doctor'= {
        }
        &'ltictl;help;serve'= {
        }
        &'ltictl;help;sandbox'= {
        }
        &'ltictl;help;demo'= {
        }
        &'ltictl;help;schema'= {
        }
        &'ltictl;help;completions'= {
        }
        &'ltictl;help;man'= {
        }
        &'ltictl;help;help'= {
        }
    ]
    $completions[$command]
}
