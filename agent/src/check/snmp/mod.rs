//! Asks a device for values by SNMP version 2c or 3, and compares them with ranges.
//!
//! Of version 3: SHA-1, SHA-256 and SHA-512, AES-128. A device that knows only MD5 or DES is
//! checked with the plugin `check_snmp`.

mod message;
mod usm;

use std::path::Path;
use std::time::Duration;

use vedette_config::check::{SnmpAccess, SnmpAuth, SnmpSettings, SnmpValue};
use vedette_wire::{CheckState, Sample};

use self::message::{Reply, User, Value};
use self::usm::{Cipher, Engine, PASSWORD_BYTES_MIN, SALT_BYTES, Signer};
use super::datagram::Datagrams;
use super::secret::{self, Secret};
use super::{Check, Found, Lane, Running, Subject, Tools, gravity};

/// `sysUpTime.0`: every device has it (RFC 3418).
const UPTIME: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 3, 0];
/// What the security model counts (RFC 3414 section 5), below this and its own number.
const REPORTS: &[u32] = &[1, 3, 6, 1, 6, 3, 15, 1, 1];
/// Questions until a version 3 device has told its name and time: name, time, values.
const QUESTIONS_MAX: u32 = 4;

pub(super) struct Snmp {
    settings: SnmpSettings,
    /// Who we are to the device since it was asked before; making keys takes milliseconds.
    user: Option<(Passwords, User)>,
}

/// What lets us in, from files.
#[derive(Clone, PartialEq, Eq)]
enum Passwords {
    Community(Secret),
    User {
        auth: Option<(SnmpAuth, Secret)>,
        privacy: Option<Secret>,
    },
}

impl Snmp {
    pub(super) fn new(settings: SnmpSettings) -> Snmp {
        Snmp {
            settings,
            user: None,
        }
    }

    async fn look(&mut self, tools: &Tools) -> Found {
        let access = self.settings.access.clone();
        let passwords = match tools.block(move || read(&access)).await {
            Ok(Ok(passwords)) => passwords,
            Ok(Err(why)) | Err(why) => return Found::unknown(why),
        };
        match self.fetch(passwords, tools).await {
            Ok(values) => judge(&self.settings, &values, &tools.subject),
            Err(found) => found,
        }
    }

    async fn fetch(
        &mut self,
        passwords: Passwords,
        tools: &Tools,
    ) -> Result<Vec<(Vec<u32>, Value)>, Found> {
        let target = self.settings.target.clone();
        let addresses = tools.resolve(&target.host, target.port).await;
        let addresses = addresses.map_err(Found::critical)?;
        let Some(address) = addresses.first() else {
            return Err(Found::critical(format!("{} has no address", target.host)));
        };
        let device = Datagrams::to(*address).await.map_err(Found::critical)?;
        let objects: Vec<Vec<u32>> = match self.settings.values.as_slice() {
            [] => vec![UPTIME.to_vec()],
            values => values.iter().map(|value| value.oid.clone()).collect(),
        };
        let objects: Vec<&[u32]> = objects.iter().map(Vec::as_slice).collect();
        let within = tools.within.mul_f64(0.9);
        let reply = match &passwords {
            Passwords::Community(community) => {
                ask_v2c(&device, community, &objects, within).await?
            }
            Passwords::User { .. } => self.ask_v3(&device, passwords, &objects, within).await?,
        };
        match reply {
            Reply::Values(values) => Ok(values),
            Reply::Error(number) => {
                let text = format!("{target} refuses: {}", error_word(number));
                Err(Found::unknown(text))
            }
            Reply::Report(counter, _) => {
                let text = format!("{target} does not let us in: {}", report_word(&counter));
                Err(Found::unknown(text))
            }
        }
    }

