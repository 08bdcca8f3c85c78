//! What checks find in a definition, and where.

use crate::{
    Fault, Refusal, Warning,
    json::{Problem, cut, push_step},
    limits,
};

/// Collects what a check finds, with the way from the value that it began with.
#[derive(Debug)]
pub(crate) struct Findings {
    /// A JSON pointer: where the check is now.
    place: String,
    /// In the order in which they were found.
    found: Vec<(Severity, Problem)>,
    faults: usize,
    warnings: usize,
    /// How many of each kind are kept.
    most: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severity {
    /// Refused when it is written.
    Fault,
    /// Told to whoever writes it.
    Warning,
}

impl Findings {
    /// Keeps as many as an answer lists.
    pub(crate) fn all() -> Self {
        Self::at_most(limits::MAX_FINDINGS)
    }

    /// Keeps the first fault.
    pub(crate) fn first_only() -> Self {
        Self::at_most(1)
    }

    /// Something that cannot be accepted, at the place where the check is.
    pub(crate) fn fault(&mut self, message: impl Into<String>) {
        if self.faults < self.most {
            self.add(Severity::Fault, self.place.clone(), message.into());
        }
        self.faults += 1;
    }

    /// A fault below the place where the check is.
    pub(crate) fn problem(&mut self, Problem { pointer, message }: Problem) {
        if self.faults < self.most {
            self.add(Severity::Fault, format!("{}{pointer}", self.place), message);
        }
        self.faults += 1;
    }

    /// Something that can be accepted, but may not be meant.
    pub(crate) fn warning(&mut self, message: impl Into<String>) {
        if self.warnings < self.most {
            self.add(Severity::Warning, self.place.clone(), message.into());
        }
        self.warnings += 1;
    }

    /// Checks what stands under `step`.
    pub(crate) fn under<R>(&mut self, step: &str, check: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.place.len();
        push_step(&mut self.place, step);
        let result = check(self);
        self.place.truncate(length);
        result
    }

    /// Checks each element of an array.
    pub(crate) fn each<T>(&mut self, items: &[T], mut check: impl FnMut(&T, &mut Self)) {
        for (index, item) in items.iter().enumerate() {
            self.under(&index.to_string(), |findings| check(item, findings));
        }
    }

    /// Whether further faults are not kept, so that there is no use in looking for them.
    pub(crate) fn is_full(&self) -> bool {
        self.faults >= self.most
    }

    /// Whether there is a fault.
    pub(crate) fn has_faults(&self) -> bool {
        self.faults > 0
    }

    /// The first fault, if there is one.
    pub(crate) fn into_first_fault(self) -> Result<(), Problem> {
        let fault = self.into_faults().into_iter().next();
        fault.map_or(Ok(()), |Fault { pointer, message }| Err(Problem { pointer, message }))
    }

    /// The warnings, or every fault that was kept.
    pub(crate) fn into_warnings(self) -> Result<Vec<Warning>, Refusal> {
        if self.has_faults() { Err(Refusal::Invalid(self.into_faults())) } else { Ok(self.into_list()) }
    }

    /// The faults that were kept.
    pub(crate) fn into_faults(self) -> Vec<Fault> {
        let faults = self.found.into_iter().filter(|(severity, _)| *severity == Severity::Fault);
        faults.map(|(_, Problem { pointer, message })| Fault { pointer, message }).collect()
    }

    /// Faults and warnings alike, in the order in which they were found.
    pub(crate) fn into_list(self) -> Vec<Warning> {
        let problems = self.found.into_iter().map(|(_, problem)| problem);
        problems.map(|Problem { pointer, message }| Warning { pointer, message }).collect()
    }

    fn at_most(most: usize) -> Self {
        Self { place: String::new(), found: Vec::new(), faults: 0, warnings: 0, most }
    }

    fn add(&mut self, severity: Severity, pointer: String, message: String) {
        self.found.push((severity, Problem { pointer: cut(pointer), message }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_know_where_they_were_made() {
        let mut findings = Findings::all();
        findings.warning("whole");
        findings.under("a/b", |findings| {
            findings.each(&[1, 2], |item, findings| {
                if *item == 2 {
                    findings.fault("second");
                    findings.problem(Problem::here("deeper").under("x"));
                }
            });
            findings.fault("after");
        });
        let pointers: Vec<String> = findings.into_list().into_iter().map(|found| found.pointer).collect();
        assert_eq!(pointers, ["", "/a~1b/1", "/a~1b/1/x", "/a~1b"]);
    }

    #[test]
    fn faults_refuse_and_warnings_do_not() {
        let mut findings = Findings::all();
        findings.warning("odd");
        assert!(!findings.has_faults());
        findings.fault("wrong");
        assert_eq!(findings.into_warnings(), Err(Refusal::invalid("", "wrong")));
    }

    #[test]
    fn no_more_are_kept_than_an_answer_lists() {
        let mut findings = Findings::all();
        for index in 0..limits::MAX_FINDINGS {
            assert!(!findings.is_full());
            findings.fault(index.to_string());
            findings.warning("odd");
        }
        findings.fault("one too many");
        findings.warning("one too many");
        assert!(findings.is_full());
        assert_eq!(findings.into_list().len(), 2 * limits::MAX_FINDINGS);
    }
}
