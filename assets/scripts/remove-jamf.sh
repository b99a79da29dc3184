#!/bin/sh
# Removes what Jamf Pro leaves on a Mac after its MDM profile has gone.
#
# Runs as root through Fleet. Safe to run twice: every item is looked at first, removed only when it is there, and
# looked at again. It never touches an MDM profile, Jamf Connect, Jamf Protect, or any account.
#
# Last line: JAMF_REMOVAL verdict=clean|partial|blocked items=N left=N
# Exit code: 0 clean     nothing of Jamf is left
#            1 partial   something would not go; the lines above name it
#            3 blocked   Jamf's MDM profile is still installed; nothing was touched
#            4 not root
set -u

ROOT="${DROVER_ROOT:-}"                       # a folder that stands in for / in rehearsals
JAMF_PROFILE="00000000-0000-0000-A000-4A414D460003"
JAMF_BINARY="$ROOT/usr/local/jamf/bin/jamf"
removed=0
left=0

say() { printf '%s\n' "$*"; }

verdict() {
    say "JAMF_REMOVAL verdict=$1 items=$removed left=$left"
    exit "$2"
}

# Whether Jamf's MDM profile is installed: yes, no, or unknown when the Mac would not say.
jamf_profile() {
    listed=$(profiles -C -v 2>/dev/null) || { echo unknown; return; }
    case "$listed" in
        *"$JAMF_PROFILE"*) echo yes ;;
        *) echo no ;;
    esac
}

# Removes one path when it is there, and says what became of it.
remove() {
    path="$ROOT$1"
    if [ ! -e "$path" ] && [ ! -L "$path" ]; then
        return 0
    fi
    rm -rf -- "$path" 2>/dev/null
    if [ -e "$path" ] || [ -L "$path" ]; then
        left=$((left + 1))
        say "left     $1"
    else
        removed=$((removed + 1))
        say "removed  $1"
    fi
}

# Unloads a launchd job by its plist's path (a label is not always the file's name), then removes the plist.
remove_job() {
    domain="$1"
    plist="$2"
    if [ -e "$ROOT$plist" ]; then
        launchctl bootout "$domain" "$ROOT$plist" >/dev/null 2>&1
        remove "$plist"
    fi
}

if [ -z "$ROOT" ] && [ "$(id -u)" -ne 0 ]; then
    say "this script must run as root"
    verdict blocked 4
fi

case "$(jamf_profile)" in
    yes)
        say "Jamf's MDM profile $JAMF_PROFILE is still installed"
        left=1
        verdict blocked 3
        ;;
    unknown)
        say "the list of profiles could not be read"
        left=1
        verdict partial 1
        ;;
esac

# Where Self Service was put, before the preference that says so goes.
self_service=$(defaults read "$ROOT/Library/Preferences/com.jamfsoftware.jamf" self_service_app_path 2>/dev/null) || self_service=""

# Jamf's own removal knows its own version best; the list below catches what it leaves.
if [ -x "$JAMF_BINARY" ]; then
    if "$JAMF_BINARY" removeFramework >/dev/null 2>&1; then
        say "ran      jamf removeFramework"
    else
        say "failed   jamf removeFramework; going on by hand"
    fi
fi

for plist in com.jamf.management.daemon com.jamfsoftware.task.1 com.jamfsoftware.startupItem com.jamfsoftware.jamf.daemon; do
    remove_job system "/Library/LaunchDaemons/$plist.plist"
done
user=$(stat -f %u /dev/console 2>/dev/null) || user=""
for plist in com.jamf.management.agent com.jamfsoftware.jamf.agent; do
    if [ -n "$user" ]; then
        remove_job "gui/$user" "/Library/LaunchAgents/$plist.plist"
    else
        remove "/Library/LaunchAgents/$plist.plist"
    fi
done
for process in JamfDaemon JamfAgent JamfAAD; do
    killall "$process" >/dev/null 2>&1
done

remove /usr/local/bin/jamf
remove /usr/local/bin/jamfAgent
remove /usr/local/jamf
remove /usr/sbin/jamf
remove "/Library/Application Support/JAMF"
remove /Library/Preferences/com.jamfsoftware.jamf.plist
remove /Library/Preferences/com.jamf.management.jamfAAD.plist
case "$self_service" in
    /Applications/*.app) remove "$self_service" ;;
esac
remove "/Applications/Self Service.app"
remove "/Applications/Self Service+.app"
for home in "$ROOT"/Users/*; do
    [ -d "$home" ] || continue
    home="${home#"$ROOT"}"
    remove "$home/Library/Preferences/com.jamfsoftware.selfservice.mac.plist"
    remove "$home/Library/Preferences/com.jamfsoftware.management.jamfAAD.plist"
    remove "$home/Library/Application Support/com.jamfsoftware.selfservice.mac"
    remove "$home/Library/Saved Application State/com.jamfsoftware.selfservice.mac.savedState"
done
if pkgutil --pkg-info com.jamfsoftware.osxenrollment >/dev/null 2>&1; then
    pkgutil --forget com.jamfsoftware.osxenrollment >/dev/null 2>&1 && say "forgot   receipt com.jamfsoftware.osxenrollment"
fi

if [ "$left" -eq 0 ]; then
    verdict clean 0
fi
verdict partial 1
