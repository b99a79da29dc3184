//! What is told of a certificate.

use crate::model::hash::sha256_hex;
use crate::model::text::clean_short;
use crate::model::time::Time;
use std::net::{Ipv4Addr, Ipv6Addr};
use x509_parser::asn1_rs::{Any, Class, FromBer, Oid, Tag, oid};
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;
use x509_parser::time::ASN1Time;

/// The longest name that is kept: no DNS name is longer.
const LONGEST: usize = 253;
/// A certificate for more names than this is told without the rest.
const MOST_NAMES: usize = 100;
/// More certificates than this are no answer of a CA.
const MOST_CERTIFICATES: usize = 16;

/// A certificate, without its key and signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    /// SHA-256 of the whole, in hex.
    pub fingerprint: String,
    pub subject: String,
    pub issuer: String,
    /// DNS names and addresses it is for.
    pub names: Vec<String>,
    pub not_before: Time,
    pub not_after: Time,
    /// It may sign others.
    pub is_ca: bool,
}

impl Certificate {
    /// None for what is no certificate, or has something behind it.
    pub fn read(der: &[u8]) -> Option<Self> {
        let (rest, found) = parse_x509_certificate(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let time = |at: ASN1Time| Time::from_millis(at.timestamp().saturating_mul(1_000));
        let listed = found.subject_alternative_name().ok().flatten();
        let listed = listed.map(|extension| &extension.value.general_names);
        let names = listed.into_iter().flatten().filter_map(name);
        Some(Self {
            fingerprint: sha256_hex(der),
            subject: clean_short(&found.subject().to_string(), LONGEST),
            issuer: clean_short(&found.issuer().to_string(), LONGEST),
            names: names.take(MOST_NAMES).collect(),
            not_before: time(found.validity().not_before),
            not_after: time(found.validity().not_after),
            is_ca: found.is_ca(),
        })
    }

    /// Nobody but itself vouches for it.
    pub fn is_self_issued(&self) -> bool {
        self.issuer == self.subject
    }

    /// Its names, for a sentence.
    pub fn for_whom(&self) -> String {
        match self.names.as_slice() {
            [] => "no name at all".to_owned(),
            [only] => only.clone(),
            [first, second] => format!("{first} and {second}"),
            [first, second, more @ ..] => format!("{first}, {second} and {} more", more.len()),
        }
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(clean_short(name, LONGEST)),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(|bytes| Ipv4Addr::from(bytes).to_string());
            let v6 = <[u8; 16]>::try_from(*bytes).map(|bytes| Ipv6Addr::from(bytes).to_string());
            v4.or(v6).ok()
        }
        _ => None,
    }
}

/// The CA's certificate in a SCEP server's answer to `GetCACert`: one certificate, or several in a PKCS #7 message that
/// signs nothing (RFC 8894 §4.2). Of several CAs it is the one that signs no other: with its key devices are enrolled.
pub(super) fn authority(answer: &[u8]) -> Option<Certificate> {
    if let Some(only) = Certificate::read(answer) {
        return Some(only);
    }
    let all: Vec<Certificate> = bundled(answer)?
        .iter()
        .filter_map(|der| Certificate::read(der))
        .collect();
    let signs_another = |ca: &Certificate| {
        let others = all.iter().filter(|other| other.is_ca && *other != ca);
        others.into_iter().any(|other| other.issuer == ca.subject)
    };
    let authorities = || all.iter().filter(|found| found.is_ca);
    let lowest = authorities().find(|ca| !signs_another(ca));
    lowest.or_else(|| authorities().next()).cloned()
}

/// The certificates of a PKCS #7 `SignedData`. Read leniently: servers write them in the order of the chain, where DER
/// wants them sorted.
fn bundled(message: &[u8]) -> Option<Vec<&[u8]>> {
    let (_, info) = Any::from_ber(message).ok()?;
    info.header.assert_tag(Tag::Sequence).ok()?;
    let (rest, kind) = Oid::from_ber(info.data).ok()?;
    if kind != oid!(1.2.840.113549.1.7.2) {
        return None;
    }
    let (_, content) = Any::from_ber(rest).ok()?;
    let (_, signed) = Any::from_ber(content.data).ok()?;
    let mut rest = signed.data;
    while !rest.is_empty() {
        let (after, part) = Any::from_ber(rest).ok()?;
        if part.class() == Class::ContextSpecific && part.tag() == Tag(0) {
            return split(part.data);
        }
        rest = after;
    }
    None
}

/// Each element by itself, head and all.
fn split(mut rest: &[u8]) -> Option<Vec<&[u8]>> {
    let mut parts = Vec::new();
    while !rest.is_empty() && parts.len() < MOST_CERTIFICATES {
        let (after, _) = Any::from_ber(rest).ok()?;
        parts.push(&rest[..rest.len() - after.len()]);
        rest = after;
    }
    Some(parts)
}
