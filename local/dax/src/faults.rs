//! What a node can be made to do wrong.

use std::time::Duration;

use dax_client::protocol::{error::ServiceError, method::Method};

/// Something that goes wrong at a node.
///
/// ```
/// # use dax_local::{Fault, FaultKind, Method};
/// // The second GetItem from now on gets no answer.
/// let fault = Fault { method: Some(Method::GetItem), skip: 1, times: Some(1), what: FaultKind::BlackHole };
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The calls that it hits; `None`: all of the ten operations on items.
    pub method: Option<Method>,
    /// How often it does; `None`: until [`Node::clear_faults`](crate::Node::clear_faults).
    pub times: Option<usize>,
    /// What goes wrong.
    pub what: FaultKind,
    /// So many of these calls are spared first.
    pub skip: usize,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// The call waits so long before anything is done.
    Delay(Duration),
    /// The call is done, but after so many bytes of the response the connection is closed.
    CloseAfter(usize),
    /// The connection is closed, and the call never done.
    CloseBeforeDone,
    /// The call is done, and then the connection closed.
    CloseAfterDone,
    /// This is the answer, and the call never done.
    Error(ServiceError),
    /// The call is done, but this is the answer.
    ErrorAfterDone(ServiceError),
    /// The call is not done and not answered, and the connection stays open.
    BlackHole,
    /// The response comes one byte at a time, that far apart.
    Trickle(Duration),
    /// These bytes are the answer, and the call never done.
    Raw(Vec<u8>),
    /// Of a batch, so many at the end are not processed. The tables of a batch are in the order of their names.
    Unprocessed(usize),
    /// Connections are accepted and closed at once. Hits connections, not calls: the method does not matter.
    Reject,
    /// The connection is not authorized any more, and the call not done.
    Unauthorized,
}

impl Fault {
    /// Hits all operations on items until it is cleared.
    pub fn new(what: FaultKind) -> Self {
        Self { method: None, times: None, what, skip: 0 }
    }

    /// Hits the next of all operations on items, once.
    pub fn once(what: FaultKind) -> Self {
        Self { times: Some(1), ..Self::new(what) }
    }

    /// Hits calls of that method alone.
    #[must_use]
    pub fn on(self, method: Method) -> Self {
        Self { method: Some(method), ..self }
    }

    fn hits(&self, method: Method) -> bool {
        let matches = self.method.map_or_else(|| is_operation(method), |wanted| wanted == method);
        matches
            && match self.what {
                FaultKind::Reject => false,
                FaultKind::Unprocessed(_) => {
                    matches!(method, Method::BatchGetItem | Method::BatchWriteItem)
                }
                _ => true,
            }
    }
}

/// The faults of one node, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    standing: Vec<Fault>,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) {
        self.standing.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.standing.clear();
    }

    /// What is to go wrong with the next call: one thing at most, of the oldest fault that hits it.
    pub(crate) fn take(&mut self, method: Method) -> Option<FaultKind> {
        self.take_if(|fault| fault.hits(method))
    }

    /// Whether the next connection is to be closed at once.
    pub(crate) fn take_reject(&mut self) -> bool {
        self.take_if(|fault| fault.what == FaultKind::Reject).is_some()
    }

    fn take_if(&mut self, hits: impl Fn(&Fault) -> bool) -> Option<FaultKind> {
        self.standing.retain(|fault| fault.times != Some(0));
        for fault in self.standing.iter_mut().filter(|fault| hits(fault)) {
            if let Some(skip) = fault.skip.checked_sub(1) {
                fault.skip = skip;
                continue;
            }
            fault.times = fault.times.map(|times| times.saturating_sub(1));
            return Some(fault.what.clone());
        }
        None
    }
}

fn is_operation(method: Method) -> bool {
    !matches!(
        method,
        Method::AuthorizeConnection
            | Method::Endpoints
            | Method::DefineKeySchema
            | Method::DefineAttributeListId
            | Method::DefineAttributeList
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(faults: impl IntoIterator<Item = Fault>) -> Faults {
        Faults { standing: faults.into_iter().collect() }
    }

    #[test]
    fn a_fault_spares_some_calls_hits_some_and_is_over() {
        let mut faults = faults([Fault { skip: 1, times: Some(2), ..Fault::new(FaultKind::BlackHole) }]);
        let hits = [(); 5].map(|()| faults.take(Method::GetItem).is_some());
        assert_eq!(hits, [false, true, true, false, false]);
    }

    #[test]
    fn metadata_is_hit_only_by_name() {
        let mut faults = faults([Fault::new(FaultKind::BlackHole)]);
        assert_eq!(faults.take(Method::Endpoints), None);
        faults.inject(Fault::once(FaultKind::CloseBeforeDone).on(Method::Endpoints));
        assert_eq!(faults.take(Method::Scan), Some(FaultKind::BlackHole));
        assert_eq!(faults.take(Method::Endpoints), Some(FaultKind::CloseBeforeDone));
        assert_eq!(faults.take(Method::Endpoints), None);
    }

    #[test]
    fn connections_and_calls_are_hit_by_faults_of_their_own() {
        let mut faults = faults([Fault::new(FaultKind::Reject), Fault::new(FaultKind::Unprocessed(1))]);
        assert_eq!(faults.take(Method::GetItem), None);
        assert_eq!(faults.take(Method::BatchGetItem), Some(FaultKind::Unprocessed(1)));
        assert!(faults.take_reject());
        faults.clear();
        assert!(!faults.take_reject());
    }
}
