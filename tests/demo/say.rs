//! How the demo talks: titles, what the agent gets, what held and how long something took.

use std::io::{IsTerminal, Write as _};
use std::time::Instant;

use serde_json::Value;

/// What a step came to, or what was not as promised.
pub type Outcome<T = ()> = Result<T, String>;

pub const GREEN: &str = "32";
pub const RED: &str = "31";
const CYAN: &str = "1;36";
const GREY: &str = "90";

/// A promise that must hold.
pub fn check(what: &str, holds: bool) -> Outcome {
    if !holds {
        return Err(what.to_owned());
    }
    say(&format!("  {} {what}", paint(GREEN, "✔")));
    Ok(())
}

/// What comes next.
pub fn title(text: &str) {
    say(&format!("\n{}", paint(CYAN, text)));
}

/// What the agent got, as its model reads it.
pub fn show(answer: &Value) {
    let colour = if answer["isError"] == true {
        RED
    } else {
        GREEN
    };
    let text = answer
        .pointer("/content/0/text")
        .and_then(Value::as_str)
        .unwrap_or("(nothing)");
    say(&format!("  agent gets: {}", paint(colour, text)));
}

/// Output of a program.
pub fn print(text: &str) {
    for line in text.lines() {
        say(&format!("  {} {line}", paint(GREY, "│")));
    }
}

/// Does something slow and says how long it took.
pub fn slow<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let mut out = std::io::stdout();
    let _ = write!(out, "  {} {what} … ", paint(GREY, "▸"));
    let _ = out.flush();
    let begun = Instant::now();
    let done = work();
    say(&paint(
        GREY,
        &format!("{:.1} s", begun.elapsed().as_secs_f32()),
    ));
    done
}

/// One line.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Text in a colour, where colours are shown.
pub fn paint(colour: &str, text: &str) -> String {
    let plain = std::env::var_os("NO_COLOR").is_some() || !std::io::stdout().is_terminal();
    if plain {
        text.to_owned()
    } else {
        format!("\x1b[{colour}m{text}\x1b[0m")
    }
}
