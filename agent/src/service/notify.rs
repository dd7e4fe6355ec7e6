//! Tells the service manager how the agent is, in the words of sd_notify(3).
//!
//! In: the address the manager has left in the environment, and what is to be said. Out:
//! datagrams. Without a manager nothing is said; one that does not listen delays nobody.

#[cfg(unix)]
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

/// Characters of a status; `systemctl status` shows one line.
const STATUS_CHARS_MAX: usize = 300;

/// What the manager can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The agent has started, or has finished reading its settings again.
    Ready,
    /// It reads its settings again.
    Reloading,
    /// It is about to end.
    Stopping,
    /// It gets on; the watchdog starts to count anew.
    Alive,
    /// How things stand, for people.
    Status(String),
}

/// The way to the service manager, if there is one.
#[derive(Debug, Default)]
pub struct Notifier {
    #[cfg(unix)]
    way: Option<(UnixDatagram, std::os::unix::net::SocketAddr)>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// Nobody is told anything.
    pub fn silent() -> Notifier {
        Notifier::default()
    }

    /// The manager that started this process, by `NOTIFY_SOCKET`, `WATCHDOG_USEC` and
    /// `WATCHDOG_PID`. An address that cannot be used is said in the log.
    pub fn of_this_process() -> Notifier {
        let text = |name: &str| std::env::var(name).ok();
        let watchdog = watchdog(
            text("WATCHDOG_USEC").as_deref(),
            text("WATCHDOG_PID").as_deref(),
            std::process::id(),
        );
        match std::env::var_os("NOTIFY_SOCKET") {
            Some(address) => Notifier::at(&address, watchdog).unwrap_or_else(|error| {
                tracing::warn!(%error, ?address, "the service manager cannot be told anything");
                Notifier::silent()
            }),
            None => Notifier::silent(),
        }
    }

    /// The manager that listens at `address`: a path, or after an `@` the name of an
    /// abstract socket. `watchdog`: how long it waits for [`State::Alive`].
    ///
    /// # Errors
    /// The address is none, or this system gives no socket.
    #[cfg(unix)]
    pub fn at(address: &std::ffi::OsStr, watchdog: Option<Duration>) -> std::io::Result<Notifier> {
        let socket = UnixDatagram::unbound()?;
        // A manager whose queue is full must not stop the agent.
        socket.set_nonblocking(true)?;
        let way = Some((socket, socket_address(address)?));
        Ok(Notifier { way, watchdog })
    }

    /// There is no such manager on this system.
    ///
    /// # Errors
    /// None.
    #[cfg(not(unix))]
    pub fn at(_: &std::ffi::OsStr, _: Option<Duration>) -> std::io::Result<Notifier> {
        Ok(Notifier::silent())
    }

    /// Whether anybody listens.
    pub fn is_heard(&self) -> bool {
        #[cfg(unix)]
        return self.way.is_some();
        #[cfg(not(unix))]
        return false;
    }

    /// How long the manager waits for [`State::Alive`] before it ends the process; nothing
    /// if it does not wait for it.
    pub fn watchdog(&self) -> Option<Duration> {
        self.watchdog.filter(|_| self.is_heard())
    }

    /// Says all of this at once. What cannot be delivered is lost; the watchdog is there
    /// for the case that it stays so.
    pub fn tell(&self, states: &[State]) {
        let text: String = states.iter().map(line).collect();
        #[cfg(unix)]
        if let Some((socket, address)) = &self.way
            && let Err(error) = socket.send_to_addr(text.as_bytes(), address)
        {
            tracing::debug!(%error, "the service manager did not take a message");
        }
        #[cfg(not(unix))]
        let _ = text;
    }
}

/// Each line ends itself: a status must not be able to say something else.
fn line(state: &State) -> String {
    match state {
        State::Ready => "READY=1\n".to_owned(),
        State::Reloading => format!("RELOADING=1\nMONOTONIC_USEC={}\n", monotonic_usec()),
        State::Stopping => "STOPPING=1\n".to_owned(),
        State::Alive => "WATCHDOG=1\n".to_owned(),
        State::Status(text) => {
            let shown = text.chars().take(STATUS_CHARS_MAX);
            let shown: String = shown
                .map(|one| if one.is_control() { ' ' } else { one })
                .collect();
            format!("STATUS={shown}\n")
        }
    }
}

/// The time the manager orders messages by.
#[cfg(unix)]
fn monotonic_usec() -> i64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec
        .saturating_mul(1_000_000)
        .saturating_add(now.tv_nsec / 1_000)
}

