//! Sends echo requests without being root, and counts what comes back.
//!
//! Linux hands out such sockets to the groups in `net.ipv4.ping_group_range`. Sources:
//! RFC 792, RFC 4443 section 4, icmp(7).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use tokio::net::UdpSocket;
use tokio::time::{Instant, sleep_until, timeout_at};
use vedette_config::check::IcmpSettings;
use vedette_wire::CheckState;

use super::tcp::milliseconds;
use super::{Check, Found, Lane, Running, Tools};

const ECHO_REQUEST: u8 = 8;
const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST_V6: u8 = 128;
const ECHO_REPLY_V6: u8 = 129;
const HEADER_BYTES: usize = 8;
/// Random bytes by which we know our own requests.
const TOKEN_BYTES: usize = 16;
/// Between two requests, if there is time.
const GAP: Duration = Duration::from_millis(200);
/// Bytes read of an answer.
const ANSWER_BYTES_MAX: usize = 256;

pub(super) struct Icmp(IcmpSettings);

/// What became of each request.
#[derive(Debug, Clone, PartialEq)]
struct Echoes {
    /// How long the way and back took, for each that came back.
    times: Vec<Duration>,
    sent: u32,
}

impl Icmp {
    pub(super) fn new(settings: IcmpSettings) -> Icmp {
        Icmp(settings)
    }

    async fn look(&self, tools: &Tools) -> Found {
        // A part of the time is kept for telling what was found.
        let until = Instant::now() + tools.within.mul_f64(0.9);
        let address = match tools.resolve(&self.0.host, 0).await {
            Ok(addresses) => addresses.first().copied(),
            Err(why) => return Found::critical(why),
        };
        let Some(address) = address else {
            return Found::critical(format!("{} has no address", self.0.host));
        };
        let socket = match socket(address) {
            Ok(socket) => socket,
            Err(error) => return Found::unknown(not_allowed(&error)),
        };
        match self.echo(&socket, address.ip(), until).await {
            Ok(echoes) => self.judge(&echoes, tools),
            Err(error) => Found::critical(format!("{} cannot be reached: {error}", self.0.host)),
        }
    }

    async fn echo(&self, socket: &UdpSocket, to: IpAddr, until: Instant) -> io::Result<Echoes> {
        let count = self.0.count;
        let whole = until.saturating_duration_since(Instant::now());
        let gap = GAP.min(whole / (count * 2));
        let mut token = [0; TOKEN_BYTES];
        getrandom::fill(&mut token).map_err(io::Error::other)?;
        let mut sent = Vec::new();
        let mut times = vec![None; usize::try_from(count).unwrap_or(0)];
        for number in 0..count {
            // In the order of 1 to 20.
            let request = request(to, number as u16, &token);
            socket.send(&request).await?;
            sent.push(Instant::now());
            let is_last = number + 1 == count;
            let until = if is_last { until } else { Instant::now() + gap };
            while times.iter().any(Option::is_none) {
                let mut answer = [0; ANSWER_BYTES_MAX];
                let Ok(length) = timeout_at(until, socket.recv(&mut answer)).await else {
                    break;
                };
                let number = reply(to, &answer[..length?], &token).map(usize::from);
                if let Some((number, begun)) = number.and_then(|n| Some((n, sent.get(n)?)))
                    && let Some(time @ None) = times.get_mut(number)
                {
                    *time = Some(begun.elapsed());
                }
                if !is_last && times[..sent.len()].iter().all(Option::is_some) {
                    sleep_until(until).await;
                    break;
                }
            }
        }
        Ok(Echoes {
            times: times.into_iter().flatten().collect(),
            sent: count,
        })
    }

    fn judge(&self, echoes: &Echoes, tools: &Tools) -> Found {
        let (state, text) = verdict(&self.0, echoes);
        let value = |label, unit, value| tools.subject.value(label, unit, value);
        let loss = value("loss", "1", echoes.loss());
        let average = echoes
            .average()
            .map(|average| value("rtt", "s", average.as_secs_f64()));
        Found::of(state, text).with(std::iter::once(loss).chain(average))
    }
}

impl Check for Icmp {
    fn lane(&self) -> Lane {
        Lane::Network
    }

    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a> {
        Box::pin(self.look(tools))
    }
}

impl Echoes {
    /// The share that did not come back.
    fn loss(&self) -> f64 {
        let back = u32::try_from(self.times.len()).unwrap_or(self.sent);
        f64::from(self.sent.saturating_sub(back)) / f64::from(self.sent.max(1))
    }

    fn average(&self) -> Option<Duration> {
        let count = u32::try_from(self.times.len())
            .ok()
            .filter(|count| *count > 0)?;
        Some(self.times.iter().sum::<Duration>() / count)
    }
}

