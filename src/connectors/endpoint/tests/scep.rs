use super::bench::*;
use crate::connectors::endpoint::Endpoint;
use crate::model::fault::{Fault, FaultKind};
use serde_json::{Value as Json, json};
use std::net::SocketAddr;

async fn scep(endpoint: &Endpoint, address: SocketAddr) -> Result<Json, Fault> {
    let input =
        json!({"url": format!("https://{NAME}/scep?profile=1"), "address": address.to_string()});
    let reply = call(endpoint, "endpoint.scep_ca", input).await?;
    Ok(reply.result)
}

/// A `SignedData` without a signature around these certificates, in the order given.
fn bundle(certificates: &[&[u8]]) -> Vec<u8> {
    let tlv = |tag: u8, content: &[u8]| {
        let length = content.len();
        let mut head = vec![tag, 0x83];
        head.extend(&u32::try_from(length).unwrap().to_be_bytes()[1..]);
        [head, content.to_vec()].concat()
    };
    const DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    const SIGNED: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    let parts = [
        vec![2, 1, 1],
        tlv(0x31, &[]),
        tlv(0x30, DATA),
        tlv(0xa0, &certificates.concat()),
        tlv(0x31, &[]),
    ];
    let signed = tlv(0x30, &parts.concat());
    tlv(0x30, &[SIGNED.to_vec(), tlv(0xa0, &signed)].concat())
}

#[tokio::test]
async fn the_ca_of_a_scep_address_is_told_alone_or_in_a_bundle() {
    let ca = authority("Acme CA", 2120);
    let shown = leaf(Some(&ca), NAME, GOOD);
    let (old, new) = (authority("SCEP CA", 2031), authority("SCEP CA", 2033));
    let helper = leaf(Some(&old), "ra.acme.example", GOOD);
    let mut found = Vec::new();
    for body in [
        old.der().to_vec(),
        bundle(&[&helper.der, old.der()]),
        bundle(&[old.der(), &helper.der]),
        new.der().to_vec(),
    ] {
        let (address, asked) = serve(
            &shown,
            answer(
                "200 OK",
                "content-type: application/x-x509-ca-cert\r\n",
                &body,
            ),
        )
        .await;
        found.push(scep(&connector(&ca), address).await.unwrap());
        let asked = asked.lock().unwrap();
        assert!(
            asked[0].starts_with("GET /scep?profile=1&operation=GetCACert&message= "),
            "{asked:?}"
        );
    }
    let fingerprints: Vec<&Json> = found.iter().map(|ca| &ca["fingerprint"]).collect();
    assert_eq!(fingerprints[0], fingerprints[1]);
    assert_eq!(fingerprints[0], fingerprints[2]);
    assert_ne!(
        fingerprints[0], fingerprints[3],
        "the other CA has the same name"
    );
    assert_eq!(
        (&found[0]["years_left"], &found[3]["years_left"]),
        (&json!(4.8), &json!(6.8))
    );
    assert!(found[0]["subject"].as_str().unwrap().contains("SCEP CA"));
}

#[tokio::test]
async fn what_is_no_scep_answer_is_a_fault() {
    let ca = authority("Acme CA", 2120);
    let shown = leaf(Some(&ca), NAME, GOOD);
    let no_authority = leaf(Some(&ca), NAME, GOOD);
    // More is announced than comes.
    let slow = b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nab".to_vec();
    for (answered, kind, said) in [
        (
            answer("200 OK", "", b"<html>sign in</html>"),
            FaultKind::BadReply,
            "SCEP address",
        ),
        (
            answer("200 OK", "", &bundle(&[])),
            FaultKind::BadReply,
            "SCEP address",
        ),
        (
            answer("200 OK", "", &bundle(&[&no_authority.der])),
            FaultKind::BadReply,
            "SCEP address",
        ),
        (
            answer("200 OK", "", &vec![0x30; 70_000]),
            FaultKind::BadReply,
            "65536 bytes",
        ),
        (
            answer("404 Not Found", "", b""),
            FaultKind::NotFound,
            "SCEP address",
        ),
        (
            answer("307 Temporary Redirect", "location: /x\r\n", b""),
            FaultKind::BadReply,
            "redirect",
        ),
        (slow, FaultKind::Timeout, "within"),
    ] {
        let (address, _) = serve(&shown, answered).await;
        let fault = scep(&connector(&ca), address).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
        assert!(fault.message.contains(said), "{fault}");
    }
}
