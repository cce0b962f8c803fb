//! A proxy that nobody may use: it writes down who tries to leave this machine.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A listening trap; it lives as long as the program.
pub struct Trap {
    /// Where clients are told that their proxy is.
    pub url: String,
    caught: Arc<Mutex<Vec<String>>>,
}

impl Trap {
    /// Starts listening.
    ///
    /// # Errors
    /// What the system said.
    pub fn set() -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let url = format!("http://{}", listener.local_addr()?);
        let caught = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&caught);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let asked = first_line(stream);
                if let Ok(mut kept) = kept.lock() {
                    kept.push(asked);
                }
            }
        });
        Ok(Self { url, caught })
    }

    /// The first line of every request so far, such as `CONNECT example.com:443 HTTP/1.1`.
    pub fn caught(&self) -> Vec<String> {
        self.caught
            .lock()
            .map_or_else(|_| vec!["?".to_owned()], |kept| kept.clone())
    }
}

/// What a client asks for; it gets no answer.
fn first_line(stream: TcpStream) -> String {
    let mut line = String::new();
    let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
    let _ = BufReader::new(stream).read_line(&mut line);
    line.trim().to_owned()
}
