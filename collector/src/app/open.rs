//! Opens what a collector is made of: listener, tokens, store, its name.
//!
//! In: settings and a state directory. Out: each part, or one sentence that says what to do.
//! Starts nothing.

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;

use tokio::net::TcpListener;
use vedette_policy::{Anonymous, Database, PostgresUrl, Settings};

use super::StartError;
use super::lock::Lock;
use super::state_dir::StateDir;
use crate::access::{self, Access, HostName, LinkKey};
use crate::engine_loop::Reserve;
use crate::reserve::FileReserve;
use crate::store::postgres::Postgres;
use crate::store::sqlite::Sqlite;
use crate::store::{self, StoreError, StoreHandle};

/// The store in the state directory.
const DATABASE: &str = "vedette.db";
/// The file that names this installation in ticket keys.
const INSTALLATION: &str = "installation";

pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program listens there; end it, or set [server] listen to another port"
            }
            std::io::ErrorKind::PermissionDenied => {
                "this user may not listen there; choose a port above 1023"
            }
            _ => "set [server] listen to an address of this machine",
        };
        StartError(format!("cannot listen on {address}: {error}; {advice}"))
    })
}

/// Signs the links in tickets; made once, so that those in old tickets stay good.
pub(super) fn link_key(state_dir: &StateDir) -> Result<LinkKey, StartError> {
    let fault = |error: access::TokenError| StartError(error.to_string());
    let made = access::token_in(state_dir.path(), access::LINK_KEY_FILE);
    let (_, path) = made.map_err(fault)?;
    let text = access::token_of_file(&path).map_err(fault)?;
    Ok(LinkKey::of(&text))
}

pub(super) fn access(
    settings: &Settings,
    state_dir: &StateDir,
    (address, links): (SocketAddr, LinkKey),
) -> Result<Access, StartError> {
    let fault = |error: &dyn std::fmt::Display| StartError(error.to_string());
    let anonymous = match settings.anonymous {
        Anonymous::None => access::Anonymous::None,
        Anonymous::Viewer => access::Anonymous::Viewer,
        Anonymous::Operator => access::Anonymous::Operator,
    };
    let names = settings.server.names.iter();
    let names = names.filter_map(|name| HostName::of(name)).collect();
    let (admin, path) = access::token_in(state_dir.path(), access::ADMIN_TOKEN_FILE)
        .map_err(|error| fault(&error))?;
    tracing::info!("the administrator's token is in {}", path.display());
    let (agent, _) = access::token_in(state_dir.path(), access::AGENT_TOKEN_FILE)
        .map_err(|error| fault(&error))?;
    Ok(Access::new(anonymous, address.ip(), names)
        .map_err(|error| fault(&error))?
        .admin(admin)
        .agent(agent)
        .links(links))
}

/// A store of its own, or one sentence. A file is locked by another beside it, a database by itself.
pub(super) async fn open_store(
    settings: &Settings,
    state_dir: &StateDir,
) -> Result<(StoreHandle, Option<Lock>), StartError> {
    match &settings.store.database {
        Database::Sqlite(file) => {
            let file = file.clone().unwrap_or_else(|| state_dir.join(DATABASE));
            let (store, lock) = open_file(&file)?;
            Ok((store, Some(lock)))
        }
        Database::Postgres(url) => Ok((open_database(url.clone()).await?, None)),
    }
}

fn open_file(file: &Path) -> Result<(StoreHandle, Lock), StartError> {
    let fault = |error: &dyn std::fmt::Display| {
        StartError(format!(
            "the store {} cannot be used: {error}",
            file.display()
        ))
    };
    let lock = Lock::of_store(file)?;
    let writer = Sqlite::open(file).map_err(|error| fault(&error))?;
    let reader = Sqlite::open_reader(file).map_err(|error| fault(&error))?;
    let store = store::spawn(Box::new(writer), Box::new(reader)).map_err(|error| fault(&error))?;
    Ok((store, lock))
}

/// On a thread that may block: these stores bring a runtime of their own.
async fn open_database(url: Box<PostgresUrl>) -> Result<StoreHandle, StartError> {
    let shown = url.to_string();
    let fault = |why: String| StartError(format!("the store {shown} cannot be used: {why}"));
    let opened = tokio::task::spawn_blocking(move || {
        let words = |error: StoreError| match error {
            // Nothing is lost where nothing has begun.
            StoreError::Away(why) | StoreError::Taken(why) => why,
            other => other.to_string(),
        };
        let writer = Postgres::open_alone(&url).map_err(words)?;
        let reader = Postgres::open_reader(&url).map_err(words)?;
        store::spawn(Box::new(writer), Box::new(reader)).map_err(|error| error.to_string())
    });
    let opened = opened.await.unwrap_or_else(|error| Err(error.to_string()));
    opened.map_err(fault)
}

/// What is set aside of this machine's disk gives nothing to a database elsewhere.
pub(super) fn reserve_bytes(settings: &Settings) -> u64 {
    match settings.store.database {
        Database::Sqlite(_) => settings.store.reserve.bytes,
        Database::Postgres(_) => 0,
    }
}

/// Everything that is stored. A load writes its epoch: on a full disk that takes the reserve.
pub(super) async fn load(
    store: &StoreHandle,
    reserve: &mut FileReserve,
) -> Result<store::Loaded, StartError> {
    let loaded = match store.load().await {
        Err(StoreError::Full(_)) if reserve.release() => store.load().await,
        loaded => loaded,
    };
    loaded.map_err(|error| StartError(format!("the store cannot be loaded: {error}")))
}

/// A few random characters, made once: ticket keys of two installations never meet.
pub(super) fn installation(state_dir: &StateDir) -> Result<String, StartError> {
    let file = state_dir.join(INSTALLATION);
    let fault = |error: std::io::Error| {
        StartError(format!(
            "{} cannot be used: {error}; ticket keys are made of it",
            file.display()
        ))
    };
    match std::fs::read_to_string(&file) {
        Ok(text) if is_installation(text.trim()) => Ok(text.trim().to_owned()),
        Ok(_) => Err(StartError(format!(
            "{} does not hold this installation's name (K- and six letters or digits); restore it, \
             or find the name in front of the key of any ticket: another one makes new tickets of \
             all that is open",
            file.display()
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let made = format!("K-{}", &uuid::Uuid::new_v4().simple().to_string()[..6]);
            write_whole(&file, &format!("{made}\n")).map_err(fault)?;
            Ok(made)
        }
        Err(error) => Err(fault(error)),
    }
}

fn is_installation(name: &str) -> bool {
    name.strip_prefix("K-").is_some_and(|rest| {
        rest.len() == 6 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Whole or not at all, also if the power goes: half a name would be another name.
pub(super) fn write_whole(file: &Path, text: &str) -> std::io::Result<()> {
    let beside = file.with_extension("new");
    let mut new = File::create(&beside)?;
    new.write_all(text.as_bytes())?;
    new.sync_all()?;
    std::fs::rename(&beside, file)?;
    File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()
}
