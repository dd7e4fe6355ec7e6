//! Asks name servers for a name: each of them answers, in time, with the right values.

mod message;

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vedette_config::check::DnsSettings;
use vedette_wire::CheckState;

use self::message::{Answer, Question};
use super::datagram::Datagrams;
use super::tcp::milliseconds;
use super::{Check, Found, Lane, Running, Tools, gravity};

/// Name servers of a host that are asked; the resolver asks no more.
const SERVERS_MAX: usize = 3;
/// Values shown in the text.
const SHOWN_MAX: usize = 5;

pub(super) struct Dns(DnsSettings);

/// What one server said.
struct Said {
    server: SocketAddr,
    answer: Result<(Answer, Duration), String>,
}

impl Dns {
    pub(super) fn new(settings: DnsSettings) -> Dns {
        Dns(settings)
    }

    async fn look(&self, tools: &Tools) -> Found {
        let servers = match self.servers(tools).await {
            Ok(servers) => servers,
            Err(why) => return Found::unknown(why),
        };
        // One after the other would take the time of all that are silent.
        let within = tools.within.mul_f64(0.9);
        let mut asked = tokio::task::JoinSet::new();
        for (place, server) in servers.iter().copied().enumerate() {
            let (name, record) = (self.0.name.clone(), self.0.record);
            asked.spawn(async move {
                let answer = ask(server, &name, record, within).await;
                (place, Said { server, answer })
            });
        }
        let mut said = asked.join_all().await;
        said.sort_by_key(|(place, _)| *place);
        let found: Vec<Found> = said
            .iter()
            .map(|(_, said)| self.judge(said, servers.len() > 1, tools))
            .collect();
        worst(found)
    }

    async fn servers(&self, tools: &Tools) -> Result<Vec<SocketAddr>, String> {
        if !self.0.servers.is_empty() {
            return Ok(self.0.servers.clone());
        }
        let path = tools.surroundings.root.join("etc/resolv.conf");
        tools.block(move || of_this_host(&path)).await?
    }

    fn judge(&self, said: &Said, is_one_of_several: bool, tools: &Tools) -> Found {
        let server = said.server.ip();
        let (answer, took) = match &said.answer {
            Ok(answer) => answer,
            Err(why) => return Found::critical(why.clone()),
        };
        let name = &self.0.name;
        let (state, text) = match answer {
            Answer::Refused(word) => (
                CheckState::Critical,
                format!("{server} says {word} to {name}"),
            ),
            Answer::Values(values) => self.compare(values),
        };
        let text = match answer {
            Answer::Refused(_) => text,
            Answer::Values(_) => format!("{server}: {text}, in {}", milliseconds(*took)),
        };
        let mut found = Found::of(state, text);
        if self.0.slow.is_some_and(|slow| *took > slow) && found.is_well() {
            found = Found::warning(format!("{}: too slow", found.text));
        }
        let label = match is_one_of_several {
            true => format!("time {server}"),
            false => "time".to_owned(),
        };
        found.with([tools.subject.value(&label, "s", took.as_secs_f64())])
    }

    fn compare(&self, values: &[String]) -> (CheckState, String) {
        let name = &self.0.name;
        if values.is_empty() {
            return (CheckState::Critical, format!("{name} has no such record"));
        }
        let plain = |text: &str| text.trim_end_matches('.').to_lowercase();
        let there: Vec<String> = values.iter().map(|value| plain(value)).collect();
        let is_missing = |value: &&String| !there.contains(&plain(value));
        let missing: Vec<&str> = self
            .0
            .expect
            .iter()
            .filter(is_missing)
            .map(String::as_str)
            .collect();
        let shown: Vec<&str> = values.iter().take(SHOWN_MAX).map(String::as_str).collect();
        let more = match values.len().saturating_sub(SHOWN_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let text = format!("{name} is {}{more}", shown.join(", "));
        match missing.as_slice() {
            [] => (CheckState::Ok, text),
            missing => (
                CheckState::Critical,
                format!("{text}, not {}", missing.join(", ")),
            ),
        }
    }
}

impl Check for Dns {
    fn lane(&self) -> Lane {
        Lane::Network
    }

    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a> {
        Box::pin(self.look(tools))
    }

