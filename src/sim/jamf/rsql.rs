//! Reading RSQL (`api/jamf.md` §1.6): `a=="x";(b!="y",c=in=("p","q"))`, where `;` binds tighter than `,`.

/// A filter as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rsql {
    All(Vec<Rsql>),
    Any(Vec<Rsql>),
    Compare(Comparison),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    pub(super) field: String,
    pub(super) operator: Operator,
    pub(super) values: Vec<Literal>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    pub(super) text: String,
    pub(super) quoted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Is,
    IsNot,
    Less,
    LessOrIs,
    More,
    MoreOrIs,
    In,
    Out,
}

/// Longest spelling first, so that none hides another.
const OPERATORS: [(&str, Operator); 12] = [
    ("=out=", Operator::Out),
    ("=in=", Operator::In),
    ("=lt=", Operator::Less),
    ("=le=", Operator::LessOrIs),
    ("=gt=", Operator::More),
    ("=ge=", Operator::MoreOrIs),
    ("==", Operator::Is),
    ("!=", Operator::IsNot),
    ("<=", Operator::LessOrIs),
    (">=", Operator::MoreOrIs),
    ("<", Operator::Less),
    (">", Operator::More),
];

impl Rsql {
    /// Reads a whole filter; says where it stops making sense.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            text,
            at: 0,
            depth: 0,
        };
        let filter = reader.any()?;
        reader.blanks();
        if reader.at < text.len() {
            return Err(reader.stuck("the end"));
        }
        Ok(filter)
    }

    /// Every comparison in it.
    pub(super) fn comparisons(&self) -> Vec<&Comparison> {
        match self {
            Self::Compare(one) => vec![one],
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().flat_map(Self::comparisons).collect()
            }
        }
    }

    /// Whether it holds, given the verdict on each comparison.
    pub(super) fn holds(&self, judge: &impl Fn(&Comparison) -> bool) -> bool {
        match self {
            Self::Compare(one) => judge(one),
            Self::All(parts) => parts.iter().all(|part| part.holds(judge)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(judge)),
        }
    }

    /// The values `field` must be one of for the filter to hold at all; none when it cannot be told.
    pub(super) fn only(&self, field: &str) -> Option<Vec<&str>> {
        match self {
            Self::Compare(one)
                if one.field == field && matches!(one.operator, Operator::Is | Operator::In) =>
            {
                let exact = one.values.iter().all(|value| !value.text.contains('*'));
                exact.then(|| one.values.iter().map(|value| value.text.as_str()).collect())
            }
            Self::All(parts) => parts.iter().find_map(|part| part.only(field)),
            Self::Compare(_) | Self::Any(_) => None,
        }
    }
}

/// Deeper brackets than this are refused.
const DEEPEST: usize = 32;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn stuck(&self, wanted: &str) -> String {
        let rest: String = self.rest().chars().take(20).collect();
        format!("Invalid filter: expected {wanted} at \"{rest}\"")
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// One of two spellings of "and" or "or".
    fn joins(&mut self, sign: &str, word: &str) -> bool {
        let before = self.at;
        if self.eat(sign) {
            return true;
        }
        self.blanks();
        if self.at > before && self.eat(word) && self.rest().starts_with(' ') {
            return true;
        }
        self.at = before;
        self.eat(sign)
    }

    fn any(&mut self) -> Result<Rsql, String> {
        let mut parts = vec![self.all()?];
        while self.joins(",", "or") {
            parts.push(self.all()?);
        }
        Ok(alone(parts, Rsql::Any))
    }

    fn all(&mut self) -> Result<Rsql, String> {
        let mut parts = vec![self.one()?];
        while self.joins(";", "and") {
            parts.push(self.one()?);
        }
        Ok(alone(parts, Rsql::All))
    }

    fn one(&mut self) -> Result<Rsql, String> {
        self.blanks();
        if self.eat("(") {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(self.stuck("fewer brackets"));
            }
            let inner = self.any()?;
            self.blanks();
            if !self.eat(")") {
                return Err(self.stuck("\")\""));
            }
            self.depth -= 1;
            return Ok(inner);
        }
        let length = self
            .rest()
            .find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)))
            .unwrap_or(self.rest().len());
        let field = self.rest()[..length].to_owned();
        if field.is_empty() {
            return Err(self.stuck("a field"));
        }
        self.at += length;
        let Some((spelling, operator)) = OPERATORS
            .iter()
            .find(|(spelling, _)| self.rest().starts_with(spelling))
        else {
            return Err(self.stuck("an operator"));
        };
        self.at += spelling.len();
        let values = self.values(*operator)?;
        Ok(Rsql::Compare(Comparison {
            field,
            operator: *operator,
            values,
        }))
    }

    fn values(&mut self, operator: Operator) -> Result<Vec<Literal>, String> {
        if !matches!(operator, Operator::In | Operator::Out) {
            return Ok(vec![self.literal()?]);
        }
        if !self.eat("(") {
            return Err(self.stuck("\"(\""));
        }
        let mut values = vec![self.literal()?];
        while self.eat(",") {
            self.blanks();
            values.push(self.literal()?);
        }
        if !self.eat(")") {
            return Err(self.stuck("\")\""));
        }
        Ok(values)
    }

    fn literal(&mut self) -> Result<Literal, String> {
        let Some(quote) = self.rest().chars().next().filter(|c| "\"'".contains(*c)) else {
            let length = self
                .rest()
                .find(|c: char| c.is_whitespace() || "\"'();,=!~<>".contains(c))
                .unwrap_or(self.rest().len());
            if length == 0 {
                return Err(self.stuck("a value"));
            }
            let text = self.rest()[..length].to_owned();
            self.at += length;
            return Ok(Literal {
                text,
                quoted: false,
            });
        };
        let mut text = String::new();
        let mut escaped = false;
        for (offset, c) in self.rest().char_indices().skip(1) {
            match c {
                c if escaped => {
                    text.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                c if c == quote => {
                    self.at += offset + 1;
                    return Ok(Literal { text, quoted: true });
                }
                c => text.push(c),
            }
        }
        Err(self.stuck("a closing quote"))
    }
}

