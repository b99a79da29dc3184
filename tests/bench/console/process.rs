//! What the system says of a process: memory, time on a processor, calls to write.

use std::fs::read_to_string;
use std::time::Duration;

/// A process, by its number.
#[derive(Clone, Copy)]
pub struct Process(pub u32);

/// One of its threads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    pub cpu: Duration,
    /// Calls that write, and what they wrote.
    pub writes: u64,
    pub written: u64,
}

impl Used {
    pub fn since(self, before: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            writes: self.writes - before.writes,
            written: self.written - before.written,
        }
    }
}

impl Process {
    /// kB that `/proc` gives under this name.
    fn memory(self, name: &str) -> u64 {
        let text = read_to_string(format!("/proc/{}/status", self.0)).unwrap_or_default();
        number(&text, name)
    }

    /// Resident memory now, in kB.
    pub fn resident(self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most it ever was, in kB.
    pub fn most_resident(self) -> u64 {
        self.memory("VmHWM:")
    }

    /// Every thread by its name.
    pub fn threads(self) -> Vec<(String, Used)> {
        let folder = format!("/proc/{}/task", self.0);
        let Ok(tasks) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        let used = |path: std::path::PathBuf| {
            let read = |name: &str| read_to_string(path.join(name)).unwrap_or_default();
            let cpu = read("schedstat");
            let cpu = cpu.split(' ').next().and_then(|ns| ns.parse().ok());
            let io = read("io");
            let used = Used {
                cpu: Duration::from_nanos(cpu.unwrap_or_default()),
                writes: number(&io, "syscw:"),
                written: number(&io, "wchar:"),
            };
            (read("comm").trim().to_owned(), used)
        };
        tasks.flatten().map(|task| used(task.path())).collect()
    }

    /// The thread that draws.
    pub fn drawing(self) -> Used {
        let threads = self.threads();
        let found = threads.iter().find(|(name, _)| name == "console");
        found.map(|(_, used)| *used).unwrap_or_default()
    }

    /// All threads together.
    pub fn all(self) -> Used {
        let mut sum = Used::default();
        for (_, used) in self.threads() {
            sum.cpu += used.cpu;
            sum.writes += used.writes;
            sum.written += used.written;
        }
        sum
    }
}

fn number(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let first = line.and_then(|rest| rest.split_whitespace().next());
    first.and_then(|word| word.parse().ok()).unwrap_or_default()
}
