//! Where a path of the old name leads.

use super::connector::{Endpoint, Said};
use super::place::{Place, wrong};
use crate::connectors::action::Failure;
use crate::connectors::http::{Answer, Request};
use crate::connectors::input::Input;
use crate::model::action::Nature;
use crate::model::fault::{Fault, FaultKind};
use crate::model::text::clean_short;
use reqwest::{Method, Url};
use serde_json::json;
use std::net::SocketAddr;

/// What a Mac's requests are.
const PLIST: &str = "application/x-apple-aspen-mdm";
/// The longest address of a redirect that is kept.
const LONGEST: usize = 500;

/// Where an answer leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lead {
    /// As it was answered.
    pub location: Option<String>,
    pub path: Option<String>,
    /// None when it is the name itself.
    pub host: Option<String>,
    pub keeps_tls: bool,
}

impl Endpoint {
    pub(super) async fn redirect(&self, input: Input<'_>) -> Result<Said, Failure> {
        let path = input.text("path")?;
        if !path.starts_with('/') {
            return Err(wrong(format!(
                "\"{}\" is no path such as /mdm/checkin; correct the step's `with`",
                clean_short(path, 120)
            ))
            .into());
        }
        let method = method(input.text_or_none("method").unwrap_or("PUT"))?;
        let place = self.place(input.text("name")?, input).await?;
        let request = Request::new(method.clone(), path, Nature::Read);
        let request = match method {
            Method::PUT | Method::POST => request.empty_body().header("content-type", PLIST),
            _ => request,
        };
        let (answer, address) = self.asked(&place, "https", request).await?;
        let lead = lead(&place.name, path, answer.header("location"));
        let result = json!({
            "status": answer.status,
            "location": lead.location,
            "target": lead.path,
            "target_host": lead.host,
            "keeps_method": matches!(answer.status, 307 | 308),
            "keeps_tls": lead.keeps_tls,
            "address": address.to_string(),
        });
        Ok((result, answer.exchange))
    }

    /// Sends one request to the place, under its name. Where the certificate is not good, the fault says why: what such a
    /// place answers may be anybody's word.
    pub(super) async fn asked(
        &self,
        place: &Place,
        scheme: &str,
        request: Request,
    ) -> Result<(Answer, SocketAddr), Failure> {
        let address = match place.addresses.as_slice() {
            [only] => *only,
            // The first that lets us connect, as a Mac does it.
            _ => self.connect(place).await?.1,
        };
        let service = self.service(&place.name, scheme, address)?;
        let sent = service.send(request.header("host", &place.name)).await;
        let mut failure = match sent {
            Ok(answer) => return Ok((answer, address)),
            Err(failure) => failure,
        };
        if failure.fault.kind == FaultKind::Unreachable && scheme == "https" {
            let only = Place {
                name: place.name.clone(),
                addresses: vec![address],
            };
            if let Ok(Some(why)) = self.seen(&only).await.map(|seen| seen.why) {
                failure.fault = Fault::new(
                    FaultKind::Unreachable,
                    format!(
                        "{address} shows no valid certificate for {}, so its answers prove nothing: {why}; look at the TLS check",
                        place.name
                    ),
                );
            }
        }
        Err(failure)
    }
}

fn method(text: &str) -> Result<Method, Fault> {
    match text.to_ascii_uppercase().as_str() {
        "PUT" => Ok(Method::PUT),
        "POST" => Ok(Method::POST),
        "GET" => Ok(Method::GET),
        "HEAD" => Ok(Method::HEAD),
        _ => Err(wrong(format!(
            "\"{}\" is not sent to an endpoint; PUT, POST, GET and HEAD are",
            clean_short(text, 40)
        ))),
    }
}

/// Reads a `Location`, which may be a path alone, as the answer to a request for `path` of `name`.
pub(super) fn lead(name: &str, path: &str, location: Option<&str>) -> Lead {
    let Some(location) = location else {
        return Lead {
            keeps_tls: true,
            ..Lead::default()
        };
    };
    let asked = Url::parse(&format!("https://{name}{path}"));
    let target = asked.and_then(|asked| asked.join(location)).ok();
    let host = target.as_ref().and_then(|url| url.host_str());
    Lead {
        location: Some(clean_short(location, LONGEST)),
        path: target.as_ref().map(|url| clean_short(url.path(), LONGEST)),
        host: host
            .filter(|host| !host.eq_ignore_ascii_case(name))
            .map(|host| clean_short(host, LONGEST)),
        keeps_tls: target.as_ref().is_some_and(|url| url.scheme() == "https"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_leads_to_a_path_and_perhaps_to_another_host() {
        let name = "mdm.example.com";
        for (location, path, host, keeps_tls) in [
            ("/mdm/apple/mdm", "/mdm/apple/mdm", None, true),
            (
                "https://MDM.example.com/mdm/apple/mdm?x=1",
                "/mdm/apple/mdm",
                None,
                true,
            ),
            (
                "https://fleet.example.com/mdm/apple/mdm",
                "/mdm/apple/mdm",
                Some("fleet.example.com"),
                true,
            ),
            (
                "//fleet.example.com/x",
                "/x",
                Some("fleet.example.com"),
                true,
            ),
            (
                "http://mdm.example.com/mdm/apple/mdm",
                "/mdm/apple/mdm",
                None,
                false,
            ),
            ("apple/mdm", "/mdm/apple/mdm", None, true),
        ] {
            let found = lead(name, "/mdm/checkin", Some(location));
            assert_eq!(found.path.as_deref(), Some(path), "{location}");
            assert_eq!(found.host.as_deref(), host, "{location}");
            assert_eq!(found.keeps_tls, keeps_tls, "{location}");
        }
        assert_eq!(lead(name, "/", None).path, None);
        let odd = lead(name, "/", Some("https://[oops\u{1b}[2J"));
        assert_eq!((odd.path, odd.keeps_tls), (None, false));
        assert!(!odd.location.unwrap().contains('\u{1b}'));
    }
}
