//! Changes of many flags and segments at once, as one edit.

use std::{collections::BTreeSet, sync::Arc};

use super::{Definition, Edit, Texts, file::Reader, references};
use crate::{Fault, Refusal, findings::Findings, json, targeting::Evaluators};

impl Definition {
    /// Reads a definition file as [`Definition::parse`] does, and refuses as well what [`Definition::with_flag`] and
    /// [`Definition::with_segment`] refuse.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with the faults of the whole file, as pointers into it; not more than
    /// [`limits::MAX_FINDINGS`](crate::limits::MAX_FINDINGS).
    pub fn parse_strict(json: &str) -> Result<Edit, Refusal> {
        Self::empty().merged_with_file(json)
    }

    /// Adds the flags, the segments and the other members of a definition file, in place of those of the same name. Rules may
    /// refer to segments of either.
    ///
    /// # Errors
    /// As for [`Definition::parse_strict`]; [`Refusal::Conflict`] when a flag that is not in the file would get a fault by a
    /// segment that is, or when there is no room.
    pub fn merged_with_file(&self, json: &str) -> Result<Edit, Refusal> {
        let own = self.evaluators.iter().map(|(name, text)| (Arc::clone(name), Arc::clone(text)));
        let evaluators = Evaluators::new(own.chain(segments_of(json)));
        let mut findings = Findings::all();
        let file = Reader::strict(&evaluators).file(json, &mut findings);
        self.settled(self.overlaid(&file), &file.evaluators, findings)
    }

    /// Takes flags over from another environment, all or those named, each with the segments that it refers to, however far.
    ///
    /// With `prune`, what `source` does not have is removed here: all such flags and the segments that are then of no use; or,
    /// if flags are named, those among them.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with pointers to the names, in `/flags`, that are in neither environment (without `prune`: not in
    /// `source`), or with the faults of the flags and segments taken over, in `/flags` and `/$evaluators` of the source;
    /// [`Refusal::Conflict`] when a flag that is not taken over would get a fault by a segment that is, or when there is no room.
    pub fn promoted_from(
        &self,
        source: &Self,
        flags: Option<&[String]>,
        prune: bool,
    ) -> Result<Edit, Refusal> {
        let taken = source.part(flags);
        let mut target = self.clone();
        match flags {
            Some(names) => {
                let is_known =
                    |name: &String| source.flag(name).is_some() || (prune && self.flag(name).is_some());
                check_names(names, is_known)?;
                target.flags.retain(|key, _| !names.iter().any(|name| **name == **key));
            }
            None if prune => target.flags = Texts::new(),
            None => {}
        }
        let mut promoted = target.overlaid(&taken);
        if prune && flags.is_none() {
            promoted.drop_unused_segments(source);
        }
        let evaluators = promoted.evaluators();
        let mut findings = Findings::all();
        Reader::strict(&evaluators).definition(&taken, &mut findings);
        self.settled(promoted, &taken.evaluators, findings)
    }

    /// Some flags, or all, and the segments that they need.
    fn part(&self, flags: Option<&[String]>) -> Self {
        let flags: Texts = match flags {
            None => self.flags.clone(),
            Some(names) => {
                let entries = names.iter().filter_map(|name| self.flags.get_key_value(name.as_str()));
                entries.map(|(key, text)| (Arc::clone(key), Arc::clone(text))).collect()
            }
        };
        let used = self.with_referred(flags.values().flat_map(|text| references::of_flag(text)));
        let evaluators = self.evaluators.iter().filter(|(name, _)| used.contains(&***name));
        let evaluators = evaluators.map(|(name, text)| (Arc::clone(name), Arc::clone(text))).collect();
        Self { flags, evaluators, others: Texts::new() }
    }

    /// Everything of both; where both have something, what is above.
    fn overlaid(&self, above: &Self) -> Self {
        let overlaid = |below: &Texts, above: &Texts| {
            let mut texts = below.clone();
            texts.extend(above.iter().map(|(key, text)| (Arc::clone(key), Arc::clone(text))));
            texts
        };
        Self {
            flags: overlaid(&self.flags, &above.flags),
            evaluators: overlaid(&self.evaluators, &above.evaluators),
            others: overlaid(&self.others, &above.others),
        }
    }

    /// Drops the segments that neither `source` has nor any flag needs, or a segment that stays.
    fn drop_unused_segments(&mut self, source: &Self) {
        let used_by_flags = self.flags.values().flat_map(|text| references::of_flag(text));
        let shared = source.segment_names().map(str::to_owned);
        let used: BTreeSet<String> = self.with_referred(used_by_flags.chain(shared));
        self.evaluators.retain(|name, _| used.contains(&**name));
    }

