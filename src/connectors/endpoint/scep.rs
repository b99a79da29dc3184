//! The CA behind a SCEP address.

use super::certificate::authority;
use super::connector::{Endpoint, Said};
use super::place::wrong;
use crate::connectors::action::Failure;
use crate::connectors::http::Request;
use crate::connectors::input::Input;
use crate::model::fault::Fault;
use crate::model::time::{Span, Time};
use reqwest::Url;
use serde_json::json;

/// A year of the Gregorian calendar, on average.
const YEAR_HOURS: f64 = 365.2425 * 24.0;

impl Endpoint {
    /// Asks for `GetCACert` (RFC 8894 §4.2).
    pub(super) async fn scep_ca(&self, input: Input<'_>) -> Result<Said, Failure> {
        let url = url(input.text("url")?)?;
        let name = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or(443);
        let place = self
            .place_at(name, input.text_or_none("address"), port)
            .await?;
        let mut request = Request::get(url.path())
            .header("accept", "*/*")
            .secret_body();
        for (name, value) in url.query_pairs() {
            if name != "operation" && name != "message" {
                request = request.query(&name, value);
            }
        }
        let request = request.query("operation", "GetCACert").query("message", "");
        let (answer, address) = self.asked(&place, url.scheme(), request).await?;
        if answer.status != 200 {
            let said =
                format!("it came from {address} for {name}; look whether this is its SCEP address");
            return Err(answer.fault(said, &[]));
        }
        let ca = authority(&answer.body).ok_or_else(|| {
            answer.unreadable(&format!(
                "{address} gives neither a certificate nor a PKCS #7 bundle with a CA's for {name}; look whether this is its SCEP address"
            ))
        })?;
        let mut exchange = answer.exchange;
        exchange.reply = format!("the CA {}, {}", ca.subject, ca.fingerprint);
        let result = json!({
            "fingerprint": ca.fingerprint,
            "subject": ca.subject,
            "not_after": ca.not_after,
            "years_left": years_between(self.clock.now(), ca.not_after),
            "address": address.to_string(),
        });
        Ok((result, exchange))
    }
}

fn url(text: &str) -> Result<Url, Fault> {
    let shown = crate::model::text::clean_short(text, 200);
    let url = Url::parse(text.trim()).map_err(|error| {
        wrong(format!(
            "\"{shown}\" is no URL such as https://mdm.example.com/scep: {error}; correct the settings"
        ))
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "a SCEP address holds no user name or password; correct the settings".into(),
        ));
    }
    Ok(url)
}

/// With one decimal, rounded down: "5.0" means that five years are really there.
fn years_between(now: Time, end: Time) -> f64 {
    let hours = (end.millis() - now.millis()) as f64 / Span::from_hours(1).millis() as f64;
    (hours / YEAR_HOURS * 10.0).floor() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_never_rounded_up() {
        let at = |text: &str| Time::parse(text).unwrap();
        let now = at("2026-03-01T00:00:00Z");
        for (end, years) in [
            ("2031-03-02T00:00:00Z", 5.0),
            ("2031-02-20T00:00:00Z", 4.9),
            ("2026-03-01T00:00:00Z", 0.0),
            ("2025-03-01T00:00:00Z", -1.0),
        ] {
            let found = years_between(now, at(end));
            assert!((found - years).abs() < 1e-9, "{end}: {found}");
        }
    }
}
