//! The simulated company's certificates. Each follows from the seed alone, so that a company that is started again, or a
//! client in another process, holds the same ones.

use crate::model::random::Random;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, Error, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ED25519, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What stands before the secret in an Ed25519 key as PKCS#8 (RFC 8410 §7).
const KEY_HEAD: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
/// Valid whenever a world is played, and longer than the five years an MDM's CA must have left.
pub(in crate::sim) const NOW: (i32, i32) = (2020, 2060);
/// Over in every world.
pub(in crate::sim) const PAST: (i32, i32) = (2018, 2020);

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Authority {
    /// Of the web servers: everybody in the company trusts it.
    Web,
    /// Of the Macs' identities, brought from the old server to the new one.
    Scep,
    /// What a new server makes for itself when nobody brings it the old one.
    OwnScep,
    /// Nobody trusts it.
    Stranger,
}

type Issuer = CertifiedIssuer<'static, KeyPair>;

impl Authority {
    fn name(self) -> &'static str {
        match self {
            Self::Web => "Acme Web CA",
            Self::Scep => "Acme MDM SCEP CA",
            Self::OwnScep => "Fleet SCEP CA",
            Self::Stranger => "Somebody's CA",
        }
    }

    fn issuer(self, seed: u64) -> Result<Issuer, Error> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        params
            .distinguished_name
            .push(DnType::CommonName, self.name());
        params.not_before = date_time_ymd(NOW.0, 1, 1);
        params.not_after = date_time_ymd(NOW.1, 1, 1);
        CertifiedIssuer::self_signed(params, key(seed, self.name())?)
    }

    pub(in crate::sim) fn der(self, seed: u64) -> Result<Vec<u8>, Error> {
        Ok(self.issuer(seed)?.der().to_vec())
    }

    pub(in crate::sim) fn pem(self, seed: u64) -> Result<Vec<u8>, Error> {
        Ok(self.issuer(seed)?.pem().into_bytes())
    }

    /// A web server's certificate and its key, for these names and from one year to another.
    pub(in crate::sim) fn leaf(
        self,
        seed: u64,
        names: &[&str],
        years: (i32, i32),
    ) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), Error> {
        let common = names.join(" ");
        let names = names.iter().map(|name| (*name).to_owned());
        let mut params = CertificateParams::new(names.collect::<Vec<_>>())?;
        params
            .distinguished_name
            .push(DnType::CommonName, common.as_str());
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let key = key(seed, &format!("{} {common} {}", self.name(), years.1))?;
        let issuer = self.issuer(seed)?;
        let made = params.signed_by(&key, &issuer)?;
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        Ok((made.der().clone(), key.into()))
    }
}

fn key(seed: u64, whose: &str) -> Result<KeyPair, Error> {
    let mut random = Random::named(seed, whose);
    let mut der = KEY_HEAD.to_vec();
    (0..4).for_each(|_| der.extend(random.u64().to_be_bytes()));
    KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(der), &PKCS_ED25519)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_follow_from_the_seed() {
        let made = |seed| Authority::Scep.der(seed).unwrap();
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
        assert_ne!(made(1), Authority::OwnScep.der(1).unwrap());
        let leaf = |name| Authority::Web.leaf(1, &[name], NOW).unwrap().0;
        assert_eq!(leaf("mdm.acme.example"), leaf("mdm.acme.example"));
        assert_ne!(leaf("mdm.acme.example"), leaf("www.acme.example"));
    }
}
