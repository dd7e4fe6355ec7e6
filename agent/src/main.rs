//! The program `vedette-agent`; everything is in the library.

fn main() -> std::process::ExitCode {
    vedette_agent::cli::main()
}
