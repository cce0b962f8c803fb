//! The `tessera` program: read the command line, do what it says, say how it went.

mod bundles;
mod cli;
mod clock;
mod ledger;
mod policy_dir;
mod serve;
mod settings;
mod signing;
mod sqlite;
mod states;
mod subscribers;
mod yaml;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return cli::unparsed(&error),
    };
    let output = cli::Output::new(arguments.json);
    match cli::run(arguments.command, &output) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit.into()
        }
    }
}
