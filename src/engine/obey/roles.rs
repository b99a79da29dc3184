//! Who may do what, by the kernel's word for who is asking.

use crate::control::protocol::Peer;
use crate::engine::shared::{Role, Roles};

impl Roles {
    /// The highest role listed for the peer, by name or `@group`. With no roles listed at all, the store's owner may do
    /// everything and everybody else may look.
    pub fn of(&self, peer: &Peer) -> Role {
        let listed = |names: &[String]| names.iter().any(|name| self.is(peer, name));
        if listed(&self.approver) {
            Role::Approver
        } else if listed(&self.operator) {
            Role::Operator
        } else if self.operator.is_empty() && self.approver.is_empty() && peer.uid == self.owner {
            Role::Approver
        } else {
            Role::Observer
        }
    }

    /// Whether the peer counts where two people are asked for: root and shared accounts may be anybody, also the same person
    /// again. With no roles listed only the store's owner may act, so the question does not arise.
    pub fn is_one_person(&self, peer: &Peer) -> bool {
        let anybody = peer.uid == 0 || self.shared.iter().any(|name| self.is(peer, name));
        let listed = !(self.operator.is_empty() && self.approver.is_empty());
        !(anybody && listed)
    }

    /// Whether somebody of this role may be the second person: an approver, where approvers are listed.
    pub fn may_agree(&self, role: Role) -> bool {
        role >= Role::Approver || self.approver.is_empty()
    }

    fn is(&self, peer: &Peer, name: &str) -> bool {
        match name.strip_prefix('@') {
            None => name == peer.name,
            Some(group) => self
                .groups
                .get(&peer.name)
                .is_some_and(|groups| groups.iter().any(|g| g == group)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_follow_names_and_groups_and_default_to_the_owner() {
        let peer = |uid, name: &str| Peer {
            uid,
            gid: uid,
            name: name.into(),
        };
        let open = Roles {
            owner: 501,
            ..Roles::default()
        };
        assert_eq!(open.of(&peer(501, "anna")), Role::Approver);
        assert_eq!(open.of(&peer(502, "ben")), Role::Observer);
        let listed = Roles {
            operator: vec!["@mac-ops".into()],
            approver: vec!["anna".into()],
            owner: 0,
            groups: [("ben".to_owned(), vec!["mac-ops".to_owned()])].into(),
            ..Roles::default()
        };
        assert_eq!(listed.of(&peer(501, "anna")), Role::Approver);
        assert_eq!(listed.of(&peer(502, "ben")), Role::Operator);
        assert_eq!(listed.of(&peer(0, "root")), Role::Observer);
    }
}
