//! Runs a command in a process group of its own, and kills the group.
//!
//! A plugin may start others and leave them behind; whatever it started ends with it.

use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use super::{Bounds, Exit, Flood, Ran};

/// Bytes read at once.
const PIECE: usize = 8 * 1024;
/// A kernel without pidfds (before 5.3) is asked this often whether the child has ended.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// None: it took too long and was killed.
pub(super) fn run(mut command: Command, bounds: Bounds, flood: Flood) -> io::Result<Option<Ran>> {
    let mut running = Running(command.process_group(0).spawn()?);
    let until = Instant::now() + bounds.within;
    let mut out = Pipe::new(running.0.stdout.take().map(OwnedFd::from), bounds.bytes_max)?;
    let mut err = Pipe::new(running.0.stderr.take().map(OwnedFd::from), bounds.bytes_max)?;
    let Some(status) = running.wait(until, flood, [&mut out, &mut err])? else {
        return Ok(None);
    };
    // What it wrote last; those it left behind may hold the pipes open for ever.
    out.read()?;
    err.read()?;
    Ok(Some(Ran {
        exit: match status.code() {
            Some(code) => Exit::Code(code),
            None => Exit::Signal(status.signal().unwrap_or(0)),
        },
        is_cut: out.is_cut || err.is_cut,
        out: out.kept,
        err: err.kept,
    }))
}

/// A child whose whole group ends with this value.
struct Running(Child);

impl Running {
    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.0.id()).ok().and_then(Pid::from_raw)
    }

    /// Reads what it writes until it ends; none if that is not in time.
    fn wait(
        &mut self,
        until: Instant,
        flood: Flood,
        mut pipes: [&mut Pipe; 2],
    ) -> io::Result<Option<ExitStatus>> {
        let ended = self
            .pid()
            .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
        loop {
            // Before the wait: the group's id is the child's, and free once it is reaped.
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let pause = match &ended {
                Some(_) => left,
                None => left.min(ASK_AGAIN_AFTER),
            };
            let is_over = poll_for(&pipes, ended.as_ref(), pause)?;
            for pipe in &mut pipes {
                pipe.read()?;
            }
            if flood == Flood::Ends && pipes.iter().any(|pipe| pipe.is_cut) {
                self.kill_group();
                return self.0.wait().map(Some);
            }
            if is_over || ended.is_none() {
                // Reaped by `try_wait`; those it left behind are killed before that.
                if is_over {
                    self.kill_group();
                }
                if let Some(status) = self.0.try_wait()? {
                    return Ok(Some(status));
                }
            }
        }
    }

    fn kill_group(&self) {
        if let Some(pid) = self.pid() {
            // It may have ended already, with all of its group.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.0.try_wait() {
            self.kill_group();
            // Killed, it ends; unless the kernel holds it, and then it is reaped at our end.
            let _ = self.0.try_wait();
            let mut waits = 0;
            while waits < 50 && matches!(self.0.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(2));
                waits += 1;
            }
        }
    }
}

/// Waits until something can be read or the child has ended; whether it has.
fn poll_for(pipes: &[&mut Pipe; 2], ended: Option<&OwnedFd>, pause: Duration) -> io::Result<bool> {
    let mut waited = Vec::with_capacity(3);
    if let Some(ended) = ended {
        waited.push(PollFd::new(ended, PollFlags::IN));
    }
    for pipe in pipes {
        if let Some(end) = &pipe.end {
            waited.push(PollFd::new(end, PollFlags::IN));
        }
    }
    let pause = Timespec {
        tv_sec: i64::try_from(pause.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(pause.subsec_nanos()),
    };
    match poll(&mut waited, Some(&pause)) {
        Ok(_) => Ok(ended.is_some() && !waited[0].revents().is_empty()),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// One output of a child.
struct Pipe {
    end: Option<std::fs::File>,
    kept: Vec<u8>,
    bytes_max: usize,
    is_cut: bool,
}

impl Pipe {
    fn new(end: Option<OwnedFd>, bytes_max: usize) -> io::Result<Pipe> {
        if let Some(end) = &end {
            let flags = fcntl_getfl(end.as_fd())?;
            fcntl_setfl(end.as_fd(), flags | OFlags::NONBLOCK)?;
        }
        Ok(Pipe {
            end: end.map(std::fs::File::from),
            kept: Vec::new(),
            bytes_max,
            is_cut: false,
        })
    }

    /// Reads what is there, a bounded piece of it, so that a flood does not hold us.
    fn read(&mut self) -> io::Result<()> {
        const PIECES_MAX: usize = 64;
        let mut piece = [0; PIECE];
        for _ in 0..PIECES_MAX {
            let Some(end) = &mut self.end else {
                return Ok(());
            };
            match end.read(&mut piece) {
                Ok(0) => self.end = None,
                Ok(length) => {
                    let room = self.bytes_max - self.kept.len();
                    self.kept.extend_from_slice(&piece[..length.min(room)]);
                    self.is_cut |= length > room;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