    /// Asks, first for the name and time of the device if they are not known.
    async fn ask_v3(
        &mut self,
        device: &Datagrams,
        passwords: Passwords,
        objects: &[&[u32]],
        within: Duration,
    ) -> Result<Reply, Found> {
        let known = self.user.take().filter(|(before, _)| *before == passwords);
        let mut user = known.map_or_else(|| self.stranger(), |(_, user)| user);
        for _ in 0..QUESTIONS_MAX {
            let is_stranger = user.engine.id.is_empty();
            let asked: &[&[u32]] = if is_stranger { &[] } else { objects };
            let (id, salt) = random().map_err(Found::unknown)?;
            let question = message::ask_v3(&user, id, salt, asked);
            let accept = |bytes: &[u8]| message::reply_v3(bytes, &user, id);
            let answer = device.ask(&question, within / QUESTIONS_MAX, accept).await;
            let (reply, _) = answer.map_err(Found::critical)?;
            match reply {
                Reply::Report(counter, engine) if is_about_engine(&counter) => {
                    user = self.acquainted(engine, &passwords);
                }
                reply => {
                    self.user = Some((passwords, user));
                    return Ok(reply);
                }
            }
        }
        Err(Found::unknown(
            "the device does not agree with us about its own time",
        ))
    }

    fn stranger(&self) -> User {
        User {
            name: String::new(),
            engine: Engine::default(),
            signer: None,
            cipher: None,
        }
    }

    /// The user that the settings name, at this engine.
    fn acquainted(&self, engine: Engine, passwords: &Passwords) -> User {
        let name = match &self.settings.access {
            SnmpAccess::V3 { user, .. } => user.clone(),
            SnmpAccess::V2c { .. } => String::new(),
        };
        let (signer, cipher) = match passwords {
            Passwords::Community(_) | Passwords::User { auth: None, .. } => (None, None),
            Passwords::User {
                auth: Some((auth, password)),
                privacy,
            } => {
                let cipher = privacy
                    .as_ref()
                    .map(|word| Cipher::new(*auth, word, &engine.id));
                (Some(Signer::new(*auth, password, &engine.id)), cipher)
            }
        };
        User {
            name,
            engine,
            signer,
            cipher,
        }
    }
}

impl Check for Snmp {
    fn lane(&self) -> Lane {
        Lane::Network
    }

    fn run<'a>(&'a mut self, tools: &'a Tools) -> Running<'a> {
        Box::pin(self.look(tools))
    }

    fn too_late(&self, within: Duration) -> Found {
        let target = &self.settings.target;
        Found::critical(format!("{target} does not answer within {within:?}"))
    }
}

async fn ask_v2c(
    device: &Datagrams,
    community: &Secret,
    objects: &[&[u32]],
    within: Duration,
) -> Result<Reply, Found> {
    let (id, _) = random().map_err(Found::unknown)?;
    let question = message::ask_v2c(community.text(), id, objects);
    let accept = |bytes: &[u8]| message::reply_v2c(bytes, community.text(), id);
    match device.ask(&question, within, accept).await {
        Ok((reply, _)) => Ok(reply),
        // A device is silent to a community that it does not know.
        Err(why) => Err(Found::critical(format!("{why}, or not to this community"))),
    }
}

fn read(access: &SnmpAccess) -> Result<Passwords, String> {
    match access {
        SnmpAccess::V2c {
            community_file: None,
        } => Ok(Passwords::Community(Secret::from("public"))),
        SnmpAccess::V2c {
            community_file: Some(file),
        } => secret::read(file).map(Passwords::Community),
        SnmpAccess::V3 { auth, privacy, .. } => {
            let privacy = privacy.as_ref().map(|(_, file)| password(file));
            Ok(Passwords::User {
                auth: match auth {
                    Some((auth, file)) => Some((*auth, password(file)?)),
                    None => None,
                },
                privacy: privacy.transpose()?,
            })
        }
    }
}

fn password(file: &Path) -> Result<Secret, String> {
    let secret = secret::read(file)?;
    match secret.text().len() < PASSWORD_BYTES_MIN {
        true => Err(format!(
            "the password in {} is shorter than the {PASSWORD_BYTES_MIN} bytes SNMP asks for",
            file.display()
        )),
        false => Ok(secret),
    }
}

fn random() -> Result<(i32, [u8; SALT_BYTES]), String> {
    let (mut id, mut salt) = ([0; 4], [0; SALT_BYTES]);
    getrandom::fill(&mut id)
        .and_then(|()| getrandom::fill(&mut salt))
        .map_err(|error| format!("there is no randomness: {error}"))?;
    // Numbers of messages are not negative.
    Ok((i32::from_be_bytes(id) & i32::MAX, salt))
}

