//! fleetd on a Mac: delivers what Fleet asks for and runs scripts one at a time.

use super::agenda::Happening;
use super::mac::{Framework, Mdm};
use super::script::{Ending, Progress, Run};
use super::state::State;
use crate::model::time::Span;
use crate::sim::ledger;
use crate::sim::scenario::Trouble;
use serde_json::json;
use std::fmt::Write as _;

/// What a script is for; the world has to guess it from the text, as it runs none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    RemoveFramework,
    RemoveProfile,
    ListProfiles,
    Other,
}

fn purpose(run: &Run) -> Purpose {
    let name = run.name.as_str();
    if name.contains("remediat") {
        Purpose::RemoveProfile
    } else if name.contains("list-profiles") {
        Purpose::ListProfiles
    } else if name.contains("remove-jamf") || run.contents.contains("removeFramework") {
        Purpose::RemoveFramework
    } else if run.contents.contains("removeMdmProfile") {
        Purpose::RemoveProfile
    } else {
        Purpose::Other
    }
}

impl State {
    /// Somebody asked for details: fleetd delivers them 10 to 60 seconds after it next answers. False: no such host.
    pub fn request_refetch(&mut self, host: u64) -> bool {
        let Some(row) = self.hosts.get_mut(&host) else {
            return false;
        };
        row.refetch_requested = true;
        if let Some(mac) = row.mac {
            self.wake_agent(mac);
        }
        true
    }

    /// Makes fleetd ask for work, unless it is going to anyway.
    pub(super) fn wake_agent(&mut self, index: usize) {
        let mac = &mut self.macs[index];
        if mac.asks_at.is_some() {
            return;
        }
        let delay = mac.seconds(10, 60);
        if let Some(at) = mac.agent.next(self.now, true) {
            let at = at.plus(delay);
            mac.asks_at = Some(at);
            self.agenda.add(at, Happening::Ask(index));
        }
    }

    pub(super) fn agent_asks(&mut self, index: usize) {
        self.macs[index].asks_at = None;
        let Some(id) = self.macs[index].host else {
            return;
        };
        if !self.macs[index].agent_answers(self.now) {
            self.wake_agent(index);
            return;
        }
        let Some(host) = self.hosts.get_mut(&id) else {
            return;
        };
        let asked = std::mem::take(&mut host.refetch_requested);
        let first = host.queue.first().cloned();
        if asked {
            host.detail_at = self.now;
            self.observe(index);
        }
        if let Some(run) = first {
            self.start_run(index, &run);
        }
    }

    fn start_run(&mut self, index: usize, id: &str) {
        let Some(run) = self.runs.get_mut(id) else {
            return;
        };
        if run.progress != Progress::Queued {
            return;
        }
        run.progress = Progress::Running;
        let mac = &mut self.macs[index];
        let mut strikes = |trouble| mac.random.chance(self.scenario.mode(trouble).rate);
        let (lost, late) = (
            strikes(Trouble::ScriptLost),
            strikes(Trouble::ScriptTimesOut),
        );
        let off = strikes(Trouble::ScriptsOff);
        let takes = if late {
            Span::from_secs(300)
        } else {
            mac.seconds(5, 40)
        };
        if late {
            mac.plan.strike(Trouble::ScriptTimesOut, takes);
        } else if off {
            mac.plan.strike(Trouble::ScriptsOff, takes);
        }
        if !lost {
            self.agenda
                .add(self.now.plus(takes), Happening::ScriptEnds(id.to_owned()));
        }
    }

    pub(super) fn script_ends(&mut self, id: &str) {
        let Some(run) = self.runs.get(id).cloned() else {
            return;
        };
        let host = self.hosts.get(&run.host);
        let Some(index) = host.and_then(|host| host.mac) else {
            return;
        };
        if run.progress != Progress::Running {
            return;
        }
        if !self.macs[index].agent_answers(self.now) {
            // The result waits for the network.
            if let Some(at) = self.macs[index].agent.next(self.now, true) {
                self.agenda.add(at, Happening::ScriptEnds(id.to_owned()));
            }
            return;
        }
        let (exit_code, output) = self.carry_out(index, &run);
        let ending = Ending {
            exit_code,
            output,
            runtime: self.macs[index].seconds(1, 30),
        };
        if let Some(run) = self.runs.get_mut(id) {
            run.progress = Progress::Ended(ending);
        }
        if let Some(host) = self.hosts.get_mut(&run.host) {
            host.queue.retain(|queued| queued != id);
        }
        let how = if exit_code == 0 {
            ledger::Ending::Succeeded
        } else {
            ledger::Ending::Failed
        };
        self.tell_script_ended(&run, how);
        self.log_run(index, &run);
        self.wake_agent(index);
    }

