//! The policies of `template.yaml` against what the functions do: each event runs over a DynamoDB client that takes notes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef},
    error::BoxError,
};
use serde_json::Value;

use pennon_template::Template;

use super::{CONSUMER, CONSUMER_POLICY, list, template};
use crate::events::{Demo, cases};

/// An IAM action and the resource of the template that it is on: `dynamodb:GetItem`, `CoreTable`.
type Permission = (String, &'static str);

/// The tables by the names that they have where nobody names them.
const TABLES: [(&str, &str); 3] =
    [("pennon-core", "CoreTable"), ("pennon-audit", "AuditTable"), ("pennon-ops", "OpsTable")];
const INDEX: &str = "AuditTable/index/bySubject";

/// What is allowed although no event needs it: a lookup after a transaction that was never answered, and a place in the queue of
/// those who want to change the same environment.
const RARE: [(&str, &str); 2] = [("dynamodb:GetItem", "AuditTable"), ("dynamodb:UpdateItem", "OpsTable")];

/// Takes note of what is asked of DynamoDB.
#[derive(Clone, Debug, Default)]
struct Notes(Arc<Mutex<BTreeSet<Permission>>>);

#[tokio::test]
async fn policies_allow_what_the_functions_do_and_nothing_else() {
    let template = template();
    let policies = policies(&template);
    let used = used().await;
    let mut used_by_policy: BTreeMap<&str, BTreeSet<Permission>> = BTreeMap::new();
    // The consumer asks nothing of DynamoDB itself: Lambda reads the stream for it.
    assert!(used.get(CONSUMER).is_none_or(BTreeSet::is_empty));
    let functions = template.functions().unwrap().into_iter();
    for function in functions.filter(|function| function.name != CONSUMER) {
        let nothing = BTreeSet::new();
        let used = used.get(&function.name).unwrap_or(&nothing);
        let allowed: BTreeSet<_> =
            function.policies.iter().flat_map(|policy| policies[policy.as_str()].clone()).collect();
        let refused: Vec<_> = used.difference(&allowed).collect();
        assert!(refused.is_empty(), "{} may not {refused:?}", function.name);
        assert_eq!(used.is_empty(), allowed.is_empty(), "{}", function.name);
        for policy in function.policies {
            let (policy, allowed) = policies.get_key_value(policy.as_str()).unwrap();
            used_by_policy.entry(policy).or_default().extend(used.intersection(allowed).cloned());
        }
    }
    for (policy, mut allowed) in policies {
        for (action, table) in RARE {
            allowed.remove(&(action.to_owned(), table));
        }
        let unused: Vec<_> = allowed.difference(&used_by_policy[policy]).collect();
        assert!(unused.is_empty(), "nobody needs {unused:?} of {policy}");
    }
}

/// What each function does, all of its events together.
async fn used() -> BTreeMap<String, BTreeSet<Permission>> {
    let notes = Notes::default();
    let mut demo = Demo::over(notes.clone()).await;
    let mut used: BTreeMap<String, BTreeSet<Permission>> = BTreeMap::new();
    for (case, before) in cases() {
        if demo.has_changed() {
            demo = Demo::over(notes.clone()).await;
        }
        for earlier in before {
            demo.answer(&earlier).await;
        }
        notes.0.lock().unwrap().clear();
        demo.answer(&case).await;
        let (function, _) = case.split_once('/').unwrap();
        used.entry(function.to_owned()).or_default().append(&mut notes.0.lock().unwrap());
    }
    used
}

/// What each policy allows.
fn policies(template: &Template) -> BTreeMap<&str, BTreeSet<Permission>> {
    let policies = template.resources("AWS::IAM::ManagedPolicy");
    let allowed = policies.filter(|(name, _)| *name != CONSUMER_POLICY).map(|(name, properties)| {
        let statements = list(&properties["PolicyDocument"]["Statement"]);
        (name, statements.into_iter().flat_map(permissions).collect())
    });
    allowed.collect()
}

fn permissions(statement: &Value) -> Vec<Permission> {
    let actions = list(&statement["Action"]);
    let resources = list(&statement["Resource"]).into_iter().map(resource);
    let all = resources.flat_map(|resource| {
        actions.iter().map(move |action| (action.as_str().unwrap().to_owned(), resource))
    });
    all.collect()
}

/// `!GetAtt CoreTable.Arn`, or the index.
fn resource(arn: &Value) -> &'static str {
    if arn["!Sub"] == "${AuditTable.Arn}/index/bySubject" {
        return INDEX;
    }
    let table = TABLES.iter().find(|(_, table)| arn["!GetAtt"] == format!("{table}.Arn"));
    table.unwrap_or_else(|| panic!("{arn} is no table")).1
}

impl Intercept for Notes {
    fn name(&self) -> &'static str {
        "Notes"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let (_, operation) = target.split_once('.').unwrap_or_default();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default())?;
        self.0.lock().unwrap().extend(needed(operation, &body));
        Ok(())
    }
}

/// What IAM asks for: of a transaction, the permissions of its items.
fn needed(operation: &str, body: &Value) -> Vec<Permission> {
    let table = |body: &Value| {
        let table = TABLES.iter().find(|(name, _)| body["TableName"] == *name);
        table.unwrap_or_else(|| panic!("no table is named in {operation} {body}")).1
    };
    if operation == "TransactWriteItems" {
        let items =
            body["TransactItems"].as_array().unwrap().iter().flat_map(|item| item.as_object().unwrap());
        let action = |kind: &str| match kind {
            "ConditionCheck" => "dynamodb:ConditionCheckItem".to_owned(),
            kind => format!("dynamodb:{kind}Item"),
        };
        return items.map(|(kind, item)| (action(kind), table(item))).collect();
    }
    let resource = if body.get("IndexName").is_some() { INDEX } else { table(body) };
    vec![(format!("dynamodb:{operation}"), resource)]
}
