//! The program `vedette-collector`; everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    vedette_collector::app::main()
}
