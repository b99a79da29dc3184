#!/bin/sh
# Helps a Mac that is stuck between Jamf Pro and Fleet.
#
# Runs as root through Fleet. Looks first, then does the one thing that helps:
#   managed by Fleet already        → nothing
#   Jamf's MDM profile still there  → asks Jamf's own tool to remove it
#   managed by nobody               → asks macOS to show Fleet's enrollment to whoever is logged in
# Safe to run twice. It never removes anybody else's profile.
#
# Last line: ENROLLMENT verdict=enrolled|removed|asked|nobody|refused
# Exit code: 0 enrolled, removed or asked   1 refused: Jamf's profile would not go   2 nobody is logged in
#            4 not root
set -u

JAMF_PROFILE="00000000-0000-0000-A000-4A414D460003"
JAMF_BINARY="${DROVER_ROOT:-}/usr/local/jamf/bin/jamf"

say() { printf '%s\n' "$*"; }

verdict() {
    say "ENROLLMENT verdict=$1"
    exit "$2"
}

jamf_profile_installed() {
    profiles -C -v 2>/dev/null | grep -q "$JAMF_PROFILE"
}

# The host of the MDM server this Mac names, read by its label; empty when it names none.
mdm_server() {
    profiles status -type enrollment 2>/dev/null | sed -n 's/^ *MDM server: *//p' | head -n 1
}

if [ -z "${DROVER_ROOT:-}" ] && [ "$(id -u)" -ne 0 ]; then
    say "this script must run as root"
    verdict refused 4
fi

if jamf_profile_installed; then
    say "Jamf's MDM profile is still installed"
    if [ -x "$JAMF_BINARY" ]; then
        "$JAMF_BINARY" removeMdmProfile 2>&1 | tail -n 3
    fi
    if jamf_profile_installed; then
        say "it would not go: a profile that the server installed can only be removed by the server"
        verdict refused 1
    fi
    verdict removed 0
fi

server=$(mdm_server)
case "$server" in
    */mdm/apple/mdm*)
        say "this Mac names $server"
        verdict enrolled 0
        ;;
esac

user=$(stat -f %Su /dev/console 2>/dev/null) || user=""
case "$user" in
    "" | root | loginwindow | _mbsetupuser)
        say "nobody is logged in to see the enrollment"
        verdict nobody 2
        ;;
esac
say "asking $user to enrol"
launchctl asuser "$(id -u "$user")" profiles renew -type enrollment 2>&1 | tail -n 3
verdict asked 0