fn verdict(settings: &IcmpSettings, echoes: &Echoes) -> (CheckState, String) {
    let (host, sent, back) = (&settings.host, echoes.sent, echoes.times.len());
    let Some(average) = echoes.average() else {
        let text = format!("{host} answers none of {sent} echo requests");
        return (CheckState::Critical, text);
    };
    let text = format!(
        "{host} answers {back} of {sent} echo requests, on average in {}",
        milliseconds(average)
    );
    let is_slower = |most: Option<Duration>| most.is_some_and(|most| average > most);
    let loss = echoes.loss();
    let is_critical = loss >= settings.loss_critical && loss > 0.0;
    if is_critical || is_slower(settings.rtt_critical) {
        (CheckState::Critical, text)
    } else if loss > settings.loss_warning || is_slower(settings.rtt_warning) {
        (CheckState::Warning, text)
    } else {
        (CheckState::Ok, text)
    }
}

fn socket(to: SocketAddr) -> io::Result<UdpSocket> {
    let (domain, protocol) = match to {
        SocketAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4),
        SocketAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6),
    };
    let socket = Socket::new(domain, Type::DGRAM, Some(protocol))?;
    socket.set_nonblocking(true)?;
    socket.connect(&SockAddr::from(to))?;
    UdpSocket::from_std(socket.into())
}

fn not_allowed(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "this host does not let the agent send echo requests; as root: sysctl -w \
             net.ipv4.ping_group_range=\"0 2147483647\", and the same line in /etc/sysctl.d/"
                .to_owned()
        }
        _ => format!("echo requests cannot be sent: {error}"),
    }
}

fn request(to: IpAddr, number: u16, token: &[u8; TOKEN_BYTES]) -> Vec<u8> {
    let kind = if to.is_ipv4() {
        ECHO_REQUEST
    } else {
        ECHO_REQUEST_V6
    };
    let mut request = vec![kind, 0, 0, 0, 0, 0];
    request.extend_from_slice(&number.to_be_bytes());
    request.extend_from_slice(token);
    // Linux fills in checksum and identifier by itself; others want a checksum over IPv4.
    if to.is_ipv4() {
        let sum = checksum(&request);
        request[2..4].copy_from_slice(&sum.to_be_bytes());
    }
    request
}

/// The number of the request that this answers, if it is one of ours.
fn reply(to: IpAddr, answer: &[u8], token: &[u8; TOKEN_BYTES]) -> Option<u16> {
    // Some systems leave the IPv4 header before it.
    let header = match answer.first() {
        Some(first) if to.is_ipv4() && first >> 4 == 4 => usize::from(first & 0x0f) * 4,
        Some(_) | None => 0,
    };
    let answer = answer.get(header..)?;
    let kind = if to.is_ipv4() {
        ECHO_REPLY
    } else {
        ECHO_REPLY_V6
    };
    let is_ours = answer.first() == Some(&kind) && answer.get(HEADER_BYTES..)? == token;
    is_ours.then(|| u16::from_be_bytes([answer[6], answer[7]]))
}

/// RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | pair.get(1).copied().map_or(0, u32::from));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    // Folded into 16 bits above.
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const TOKEN: [u8; TOKEN_BYTES] = [7; TOKEN_BYTES];

    #[test]
    fn loss_and_time_make_the_state() {
        use CheckState::{Critical, Ok, Warning};

        // (came back, milliseconds, state)
        let cases = [
            (5, 1, Ok),
            (4, 1, Ok),
            (3, 1, Warning),
            (1, 1, Warning),
            (0, 0, Critical),
            (5, 60, Warning),
            (5, 600, Critical),
        ];
        for (back, milliseconds, expected) in cases {
            let echoes = Echoes {
                times: vec![Duration::from_millis(milliseconds); back],
                sent: 5,
            };
            let (state, text) = verdict(&settings(), &echoes);
            assert_eq!(state, expected, "{text}");
        }
    }

    #[test]
    fn an_answer_is_known_by_its_token() {
        let mut answer = request(HERE, 3, &TOKEN);
        assert_eq!(
            checksum(&answer),
            0,
            "a packet with its checksum adds up to nothing"
        );
        assert_eq!(reply(HERE, &answer, &TOKEN), None, "it is a request");
        answer[0] = ECHO_REPLY;
        assert_eq!(reply(HERE, &answer, &TOKEN), Some(3));
        let mut with_header = vec![0x45; 20];
        with_header.extend_from_slice(&answer);
        assert_eq!(reply(HERE, &with_header, &TOKEN), Some(3));
        assert_eq!(reply(HERE, &answer, &[8; TOKEN_BYTES]), None);
    }

    #[test]
    fn who_may_not_ask_is_told_how_to() {
        let why = not_allowed(&io::Error::from(io::ErrorKind::PermissionDenied));
        assert!(why.contains("ping_group_range"), "{why}");
    }

    proptest! {
        #[test]
        fn no_answer_breaks_it(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            reply(HERE, &bytes, &TOKEN);
        }
    }

    fn settings() -> IcmpSettings {
        IcmpSettings {
            host: "sw-1".to_owned(),
            count: 5,
            loss_warning: 0.2,
            loss_critical: 1.0,
            rtt_warning: Some(Duration::from_millis(50)),
            rtt_critical: Some(Duration::from_millis(500)),
        }
    }
}
