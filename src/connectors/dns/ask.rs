//! One resolver asked for one name.

use crate::model::text::clean_short;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use serde::Serialize;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Real time for one try; there are two.
const PATIENCE: Duration = Duration::from_secs(3);

/// What one resolver says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Said {
    pub resolver: String,
    pub addresses: BTreeSet<IpAddr>,
    pub names: BTreeSet<String>,
    /// The longest of the answer's records, in seconds.
    pub ttl: Option<u32>,
    pub error: Option<String>,
}

/// Asks for both kinds of address.
pub(super) async fn ask(resolver: SocketAddr, name: &str) -> Said {
    let mut said = Said {
        resolver: resolver.to_string(),
        ..Said::default()
    };
    let client = match client(resolver) {
        Ok(client) => client,
        Err(why) => {
            said.error = Some(why);
            return said;
        }
    };
    // Rooted: a search list must not turn it into another name.
    let rooted = format!("{}.", name.trim_end_matches('.'));
    for kind in [RecordType::A, RecordType::AAAA] {
        match client.lookup(rooted.as_str(), kind).await {
            Ok(found) => found.answers().iter().for_each(|record| {
                said.ttl = said.ttl.max(Some(record.ttl));
                match &record.data {
                    RData::A(address) => drop(said.addresses.insert(address.0.into())),
                    RData::AAAA(address) => drop(said.addresses.insert(address.0.into())),
                    RData::CNAME(alias) => {
                        let alias = alias.0.to_string();
                        said.names
                            .insert(clean_short(alias.trim_end_matches('.'), 255));
                    }
                    _ => {}
                }
            }),
            Err(error) if error.is_nx_domain() => {
                said.error = Some("there is no such name".into());
                return said;
            }
            Err(error) if error.is_no_records_found() => {}
            Err(error) => said.error = Some(clean_short(&error.to_string(), 200)),
        }
    }
    if said.addresses.is_empty() && said.error.is_none() {
        said.error = Some("the name has no address".into());
    }
    said
}

fn client(resolver: SocketAddr) -> Result<TokioResolver, String> {
    let mut server = NameServerConfig::udp_and_tcp(resolver.ip());
    for connection in &mut server.connections {
        connection.port = resolver.port();
    }
    let config = ResolverConfig::from_name_servers(vec![server]);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    let options = builder.options_mut();
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.timeout = PATIENCE;
    options.attempts = 1;
    options.preserve_intermediates = true;
    builder
        .build()
        .map_err(|error| clean_short(&error.to_string(), 200))
}
