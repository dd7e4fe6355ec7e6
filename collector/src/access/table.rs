//! The one table of routes and roles. The router is made from it, so an endpoint
//! that is not here cannot be served, and a row without a handler does not compile.

use super::endpoint::Endpoint;

/// One row: what can be asked, and what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// How it is asked.
    pub verb: Verb,
    /// Where; `{name}` stands for one segment.
    pub path: &'static str,
    /// Who answers.
    pub endpoint: Endpoint,
    /// Who may ask.
    pub needs: Needs,
}

/// The methods in use. `HEAD` is served wherever `Get` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Reads; changes nothing.
    Get,
    /// Writes; needs a JSON body.
    Post,
    /// Writes; needs no body.
    Delete,
}

impl Verb {
    /// Whether it can change something.
    pub fn writes(self) -> bool {
        match self {
            Verb::Get => false,
            Verb::Post | Verb::Delete => true,
        }
    }
}

/// What a caller must be at least. `Agent` is not part of the ladder of people: an agent's token
/// sends, and reads nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Open,
    /// Read.
    Viewer,
    /// Silence, acknowledge, resolve, drill.
    Operator,
    /// Everything.
    Admin,
    /// Send reports and alerts.
    Agent,
}

/// In which form an endpoint says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `{"error": "..."}`
    Own,
    /// A JSON string, as Alertmanager's clients read it.
    Alertmanager,
    /// A `Refusal` of the wire, as agents read it.
    Wire,
}

impl Route {
    /// Whether the links in tickets lead there: one that we signed stands for a token.
    pub fn has_links(&self) -> bool {
        let is_vote = matches!(
            self.endpoint,
            Endpoint::UsefulPage
                | Endpoint::NoisePage
                | Endpoint::Useful
                | Endpoint::Noise
                | Endpoint::TapPage
                | Endpoint::Tap
        );
        is_vote && self.path.starts_with(LINKS)
    }
}

/// Where the links in tickets lead.
const LINKS: &str = "/i/";

impl Endpoint {
    /// In which form it says no.
    pub fn dialect(self) -> Dialect {
        match self {
            Endpoint::Report => Dialect::Wire,
            Endpoint::AlertsGet
            | Endpoint::AlertsPost
            | Endpoint::SilencesGet
            | Endpoint::SilencesPost
            | Endpoint::SilenceGet
            | Endpoint::SilenceDelete
            | Endpoint::StatusV2
            | Endpoint::GoneV1 => Dialect::Alertmanager,
            Endpoint::Healthy
            | Endpoint::Ready
            | Endpoint::Reload
            | Endpoint::Metrics
            | Endpoint::Status
            | Endpoint::Incidents
            | Endpoint::Incident
            | Endpoint::Explain
            | Endpoint::Page
            | Endpoint::Acknowledge
            | Endpoint::Resolve
            | Endpoint::Note
            | Endpoint::Take
            | Endpoint::Assign
            | Endpoint::Wait
            | Endpoint::Resume
            | Endpoint::Prioritise
            | Endpoint::Merge
            | Endpoint::Useful
            | Endpoint::Noise
            | Endpoint::UsefulPage
            | Endpoint::NoisePage
            | Endpoint::TapPage
            | Endpoint::Tap
            | Endpoint::OnCall
            | Endpoint::OnCallGaps
            | Endpoint::OnCallTake
            | Endpoint::OnCallTest
            | Endpoint::Rules
            | Endpoint::Backtest
            | Endpoint::BacktestShow
            | Endpoint::Hosts
            | Endpoint::Host
            | Endpoint::HostRetire
            | Endpoint::HostRevive
            | Endpoint::SeriesList
            | Endpoint::SeriesChart
            | Endpoint::Why
            | Endpoint::Recording
            | Endpoint::RecordingRows
            | Endpoint::RecordingPart
            | Endpoint::RecordingPolicy
            | Endpoint::Digests
            | Endpoint::Windows
            | Endpoint::WindowsPost
            | Endpoint::WindowDelete
            | Endpoint::Exceptions
            | Endpoint::ExceptionPost
            | Endpoint::GoLive
            | Endpoint::GoLivePost
            | Endpoint::Receivers
            | Endpoint::Receiver
            | Endpoint::ReceiverTest
            | Endpoint::ReceiverRender
            | Endpoint::ReceiverPause
            | Endpoint::ReceiverResume
            | Endpoint::Deliveries
            | Endpoint::Delivery
            | Endpoint::Drill
            | Endpoint::DrillShow => Dialect::Own,
        }
    }
}

const fn row(verb: Verb, path: &'static str, endpoint: Endpoint, needs: Needs) -> Route {
    Route {
        verb,
        path,
        endpoint,
        needs,
    }
}

