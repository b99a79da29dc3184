//! Secrets are of this type from the moment they are read: not printed, not serialised, wiped on drop.

pub use secrecy::{ExposeSecret, SecretString};

use super::clock::Stopwatch;
use super::percent::percent;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A source is not asked again sooner than this, in real time: a storm of refusals must not become a storm of commands.
const PATIENCE: Duration = Duration::from_secs(15);

/// A run of letters and digits this long is no word: found anywhere, it is a part of the secret.
const LONG_RUN: usize = 12;

/// A secret from text just read; one trailing line break (a file's) is not part of it.
pub fn secret(text: String) -> SecretString {
    let end = text.trim_end_matches(['\r', '\n']).len();
    let mut text = text;
    text.truncate(end);
    text.into()
}

/// The ways in which whoever was given a secret may write it down: as it is, in JSON, in a URL, in a form, in HTML, in
/// base64; and its long runs of letters and digits. Each once, whole ones first.
pub fn spellings(secret: &SecretString) -> Vec<SecretString> {
    let plain = secret.expose_secret();
    let percent = percent(plain);
    let quoted = serde_json::to_string(plain).unwrap_or_default();
    let html = plain
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    // No encoding of signs changes letters and digits, and there are more such encodings than are listed here.
    let runs = plain
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|run| run.len() >= LONG_RUN && *run != plain);
    let all = [
        plain.to_owned(),
        quoted.trim_matches('"').to_owned(),
        percent.to_lowercase(),
        percent.replace("%20", "+"),
        percent,
        html.replace('"', "&quot;").replace('\'', "&#39;"),
        html.replace('"', "&#34;").replace('\'', "&#39;"),
        STANDARD_NO_PAD.encode(plain),
        URL_SAFE_NO_PAD.encode(plain),
    ];
    let mut found: Vec<SecretString> = Vec::with_capacity(all.len());
    for spelling in all.into_iter().chain(runs.map(str::to_owned)) {
        let known = |one: &SecretString| one.expose_secret() == spelling;
        if !spelling.is_empty() && !found.iter().any(known) {
            found.push(spelling.into());
        }
    }
    found
}

type Source = Box<dyn Fn() -> Result<SecretString, String> + Send + Sync>;

/// A secret that may be changed where it is kept while drover runs. Clones are the same secret.
#[derive(Clone)]
pub struct Rotating(Arc<Inner>);

struct Inner {
    held: Mutex<SecretString>,
    /// Reads it again; none for one that never changes.
    source: Option<Source>,
    /// When the source was asked last. Held while it is asked, so that only one asks.
    asked: Mutex<Option<Stopwatch>>,
}

impl Rotating {
    /// With where to read it again.
    pub fn new(
        held: SecretString,
        source: impl Fn() -> Result<SecretString, String> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner {
            held: Mutex::new(held),
            source: Some(Box::new(source)),
            asked: Mutex::default(),
        }))
    }

    /// The one to use now.
    pub fn get(&self) -> SecretString {
        let held = self.0.held.lock();
        held.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A service has refused `used`: whether there is another by now. However many were refused, the source is asked once.
    pub async fn renewed(&self, used: &SecretString) -> bool {
        let (this, used) = (self.clone(), used.clone());
        let asking = tokio::task::spawn_blocking(move || this.read_again(Some(&used)));
        matches!(asking.await, Ok(Ok(true)))
    }

    /// Reads the source now, whatever was before; whether it holds another secret than the one in use.
    ///
    /// # Errors
    /// Why it could not be read. The one in use stays.
    pub fn reread(&self) -> Result<bool, String> {
        self.read_again(None)
    }

    fn read_again(&self, refused: Option<&SecretString>) -> Result<bool, String> {
        let Some(source) = &self.0.source else {
            return Ok(false);
        };
        let mut asked = self.0.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(refused) = refused {
            // Somebody else was quicker.
            if self.get().expose_secret() != refused.expose_secret() {
                return Ok(true);
            }
            if asked.as_ref().is_some_and(|at| at.elapsed() < PATIENCE) {
                return Ok(false);
            }
        }
        let read = source();
        *asked = Some(Stopwatch::start());
        let read = read?;
        let mut held = self.0.held.lock().unwrap_or_else(PoisonError::into_inner);
        let other = held.expose_secret() != read.expose_secret();
        *held = read;
        Ok(other)
    }
}

impl From<SecretString> for Rotating {
    fn from(held: SecretString) -> Self {
        Self(Arc::new(Inner {
            held: Mutex::new(held),
            source: None,
            asked: Mutex::default(),
        }))
    }
}

impl From<String> for Rotating {
    fn from(held: String) -> Self {
        SecretString::from(held).into()
    }
}

impl fmt::Debug for Rotating {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rotating([REDACTED])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn kept(now: &Arc<Mutex<String>>, reads: &Arc<AtomicUsize>) -> Rotating {
        let (now, reads) = (now.clone(), reads.clone());
        Rotating::new("one".to_owned().into(), move || {
            reads.fetch_add(1, Ordering::SeqCst);
            let text = now.lock().unwrap().clone();
            if text.is_empty() {
                return Err("the file is gone".into());
            }
            Ok(text.into())
        })
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_hundred_refusals_read_the_source_once() {
        let (now, reads) = (Arc::new(Mutex::new("two".to_owned())), Arc::default());
        let token = kept(&now, &reads);
        let used = token.get();
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let (token, used) = (token.clone(), used.clone());
            asking.spawn(async move { token.renewed(&used).await });
        }
        assert!(asking.join_all().await.into_iter().all(|renewed| renewed));
        assert_eq!(reads.load(Ordering::SeqCst), 1);
        assert_eq!(token.get().expose_secret(), "two");
        // The new one is refused as well, and the source was asked just now.
        assert!(!token.renewed(&token.get()).await);
        assert_eq!(reads.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn what_cannot_be_read_again_leaves_what_is_in_use() {
        let (now, reads) = (Arc::new(Mutex::new(String::new())), Arc::default());
        let token = kept(&now, &reads);
        assert_eq!(token.reread(), Err("the file is gone".into()));
        assert_eq!(token.get().expose_secret(), "one");
        "one".clone_into(&mut now.lock().unwrap());
        assert_eq!(token.reread(), Ok(false));
        "three".clone_into(&mut now.lock().unwrap());
        assert_eq!(token.reread(), Ok(true));
        assert!(!format!("{token:?}").contains("three"));
        assert_eq!(Rotating::from("fixed".to_owned()).reread(), Ok(false));
    }
}
