//! A gzip file that holds the bytes as they are: what inflates it does all it would do for a compressed one.

/// Most bytes one stored block can hold.
const BLOCK: usize = 0xffff;

/// The bytes as a gzip file.
pub fn stored_gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let last = bytes.len().saturating_sub(1) / BLOCK;
    let empty: [&[u8]; 1] = [&[]];
    let blocks = bytes
        .chunks(BLOCK)
        .chain(empty.into_iter().take(usize::from(bytes.is_empty())));
    for (index, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap();
        out.push(u8::from(index == last));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out.extend(crc32(bytes).to_le_bytes());
    out.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut table = [0_u32; 256];
    for (byte, entry) in (0_u32..).zip(&mut table) {
        *entry = (0..8).fold(byte, |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        });
    }
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        table[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ (crc >> 8)
    })
}
