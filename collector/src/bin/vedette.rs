//! `vedette`, the operators' command.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    vedette_collector::cli::run().await
}
