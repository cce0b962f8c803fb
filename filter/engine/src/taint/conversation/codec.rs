//! A conversation as bytes: numbers in little-endian order, lists behind their length.
//!
//! Not a format for anybody else: what cannot be read is an unknown conversation.

mod reader;

use super::items::{Endorsement, Leaf, Pair, Secret, Source, Vouched};
use super::kept::Kept;
use super::passages::{Passage, Passages};
use super::{Conversation, Sources};
use crate::limits;
use crate::taint::context::Fold;
use crate::taint::flow::{Element, Secrets};
use crate::taint::{Level, Origin};
use crate::time::UnixMillis;
use reader::Reader;

/// The version of the format.
const VERSION: u8 = 1;

/// Bytes that are no conversation: treat it as an unknown one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the state of a conversation cannot be read")]
pub struct Unreadable;

/// How many bits of an element are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    Whole,
    Short,
}

impl Conversation {
    /// The conversation as bytes, [`limits::CONVERSATION_BYTES`] at most.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![VERSION, self.incomplete];
        out.push(self.lowest.map_or(u8::MAX, level_to));
        out.extend(self.since.0.to_le_bytes());
        let fold = self.context.encode();
        push_count(&mut out, fold.len());
        out.extend(fold);
        push_kept(&mut out, &self.leaves, |out, leaf| {
            out.extend(leaf.print.to_le_bytes());
            out.push(level_to(leaf.level));
            out.extend(leaf.at.0.to_le_bytes());
            out.extend(leaf.source.0.to_le_bytes());
        });
        push_passages(&mut out, &self.texts, Width::Short);
        push_passages(&mut out, &self.prompts, Width::Whole);
        push_kept(&mut out, &self.flags, |out, pair| {
            out.extend(pair.print.to_le_bytes());
            out.extend(pair.source.0.to_le_bytes());
        });
        push_kept(&mut out, self.secrets.kept(), |out, secret| {
            out.extend(secret.head.to_le_bytes());
            out.push(secret.length);
            out.extend(secret.print.to_le_bytes());
        });
        push_kept(&mut out, &self.endorsements, |out, endorsement| {
            out.extend(endorsement.print.to_le_bytes());
            out.push(u8::from(endorsement.vouched == Vouched::Result));
            out.push(level_to(endorsement.level));
            out.extend(endorsement.expires.to_le_bytes());
        });
        push_sources(&mut out, &self.sources);
        out
    }

    /// Reads what [`Conversation::encode`] wrote.
    ///
    /// # Errors
    /// If the bytes are anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        if bytes.len() > limits::CONVERSATION_BYTES {
            return Err(Unreadable);
        }
        let mut reader = Reader::new(bytes);
        let conversation = conversation(&mut reader).ok_or(Unreadable)?;
        if reader.is_at_end() {
            Ok(conversation)
        } else {
            Err(Unreadable)
        }
    }
}

fn level_to(level: Level) -> u8 {
    let place = Level::ALL.iter().position(|known| *known == level);
    place
        .and_then(|place| u8::try_from(place).ok())
        .unwrap_or(0)
}

fn push_count(out: &mut Vec<u8>, count: usize) {
    out.extend(u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes());
}

fn push_kept<T: super::Item>(
    out: &mut Vec<u8>,
    kept: &Kept<T>,
    mut push: impl FnMut(&mut Vec<u8>, &T),
) {
    out.push(u8::from(kept.has_dropped()));
    push_count(out, kept.items().len());
    kept.items().iter().for_each(|item| push(out, item));
}

fn push_passages(out: &mut Vec<u8>, passages: &Passages, width: Width) {
    out.push(u8::from(passages.dropped().is_some()));
    if let Some(dropped) = passages.dropped() {
        out.extend(dropped.at.0.to_le_bytes());
        out.extend(dropped.print.to_le_bytes());
    }
    push_count(out, passages.iter().count());
    for passage in passages.iter() {
        out.extend(passage.at.0.to_le_bytes());
        out.push(level_to(passage.level));
        out.extend(passage.source.0.to_le_bytes());
        if width == Width::Whole {
            out.extend(passage.expires.to_le_bytes());
        }
        push_count(out, passage.elements.len());
        for element in &passage.elements {
            match width {
                Width::Whole => out.extend(element.to_bits().to_le_bytes()),
                Width::Short => {
                    let [bits @ .., _, _, _] = element.to_short_bits().to_le_bytes();
                    out.extend(bits);
                }
            }
        }
        if width == Width::Whole {
            push_count(out, passage.entities.len());
            let entities = passage.entities.iter();
            entities.for_each(|entity| out.extend(entity.to_le_bytes()));
        }
    }
}