    fn too_late(&self, within: Duration) -> Found {
        Found::critical(format!("{} is not answered within {within:?}", self.0.name))
    }
}

/// All of it, as bad as the worst.
fn worst(found: Vec<Found>) -> Found {
    let mut all = found;
    // What is wrong stands first.
    all.sort_by_key(|one| std::cmp::Reverse(gravity(one.state)));
    let state = all.first().map_or(CheckState::Unknown, |one| one.state);
    let texts: Vec<&str> = all.iter().map(|one| one.text.as_str()).collect();
    let text = texts.join("\n");
    Found::of(state, text).with(all.into_iter().flat_map(|one| one.samples))
}

async fn ask(
    server: SocketAddr,
    name: &str,
    record: vedette_config::check::DnsRecord,
    within: Duration,
) -> Result<(Answer, Duration), String> {
    let mut id = [0; 2];
    getrandom::fill(&mut id).map_err(|error| format!("there is no randomness: {error}"))?;
    let question = Question::new(u16::from_be_bytes(id), name, record);
    let datagrams = Datagrams::to(server).await?;
    let accept = |bytes: &[u8]| question.answer(bytes);
    match datagrams.ask(question.bytes(), within, accept).await? {
        (Some(answer), took) => Ok((answer, took)),
        // It does not fit into a datagram.
        (None, took) => {
            let begun = std::time::Instant::now();
            let whole = tokio::time::timeout(within, over_tcp(server, &question)).await;
            let whole = whole.map_err(|_| format!("{server} does not answer over TCP"))?;
            let whole = whole.map_err(|error| format!("{server} fails over TCP: {error}"))?;
            match question.answer(&whole) {
                Some(Some(answer)) => Ok((answer, took + begun.elapsed())),
                Some(None) | None => Err(format!("{server} sends an answer that cannot be read")),
            }
        }
    }
}

async fn over_tcp(server: SocketAddr, question: &Question) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    // A question has at most 300 bytes.
    stream.write_u16(question.bytes().len() as u16).await?;
    stream.write_all(question.bytes()).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// The servers that this host's resolver asks.
fn of_this_host(resolv_conf: &Path) -> Result<Vec<SocketAddr>, String> {
    let path = resolv_conf.display();
    let text = fs::read_to_string(resolv_conf)
        .map_err(|error| format!("{path} cannot be read: {error}"))?;
    let servers = servers_in(&text);
    match servers.is_empty() {
        true => Err(format!(
            "{path} names no name server; name some under `servers`"
        )),
        false => Ok(servers),
    }
}

fn servers_in(resolv_conf: &str) -> Vec<SocketAddr> {
    let servers = resolv_conf.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let address = (words.next() == Some("nameserver")).then(|| words.next())??;
        let (address, zone) = address.split_once('%').unwrap_or((address, ""));
        match address.parse::<IpAddr>().ok()? {
            IpAddr::V6(address) => {
                let scope = zone.parse().unwrap_or(0);
                Some(std::net::SocketAddrV6::new(address, 53, 0, scope).into())
            }
            address @ IpAddr::V4(_) => Some(SocketAddr::new(address, 53)),
        }
    });
    servers.take(SERVERS_MAX).collect()
}

/// Lets a fuzzer at what name servers answer.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8]) {
    use vedette_config::check::DnsRecord::{A, Aaaa, Cname, Mx, Ns, Ptr, Soa, Txt};

    for record in [A, Aaaa, Cname, Mx, Ns, Ptr, Soa, Txt] {
        drop(message::Question::new(0, "a.example", record).answer(bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_own_servers_are_those_its_resolver_asks() {
        let text = "# made by hand\nsearch example.org\nnameserver 192.0.2.1 # first\n\
                    nameserver 2001:db8::1\nnameserver fe80::1%3\nnameserver nonsense\n\
                    nameserver\nnameserver 192.0.2.9\n";
        let servers: Vec<String> = servers_in(text).iter().map(SocketAddr::to_string).collect();
        assert_eq!(
            servers,
            ["192.0.2.1:53", "[2001:db8::1]:53", "[fe80::1%3]:53"]
        );
    }

    #[test]
    fn the_worst_of_several_servers_counts_and_stands_first() {
        let found = worst(vec![
            Found::ok("one"),
            Found::critical("two"),
            Found::warning("three"),
        ]);
        assert_eq!(
            (found.state, found.text.as_str()),
            (CheckState::Critical, "two\nthree\none")
        );
    }
}
