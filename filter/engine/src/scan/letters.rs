//! Letters of other scripts that look like Latin ones. A small table: the lower-case letters that
//! Unicode's `confusables.txt` (UTS 39, version 17) maps to `a`..`z`, as far as they occur in modern
//! scripts, and the ranges that repeat the alphabet in another style.

/// Look-alikes, in the order of the Latin letters.
const ALIKE: [(char, &str); 26] = [
    ('a', "аɑαａ⍺"),
    ('b', "ЬｂƄв"),
    ('c', "сϲⲥｃ"),
    ('d', "ԁɗｄ"),
    ('e', "еｅєҽ"),
    ('f', "ſｆϝ"),
    ('g', "ɡցｇ"),
    ('h', "һհｈн"),
    ('i', "іıιｉⅰӏ"),
    ('j', "јϳｊ"),
    ('k', "кκｋ"),
    ('l', "ⅼｌӀ"),
    ('m', "мｍⅿ"),
    ('n', "пոｎη"),
    ('o', "оοօσｏ๐"),
    ('p', "рρⲣｐ"),
    ('q', "ԛգｑ"),
    ('r', "гⲅｒ"),
    ('s', "ѕｓꜱ"),
    ('t', "тτｔ"),
    ('u', "υսｕ"),
    ('v', "ѵνｖⅴ"),
    ('w', "ԝɯｗѡ"),
    ('x', "хχｘⅹ"),
    ('y', "уүγｙ"),
    ('z', "ᴢｚ"),
];

/// The Latin letter in lower case that `c` is or looks like; any other character in lower case.
pub(super) fn latin(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    // Bold, italic, script, … : the alphabet in both cases, again and again.
    if let styled @ '\u{1d400}'..='\u{1d6a3}' = c {
        let letter = (u32::from(styled) - 0x1d400) % 26;
        return char::from_u32(u32::from('a') + letter).unwrap_or(c);
    }
    let lower = c.to_lowercase().next().unwrap_or(c);
    let alike = ALIKE
        .iter()
        .find(|(_, alike)| alike.contains(c) || alike.contains(lower));
    alike.map_or(lower, |(letter, _)| *letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_become_latin_and_others_stay() {
        let text = |text: &str| text.chars().map(latin).collect::<String>();
        assert_eq!(text("rеquеsts"), "requests");
        assert_eq!(text("ＳＥＮＤ"), "send");
        assert_eq!(text("𝐬𝒆𝓃𝖉"), "send");
        assert_eq!(text("Ignоre ÄLL"), "ignore äll");
        assert_eq!(text("漢字"), "漢字");
    }
}
