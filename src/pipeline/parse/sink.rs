//! Where findings and places are gathered while a file is read.

use crate::pipeline::finding::{Finding, Places, Severity};
use std::cell::RefCell;

pub(super) struct Sink<'a> {
    text: &'a str,
    lines: Vec<usize>,
    places: RefCell<Places>,
    findings: RefCell<Vec<Finding>>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(file: &str, text: &'a str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            lines: std::iter::once(0).chain(after_breaks).collect(),
            places: RefCell::new(Places::new(file)),
            findings: RefCell::default(),
        }
    }

    /// Line and column, both from 1, of a byte offset.
    fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.lines.partition_point(|start| *start <= offset).max(1);
        let start = self.lines[line - 1];
        let before = self.text.get(start..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    pub(super) fn place(&self, subject: &str, offset: usize) {
        let (line, column) = self.position(offset);
        self.places.borrow_mut().put(subject, line, column);
    }

    pub(super) fn error(
        &self,
        offset: usize,
        subject: &str,
        problem: impl Into<String>,
        hint: Option<String>,
    ) {
        let (line, column) = self.position(offset);
        self.findings.borrow_mut().push(Finding {
            file: self.places.borrow().file.clone(),
            line,
            column,
            subject: subject.to_owned(),
            problem: problem.into(),
            hint,
            severity: Severity::Error,
        });
    }

    /// The line a subject was first seen on.
    pub(super) fn line_of(&self, subject: &str) -> usize {
        self.places.borrow().at(subject).0
    }

    pub(super) fn finish(self) -> (Places, Vec<Finding>) {
        (self.places.into_inner(), self.findings.into_inner())
    }
}