    fn log_run(&mut self, index: usize, run: &Run) {
        let details = json!({
            "host_id": run.host,
            "host_display_name": self.macs[index].name,
            "script_execution_id": run.id,
            "batch_execution_id": null,
            "script_name": run.name,
            "async": true,
            "policy_id": null,
            "policy_name": null,
        });
        let actor = Some(super::activity::Actor::CONSOLE);
        self.log("ran_script", Some(run.host), actor, details);
    }

    /// What the script does to the Mac, and what it prints.
    fn carry_out(&mut self, index: usize, run: &Run) -> (i64, String) {
        let mac = &mut self.macs[index];
        let guilty = self.scenario.guilty.as_ref();
        let fails = if guilty.is_some_and(|guilty| guilty.is(mac.macos, mac.model.title)) {
            1.0
        } else {
            self.scenario.mode(Trouble::ScriptFails).rate
        };
        if mac.plan.take(Trouble::ScriptTimesOut).is_some() {
            return (-1, String::new());
        }
        if mac.plan.take(Trouble::ScriptsOff).is_some() {
            return (-2, String::new());
        }
        let fails = mac.random.chance(fails);
        match purpose(run) {
            Purpose::RemoveFramework => self.remove_framework(index, fails),
            Purpose::RemoveProfile => self.remove_profile(index, fails),
            Purpose::ListProfiles if fails => (1, "profiles: no answer\n".into()),
            Purpose::ListProfiles => (0, self.list_profiles(index)),
            Purpose::Other if fails => (1, "command failed\n".into()),
            Purpose::Other => (0, "ok\n".into()),
        }
    }

    /// The removal script's contract: 0 clean, 1 partial, 3 blocked by Jamf's MDM profile (`api/jamf.md` §6.3).
    fn remove_framework(&mut self, index: usize, fails: bool) -> (i64, String) {
        let mac = &mut self.macs[index];
        if mac.mdm == Mdm::Jamf {
            return (
                3,
                "MDM profile 00000000-0000-0000-A000-4A414D460003: present\n\
                 JAMF_REMOVAL verdict=blocked items=mdm-profile\n"
                    .into(),
            );
        }
        if mac.framework == Framework::Gone {
            return (0, "JAMF_REMOVAL verdict=clean items=\n".into());
        }
        if fails {
            mac.framework = Framework::Remnants;
            return (
                1,
                "/usr/local/jamf/bin/jamf: removed\n\
                 /Library/LaunchDaemons/com.jamfsoftware.task.1.plist: still there\n\
                 JAMF_REMOVAL verdict=partial items=launchdaemon\n"
                    .into(),
            );
        }
        mac.framework = if mac.plan.take(Trouble::Leftovers).is_some() {
            Framework::Remnants
        } else {
            Framework::Gone
        };
        (
            0,
            "/usr/local/jamf/bin/jamf: removed\n/Applications/Self Service.app: removed\n\
             JAMF_REMOVAL verdict=clean items=\n"
                .into(),
        )
    }

    /// `jamf removeMdmProfile`, and the enrollment window for a Mac without any MDM.
    fn remove_profile(&mut self, index: usize, fails: bool) -> (i64, String) {
        let works = self.scenario.remedy.script;
        let mac = &mut self.macs[index];
        match mac.mdm {
            Mdm::Fleet => (0, "enrolled in Fleet; nothing to do\n".into()),
            Mdm::Old => (1, "this is not Jamf's MDM profile\n".into()),
            Mdm::Nothing => {
                self.nudge(index);
                (0, "no MDM profile; asked for enrollment\n".into())
            }
            Mdm::Jamf if mac.framework != Framework::Whole => (
                127,
                "/usr/local/bin/jamf: No such file or directory\n".into(),
            ),
            Mdm::Jamf if !fails && mac.random.chance(works) => {
                mac.plan.take(Trouble::OnPaper);
                self.set_capable(index, false);
                self.leave_jamf(index);
                (0, "Removing the mdm profile\n".into())
            }
            Mdm::Jamf => (1, "The MDM profile could not be removed.\n".into()),
        }
    }

    /// What `list-profiles.sh` prints.
    fn list_profiles(&self, index: usize) -> String {
        let on_it = self.tenant(index).map_or(&[][..], |one| &one.profiles);
        let mut text = String::new();
        for identifier in on_it {
            let _ = writeln!(text, "PROFILE {identifier}");
        }
        let _ = writeln!(text, "PROFILES count={}", on_it.len());
        text
    }
}
