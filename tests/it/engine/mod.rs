//! What the engine does with a real store, a clock turned by hand, and services that do as they are told.

mod acts;
mod attempts;
mod ceilings;
mod checks;
mod commands;
mod ladders;
mod limits;
mod messages;
mod mirrors;
mod powers;
mod restarts;
mod restored;
mod second;
mod service;
mod settling;
mod slices;
mod stops;
mod unknown;
mod waits;
mod waves;
pub(crate) mod world;

/// Looks, sends once, writes down when.
const SEND: &str = r#"
[[stage]]
name  = "send"
then  = "ticket"
retry = { attempts = 3, wait = "1m", factor = 2.0, most = "10m" }
[stage.gate]
"wanted"   = "wanted"
"not done" = "done_at IS NULL"
[[stage.step]]
name = "look"
call = "svc.look"
[[stage.step]]
name = "send"
call = "svc.send"
with = { to = "{{ row.serial }}" }
[stage.set]
done_at = "{{ now }}"
state   = "{{ steps.look.state | default(none) }}"
"#;

/// Sends once, then looks until it is confirmed.
const CONFIRM: &str = r#"
[[stage]]
name  = "send"
retry = { attempts = 3, wait = "1m" }
[stage.gate]
"wanted"   = "wanted"
"not done" = "done_at IS NULL"
[[stage.step]]
name = "send"
call = "svc.send"
[[stage.step]]
name    = "confirm"
call    = "svc.confirm"
wait_if = "result.state != 'there'"
wait    = { every = "1m", most = "5m" }
else    = "send"
[stage.set]
done_at = "{{ now }}"
state   = "{{ steps.confirm.state }}"
"#;
