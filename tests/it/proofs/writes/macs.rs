//! The Macs that Jamf has, asked for as any client would.

use crate::support::Company;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

pub(super) struct Mac {
    pub(super) serial: String,
    pub(super) uuid: String,
}

/// Every Mac that Jamf manages. A serial that Jamf knows twice is left out: one of its records is no Mac's, and whoever
/// clicks with that one's UUID orders nobody.
pub(super) fn macs_of(company: &Company) -> Vec<Mac> {
    let secret = company
        .secrets
        .iter()
        .find(|(name, _)| name == "JAMF_CLIENT_SECRET");
    let config = std::fs::read_to_string(company.path("drover.toml")).unwrap();
    let id = config
        .lines()
        .find_map(|line| line.strip_prefix("client_id = "));
    let form = format!(
        "client_id={}&client_secret={}&grant_type=client_credentials",
        id.unwrap().trim_matches('"'),
        secret.unwrap().1
    );
    let jamf = company.port + 1;
    let token = ask(jamf, "POST", "/api/v1/oauth/token", "", &form);
    let token = token["access_token"].as_str().unwrap();
    let list = "/api/v4/computers-inventory?section=GENERAL&section=HARDWARE&page=0&page-size=2000";
    let found = ask(
        jamf,
        "GET",
        list,
        &format!("Authorization: Bearer {token}\r\n"),
        "",
    );
    let computers = found["results"].as_array().unwrap().iter();
    let managed =
        computers.filter(|computer| computer["general"]["remoteManagement"]["managed"] == true);
    let mut macs: Vec<Mac> = managed
        .filter_map(|computer| {
            Some(Mac {
                serial: computer["hardware"]["serialNumber"].as_str()?.to_owned(),
                uuid: computer["udid"].as_str()?.to_owned(),
            })
        })
        .collect();
    let mut times = BTreeMap::<String, usize>::new();
    for mac in &macs {
        *times.entry(mac.serial.clone()).or_default() += 1;
    }
    macs.retain(|mac| times[&mac.serial] == 1);
    macs
}

fn ask(port: u16, method: &str, target: &str, headers: &str, form: &str) -> Json {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap_or_else(|_| panic!("{text}"))
}