/// Whether it only wants to be called by its name and time.
fn is_about_engine(counter: &[u32]) -> bool {
    matches!(counter.strip_prefix(REPORTS), Some([2 | 4, ..]))
}

fn report_word(counter: &[u32]) -> &'static str {
    match counter.strip_prefix(REPORTS) {
        Some([1, ..]) => "it does not know this level of security",
        Some([2, ..]) => "it does not agree about the time",
        Some([3, ..]) => "it does not know this user",
        Some([4, ..]) => "it does not know its own name",
        Some([5, ..]) => "the password or the kind of signature is wrong",
        Some([6, ..]) => "the password or the kind of encryption is wrong",
        Some(_) | None => "it does not say why",
    }
}

/// RFC 3416 section 3.
fn error_word(number: i64) -> String {
    let word = match number {
        1 => "the answer would be too large; split the check",
        2 => "there is no such value",
        5 => "a general error",
        6 => "we have no access",
        13 => "it has no resources",
        16 => "we are not authorised",
        other => return format!("error {other}"),
    };
    word.to_owned()
}

fn judge(settings: &SnmpSettings, values: &[(Vec<u32>, Value)], subject: &Subject) -> Found {
    if settings.values.is_empty() {
        return alive(settings, values, subject);
    }
    let judged: Vec<(CheckState, String, Option<Sample>)> = settings
        .values
        .iter()
        .map(|wanted| {
            let found = values.iter().find(|(object, _)| *object == wanted.oid);
            compare(wanted, found.map(|(_, value)| value), subject)
        })
        .collect();
    let worst = judged
        .iter()
        .map(|(state, ..)| *state)
        .max_by_key(|state| gravity(*state));
    let texts: Vec<&str> = judged.iter().map(|(_, text, _)| text.as_str()).collect();
    let found = Found::of(worst.unwrap_or(CheckState::Unknown), texts.join(", "));
    found.with(judged.into_iter().filter_map(|(.., sample)| sample))
}

fn alive(settings: &SnmpSettings, values: &[(Vec<u32>, Value)], subject: &Subject) -> Found {
    let target = &settings.target;
    match values.first() {
        Some((_, Value::Ticks(ticks))) => {
            let seconds = ticks / 100.0;
            let whole = Duration::from_secs_f64(seconds.trunc());
            let shown = vedette_config::duration::show(whole);
            let sample = subject.value("uptime", "s", seconds);
            Found::ok(format!("{target} answers, and is up for {shown}")).with([sample])
        }
        Some(_) | None => Found::ok(format!("{target} answers")),
    }
}

fn compare(
    wanted: &SnmpValue,
    value: Option<&Value>,
    subject: &Subject,
) -> (CheckState, String, Option<Sample>) {
    let label = &wanted.label;
    let number = match value {
        Some(Value::Number(number)) => Some(*number),
        Some(Value::Ticks(ticks)) => Some(ticks / 100.0),
        Some(Value::Text(text)) => text
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite()),
        Some(Value::Missing) | None => {
            let text = format!("{label} is not there");
            return (CheckState::Unknown, text, None);
        }
    };
    let Some(number) = number else {
        let text = match value {
            Some(Value::Text(text)) => text.trim(),
            Some(_) | None => "",
        };
        let state = match (wanted.warning, wanted.critical) {
            (None, None) => CheckState::Ok,
            // It cannot be compared with a range.
            (_, _) => CheckState::Unknown,
        };
        return (state, format!("{label} is {text:?}"), None);
    };
    let alerts =
        |range: Option<vedette_config::Range>| range.is_some_and(|range| range.alerts(number));
    let state = if alerts(wanted.critical) {
        CheckState::Critical
    } else if alerts(wanted.warning) {
        CheckState::Warning
    } else {
        CheckState::Ok
    };
    let text = format!("{label} is {number}{}", wanted.unit);
    (
        state,
        text,
        Some(subject.value(label, &wanted.unit, number)),
    )
}

/// Lets a fuzzer at what devices answer.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8]) {
    drop(message::reply_v2c(bytes, "public", 1));
}