fn alone(mut parts: Vec<Rsql>, join: fn(Vec<Rsql>) -> Rsql) -> Rsql {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        join(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> String {
        fn say(rsql: &Rsql) -> String {
            match rsql {
                Rsql::All(parts) => {
                    format!(
                        "({})",
                        parts.iter().map(say).collect::<Vec<_>>().join(" & ")
                    )
                }
                Rsql::Any(parts) => {
                    format!(
                        "({})",
                        parts.iter().map(say).collect::<Vec<_>>().join(" | ")
                    )
                }
                Rsql::Compare(one) => {
                    let values: Vec<_> = one.values.iter().map(|v| v.text.as_str()).collect();
                    format!("{} {:?} {}", one.field, one.operator, values.join("+"))
                }
            }
        }
        Rsql::parse(text).map_or_else(|error| error, |rsql| say(&rsql))
    }

    #[test]
    fn and_binds_tighter_than_or_and_brackets_tighter_still() {
        assert_eq!(
            shape(r#"a=="1";b!="2",c=lt=3"#),
            "((a Is 1 & b IsNot 2) | c Less 3)"
        );
        assert_eq!(
            shape(r#"a=="1";(b=="2",c>=3)"#),
            "(a Is 1 & (b Is 2 | c MoreOrIs 3))"
        );
        assert_eq!(
            shape(r#"a=in=("1", "2") and b=out=(3)"#),
            "(a In 1+2 & b Out 3)"
        );
    }

    #[test]
    fn quoted_values_keep_what_would_end_bare_ones() {
        assert_eq!(shape(r#"n=="a;b,c)\"\\d""#), r#"n Is a;b,c)"\d"#);
        let Rsql::Compare(one) = Rsql::parse("n==bare").unwrap() else {
            panic!()
        };
        assert!(!one.values[0].quoted);
    }

    #[test]
    fn nonsense_is_refused_with_its_place() {
        for (text, says) in [
            ("", "a field"),
            ("a", "an operator"),
            ("a==", "a value"),
            (r#"a=="1"#, "a closing quote"),
            (r#"a=="1")"#, "the end"),
            (r#"(a=="1""#, "\")\""),
            ("a=in=1", "\"(\""),
        ] {
            let error = Rsql::parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(Rsql::parse(&"(".repeat(10_000)).is_err());
    }

    #[test]
    fn a_filter_that_needs_a_field_to_be_something_says_so() {
        let only = |text: &str| {
            Rsql::parse(text)
                .unwrap()
                .only("s")
                .map(|values| values.join("+"))
        };
        assert_eq!(only(r#"s=="1";b=="2""#).as_deref(), Some("1"));
        assert_eq!(only(r#"s=in=("1","2")"#).as_deref(), Some("1+2"));
        assert_eq!(only(r#"s=="1",b=="2""#), None);
        assert_eq!(only(r#"s=="1*""#), None);
    }
}