fn push_sources(out: &mut Vec<u8>, sources: &Sources) {
    push_count(out, sources.iter().len());
    for source in sources.iter() {
        out.extend(source.id.0.to_le_bytes());
        out.extend(source.at.0.to_le_bytes());
        out.extend(source.digest.to_le_bytes());
        let reference = &source.reference;
        let origin = Origin::ALL
            .iter()
            .position(|known| *known == reference.origin);
        out.push(
            origin
                .and_then(|origin| u8::try_from(origin).ok())
                .unwrap_or(u8::MAX),
        );
        for text in [&reference.audit_id, &reference.upstream, &reference.tool] {
            out.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
            out.extend(text.as_bytes());
        }
    }
}

fn conversation(reader: &mut Reader<'_>) -> Option<Conversation> {
    if reader.byte()? != VERSION {
        return None;
    }
    let incomplete = reader.byte()?;
    let lowest = match reader.byte()? {
        u8::MAX => None,
        place => Some(*Level::ALL.get(usize::from(place))?),
    };
    let since = UnixMillis(reader.i64()?);
    let fold = reader.count()?;
    let context = Fold::decode(reader.take(fold)?).ok()?;
    Some(Conversation {
        context,
        since,
        incomplete,
        lowest,
        leaves: kept(reader, |reader| {
            Some(Leaf {
                print: reader.u64()?,
                level: reader.level()?,
                at: reader.seconds()?,
                source: reader.source()?,
            })
        })?,
        texts: passages(reader, Width::Short, limits::CONVERSATION_TEXT)?,
        prompts: passages(reader, Width::Whole, limits::CONVERSATION_PROMPTS)?,
        flags: kept(reader, |reader| {
            Some(Pair {
                print: reader.u32()?,
                source: reader.source()?,
            })
        })?,
        secrets: Secrets::of_kept(kept(reader, |reader| {
            Some(Secret {
                head: reader.u32()?,
                length: reader.byte()?,
                print: reader.u64()?,
            })
        })?),
        endorsements: kept(reader, |reader| {
            Some(Endorsement {
                print: reader.u64()?,
                vouched: if reader.flag()? {
                    Vouched::Result
                } else {
                    Vouched::Value
                },
                level: reader.level()?.min(Level::Tool),
                expires: reader.i64()?,
            })
        })?,
        sources: sources(reader)?,
    })
}

fn kept<T: super::Item>(
    reader: &mut Reader<'_>,
    mut read: impl FnMut(&mut Reader<'_>) -> Option<T>,
) -> Option<Kept<T>> {
    let dropped = reader.flag()?;
    let count = reader.count()?;
    let items: Option<Vec<T>> = (0..count).map(|_| read(reader)).collect();
    Some(Kept::of(items?, dropped))
}

fn passages(reader: &mut Reader<'_>, width: Width, most: usize) -> Option<Passages> {
    let dropped = if reader.flag()? {
        Some(super::passages::Place {
            at: reader.seconds()?,
            print: reader.u64()?,
        })
    } else {
        None
    };
    let count = reader.count()?;
    let passages: Option<Vec<_>> = (0..count).map(|_| passage(reader, width)).collect();
    Some(Passages::of(passages?, dropped, most))
}

fn passage(reader: &mut Reader<'_>, width: Width) -> Option<Passage> {
    let at = reader.seconds()?;
    let level = reader.level()?;
    let source = reader.source()?;
    let expires = match width {
        Width::Whole => reader.i64()?,
        Width::Short => i64::MAX,
    };
    let count = reader.count()?;
    let element = |reader: &mut Reader<'_>| match width {
        Width::Whole => reader.u64().map(Element::from_bits),
        Width::Short => reader.u40().map(Element::from_short_bits),
    };
    let elements: Option<Vec<_>> = (0..count).map(|_| element(reader)).collect();
    let entities = match width {
        Width::Whole => reader.count()?,
        Width::Short => 0,
    };
    let entities: Option<Vec<_>> = (0..entities).map(|_| reader.u64()).collect();
    Some(Passage {
        at,
        level,
        source,
        expires,
        elements: elements?,
        entities: entities?,
    })
}

fn sources(reader: &mut Reader<'_>) -> Option<Sources> {
    let count = reader.count()?;
    let sources: Option<Vec<_>> = (0..count).map(|_| source(reader)).collect();
    Some(Sources::of(sources?))
}

fn source(reader: &mut Reader<'_>) -> Option<Source> {
    Some(Source {
        id: reader.source()?,
        at: reader.seconds()?,
        digest: reader.u64()?,
        reference: crate::taint::flow::SourceRef {
            origin: *Origin::ALL.get(usize::from(reader.byte()?))?,
            audit_id: reader.text()?,
            upstream: reader.text()?,
            tool: reader.text()?,
        },
    })
}