/// Everything the listener answers.
pub const TABLE: &[Route] = &[
    row(Verb::Get, "/-/healthy", Endpoint::Healthy, Needs::Open),
    row(Verb::Get, "/-/ready", Endpoint::Ready, Needs::Open),
    row(Verb::Post, "/-/reload", Endpoint::Reload, Needs::Admin),
    row(Verb::Get, "/metrics", Endpoint::Metrics, Needs::Viewer),
    row(
        Verb::Post,
        "/api/v1/reports",
        Endpoint::Report,
        Needs::Agent,
    ),
    row(Verb::Get, "/api/v1/status", Endpoint::Status, Needs::Viewer),
    row(
        Verb::Get,
        "/api/v1/incidents",
        Endpoint::Incidents,
        Needs::Viewer,
    ),
    row(
        Verb::Get,
        "/api/v1/incidents/{id}",
        Endpoint::Incident,
        Needs::Viewer,
    ),
    row(
        Verb::Get,
        "/api/v1/incidents/{id}/explain",
        Endpoint::Explain,
        Needs::Viewer,
    ),
    row(Verb::Get, "/i/{id}", Endpoint::Page, Needs::Viewer),
    row(
        Verb::Get,
        "/api/v1/exceptions",
        Endpoint::Exceptions,
        Needs::Viewer,
    ),
    row(
        Verb::Post,
        "/api/v1/exceptions",
        Endpoint::ExceptionPost,
        Needs::Operator,
    ),
    row(Verb::Get, "/api/v1/golive", Endpoint::GoLive, Needs::Viewer),
    row(
        Verb::Post,
        "/api/v1/golive",
        Endpoint::GoLivePost,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/incidents/{id}/ack",
        Endpoint::Acknowledge,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/incidents/{id}/resolve",
        Endpoint::Resolve,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/incidents/{id}/notes",
        Endpoint::Note,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/incidents/{id}/take",
        Endpoint::Take,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/incidents/{id}/assign",
        Endpoint::Assign,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/incidents/{id}/wait",
        Endpoint::Wait,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/incidents/{id}/resume",
        Endpoint::Resume,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/incidents/{id}/priority",
        Endpoint::Prioritise,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/incidents/{id}/merge",
        Endpoint::Merge,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/incidents/{id}/useful",
        Endpoint::Useful,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/incidents/{id}/noise",
        Endpoint::Noise,
        Needs::Operator,
    ),
    // The links in tickets: they show a page, whose button says it.
    row(
        Verb::Get,
        "/i/{id}/useful",
        Endpoint::UsefulPage,
        Needs::Viewer,
    ),
    row(
        Verb::Post,
        "/i/{id}/useful",
        Endpoint::Useful,
        Needs::Operator,
    ),
    row(
        Verb::Get,
        "/i/{id}/noise",
        Endpoint::NoisePage,
        Needs::Viewer,
    ),
    row(
        Verb::Post,
        "/i/{id}/noise",
        Endpoint::Noise,
        Needs::Operator,
    ),
    // The links in notices, each for one incident and one person.
    row(
        Verb::Get,
        "/i/{id}/for/{person}/{tap}",
        Endpoint::TapPage,
        Needs::Viewer,
    ),
    row(
        Verb::Post,
        "/i/{id}/for/{person}/{tap}",
        Endpoint::Tap,
        Needs::Operator,
    ),
    row(Verb::Get, "/api/v1/oncall", Endpoint::OnCall, Needs::Viewer),
    row(
        Verb::Get,
        "/api/v1/oncall/gaps",
        Endpoint::OnCallGaps,
        Needs::Viewer,
    ),
    row(
        Verb::Post,
        "/api/v1/oncall/take",
        Endpoint::OnCallTake,
        Needs::Operator,
    ),
    row(
        Verb::Get,
        "/api/v1/oncall/test",
        Endpoint::OnCallTest,
        Needs::Viewer,
    ),
    row(Verb::Get, "/api/v1/rules", Endpoint::Rules, Needs::Viewer),
    row(
        Verb::Post,
        "/api/v1/rules/{rule}/backtest",
        Endpoint::Backtest,
        Needs::Viewer,
    ),
    row(
        Verb::Get,
        "/api/v1/backtests/{id}",
        Endpoint::BacktestShow,
        Needs::Viewer,
    ),
    row(Verb::Get, "/api/v1/hosts", Endpoint::Hosts, Needs::Viewer),
    row(
        Verb::Get,
        "/api/v1/hosts/{host}",
        Endpoint::Host,
        Needs::Viewer,
    ),
    row(
        Verb::Post,
        "/api/v1/hosts/{host}/retire",
        Endpoint::HostRetire,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/hosts/{host}/revive",
        Endpoint::HostRevive,
        Needs::Operator,
    ),
    row(
        Verb::Get,
        "/api/v1/hosts/{host}/series",
        Endpoint::SeriesList,
        Needs::Viewer,
    ),
    row(
        Verb::Get,
        "/api/v1/hosts/{host}/series/{metric}",
        Endpoint::SeriesChart,
        Needs::Viewer,
    ),
    row(
        Verb::Get,
        "/api/v1/why/{host}",
        Endpoint::Why,
        Needs::Viewer,
    ),
    row(
        Verb::Get,
        "/api/v1/recording",
        Endpoint::Recording,
        Needs::Operator,
    ),
    row(
        Verb::Get,
        "/api/v1/recording/inputs",
        Endpoint::RecordingRows,
        Needs::Operator,
    ),
    row(
        Verb::Get,
        "/api/v1/recording/snapshots/{number}/{part}",
        Endpoint::RecordingPart,
        Needs::Operator,
    ),
    row(
        Verb::Get,
        "/api/v1/recording/policies/{revision}",
        Endpoint::RecordingPolicy,
        Needs::Operator,
    ),
    row(
        Verb::Get,
        "/api/v1/digests",
        Endpoint::Digests,
        Needs::Viewer,
    ),
    row(
        Verb::Get,
        "/api/v1/windows",
        Endpoint::Windows,
        Needs::Viewer,
    ),
    row(
        Verb::Post,
        "/api/v1/windows",
        Endpoint::WindowsPost,
        Needs::Operator,
    ),
    row(
        Verb::Delete,
        "/api/v1/windows/{name}",
        Endpoint::WindowDelete,
        Needs::Operator,
    ),
    row(
        Verb::Get,
        "/api/v1/receivers",
        Endpoint::Receivers,
        Needs::Viewer,
    ),
    row(
        Verb::Get,
        "/api/v1/receivers/{name}",
        Endpoint::Receiver,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/receivers/{name}/test",
        Endpoint::ReceiverTest,
        Needs::Admin,
    ),
    row(
        Verb::Get,
        "/api/v1/receivers/{name}/render",
        Endpoint::ReceiverRender,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/receivers/{name}/pause",
        Endpoint::ReceiverPause,
        Needs::Operator,
    ),
    row(
        Verb::Post,
        "/api/v1/receivers/{name}/resume",
        Endpoint::ReceiverResume,
        Needs::Operator,
    ),
    row(
        Verb::Get,
        "/api/v1/deliveries",
        Endpoint::Deliveries,
        Needs::Viewer,
    ),
    row(
        Verb::Get,
        "/api/v1/deliveries/{id}",
        Endpoint::Delivery,
        Needs::Viewer,
    ),
    row(
        Verb::Post,
        "/api/v1/drills",
        Endpoint::Drill,
        Needs::Operator,
    ),
    row(
        Verb::Get,
        "/api/v1/drills/{fingerprint}",
        Endpoint::DrillShow,
        Needs::Viewer,
    ),
    row(
        Verb::Get,
        "/api/v2/alerts",
        Endpoint::AlertsGet,
        Needs::Viewer,
    ),
    row(
        Verb::Post,
        "/api/v2/alerts",
        Endpoint::AlertsPost,
        Needs::Agent,
    ),
    row(
        Verb::Get,
        "/api/v2/silences",
        Endpoint::SilencesGet,
        Needs::Viewer,
    ),
    row(
        Verb::Post,
        "/api/v2/silences",
        Endpoint::SilencesPost,
        Needs::Operator,
    ),
    row(
        Verb::Get,
        "/api/v2/silence/{id}",
        Endpoint::SilenceGet,
        Needs::Viewer,
    ),
    row(
        Verb::Delete,
        "/api/v2/silence/{id}",
        Endpoint::SilenceDelete,
        Needs::Operator,
    ),
    row(
        Verb::Get,
        "/api/v2/status",
        Endpoint::StatusV2,
        Needs::Viewer,
    ),
    // Alertmanager's v1, where the path is not ours: old senders are told where to go.
    row(Verb::Get, "/api/v1/alerts", Endpoint::GoneV1, Needs::Open),
    row(Verb::Post, "/api/v1/alerts", Endpoint::GoneV1, Needs::Open),
    row(
        Verb::Get,
        "/api/v1/alerts/groups",
        Endpoint::GoneV1,
        Needs::Open,
    ),
    row(Verb::Get, "/api/v1/silences", Endpoint::GoneV1, Needs::Open),
    row(
        Verb::Post,
        "/api/v1/silences",
        Endpoint::GoneV1,
        Needs::Open,
    ),
    row(
        Verb::Get,
        "/api/v1/silence/{id}",
        Endpoint::GoneV1,
        Needs::Open,
    ),
    row(
        Verb::Delete,
        "/api/v1/silence/{id}",
        Endpoint::GoneV1,
        Needs::Open,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rows_ask_for_the_same() {
        for (at, one) in TABLE.iter().enumerate() {
            let twice = TABLE[at + 1..]
                .iter()
                .find(|other| other.verb == one.verb && other.path == one.path);
            assert_eq!(twice, None, "{one:?}");
        }
    }

    #[test]
    fn only_what_tells_nothing_and_changes_nothing_is_open() {
        let open: Vec<Endpoint> = TABLE
            .iter()
            .filter(|route| route.needs == Needs::Open)
            .map(|route| route.endpoint)
            .filter(|endpoint| *endpoint != Endpoint::GoneV1)
            .collect();
        assert_eq!(open, [Endpoint::Healthy, Endpoint::Ready]);
    }

    #[test]
    fn nothing_that_writes_is_for_viewers() {
        // Trying a rule on what was measured leaves everything as it is.
        let tries = |route: &&Route| route.endpoint != Endpoint::Backtest;
        for route in TABLE.iter().filter(tries) {
            assert!(
                !(route.verb.writes() && route.needs == Needs::Viewer),
                "{route:?}"
            );
        }
    }
}
