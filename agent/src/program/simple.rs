//! Runs a command where there are no process groups: the child alone is killed.

use std::io::{self, Read};
use std::process::{Child, Command};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Bounds, Exit, Flood, Ran};

const ASK_AGAIN_AFTER: Duration = Duration::from_millis(20);

/// None: it took too long and was killed.
pub(super) fn run(mut command: Command, bounds: Bounds, _: Flood) -> io::Result<Option<Ran>> {
    let mut child = command.spawn()?;
    let out = reader(child.stdout.take(), bounds.bytes_max);
    let err = reader(child.stderr.take(), bounds.bytes_max);
    let until = Instant::now() + bounds.within;
    let Some(code) = wait(&mut child, until)? else {
        child.kill()?;
        child.wait()?;
        return Ok(None);
    };
    let (out, out_is_cut) = out.join().unwrap_or_default();
    let (err, err_is_cut) = err.join().unwrap_or_default();
    Ok(Some(Ran {
        exit: Exit::Code(code),
        out,
        err,
        is_cut: out_is_cut || err_is_cut,
    }))
}

fn wait(child: &mut Child, until: Instant) -> io::Result<Option<i32>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.code().unwrap_or(-1)));
        }
        if Instant::now() >= until {
            return Ok(None);
        }
        std::thread::sleep(ASK_AGAIN_AFTER);
    }
}

/// What was kept, and whether there was more.
fn reader<R: Read + Send + 'static>(
    pipe: Option<R>,
    bytes_max: usize,
) -> JoinHandle<(Vec<u8>, bool)> {
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let Some(mut pipe) = pipe else {
            return (kept, false);
        };
        let mut piece = [0; 8 * 1024];
        let mut is_cut = false;
        while let Ok(length) = pipe.read(&mut piece) {
            if length == 0 {
                break;
            }
            let room = bytes_max - kept.len();
            kept.extend_from_slice(&piece[..length.min(room)]);
            is_cut |= length > room;
        }
        (kept, is_cut)
    })
}
