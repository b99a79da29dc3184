//! The connector itself.

use super::actions::ACTIONS;
use super::backup::backup;
use super::device::flat;
use super::dump::records;
use crate::connectors::action::{
    Call, Connector, Failure, Finding, Health, Landing, Leave, Pending, Reply, Wanted,
};
use crate::connectors::http::{Answer, Request, Service, ServiceSettings};
use crate::connectors::input::Input;
use crate::model::action::{ActionSpec, Nature};
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::percent::percent;
use crate::model::secret::Rotating;
use serde_json::{Value as Json, json};

/// Statuses that refuse: the API answers them before it does anything.
const REFUSALS: [u16; 4] = [400, 401, 403, 404];
/// An export larger than this is some other file.
const LARGEST_EXPORT: u64 = 512 * 1024 * 1024;
const MOST_A_PAGE: i64 = 1_000;
/// The only user name there is.
const USER: &str = "micromdm";

/// `[connectors.micromdm]`.
#[derive(Clone)]
pub struct Settings {
    /// The old server's own address, which stays when the name moves.
    pub url: String,
    /// What it was started with as `-api-key`.
    pub api_key: Rotating,
    /// Requests a second of engine time; none is no limit of ours.
    pub rate: Option<f64>,
    /// Calls at once.
    pub parallel: usize,
    /// A CA to trust besides the system's, as PEM.
    pub extra_ca: Option<Vec<u8>>,
}

/// MicroMDM.
pub struct MicroMdm {
    service: Service,
    api_key: Rotating,
}

impl MicroMdm {
    /// # Errors
    /// `Misconfigured`, when the URL or the CA cannot be used.
    pub fn new(settings: Settings, clock: &Clock) -> Result<Self, Fault> {
        let service = Service::new(ServiceSettings {
            rate: settings.rate,
            parallel: settings.parallel,
            extra_ca: settings.extra_ca,
            ..ServiceSettings::new("micromdm", settings.url, clock.clone())
        })?;
        Ok(Self {
            service,
            api_key: settings.api_key,
        })
    }

    async fn send(&self, request: Request) -> Result<Answer, Failure> {
        // Devices carry push tokens and unlock tokens: no body of this server is shown.
        let request = request.secret_body();
        let used = self.api_key.get();
        let mut answer = self
            .service
            .send(request.clone().basic(USER, &used))
            .await?;
        if answer.status == 401 && self.api_key.renewed(&used).await {
            let key = self.api_key.get();
            answer = self.service.send(request.basic(USER, &key)).await?;
        }
        if answer.is_success() {
            return Ok(answer);
        }
        let said = match answer.status {
            401 => "compare api_key in [connectors.micromdm] with the server's -api-key",
            _ => "",
        };
        Err(answer.fault(said, &REFUSALS))
    }

    async fn devices(&self, body: &Json) -> Result<(Vec<Json>, Answer), Failure> {
        let request = Request::post("/v1/devices", Nature::Read).json(body);
        let answer = self.send(request).await?;
        let json = answer.json()?;
        // Go writes an empty list as null.
        let list = match json.get("devices") {
            Some(Json::Array(list)) => list.clone(),
            Some(Json::Null) => Vec::new(),
            _ => return Err(answer.unreadable("there is no list of devices in it")),
        };
        Ok((list, answer))
    }

    async fn list(&self, input: Input<'_>) -> Result<Reply, Failure> {
        let per_page = input.per_page(MOST_A_PAGE);
        let page = input
            .json("cursor")
            .and_then(|cursor| cursor.get("page")?.as_u64())
            .unwrap_or(0);
        let body = json!({"page": page, "per_page": per_page});
        let (list, answer) = self.devices(&body).await?;
        let items: Vec<Json> = list.iter().filter_map(flat).collect();
        // A server that knows no pages gives everything with the first.
        let more = list.len() == per_page;
        let result = json!({
            "skipped": list.len() - items.len(),
            "items": items,
            "cursor": if more { json!({"page": page + 1}) } else { Json::Null },
            "more": more,
        });
        Ok(done(result, answer))
    }

