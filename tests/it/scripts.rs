//! The scripts that run on the Macs, run here against a folder that stands in for `/` and tools that answer as macOS's.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const JAMF_PROFILE: &str = "00000000-0000-0000-A000-4A414D460003";

/// A Mac as far as the scripts can see.
struct Mac {
    folder: tempfile::TempDir,
}

/// What a script came to.
struct Ran {
    code: i32,
    said: String,
}

impl Mac {
    fn new() -> Self {
        let mac = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir_all(mac.tools()).unwrap();
        for tool in ["launchctl", "killall", "defaults", "pkgutil"] {
            mac.tool(tool, "exit 1");
        }
        mac.tool("stat", "echo anna");
        mac.tool("id", "echo 501");
        mac.tool("profiles", "exit 0");
        mac
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn tools(&self) -> PathBuf {
        self.folder.path().join("tools")
    }

    fn tool(&self, name: &str, body: &str) {
        executable(&self.tools().join(name), body);
    }

    fn file(&self, path: &str) {
        let path = self.root().join(path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }

    fn has(&self, path: &str) -> bool {
        self.root().join(path.trim_start_matches('/')).exists()
    }

    fn run(&self, script: &str) -> Ran {
        let path = format!("{}:/usr/bin:/bin", self.tools().display());
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("assets/scripts")
            .join(script);
        let ran = Command::new("sh")
            .arg(script)
            .env("PATH", path)
            .env("DROVER_ROOT", self.root())
            .output()
            .unwrap();
        Ran {
            code: ran.status.code().unwrap(),
            said: String::from_utf8(ran.stdout).unwrap(),
        }
    }
}

fn executable(path: &Path, body: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("#!/bin/sh\n{body}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

impl Ran {
    fn last(&self) -> &str {
        self.said.lines().last().unwrap_or_default()
    }
}

const LEFTOVERS: [&str; 6] = [
    "/usr/local/bin/jamf",
    "/usr/local/jamf/bin/jamfAgent",
    "/Library/Application Support/JAMF/Receipts/one",
    "/Library/LaunchDaemons/com.jamfsoftware.task.1.plist",
    "/Applications/Self Service.app/Contents/Info.plist",
    "/Users/anna/Library/Preferences/com.jamfsoftware.selfservice.mac.plist",
];

#[test]
fn removal_takes_every_leftover_away_and_may_run_twice() {
    let mac = Mac::new();
    for path in LEFTOVERS {
        mac.file(path);
    }
    mac.file("/Applications/Jamf Connect.app/Contents/Info.plist");
    let first = mac.run("remove-jamf.sh");
    assert_eq!(first.code, 0, "{}", first.said);
    assert_eq!(first.last(), "JAMF_REMOVAL verdict=clean items=6 left=0");
    assert!(LEFTOVERS.iter().all(|path| !mac.has(path)));
    assert!(
        mac.has("/Applications/Jamf Connect.app"),
        "not Jamf Pro's, so not touched"
    );
    let second = mac.run("remove-jamf.sh");
    assert_eq!(
        (second.code, second.last()),
        (0, "JAMF_REMOVAL verdict=clean items=0 left=0")
    );
}

#[test]
fn removal_touches_nothing_while_jamfs_profile_is_installed() {
    let mac = Mac::new();
    mac.file("/usr/local/bin/jamf");
    mac.tool(
        "profiles",
        &format!("echo 'attribute: profileIdentifier: {JAMF_PROFILE}'"),
    );
    let ran = mac.run("remove-jamf.sh");
    assert_eq!(
        (ran.code, ran.last()),
        (3, "JAMF_REMOVAL verdict=blocked items=0 left=1")
    );
    assert!(mac.has("/usr/local/bin/jamf"));
}

#[test]
fn removal_says_so_when_the_profiles_cannot_be_listed() {
    let mac = Mac::new();
    mac.tool("profiles", "exit 1");
    assert_eq!(mac.run("remove-jamf.sh").code, 1);
}

#[test]
fn removal_names_what_would_not_go() {
    let mac = Mac::new();
    mac.file("/usr/local/bin/jamf");
    mac.tool("rm", "exit 1");
    let ran = mac.run("remove-jamf.sh");
    assert_eq!(
        (ran.code, ran.last()),
        (1, "JAMF_REMOVAL verdict=partial items=0 left=1")
    );
    assert!(ran.said.contains("left     /usr/local/bin/jamf"));
}

#[test]
fn remediation_does_the_one_thing_that_helps() {
    let server = |url: &str| format!("case \"$1\" in status) echo 'MDM server: {url}';; esac");
    let enrolled = Mac::new();
    enrolled.tool(
        "profiles",
        &server("https://fleet.example.com/mdm/apple/mdm"),
    );
    let ran = enrolled.run("remediate-enrollment.sh");
    assert_eq!((ran.code, ran.last()), (0, "ENROLLMENT verdict=enrolled"));

    let alone = Mac::new();
    let ran = alone.run("remediate-enrollment.sh");
    assert_eq!((ran.code, ran.last()), (0, "ENROLLMENT verdict=asked"));

    let nobody = Mac::new();
    nobody.tool("stat", "echo loginwindow");
    let ran = nobody.run("remediate-enrollment.sh");
    assert_eq!((ran.code, ran.last()), (2, "ENROLLMENT verdict=nobody"));
}

#[test]
fn remediation_removes_jamfs_profile_or_says_it_would_not_go() {
    let stuck = Mac::new();
    stuck.tool("profiles", &format!("echo {JAMF_PROFILE}"));
    let ran = stuck.run("remediate-enrollment.sh");
    assert_eq!((ran.code, ran.last()), (1, "ENROLLMENT verdict=refused"));

    let removable = Mac::new();
    let gone = removable.folder.path().join("gone");
    removable.tool(
        "profiles",
        &format!("[ -e '{}' ] || echo {JAMF_PROFILE}", gone.display()),
    );
    executable(
        &removable.root().join("usr/local/jamf/bin/jamf"),
        &format!("touch '{}'", gone.display()),
    );
    let ran = removable.run("remediate-enrollment.sh");
    assert_eq!((ran.code, ran.last()), (0, "ENROLLMENT verdict=removed"));
}

const LISTED: &str = r#"cat <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>_computerlevel</key>
	<array>
		<dict>
			<key>ProfileDisplayName</key>
			<string>Wi-Fi &lt;dict&gt; of Acme</string>
			<key>ProfileIdentifier</key>
			<string>com.acme.wifi</string>
			<key>ProfileItems</key>
			<array>
				<dict>
					<key>PayloadContent</key>
					<dict/>
					<key>PayloadIdentifier</key>
					<string>com.acme.wifi.payload</string>
					<key>ProfileIdentifier</key>
					<string>com.acme.not-a-profile</string>
				</dict>
			</array>
			<key>ProfileRemovalDisallowed</key>
			<string>true</string>
		</dict>
		<dict>
			<key>ProfileItems</key>
			<array/>
			<key>ProfileIdentifier</key>
			<string>com.github.micromdm.micromdm.enroll</string>
			<key>ProfileDisplayName</key>
			<string>Enrollment</string>
		</dict>
		<dict><key>ProfileIdentifier</key><string>R&amp;D</string></dict>
	</array>
	<key>anna</key>
	<array>
		<dict>
			<key>ProfileIdentifier</key>
			<string>com.acme.of-anna</string>
		</dict>
	</array>
</dict>
</plist>
END"#;

#[test]
fn the_profiles_of_the_computer_are_listed_and_nothing_else() {
    let mac = Mac::new();
    mac.tool("profiles", LISTED);
    let ran = mac.run("list-profiles.sh");
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.said,
        "PROFILE com.acme.wifi\nPROFILE com.github.micromdm.micromdm.enroll\nPROFILE R&D\nPROFILES count=3\n"
    );
}

#[test]
fn a_mac_without_profiles_has_none_and_one_that_does_not_answer_is_no_such_mac() {
    let mac = Mac::new();
    mac.tool("profiles", "echo '<plist version=\"1.0\"><dict/></plist>'");
    let ran = mac.run("list-profiles.sh");
    assert_eq!((ran.code, ran.said.as_str()), (0, "PROFILES count=0\n"));
    mac.tool("profiles", "echo 'profiles: an error'");
    let ran = mac.run("list-profiles.sh");
    assert_eq!((ran.code, ran.said.as_str()), (1, ""));
    mac.tool("profiles", "exit 70");
    assert_eq!(mac.run("list-profiles.sh").code, 1);
}
