//! Certificates made for a test.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};

pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

pub(crate) fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key, as PEM.
#[derive(Clone)]
pub(crate) struct Leaf {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// For a name, from one year to another; signed by itself when no authority is given.
pub(crate) fn leaf(by: Option<&Authority>, name: &str, years: (i32, i32)) -> Leaf {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, "service");
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    let key = KeyPair::generate().unwrap();
    let made = match by {
        Some(by) => params.signed_by(&key, by),
        None => params.self_signed(&key),
    };
    Leaf {
        certificate: made.unwrap().pem(),
        key: key.serialize_pem(),
    }
}

/// Valid whenever a test runs.
pub(crate) const NOW: (i32, i32) = (2020, 2120);
