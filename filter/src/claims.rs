//! Claims of a token that Envoy has verified, as the host hands them over: a map of names and bytes,
//! without types. What a claim of ours is follows from its name; what is no claim of ours is text.
//!
//! Not a verifier: the claims come from Envoy's own metadata.

use tessera_engine::json::{Number, Object, Value};

/// Most claims of one token.
const CLAIMS: usize = 64;

/// Claims that are numbers; the host hands them over as doubles.
const NUMBERS: [&str; 5] = ["v", "iat", "exp", "level", "started"];

/// Reads the claims; `None` if the bytes are no map. A claim that is not what its name says is
/// false, which makes a label invalid. Readers that a label leaves out are everybody: the host cannot
/// hand over null.
pub(crate) fn read(bytes: &[u8]) -> Option<Object> {
    let mut claims = Object::new();
    for (name, value) in pairs(bytes)? {
        let name = std::str::from_utf8(name).ok()?;
        let value = match name {
            _ if NUMBERS.contains(&name) => number(value),
            "readers" => list(value),
            _ => text(value),
        };
        claims.set(name, value.unwrap_or(Value::Bool(false)));
    }
    if claims.get("readers").is_none() && claims.get("origin").is_some() {
        claims.set("readers", Value::Null);
    }
    Some(claims)
}

fn text(bytes: &[u8]) -> Option<Value> {
    Some(std::str::from_utf8(bytes).ok()?.into())
}

/// A double that holds a whole number.
fn number(bytes: &[u8]) -> Option<Value> {
    let number = f64::from_le_bytes(bytes.try_into().ok()?);
    let literal = format!("{number:.0}");
    let is_whole = number.fract() == 0.0;
    let number = Number::from_literal(&literal).filter(|_| is_whole)?;
    Some(Value::Number(number))
}

/// A list of texts: a map whose names are the elements.
fn list(bytes: &[u8]) -> Option<Value> {
    let elements = pairs(bytes)?.into_iter().map(|(element, _)| text(element));
    Some(elements.collect::<Option<Vec<_>>>()?.into())
}

/// The pairs of a map: their number, their lengths, then each name and value with a zero after it;
/// numbers are four bytes, the least significant first.
fn pairs(bytes: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let (count, mut sizes) = length(bytes)?;
    if count > CLAIMS {
        return None;
    }
    let mut rest = sizes.get(count.checked_mul(8)?..)?;
    let mut pairs = Vec::new();
    for _ in 0..count {
        let (name, more) = length(sizes)?;
        let (value, more) = length(more)?;
        sizes = more;
        let name = take(&mut rest, name)?;
        pairs.push((name, take(&mut rest, value)?));
    }
    Some(pairs)
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_le_bytes(*head)).ok()?, rest))
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    let (zero, after) = after.split_first()?;
    *rest = after;
    (*zero == 0).then_some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&[u8], &[u8])]) -> Vec<u8> {
        let size = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let mut map = u32::try_from(pairs.len()).unwrap().to_le_bytes().to_vec();
        for (name, value) in pairs {
            map.extend(size(name));
            map.extend(size(value));
        }
        for (name, value) in pairs {
            for bytes in [name, value] {
                map.extend(*bytes);
                map.push(0);
            }
        }
        map
    }

    #[test]
    fn claims_are_what_their_names_say() {
        let readers = map(&[(b"a@x", b""), (b"b@x", b"")]);
        let exp = 1_767_229_200.0_f64.to_le_bytes();
        let claims = read(&map(&[
            (b"origin", b"user"),
            (b"exp", &exp),
            (b"readers", &readers),
            (b"text", b""),
        ]));
        let claims = claims.unwrap();
        let text = tessera_engine::json::to_text(&claims.into());
        assert_eq!(
            text,
            r#"{"origin":"user","exp":1767229200,"readers":["a@x","b@x"],"text":""}"#
        );
    }

    #[test]
    fn readers_that_are_not_there_are_everybody_in_a_label_only() {
        let readers = |name: &[u8]| read(&map(&[(name, b"user")])).unwrap();
        assert_eq!(readers(b"origin").get("readers"), Some(&Value::Null));
        assert_eq!(readers(b"sub").get("readers"), None);
    }

    #[test]
    fn a_claim_that_is_not_what_its_name_says_is_none_of_ours() {
        for (name, value) in [
            (b"exp".as_slice(), b"soon".as_slice()),
            (b"exp", &1.5_f64.to_le_bytes()),
            (b"exp", &f64::NAN.to_le_bytes()),
            (b"text", b"\xff"),
            (b"readers", b"x"),
        ] {
            let claims = read(&map(&[(name, value)])).unwrap();
            let name = std::str::from_utf8(name).unwrap();
            assert_eq!(claims.get(name), Some(&Value::Bool(false)), "{name}");
        }
    }

    #[test]
    fn bytes_that_are_no_map_are_no_claims() {
        let whole = map(&[(b"origin", b"user"), (b"sub", b"a")]);
        for end in 0..whole.len() {
            assert_eq!(read(&whole[..end]), None, "{end}");
        }
        assert_eq!(read(&[0xff; 64]), None);
    }
}
