//! Who is who on this machine, for roles: the store's owner and everybody's groups.

use crate::config::Config;
use crate::engine::Roles;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;

/// The configuration's roles, with the owner of the store and the members of every group filled in.
pub fn roles(config: &Config) -> Roles {
    let owner = std::fs::metadata(&config.store)
        .map_or_else(|_| rustix::process::geteuid().as_raw(), |meta| meta.uid());
    Roles {
        observer: config.roles.observer.clone(),
        operator: config.roles.operator.clone(),
        approver: config.roles.approver.clone(),
        shared: config.roles.shared.clone(),
        two_people_above: config.control.two_people_above,
        owner,
        groups: groups(&std::fs::read_to_string("/etc/group").unwrap_or_default()),
    }
}

/// User name → group names, from the text of `/etc/group`.
fn groups(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in text.lines() {
        let mut fields = line.split(':');
        let (Some(group), Some(members)) = (fields.next(), fields.nth(2)) else {
            continue;
        };
        for member in members
            .split(',')
            .map(str::trim)
            .filter(|member| !member.is_empty())
        {
            groups
                .entry(member.to_owned())
                .or_default()
                .push(group.to_owned());
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_by_member() {
        let groups = groups("root:x:0:\nmac-ops:x:998:anna, ben\nstaff:x:50:anna\nbroken line\n");
        assert_eq!(groups["anna"], ["mac-ops", "staff"]);
        assert_eq!(groups["ben"], ["mac-ops"]);
        assert_eq!(groups.get("root"), None);
    }
}
