//! Names what a person does with one tap on a link in a notice, and where each link leads.
//!
//! In: an incident, a person. Out: a path, to be signed: it is good for this incident and this person
//! and nothing else. Knows nothing of what follows.

use vedette_triage::IncidentId;

/// What one tap does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tap {
    /// "I work on it."
    Acknowledge,
    /// "It is mine, and I work on it."
    Take,
    /// An hour without more of the same.
    Silence,
}

impl Tap {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Tap; 3] = [Tap::Take, Tap::Acknowledge, Tap::Silence];

    /// The word in the path.
    pub fn as_str(self) -> &'static str {
        match self {
            Tap::Acknowledge => "acknowledge",
            Tap::Take => "take",
            Tap::Silence => "silence",
        }
    }

    /// The word of a path.
    pub fn named(word: &str) -> Option<Tap> {
        Tap::ALL.into_iter().find(|tap| tap.as_str() == word)
    }

    /// What is written in front of its link.
    pub fn words(self) -> &'static str {
        match self {
            Tap::Acknowledge => "I look at it",
            Tap::Take => "I take it",
            Tap::Silence => "Quiet for 1h",
        }
    }

    /// Where its link leads for a person.
    pub fn path(self, incident: IncidentId, person: &str) -> String {
        format!("/i/{incident}/for/{person}/{}", self.as_str())
    }
}
