#!/bin/sh
# Prints the configuration profiles of this Mac, those of the whole computer, not of single users.
#
# Runs as root through Fleet. Changes nothing.
#
# One line each:  PROFILE com.acme.wifi
# Last line:      PROFILES count=N
# Exit code: 0 printed   1 macOS would not list them   4 not root
set -u

if [ -z "${DROVER_ROOT:-}" ] && [ "$(id -u)" -ne 0 ]; then
    echo "this script must run as root" >&2
    exit 4
fi

# The list as XML: one dictionary of arrays, one array for the computer and one for each user. A profile is a dictionary
# in such an array; its identifier is the string after the key ProfileIdentifier.
listed=$(profiles list -output stdout-xml 2>/dev/null) || listed=""
case "$listed" in
    *"<plist"*"</plist>"*) ;;
    *)
        echo "macOS did not list its profiles" >&2
        exit 1
        ;;
esac

printf '%s\n' "$listed" | awk '
    # Each tag on a line of its own, whoever wrote the XML. RS of one character is all that every awk knows.
    BEGIN { RS = "<" }
    {
        end = index($0, ">")
        if (end == 0) next
        tag = substr($0, 1, end - 1)
        text = substr($0, end + 1)
        if (tag ~ /\/$/) next
        if (tag == "dict" || tag == "array") { depth++; next }
        if (tag == "/dict" || tag == "/array") { depth--; next }
        # <plist><dict>: 1 is whose profiles they are.
        if (tag == "key" && depth == 1) { computer = (text == "_computerlevel"); next }
        # <array><dict>: 3 is one profile.
        if (tag == "key" && depth == 3) { wanted = (text == "ProfileIdentifier"); next }
        if (tag == "string" && depth == 3 && computer && wanted) {
            gsub(/[ \t\r\n]+/, " ", text)
            gsub(/&lt;/, "<", text)
            gsub(/&gt;/, ">", text)
            gsub(/&amp;/, "\\&", text)
            print "PROFILE " text
            count++
            wanted = 0
        }
    }
    END { print "PROFILES count=" count + 0 }
'
