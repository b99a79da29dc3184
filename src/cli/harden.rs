//! What a process that reads secrets gives up before it reads any: being looked into by others of the same user, and leaving
//! a picture of its memory behind (`reliability.md` H14).

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Nobody but root may attach to this process or read its environment and memory; no core file is written. Programs that
/// it starts inherit the limit. A kernel that refuses leaves things as they are: nothing that works is stopped for it.
pub fn harden() {
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
}
