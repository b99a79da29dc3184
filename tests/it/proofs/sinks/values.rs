//! What somebody might call a Mac who knows what it will be written into.

use drover::model::random::Random;

/// Values that mean something in one language or another.
pub(super) const HOSTILE: [&str; 44] = [
    "../../etc/passwd",
    "..",
    ".",
    "%2e%2e%2f",
    "a/b\\c",
    "?admin=1&x=",
    "#fragment",
    "a%00b%zz",
    "\"; rm -rf / #",
    "'; DROP TABLE row; --",
    "$(touch /tmp/x) `id` ${HOME} $HOME",
    "a' 'b'\\''c",
    "-rf",
    "--help",
    "&& shutdown -h now || true; exit 1",
    "<!channel> <@U012> <https://evil.example|click>",
    "*bold* _it_ ~no~ `code` ```block```",
    "&lt;already&gt; &amp; &amp;lt;",
    "@here @channel #general",
    "{{ 7 * 7 }}",
    "{% for x in range(9) %}x{% endfor %}",
    "{# gone #}{{ settings }}{{ row.serial }}",
    "\",id==\"1",
    "a\";general.name==*,b=='",
    "(x or y),z;w=in=(1,2)",
    "\\\\\" \\",
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "'=1+1",
    "\u{ff1d}1+1",
    "\"quoted\",and,commas",
    "a|b \\| c",
    "</td></tr><script>alert(1)</script>",
    "<img src=x onerror=\"alert('x')\">",
    "\u{1b}[31mred\u{1b}]52;c;eA==\u{7}",
    "first line\r\n2026-03-02T00:00:00Z ALARM forged second line",
    "nul\u{0}tab\tbell\u{7}",
    "\u{202e}gnp.exe\u{2066}\u{200b}",
    "東京 太郎の Mac 👩\u{200d}💻",
    "null",
    "{\"a\": [1, 2], \"__proto__\": {}}",
    "[link](javascript:alert(1)) ![x](http://evil.example/?leak)",
];

/// Pieces that random values are put together from.
const PIECES: [&str; 40] = [
    "a", "Z", "9", " ", "'", "\"", "\\", "/", "..", "%", "%2f", "&", "&amp;", "<", ">", "|", "=",
    "+", "-", "@", ";", ",", "$(", ")", "`", "{{", "}}", "{%", "%}", "#", "?", "*", "==", "\n",
    "\r", "\t", "\u{1b}", "\u{202e}", "é", "東",
];

/// The fixed ones, and so many random ones.
pub(super) fn values(random_ones: usize) -> Vec<String> {
    let mut random = Random::seeded(40);
    let mut all: Vec<String> = HOSTILE.iter().map(|value| (*value).to_owned()).collect();
    for _ in 0..random_ones {
        let length = 1 + (random.between(0.0, 12.0) as usize);
        let piece =
            |_| PIECES[(random.between(0.0, PIECES.len() as f64) as usize).min(PIECES.len() - 1)];
        let value: String = (0..length).map(piece).collect();
        // Nothing at all is nothing hostile.
        if !value.trim().is_empty() {
            // Spaces at the ends are taken off where a value is read; they are not what this is about.
            all.push(format!("x{value}x"));
        }
    }
    all
}
