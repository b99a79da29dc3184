//! The old server's records, as its admins hold them: the export for the new server, an inventory, a backup.

use super::mac::Mac;
use super::state::State;
use crate::model::hash::sha256_hex;
use crate::model::random::Random;
use crate::model::time::Time;
use serde_json::json;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// What the tool writes as the time of every row, to know again which rows no Mac has touched (`api/fleet.md` §12.2).
const REFERENCE: &str = "2000-01-01 00:00:00";

/// What it takes to reach a Mac.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushInformation {
    pub magic: String,
    /// Hexadecimal.
    pub token: String,
    /// `com.apple.mgmt.External.…`
    pub topic: String,
}

impl State {
    /// What the old server needs to push to a Mac; none when it has left.
    pub fn push_information(&self, index: usize) -> Option<PushInformation> {
        let handover = self.handover.as_ref()?;
        let mac = self.macs.get(index)?;
        if !handover.tenants.get(index)?.enrolled {
            return None;
        }
        let mut random = Random::named(self.seed, &format!("push {}", mac.uuid));
        Some(PushInformation {
            magic: random.uuid(),
            token: sha256_hex(random.uuid().as_bytes()),
            topic: format!("com.apple.mgmt.External.{}", handover.topic),
        })
    }

    /// Writes the export that the new server was given, and remembers where it lies.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_records(&mut self, path: &Path) -> io::Result<()> {
        std::fs::write(path, self.records_text())?;
        if let Some(handover) = &mut self.handover {
            handover.records = Some(path.to_owned());
        }
        Ok(())
    }

    /// Writes the old server's inventory: serial, UDID, name, and whether it can be pushed to.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_inventory(&self, path: &Path) -> io::Result<()> {
        let mut text = String::from("serial,udid,computer_name,push\n");
        for mac in &self.macs {
            let push = self.tenant(mac.index).is_some_and(|tenant| tenant.enrolled);
            let name = mac.name.replace('"', "\"\"");
            let push = if push { "yes" } else { "no" };
            let _ = writeln!(text, "{},{},\"{name}\",{push}", mac.serial, mac.uuid);
        }
        std::fs::write(path, text)
    }

    fn records_text(&self) -> String {
        let mut text = String::new();
        for mac in &self.macs {
            let Some(tenant) = self.tenant(mac.index).filter(|tenant| tenant.given) else {
                continue;
            };
            let Some(push) = self.push_information(mac.index) else {
                continue;
            };
            let serial = tenant.given_serial.as_ref().unwrap_or(&mac.serial);
            device(&mut text, mac, serial, &push);
            enrollment(&mut text, mac, &push);
            let identity = if tenant.known {
                "identity"
            } else {
                "an earlier identity"
            };
            let hash = sha256_hex(format!("{identity} of {}", mac.uuid).as_bytes());
            certificate(&mut text, &mac.uuid, &hash, tenant.identity_until);
        }
        text.push('\n');
        text
    }

    pub(super) fn old_database(&self) -> String {
        let mut text = String::new();
        for mac in &self.macs {
            let Some(tenant) = self.tenant(mac.index) else {
                continue;
            };
            let line = json!({
                "udid": mac.uuid,
                "serial_number": mac.serial,
                "device_name": mac.name,
                "enrolled": tenant.enrolled,
                "last_seen": tenant.old_seen,
            });
            let _ = writeln!(text, "{line}");
        }
        text
    }
}

fn plist(inner: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\"><dict>{inner}</dict></plist>\n"
    )
}

/// The end of a statement: rows that a Mac has touched stay as they are.
fn unless_touched(table: &str, udid: &str) -> String {
    format!(
        "WHERE\n    NOT EXISTS (\n        SELECT 1 FROM {table}\n        WHERE id = '{udid}' AND updated_at != '{REFERENCE}'\n    )\n\
         ON DUPLICATE KEY UPDATE\n    updated_at = updated_at"
    )
}

fn device(text: &mut String, mac: &Mac, serial: &str, push: &super::PushInformation) {
    let udid = &mac.uuid;
    let authenticate = plist(&format!(
        "<key>MessageType</key><string>Authenticate</string><key>UDID</key><string>{udid}</string>\
         <key>SerialNumber</key><string>{serial}</string><key>DeviceName</key><string>{}</string>",
        mac.name
    ));
    let token = plist(&format!(
        "<key>MessageType</key><string>TokenUpdate</string><key>UDID</key><string>{udid}</string>\
         <key>PushMagic</key><string>{}</string><key>Topic</key><string>{}</string>",
        push.magic, push.topic
    ));
    let _ = write!(
        text,
        "\nINSERT INTO nano_devices\n    (id, serial_number, authenticate, authenticate_at, token_update, token_update_at, \
         bootstrap_token_b64, bootstrap_token_at, identity_cert, updated_at)\nSELECT\n      '{udid}',\n      '{serial}',\n      \
         '{authenticate}',\n      CURRENT_TIMESTAMP,\n      '{token}',\n      CURRENT_TIMESTAMP,\n      NULLIF('', ''),\n      \
         CURRENT_TIMESTAMP,\n      NULLIF('', ''),\n      '{REFERENCE}'\n{},\n    serial_number = VALUES(serial_number);\n",
        unless_touched("nano_devices", udid)
    );
}

fn enrollment(text: &mut String, mac: &Mac, push: &super::PushInformation) {
    let udid = &mac.uuid;
    let _ = write!(
        text,
        "\nINSERT INTO nano_enrollments\n    (id, device_id, user_id, type, topic, push_magic, token_hex, enabled, \
         last_seen_at, enrolled_from_migration, token_update_tally, updated_at)\nSELECT\n      '{udid}',\n      '{udid}',\n      \
         NULL,\n      'Device',\n      '{}',\n      '{}',\n      '{}',\n      true,\n      CURRENT_TIMESTAMP,\n      1,\n      1,\n      \
         '{REFERENCE}'\n{},\n    last_seen_at = CURRENT_TIMESTAMP;\n",
        push.topic,
        push.magic,
        push.token,
        unless_touched("nano_enrollments", udid)
    );
}

fn certificate(text: &mut String, udid: &str, hash: &str, until: Time) {
    let until = until.to_chrono().format("%Y-%m-%d %H:%M:%S");
    let _ = write!(
        text,
        "\nINSERT INTO nano_cert_auth_associations\n    (id, sha256, cert_not_valid_after, updated_at)\nSELECT\n    \
         '{udid}', '{hash}', NULLIF('{until}', ''), '{REFERENCE}'\n{},\n    sha256 = VALUES(sha256);\n",
        unless_touched("nano_cert_auth_associations", udid)
    );
}
