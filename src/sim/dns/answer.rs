//! What a resolver answers.

use crate::model::time::{Span, Time};
use hickory_resolver::proto::op::{Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA};
use hickory_resolver::proto::rr::{DNSClass, Name, RData, Record, RecordType};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Everybody asks for it to see whether a resolver works.
const ROOT: &str = "a.root-servers.net";
const ROOT_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 41, 0, 4));
const ROOT_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0x503, 0xba3e, 0, 0, 0, 2, 0x30));
const ROOT_TTL: u32 = 3_600_000;

/// The name and where it leads.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Without a dot at its end.
    pub name: String,
    /// Before its address is changed, and after.
    pub old: IpAddr,
    pub new: IpAddr,
    /// A resolver's caches run out at their own moments: from 0 to 1 of the time to live.
    pub phase: f64,
}

/// What is true of the name at a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Truth {
    pub(super) now: Time,
    pub(super) ttl: Span,
    pub(super) moved_at: Option<Time>,
}

impl Zone {
    /// The address this resolver has, and for how many seconds it keeps it.
    pub(super) fn cached(&self, truth: Truth) -> (IpAddr, u32) {
        let ttl = truth.ttl.millis().max(1);
        let shift = truth.ttl.times(self.phase).millis();
        let age = (truth.now.millis() - shift).rem_euclid(ttl);
        let asked_at = truth.now.minus(Span::from_millis(age));
        let moved = truth.moved_at.is_some_and(|at| at <= asked_at);
        let left = u64::try_from(truth.ttl.millis() - age).unwrap_or_default();
        let address = if moved { self.new } else { self.old };
        (
            address,
            u32::try_from(left.div_ceil(1_000)).unwrap_or(u32::MAX),
        )
    }

    /// The addresses of a name and their TTL; none when there is no such name.
    fn known(&self, name: &str, truth: Option<Truth>) -> Option<(Vec<IpAddr>, u32)> {
        if name.eq_ignore_ascii_case(ROOT) {
            return Some((vec![ROOT_V4, ROOT_V6], ROOT_TTL));
        }
        let truth = truth.filter(|_| name.eq_ignore_ascii_case(&self.name))?;
        let (address, left) = self.cached(truth);
        Some((vec![address], left))
    }

    /// The whole answer; none to what is no question.
    pub(super) fn reply(&self, packet: &[u8], truth: Option<Truth>) -> Option<Vec<u8>> {
        let asked = Message::from_vec(packet).ok()?;
        let query = asked.queries.first()?.clone();
        if asked.metadata.message_type != MessageType::Query
            || asked.metadata.op_code != OpCode::Query
        {
            return None;
        }
        let mut answer = Message::response(asked.metadata.id, OpCode::Query);
        answer.metadata.recursion_desired = asked.metadata.recursion_desired;
        answer.metadata.recursion_available = true;
        answer.add_query(query.clone());
        let name = query.name().to_string();
        match self.known(name.trim_end_matches('.'), truth) {
            _ if query.query_class() != DNSClass::IN => {
                answer.metadata.response_code = ResponseCode::Refused;
            }
            None => answer.metadata.response_code = ResponseCode::NXDomain,
            Some((addresses, left)) => {
                let data = addresses.into_iter().map(rdata);
                for data in data.filter(|data| data.record_type() == query.query_type()) {
                    answer.add_answer(record(query.name(), left, data));
                }
            }
        }
        answer.to_vec().ok()
    }
}

fn rdata(address: IpAddr) -> RData {
    match address {
        IpAddr::V4(address) => RData::A(A(address)),
        IpAddr::V6(address) => RData::AAAA(AAAA(address)),
    }
}

fn record(name: &Name, ttl: u32, data: RData) -> Record {
    debug_assert!(matches!(
        data.record_type(),
        RecordType::A | RecordType::AAAA
    ));
    Record::from_rdata(name.clone(), ttl, data)
}
