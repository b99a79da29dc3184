//! The names behind the kernel's numbers, from `/etc/passwd` and `/etc/group`.
//!
//! A user who is known only to a directory service has no line there and is shown as `uid 1234`; roles may name that.

use super::protocol::Peer;
use crate::model::text;

const USERS: &str = "/etc/passwd";
const GROUPS: &str = "/etc/group";

/// Who has this number, by name.
pub fn peer(uid: u32, gid: u32) -> Peer {
    let users = std::fs::read_to_string(USERS).unwrap_or_default();
    Peer {
        uid,
        gid,
        name: name_of(&users, uid).unwrap_or_else(|| format!("uid {uid}")),
    }
}

/// The number of a group; `None` when no group has this name.
pub fn group_id(name: &str) -> Option<u32> {
    id_of(&std::fs::read_to_string(GROUPS).unwrap_or_default(), name)
}

/// Whether the peer is in this group, as its primary group or as one of the group's members.
pub fn in_group(peer: &Peer, group: &str) -> bool {
    let groups = std::fs::read_to_string(GROUPS).unwrap_or_default();
    belongs(&groups, peer, group)
}

fn name_of(users: &str, uid: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next().filter(|name| !name.is_empty())?;
        let id: u32 = parts.nth(1)?.parse().ok()?;
        (id == uid).then(|| text::clean_short(name, 64))
    })
}

fn id_of(groups: &str, name: &str) -> Option<u32> {
    let line = line_of(groups, name)?;
    line.split(':').nth(2)?.parse().ok()
}

fn belongs(groups: &str, peer: &Peer, group: &str) -> bool {
    let Some(line) = line_of(groups, group) else {
        return false;
    };
    let mut parts = line.split(':').skip(2);
    let primary = parts.next().and_then(|id| id.parse().ok()) == Some(peer.gid);
    let mut members = parts.next().unwrap_or_default().split(',');
    primary || members.any(|member| member.trim() == peer.name)
}

fn line_of<'a>(groups: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = groups.lines();
    lines.find(|line| !name.is_empty() && line.split(':').next() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0::/root:/bin/sh\nanna:x:1001:100::/home/anna:/bin/zsh\n";
    const GROUP: &str = "staff:x:100:\nmac-ops:x:2000:anna,bert\nempty:x:2001:\n";

    fn anna() -> Peer {
        Peer {
            uid: 1001,
            gid: 100,
            name: "anna".into(),
        }
    }

    #[test]
    fn a_number_has_the_name_its_line_gives_it() {
        assert_eq!(name_of(PASSWD, 1001).as_deref(), Some("anna"));
        assert_eq!(name_of(PASSWD, 1002), None);
        assert_eq!(peer(4_000_000_000, 1).name, "uid 4000000000");
        assert_eq!(peer(0, 0).name, "root");
    }

    #[test]
    fn members_are_those_listed_and_those_whose_primary_group_it_is() {
        assert_eq!(id_of(GROUP, "mac-ops"), Some(2000));
        assert_eq!(id_of(GROUP, "nobody-here"), None);
        assert!(belongs(GROUP, &anna(), "mac-ops"));
        assert!(belongs(GROUP, &anna(), "staff"));
        assert!(!belongs(GROUP, &anna(), "empty"));
        assert!(!belongs(GROUP, &anna(), ""));
    }
}