    /// The edit that leads from this definition to another, unless something was found against it.
    fn settled(&self, to: Self, written: &Texts, findings: Findings) -> Result<Edit, Refusal> {
        let warnings = findings.into_warnings()?;
        to.check_size()?;
        let changed = written.iter().filter(|(name, text)| self.evaluators.get(*name) != Some(*text));
        let changed: Vec<&str> = changed.map(|(name, _)| &**name).collect();
        if !changed.is_empty() {
            self.check_users(&to, &changed)?;
        }
        Ok(Edit { definition: to, warnings })
    }
}

/// The segments of a file, as far as it can be read: what is wrong with it is found when it is read as a whole.
fn segments_of(json: &str) -> impl Iterator<Item = (Arc<str>, Arc<str>)> {
    let file = json::members(json).unwrap_or_default().into_iter();
    let segments = file.filter(|(key, _)| key == "$evaluators");
    segments
        .flat_map(|(_, segments)| json::members(segments).unwrap_or_default())
        .map(|(name, text)| (name.into(), text.into()))
}

fn check_names(names: &[String], is_known: impl Fn(&String) -> bool) -> Result<(), Refusal> {
    let unknown = names.iter().enumerate().filter(|(_, name)| !is_known(name));
    let faults: Vec<Fault> = unknown
        .map(|(index, _)| Fault {
            pointer: format!("/flags/{index}"),
            message: "the source has no flag with this key".to_owned(),
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Refusal::Invalid(faults)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flag(targeting: &str) -> String {
        format!(r#"{{"state":"ENABLED","variants":{{"on":1.0,"off":0}},"targeting":{targeting}}}"#)
    }

    fn in_segment(name: &str) -> String {
        flag(&format!(r#"{{"if":[{{"$ref":"{name}"}},"on","off"]}}"#))
    }

    fn file(flags: &[(&str, String)], rest: &str) -> String {
        let flags: Vec<String> = flags.iter().map(|(key, flag)| format!(r#""{key}":{flag}"#)).collect();
        format!(r#"{{"flags":{{{}}}{rest}}}"#, flags.join(","))
    }

    fn definition(flags: &[(&str, String)], rest: &str) -> Definition {
        Definition::parse(&file(flags, rest)).unwrap()
    }

    fn faults(refused: Result<Edit, Refusal>) -> Vec<String> {
        match refused {
            Err(Refusal::Invalid(faults)) => {
                faults.into_iter().map(|Fault { pointer, .. }| pointer).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn content(definition: &Definition) -> (Vec<&str>, Vec<&str>) {
        (definition.keys().collect(), definition.segment_names().collect())
    }

    const COSTLY: &str =
        r#"{"reduce":[{"var":"x"},{"cat":[{"var":"accumulator"},{"var":"accumulator"}]},"x"]}"#;

    #[test]
    fn every_fault_of_a_file_is_told_where_it_is() {
        let flags = [
            ("a", flag(r#"{"nope":1}"#)),
            ("b", in_segment("none")),
            ("c", "[]".to_owned()),
            ("d", flag("{}")),
        ];
        let rest = r#","$evaluators":{"s":{"!":{"$ref":"s"}},"t":{"x":1,"x":2}},"metadata":{"m":9e300},"metadata":{}"#;
        assert_eq!(
            faults(Definition::parse_strict(&file(&flags, rest))),
            [
                "/metadata",
                "/flags/a/targeting",
                "/flags/b/targeting/if/0",
                "/flags/c",
                "/$evaluators/s/!",
                "/$evaluators/t/x",
                "/metadata/m"
            ]
        );
        let listed = r#"{"flags":[{"key":"a","state":"ENABLED","variants":{"on":1}},{"key":"a","state":"on","variants":{"on":1}},{"state":1}]}"#;
        assert_eq!(faults(Definition::parse_strict(listed)), ["/flags/1/state", "/flags/1", "/flags/2"]);
        assert_eq!(faults(Definition::parse_strict("{}")), [""]);
        assert_eq!(faults(Definition::parse_strict("{\"flags\":{},}")), [""]);
    }

    #[test]
    fn the_list_of_faults_has_an_end() {
        let flags: Vec<String> = (0..500).map(|index| format!(r#""f{index}":{{}}"#)).collect();
        let found = faults(Definition::parse_strict(&format!(r#"{{"flags":{{{}}}}}"#, flags.join(","))));
        assert_eq!(found.len(), crate::limits::MAX_FINDINGS);
    }

    #[test]
    fn a_merge_adds_and_replaces_and_may_refer_to_what_is_there() {
        let before = definition(
            &[("a", in_segment("s")), ("b", flag("{}"))],
            r#","$evaluators":{"s":true},"metadata":{"m":1}"#,
        );
        let merged = file(
            &[("b", in_segment("s")), ("c", in_segment("t"))],
            r#","$evaluators":{"t":{"$ref":"s"}},"metadata":{"n":2}"#,
        );
        let edit = before.merged_with_file(&merged).unwrap();
        assert_eq!(content(&edit.definition), (vec!["a", "b", "c"], vec!["s", "t"]));
        assert_eq!((edit.definition.metadata(), edit.warnings), (Some(r#"{"n":2}"#), vec![]));
        let read = Definition::parse(&merged).unwrap();
        assert_eq!(before.merged_with_file(&read.to_json()).unwrap().definition, edit.definition);

        let faulty = file(&[("b", in_segment("none"))], "");
        assert_eq!(faults(before.merged_with_file(&faulty)), ["/flags/b/targeting/if/0"]);
        assert_eq!(
            faults(before.merged_with_file(&Definition::parse(&faulty).unwrap().to_json())),
            ["/flags/b/targeting/if/0"]
        );
        let costly = file(&[], &format!(r#","$evaluators":{{"s":{COSTLY}}}"#));
        let Err(Refusal::Conflict(message)) = before.merged_with_file(&costly) else { panic!() };
        assert!(message.contains("the flag \"a\""), "{message}");
    }

    #[test]
    fn a_promotion_takes_flags_with_the_segments_that_they_need() {
        let segments =
            r#","$evaluators":{"s":{"!":{"$ref":"t"}},"t":true,"u":true},"metadata":{"env":"staging"}"#;
        let source = definition(
            &[("a", in_segment("s")), ("b", flag(r#"{"if":[true,"on"]}"#)), ("c", in_segment("u"))],
            segments,
        );
        let target = definition(&[("b", flag("{}")), ("z", in_segment("v"))], r#","$evaluators":{"v":true}"#);
        let promoted = |flags: Option<&[&str]>, prune| {
            let flags: Option<Vec<String>> =
                flags.map(|keys| keys.iter().map(|key| (*key).to_owned()).collect());
            target.promoted_from(&source, flags.as_deref(), prune)
        };

        let all = promoted(None, false).unwrap().definition;
        assert_eq!(content(&all), (vec!["a", "b", "c", "z"], vec!["s", "t", "u", "v"]));
        assert_eq!((all.flag("b"), all.metadata()), (source.flag("b"), None));
        let pruned = promoted(None, true).unwrap().definition;
        assert_eq!(content(&pruned), (vec!["a", "b", "c"], vec!["s", "t", "u"]));
        let some = promoted(Some(&["a"]), false).unwrap().definition;
        assert_eq!(content(&some), (vec!["a", "b", "z"], vec!["s", "t", "v"]));
        assert_eq!(some.flag("b"), target.flag("b"));

        assert_eq!(faults(promoted(Some(&["a", "z", "y"]), false)), ["/flags/1", "/flags/2"]);
        assert_eq!(faults(promoted(Some(&["a", "z", "y"]), true)), ["/flags/2"]);
        let removed = promoted(Some(&["z"]), true).unwrap().definition;
        assert_eq!(content(&removed), (vec!["b"], vec!["v"]));
    }

    #[test]
    fn a_promotion_breaks_nothing_that_stays() {
        let source = definition(&[("a", in_segment("s"))], r#","$evaluators":{"s":{"if":[true,"yes"]}}"#);
        let target =
            definition(&[("z", flag(r#"{"$ref":"s"}"#))], r#","$evaluators":{"s":{"if":[true,"on"]}}"#);
        let Err(Refusal::Conflict(message)) = target.promoted_from(&source, None, false) else { panic!() };
        assert!(message.contains("the flag \"z\""), "{message}");
        assert!(target.promoted_from(&source, None, true).is_ok());
        let faulty = definition(&[("a", in_segment("none"))], "");
        assert_eq!(faults(target.promoted_from(&faulty, None, false)), ["/flags/a/targeting/if/0"]);
    }

    #[test]
    fn a_segment_that_stays_keeps_what_it_refers_to() {
        let source = definition(&[], r#","$evaluators":{"shared":true}"#);
        let target =
            definition(&[], r#","$evaluators":{"shared":{"!":{"$ref":"own"}},"own":true,"unused":true}"#);
        let pruned = target.promoted_from(&source, None, true).unwrap().definition;
        assert_eq!(content(&pruned), (vec![], vec!["own", "shared"]));
    }
}
