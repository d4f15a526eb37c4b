//! The directories of a TIFF file, classic and big: which fields there are, and the numbers in them. EXIF data has the
//! same form. Nothing is allocated beyond what the file really holds.

use super::super::fault::Fault;
use std::collections::BTreeMap;

/// A file's bytes with the way to read numbers from them.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct File<'a> {
    pub(in super::super) bytes: &'a [u8],
    pub(in super::super) big_endian: bool,
    /// Offsets have 64 bits.
    pub(in super::super) big: bool,
}

/// A field: where its values lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Field {
    pub(in super::super) kind: u16,
    pub(in super::super) count: usize,
    /// Where its first value lies.
    pub(in super::super) at: usize,
}

/// The fields of one directory.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Directory {
    pub(in super::super) fields: BTreeMap<u16, Field>,
    /// Where the next directory lies, 0 for none.
    pub(in super::super) next: u64,
    /// The fields whose values are not there, and where they would lie.
    pub(in super::super) elsewhere: BTreeMap<u16, (Field, u64)>,
    /// Whether the file ends before all that it names.
    pub(in super::super) lacks: bool,
}

impl<'a> File<'a> {
    /// Reads a header. Answers where the first directory lies.
    pub(in super::super) fn open(bytes: &'a [u8]) -> Result<(File<'a>, u64), Fault> {
        let big_endian = match bytes.get(..2) {
            Some(b"II") => false,
            Some(b"MM") => true,
            _ => return Err(Fault::damaged("it has no TIFF header")),
        };
        let file = File { bytes, big_endian, big: false };
        match file.u16(2) {
            Some(42) => Ok((file, u64::from(file.u32(4).ok_or(Fault::Short)?))),
            Some(43) => {
                let file = File { big: true, ..file };
                Ok((file, file.u64(8).ok_or(Fault::Short)?))
            }
            _ => Err(Fault::damaged("it has no TIFF header")),
        }
    }

    /// Reads the directory at this place. A field whose values lie outside of the file is left out and noted.
    pub(in super::super) fn directory(self, at: u64) -> Result<Directory, Fault> {
        let at = usize::try_from(at).map_err(|_| Fault::Short)?;
        let (count, first, size) = if self.big {
            (self.u64(at), at.checked_add(8), 20)
        } else {
            (self.u16(at).map(u64::from), at.checked_add(2), 12)
        };
        let count = usize::try_from(count.ok_or(Fault::Short)?).map_err(|_| Fault::Short)?;
        let first = first.ok_or(Fault::Short)?;
        let end = count.checked_mul(size).and_then(|length| first.checked_add(length)).ok_or(Fault::Short)?;
        if end > self.bytes.len() {
            return Err(Fault::Short);
        }
        let mut directory = Directory::default();
        for entry in (first..end).step_by(size) {
            match (self.u16(entry), self.field(entry)) {
                (Some(tag), Some(field)) => {
                    directory.fields.entry(tag).or_insert(field);
                }
                (tag, None) if self.u16(entry + 2).and_then(size_of_kind).is_some() => {
                    directory.elsewhere.extend(tag.zip(self.elsewhere(entry)));
                    directory.lacks = true;
                }
                _ => {}
            }
        }
        let next = if self.big { self.u64(end) } else { self.u32(end).map(u64::from) };
        directory.lacks |= next.is_none();
        directory.next = next.unwrap_or(0);
        Ok(directory)
    }

    fn count(self, entry: usize) -> Option<usize> {
        if self.big { usize::try_from(self.u64(entry + 4)?).ok() } else { Some(self.u32(entry + 4)? as usize) }
    }

    /// A field whose values lie outside, and where they would.
    fn elsewhere(self, entry: usize) -> Option<(Field, u64)> {
        let at = if self.big { self.u64(entry + 12) } else { self.u32(entry + 8).map(u64::from) };
        Some((Field { kind: self.u16(entry + 2)?, count: self.count(entry)?, at: 0 }, at?))
    }

    fn field(self, entry: usize) -> Option<Field> {
        let (kind, count) = (self.u16(entry + 2)?, self.count(entry)?);
        let (inline, room) = if self.big { (entry + 12, 8) } else { (entry + 8, 4) };
        let length = count.checked_mul(size_of_kind(kind)?)?;
        let at = if length <= room {
            inline
        } else if self.big {
            usize::try_from(self.u64(inline)?).ok()?
        } else {
            self.u32(inline)? as usize
        };
        (at.checked_add(length)? <= self.bytes.len()).then_some(Field { kind, count, at })
    }

    /// The bytes of a field's values.
    pub(in super::super) fn value(self, field: Field) -> &'a [u8] {
        let length = field.count * size_of_kind(field.kind).unwrap_or(0);
        self.bytes.get(field.at..field.at + length).unwrap_or_default()
    }

    /// One of the whole numbers of a field.
    pub(in super::super) fn nth(self, field: Field, number: usize) -> Option<u64> {
        if number >= field.count {
            return None;
        }
        Some(match field.kind {
            1 | 2 | 6 | 7 => u64::from(*self.bytes.get(field.at + number)?),
            3 | 8 => u64::from(self.u16(field.at + 2 * number)?),
            4 | 9 | 13 => u64::from(self.u32(field.at + 4 * number)?),
            16..=18 => self.u64(field.at + 8 * number)?,
            _ => return None,
        })
    }

    pub(in super::super) fn u16(self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    pub(in super::super) fn u32(self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn u64(self, at: usize) -> Option<u64> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    }
}

impl Directory {
    /// The first whole numbers of a field, if it is there: at most so many.
    pub(in super::super) fn numbers(&self, file: File<'_>, tag: u16, most: usize) -> Option<Vec<u64>> {
        let field = *self.fields.get(&tag)?;
        let numbers: Vec<u64> = (0..most).map_while(|number| file.nth(field, number)).collect();
        (!numbers.is_empty()).then_some(numbers)
    }

    /// The first number of a field, if it is there.
    pub(in super::super) fn number(&self, file: File<'_>, tag: u16) -> Option<u64> {
        file.nth(*self.fields.get(&tag)?, 0)
    }

    /// The bytes of a field, if it is there.
    pub(in super::super) fn bytes<'a>(&self, file: File<'a>, tag: u16) -> Option<&'a [u8]> {
        self.fields.get(&tag).map(|field| file.value(*field)).filter(|bytes| !bytes.is_empty())
    }
}

/// How many bytes a value of this kind has.
pub(in super::super) fn size_of_kind(kind: u16) -> Option<usize> {
    match kind {
        1 | 2 | 6 | 7 => Some(1),
        3 | 8 => Some(2),
        4 | 9 | 11 | 13 => Some(4),
        5 | 10 | 12 | 16..=18 => Some(8),
        _ => None,
    }
}
