//! Operations that give nothing unless their arguments have a certain shape.

use crate::{
    findings::Findings,
    json::Json,
    targeting::sem_ver::{is_comparison, is_version},
};

/// Checks the arguments of `sem_ver`.
pub(super) fn check_sem_ver(arguments: &[Json], findings: &mut Findings) {
    let [left, comparison, right] = arguments else {
        return findings.warning("sem_ver gives null unless it has a version, an operator and a version");
    };
    for (step, version) in [("0", left), ("2", right)] {
        if matches!(version, Json::String(text) if !is_version(text)) {
            findings
                .under(step, |findings| findings.warning("sem_ver takes this for no version and gives null"));
        }
    }
    if matches!(comparison, Json::String(name) if !is_comparison(name)) {
        findings.under("1", |findings| findings.warning("sem_ver has no such operator and gives null"));
    }
}

/// Checks the arguments of `starts_with` and `ends_with`.
pub(super) fn check_affix(arguments: &[Json], findings: &mut Findings) {
    let is_text = |argument: &Json| argument.is_string() || argument.is_object();
    if !matches!(arguments, [text, affix] if is_text(text) && is_text(affix)) {
        findings.warning("this gives null unless it has two strings");
    }
}