    async fn find(&self, input: Input<'_>) -> Result<Reply, Failure> {
        let udid = input.text("udid")?;
        let body = json!({"page": 0, "per_page": 2, "filter_udid": [udid]});
        let (list, answer) = self.devices(&body).await?;
        let same = |device: &Json| device.get("udid").and_then(Json::as_str) == Some(udid);
        let mut found = list.iter().filter_map(flat).filter(same);
        match found.next() {
            Some(device) => Ok(done(device, answer)),
            None => Err(Failure {
                fault: Fault::new(
                    FaultKind::NotFound,
                    format!("the old server knows no device with the UDID {udid}"),
                ),
                exchanges: vec![answer.exchange],
            }),
        }
    }

    async fn push(&self, input: Input<'_>) -> Result<Reply, Failure> {
        let path = format!("/push/{}", percent(input.text("udid")?));
        let request = Request::new(reqwest::Method::GET, path, Nature::Repeatable);
        let answer = self.send(request).await?;
        Ok(Reply {
            outcome: Outcome::Accepted,
            ..done(json!({}), answer)
        })
    }
}

fn done(result: Json, answer: Answer) -> Reply {
    Reply {
        result,
        outcome: Outcome::Done,
        exchanges: vec![answer.exchange],
    }
}

/// Reads the export from this machine's disk.
async fn read_records(input: Input<'_>) -> Result<Reply, Failure> {
    let path = input.text("file")?;
    let wrong = |why: String| {
        Fault::new(
            FaultKind::Misconfigured,
            format!(
                "the export {path} cannot be read: {why}; make it with the new server's touchless tool and name it in the settings"
            ),
        )
    };
    let size = tokio::fs::metadata(path)
        .await
        .map_err(|error| wrong(error.to_string()))?
        .len();
    if size > LARGEST_EXPORT {
        return Err(wrong(format!("it has {size} bytes")).into());
    }
    let bytes = tokio::fs::read(path)
        .await
        .map_err(|error| wrong(error.to_string()))?;
    let found = records(&String::from_utf8_lossy(&bytes));
    if found.list.is_empty() {
        return Err(wrong("it holds no device".into()).into());
    }
    let mut items = serde_json::to_value(&found.list).unwrap_or_default();
    crate::model::text::clean_json(&mut items);
    Ok(Reply {
        result: json!({"items": items, "more": false, "skipped": found.skipped}),
        outcome: Outcome::Done,
        exchanges: Vec::new(),
    })
}

impl Connector for MicroMdm {
    fn name(&self) -> &'static str {
        "micromdm"
    }

    fn actions(&self) -> &'static [ActionSpec] {
        ACTIONS
    }

    fn call<'a>(
        &'a self,
        action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Reply, Failure>> {
        Box::pin(async move {
            let input = Input(&call);
            match action.name {
                "micromdm.list_devices" => self.list(input).await,
                "micromdm.find_device" => self.find(input).await,
                "micromdm.push" => self.push(input).await,
                "micromdm.backup" => backup(input).await,
                _ => read_records(input).await,
            }
        })
    }

    fn probe<'a>(
        &'a self,
        action: &'static ActionSpec,
        _call: Call,
    ) -> Pending<'a, Result<Landing, Failure>> {
        let why = format!("{} is simply said again", action.name);
        Box::pin(async move { Ok(Landing::Undecided(why)) })
    }

    fn check<'a>(&'a self, _wanted: &'a Wanted) -> Pending<'a, Vec<Finding>> {
        Box::pin(async move {
            let body = json!({"page": 0, "per_page": 1});
            let (ok, detail) = match self.devices(&body).await {
                Ok(_) => (true, "up, and the API key is the right one".to_owned()),
                Err(failure) => (false, failure.fault.message),
            };
            vec![Finding {
                subject: "the old server".into(),
                ok,
                detail,
            }]
        })
    }

    fn heed(&self, leave: &Leave) {
        self.service.heed(leave);
    }

    fn health(&self) -> Health {
        self.service.health()
    }
}
