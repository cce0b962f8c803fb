//! Writes the seeds of the fuzz targets into the folders the fuzzer starts from: one argument, the
//! folder of the corpus.

use std::{env, fs, io, path::PathBuf};

#[path = "../fuzz/seeds.rs"]
mod seeds;

fn main() -> io::Result<()> {
    let corpus = env::args().nth(1).unwrap_or_else(|| "corpus".to_owned());
    for target in ["json", "message", "document", "bundle", "pattern"] {
        let folder = PathBuf::from(&corpus).join(target);
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds::seeds(target).iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:04}")), seed)?;
        }
    }
    Ok(())
}