#[cfg(not(unix))]
fn monotonic_usec() -> i64 {
    0
}

#[cfg(unix)]
fn socket_address(address: &std::ffi::OsStr) -> std::io::Result<std::os::unix::net::SocketAddr> {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::SocketAddr;

    match address.as_bytes() {
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => {
            use std::os::linux::net::SocketAddrExt;

            SocketAddr::from_abstract_name(name)
        }
        [b'/', ..] => SocketAddr::from_pathname(address),
        _ => Err(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "NOTIFY_SOCKET must begin with / or @",
        )),
    }
}

/// How long the manager waits; nothing if it waits for another process, or not at all.
fn watchdog(usec: Option<&str>, for_process: Option<&str>, this: u32) -> Option<Duration> {
    let is_for_us = match for_process {
        Some(pid) => pid.parse() == Ok(this),
        None => true,
    };
    let usec: u64 = usec?.parse().ok()?;
    (is_for_us && usec > 0).then(|| Duration::from_micros(usec))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::SocketAddr;

    use super::*;

    #[track_caller]
    fn check(manager: &UnixDatagram, notifier: &Notifier, states: &[State], expected: &str) {
        notifier.tell(states);
        let mut bytes = [0; 1024];
        manager.set_nonblocking(true).unwrap();
        let length = manager.recv(&mut bytes).unwrap();
        assert_eq!(std::str::from_utf8(&bytes[..length]).unwrap(), expected);
    }

    #[test]
    fn a_manager_hears_every_word_at_a_path_and_at_an_abstract_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let name = format!("vedette-test-{}", std::process::id());
        let abstract_name = SocketAddr::from_abstract_name(&name).unwrap();
        let places = [
            (UnixDatagram::bind(&path).unwrap(), path.into_os_string()),
            (
                UnixDatagram::bind_addr(&abstract_name).unwrap(),
                format!("@{name}").into(),
            ),
        ];
        for (manager, address) in &places {
            let notifier = Notifier::at(address, None).unwrap();
            assert!(notifier.is_heard());
            let status = State::Status("reporting".to_owned());
            check(
                manager,
                &notifier,
                &[State::Ready, status],
                "READY=1\nSTATUS=reporting\n",
            );
            check(manager, &notifier, &[State::Alive], "WATCHDOG=1\n");
            check(manager, &notifier, &[State::Stopping], "STOPPING=1\n");
        }
    }

    #[test]
    fn a_reload_says_when_it_began_on_the_clock_of_the_manager() {
        let before = monotonic_usec();
        let said = line(&State::Reloading);
        let usec: i64 = said
            .strip_prefix("RELOADING=1\nMONOTONIC_USEC=")
            .unwrap()
            .trim_end()
            .parse()
            .unwrap();
        assert!((before..=monotonic_usec()).contains(&usec));
    }

    #[test]
    fn a_status_is_one_bounded_line_that_can_say_nothing_else() {
        let said = line(&State::Status("well\nREADY=1\r\u{7}".to_owned()));
        assert_eq!(said, "STATUS=well READY=1  \n");
        let said = line(&State::Status("\u{e4}".repeat(5_000)));
        assert_eq!(said.chars().count(), "STATUS=\n".len() + STATUS_CHARS_MAX);
    }

    #[test]
    fn a_manager_that_is_gone_or_has_no_address_costs_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let gone = Notifier::at(dir.path().join("gone").as_os_str(), None).unwrap();
        gone.tell(&[State::Ready]);
        Notifier::silent().tell(&[State::Ready]);
        for address in ["", "notify", "vsock:2:1234"] {
            assert!(Notifier::at(address.as_ref(), None).is_err(), "{address:?}");
        }
    }

    #[test]
    fn the_watchdog_is_ours_only_if_it_waits_for_this_process() {
        let minute = Some(Duration::from_secs(60));
        let cases = [
            (Some("60000000"), None, minute),
            (Some("60000000"), Some("7"), minute),
            (Some("60000000"), Some("8"), None),
            (Some("60000000"), Some("me"), None),
            (Some("0"), None, None),
            (Some("soon"), None, None),
            (Some("-1"), None, None),
            (None, Some("7"), None),
        ];
        for (usec, pid, expected) in cases {
            assert_eq!(watchdog(usec, pid, 7), expected, "{usec:?} {pid:?}");
        }
    }
}
