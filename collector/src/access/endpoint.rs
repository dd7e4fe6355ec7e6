//! Names everything that can be asked.

/// Everything that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// It runs.
    Healthy,
    /// It takes data.
    Ready,
    /// Read the policy again.
    Reload,
    /// The collector's own metrics.
    Metrics,
    /// Reports of agents.
    Report,
    /// The state of the watcher.
    Status,
    /// Incidents, filtered.
    Incidents,
    /// One incident.
    Incident,
    /// Why, line by line.
    Explain,
    /// The same as a page for people, where the links in tickets lead.
    Page,
    /// "I work on it."
    Acknowledge,
    /// Close by hand.
    Resolve,
    /// Write something down.
    Note,
    /// "It is mine."
    Take,
    /// "It is yours."
    Assign,
    /// Wait for something.
    Wait,
    /// Wait no more.
    Resume,
    /// Say how urgent it is.
    Prioritise,
    /// Make it part of another.
    Merge,
    /// Say that it was useful.
    Useful,
    /// Say that it was noise.
    Noise,
    /// Where a ticket's link leads to say so.
    UsefulPage,
    /// The same for noise.
    NoisePage,
    /// Where a link in a notice leads to say something.
    TapPage,
    /// Say it.
    Tap,
    /// Who is on call.
    OnCall,
    /// When nobody is.
    OnCallGaps,
    /// Take a turn.
    OnCallTake,
    /// Who would be told.
    OnCallTest,
    /// Rules, and what came of what they found.
    Rules,
    /// Try a rule on what was measured.
    Backtest,
    /// How far that is.
    BacktestShow,
    /// Hosts, filtered.
    Hosts,
    /// One host.
    Host,
    /// What is measured of a host.
    SeriesList,
    /// One metric of a host over time.
    SeriesChart,
    /// One host, in sentences.
    Why,
    /// What was recorded for a replay.
    Recording,
    /// What was decided on, by pages.
    RecordingRows,
    /// A part of the state of a day.
    RecordingPart,
    /// The files of a policy.
    RecordingPolicy,
    /// When digests are, and what they would say now.
    Digests,
    /// Say that a host is not there any more.
    HostRetire,
    /// Say that a retired host is there again.
    HostRevive,
    /// Windows that last, and those to come.
    Windows,
    /// Plan work.
    WindowsPost,
    /// End a window that lasts, or take back one that was made by hand.
    WindowDelete,
    /// Where rules are different.
    Exceptions,
    /// Make a rule different somewhere, or end that.
    ExceptionPost,
    /// What would have been told while it was only observed.
    GoLive,
    /// Go live, or back.
    GoLivePost,
    /// A marked, harmless fault through the whole path.
    Drill,
    /// How a drill goes.
    DrillShow,
    /// Alertmanager's alerts.
    AlertsGet,
    /// Alerts from Prometheus and others.
    AlertsPost,
    /// Alertmanager's silences.
    SilencesGet,
    /// Make or change a silence.
    SilencesPost,
    /// One silence.
    SilenceGet,
    /// End a silence.
    SilenceDelete,
    /// Alertmanager's status.
    StatusV2,
    /// Alertmanager's first API, which is gone.
    GoneV1,
    /// Receivers, and how they do.
    Receivers,
    /// One receiver, and what it needs.
    Receiver,
    /// Try one out.
    ReceiverTest,
    /// What would be sent.
    ReceiverRender,
    /// Leave one alone for a while.
    ReceiverPause,
    /// Send to it again.
    ReceiverResume,
    /// Deliveries that are not done.
    Deliveries,
    /// One delivery.
    Delivery,
}
