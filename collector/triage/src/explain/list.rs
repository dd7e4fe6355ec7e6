//! Says what a list of the collector's own is.

use crate::ListOf;

/// What is in it, what is not, and when it is over.
pub(super) fn of_list(of: ListOf) -> String {
    match of {
        ListOf::Enrolment => {
            "It lists what held already when hosts were first seen; what is critical is told by itself. It closes when all of it is gone.".into()
        }
    }
}

/// Why an alert is in it.
pub(super) fn in_list(of: ListOf) -> String {
    match of {
        ListOf::Enrolment => {
            "It held already when its host was first seen, so it is in the list of what was found at enrolment.".into()
        }
    }
}
