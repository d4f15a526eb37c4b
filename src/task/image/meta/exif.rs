//! EXIF data. All of it is kept by mending it in its place: makers' notes point into it, and break when they are moved. What
//! is put together anew has none of those.

use super::super::tiff::directory::{Directory, Field, File, size_of_kind};
use super::resolution::Resolution;
use super::{LONGEST_NAME, Said};
use image::metadata::Orientation;
use std::ops::Range;

const ORIENTATION: u16 = 274;
const EXIF_DIRECTORY: u16 = 34_665;
const PLACE_DIRECTORY: u16 = 34_853;
const ARTIST: u16 = 315;
const COPYRIGHT: u16 = 33_432;
const X_RESOLUTION: u16 = 282;
const Y_RESOLUTION: u16 = 283;
const RESOLUTION_UNIT: u16 = 296;
const RESOLUTION: [u16; 3] = [X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT];
const COLOUR_PROFILE: u16 = 34_675;

/// What is kept of all that EXIF data say, where only the essential is.
const ESSENTIAL: [u16; 5] = [ARTIST, COPYRIGHT, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT];

/// What a TIFF file's own directory says about its pixels, and not about its picture.
const STRUCTURE: [u16; 34] = [
    254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281, 284, 288, 289, 292, 293, 317,
    320, 321, 322, 323, 324, 325, 330, 332, 338, 339, 347,
];

/// One field with its value, in the byte order of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Entry {
    pub(in super::super) tag: u16,
    pub(in super::super) kind: u16,
    pub(in super::super) count: u32,
    pub(in super::super) value: Vec<u8>,
}

impl Entry {
    /// A text, with the zero at its end.
    fn text(tag: u16, text: &str) -> Entry {
        let mut value = text.replace('\0', " ").into_bytes();
        value.push(0);
        Entry { tag, kind: 2, count: value.len() as u32, value }
    }
}

/// The directories that are put together anew.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Entries {
    pub(in super::super) big_endian: bool,
    pub(in super::super) main: Vec<Entry>,
    pub(in super::super) exif: Vec<Entry>,
    pub(in super::super) place: Vec<Entry>,
}

impl Entries {
    /// What stands in EXIF data.
    pub(in super::super) fn of(exif: &[u8]) -> Option<Entries> {
        let (file, first) = File::open(exif).ok()?;
        Entries::read(file, first)
    }

    /// All that a file says about its picture. Neither thumbnails nor makers' notes.
    pub(in super::super) fn read(file: File<'_>, first: u64) -> Option<Entries> {
        let main = file.directory(first).ok()?;
        let part = |of: &Directory, tag| of.number(file, tag).and_then(|at| file.directory(at).ok());
        let exif = part(&main, EXIF_DIRECTORY).unwrap_or_default();
        // Some programs name the place in the directory of EXIF.
        let place = part(&main, PLACE_DIRECTORY).or_else(|| part(&exif, PLACE_DIRECTORY)).unwrap_or_default();
        let leave_out: Vec<u16> = STRUCTURE
            .into_iter()
            .chain(512..=532)
            .chain([EXIF_DIRECTORY, PLACE_DIRECTORY, 700, 33_723, 34_377, COLOUR_PROFILE, 37_724, 50_341])
            .collect();
        // Fields may share their bytes, and then there would be more of them here than in the file.
        let mut room = file.bytes.len();
        Some(Entries {
            big_endian: file.big_endian,
            main: entries(file, &main, &leave_out, &mut room),
            exif: entries(file, &exif, &[37_500, 40_965, EXIF_DIRECTORY, PLACE_DIRECTORY], &mut room),
            place: entries(file, &place, &[], &mut room),
        })
    }

    pub(in super::super) fn is_empty(&self) -> bool {
        self.main.is_empty() && self.exif.is_empty() && self.place.is_empty()
    }

    /// The whole as a TIFF structure.
    pub(in super::super) fn write(mut self) -> Vec<u8> {
        let mut out = if self.big_endian { b"MM\0*\0\0\0\x08".to_vec() } else { b"II*\0\x08\0\0\0".to_vec() };
        // Room for the pointers, so that the length of the first directory stands.
        for (tag, part) in [(EXIF_DIRECTORY, &self.exif), (PLACE_DIRECTORY, &self.place)] {
            if !part.is_empty() {
                self.main.push(Entry { tag, kind: 4, count: 1, value: vec![0; 4] });
            }
        }
        self.main.sort_by_key(|entry| entry.tag);
        let mut at = 8 + directory_bytes(&self.main);
        for (tag, part) in [(EXIF_DIRECTORY, &self.exif), (PLACE_DIRECTORY, &self.place)] {
            if part.is_empty() {
                continue;
            }
            let pointer = number(at as u32, self.big_endian);
            if let Some(entry) = self.main.iter_mut().find(|entry| entry.tag == tag) {
                entry.value = pointer.to_vec();
            }
            at += directory_bytes(part);
        }
        for part in [&self.main, &self.exif, &self.place] {
            if !part.is_empty() {
                write_directory(&mut out, part, self.big_endian);
            }
        }
        out
    }
}

/// The fields of a directory with their values, as far as there is room for these.
fn entries(file: File<'_>, directory: &Directory, leave_out: &[u16], room: &mut usize) -> Vec<Entry> {
    let wanted = directory.fields.iter().filter(|(tag, _)| !leave_out.contains(tag));
    // Classic TIFF has none of the wide kinds.
    let wanted = wanted.filter(|(_, field)| field.kind <= 13 && field.count <= 1 << 20);
    let taken = wanted.filter_map(|(tag, field)| {
        let value = file.value(*field);
        *room = room.checked_sub(value.len())?;
        Some(Entry { tag: *tag, kind: field.kind, count: field.count as u32, value: value.to_vec() })
    });
    taken.collect()
}

fn short(value: u16, big_endian: bool) -> [u8; 2] {
    if big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
}

fn number(value: u32, big_endian: bool) -> [u8; 4] {
    if big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
}

fn directory_bytes(entries: &[Entry]) -> usize {
    let outside = entries.iter().map(|entry| entry.value.len()).filter(|length| *length > 4);
    2 + 12 * entries.len() + 4 + outside.map(|length| length.next_multiple_of(2)).sum::<usize>()
}

/// Writes a directory where the structure ends now, its longer values behind it.
pub(in super::super) fn write_directory(out: &mut Vec<u8>, entries: &[Entry], big_endian: bool) {
    let outside = out.len() + 2 + 12 * entries.len() + 4;
    let mut values = Vec::new();
    out.extend(short(entries.len() as u16, big_endian));
    out.extend(entries.iter().flat_map(|entry| placed(entry, outside, &mut values, big_endian)));
    out.extend([0; 4]);
    out.extend(values);
}

/// An entry as it stands in a directory. A longer value goes to those that lie outside of it, from there on.
fn placed(entry: &Entry, outside: usize, values: &mut Vec<u8>, big_endian: bool) -> Vec<u8> {
    let mut place = entry.value.clone();
    if place.len() > 4 {
        place = number((outside + values.len()) as u32, big_endian).to_vec();
        values.extend(&entry.value);
        values.resize(values.len().next_multiple_of(2), 0);
    }
    place.resize(4, 0);
    let (tag, kind) = (short(entry.tag, big_endian), short(entry.kind, big_endian));
    [&tag[..], &kind, &number(entry.count, big_endian), &place].concat()
}

/// The number that says what turns the picture upright.
pub(in super::super) fn orientation(exif: &[u8]) -> Option<u8> {
    let (file, first) = File::open(exif).ok()?;
    let number = file.directory(first).ok()?.number(file, ORIENTATION)?;
    u8::try_from(number).ok().filter(|number| (1..=8).contains(number))
}

/// Says what still turns the picture upright and how large it is, and takes out the thumbnail, which shows what it was.
pub(super) fn turn(exif: &mut Vec<u8>, size: (u32, u32), left: Orientation) {
    let Some((big_endian, main)) = opened(exif) else { return };
    set_orientation(exif, big_endian, left.to_exif());
    if let Some(part) = part(exif, &main, EXIF_DIRECTORY) {
        set(exif, big_endian, &part, 40_962, size.0);
        set(exif, big_endian, &part, 40_963, size.1);
    }
    remove_thumbnail(exif, &main);
}

fn opened(exif: &[u8]) -> Option<(bool, Directory)> {
    let (file, first) = File::open(exif).ok()?;
    if file.big {
        return None;
    }
    Some((file.big_endian, file.directory(first).ok()?))
}

fn part(exif: &[u8], main: &Directory, tag: u16) -> Option<Directory> {
    let (file, _) = File::open(exif).ok()?;
    file.directory(main.number(file, tag)?).ok()
}

/// Says the orientation wherever the first directory does, in the one form that every reader knows.
fn set_orientation(exif: &mut [u8], big_endian: bool, orientation: u8) {
    let Some((first, tags)) = first_tags(exif) else { return };
    let entry =
        if big_endian { [0, 3, 0, 0, 0, 1, 0, orientation, 0, 0] } else { [3, 0, 1, 0, 0, 0, orientation, 0, 0, 0] };
    for (at, _) in (first + 2..).step_by(12).zip(tags).filter(|(_, tag)| *tag == ORIENTATION) {
        exif[at + 2..at + 12].copy_from_slice(&entry);
    }
}

/// Where the first directory lies, and the tags of all of its entries.
fn first_tags(exif: &[u8]) -> Option<(usize, Vec<u16>)> {
    let (file, first) = File::open(exif).ok()?;
    let first = usize::try_from(first).ok()?;
    let count = usize::from(file.u16(first)?);
    exif.get(first + 2..first + 2 + 12 * count)?;
    Some((first, (0..count).filter_map(|entry| file.u16(first + 2 + 12 * entry)).collect()))
}

/// Sets a number that is there already.
fn set(exif: &mut [u8], big_endian: bool, directory: &Directory, tag: u16, value: u32) {
    let Some(Field { kind, at, count: 1.. }) = directory.fields.get(&tag).copied() else { return };
    match (kind, u16::try_from(value)) {
        (3, Ok(value)) => exif[at..at + 2].copy_from_slice(&short(value, big_endian)),
        (4, _) => exif[at..at + 4].copy_from_slice(&number(value, big_endian)),
        _ => {}
    }
}

fn remove_thumbnail(exif: &mut Vec<u8>, main: &Directory) {
    let Ok((file, first)) = File::open(exif) else { return };
    let Ok(thumbnail) = file.directory(main.next) else { return };
    if main.next == 0 {
        return;
    }
    let number = |tag| thumbnail.number(file, tag).and_then(|number| usize::try_from(number).ok());
    let (start, length) = (number(513).unwrap_or(0), number(514).unwrap_or(0));
    let first = first as usize;
    let count = usize::from(file.u16(first).unwrap_or(0));
    let next = first + 2 + 12 * count;
    for place in places(&thumbnail) {
        exif[place].fill(0);
    }
    if let Some(pointer) = exif.get_mut(next..next + 4) {
        pointer.fill(0);
    }
    let end = start.saturating_add(length).min(exif.len());
    if start >= 8 && start < end {
        exif[start..end].fill(0);
        if end == exif.len() {
            exif.truncate(start);
        }
    }
}

/// Where the values of a directory lie, each byte once.
fn places(directory: &Directory) -> Vec<Range<usize>> {
    let length = |field: &Field| field.count * size_of_kind(field.kind).unwrap_or(0);
    let mut places: Vec<_> = directory.fields.values().map(|field| field.at..field.at + length(field)).collect();
    places.sort_by_key(|place| place.start);
    let mut from = 0;
    for place in &mut places {
        place.start = place.start.max(from).min(place.end);
        from = from.max(place.end);
    }
    places
}

/// Resolution, author and copyright alone. What EXIF does not say may be said elsewhere.
/// What still turns the picture upright goes along.
pub(super) fn essential(exif: Option<&[u8]>, said: &Said, left: Orientation) -> Option<Vec<u8>> {
    let mut kept = Entries::default();
    if let Some(read) = exif.and_then(Entries::of) {
        kept.big_endian = read.big_endian;
        let is_kept = |entry: &Entry| ESSENTIAL.contains(&entry.tag) && entry.value.len() <= LONGEST_NAME;
        kept.main = read.main.into_iter().filter(is_kept).collect();
    }
    let more = unsaid(Some(&kept.clone().write()), said, kept.big_endian);
    kept.main.retain(|entry| !more.iter().any(|new| new.tag == entry.tag));
    kept.main.extend(more);
    kept.main.extend(turning(left, kept.big_endian));
    (!kept.is_empty()).then(|| kept.write())
}

/// The field for what still turns the picture upright, if anything does.
fn turning(left: Orientation, big_endian: bool) -> Option<Entry> {
    let value = short(left.to_exif().into(), big_endian).to_vec();
    let field = Entry { tag: ORIENTATION, kind: 3, count: 1, value };
    (left != Orientation::NoTransforms).then_some(field)
}

/// The fields for what is said elsewhere and not in EXIF data, or otherwise there.
fn unsaid(exif: Option<&[u8]>, said: &Said, big_endian: bool) -> Vec<Entry> {
    let main = exif.and_then(opened).map(|(_, main)| main).unwrap_or_default();
    let texts = [(ARTIST, &said.author), (COPYRIGHT, &said.copyright)];
    let texts = texts.into_iter().filter(|(tag, _)| !main.fields.contains_key(tag));
    let mut new: Vec<Entry> = texts.filter_map(|(tag, text)| Some(Entry::text(tag, text.as_deref()?))).collect();
    // Programs add one to EXIF data because it has to be there; what the format says is what others read.
    let in_exif = exif.and_then(Resolution::of_exif);
    let resolution = said.resolution.filter(|said| in_exif.is_none_or(|in_exif| !said.is_about(in_exif)));
    new.extend(resolution.into_iter().flat_map(|resolution| resolution.entries(big_endian)));
    new
}

/// The largest that EXIF data may grow, in bytes: more would not go into a JPEG file.
const MOST_GROWN: usize = 65_000;

/// All of it, and what is said elsewhere. What still turns the picture upright is added where it does not say that.
/// Of what there is only the first directory moves: makers' notes point to the rest.
pub(super) fn completed(exif: Option<Vec<u8>>, said: &Said, left: Orientation) -> Option<Vec<u8>> {
    let Some(mut exif) = exif else { return essential(None, said, left) };
    let Some((big_endian, _)) = opened(&exif) else { return Some(exif) };
    let mut new = unsaid(Some(&exif), said, big_endian);
    if orientation(&exif).is_none() {
        new.extend(turning(left, big_endian));
    }
    let Some(mut raw) = raw_entries(&exif) else { return Some(exif) };
    raw.retain(|(tag, _)| !new.iter().any(|entry| entry.tag == *tag));
    let start = exif.len().next_multiple_of(2);
    let directory_end = start + 2 + 12 * (raw.len() + new.len()) + 4;
    let mut values = Vec::new();
    raw.extend(new.iter().map(|entry| (entry.tag, placed(entry, directory_end, &mut values, big_endian))));
    if new.is_empty() || directory_end + values.len() > MOST_GROWN {
        return Some(exif);
    }
    let next = number(opened(&exif)?.1.next as u32, big_endian);
    raw.sort_by_key(|(tag, _)| *tag);
    exif.resize(start, 0);
    exif.extend(short(raw.len() as u16, big_endian));
    exif.extend(raw.iter().flat_map(|(_, entry)| entry));
    exif.extend(next);
    exif.extend(values);
    exif[4..8].copy_from_slice(&number(start as u32, big_endian));
    Some(exif)
}

/// The fields of the first directory as they stand there.
fn raw_entries(exif: &[u8]) -> Option<Vec<(u16, Vec<u8>)>> {
    let (first, tags) = first_tags(exif)?;
    Some(tags.into_iter().zip(exif[first + 2..].chunks_exact(12).map(<[u8]>::to_vec)).collect())
}

/// How many pixels there are across and down to the unit of this number.
pub(super) fn resolution(exif: &[u8]) -> Option<([f64; 2], u64)> {
    let (file, first) = File::open(exif).ok()?;
    let main = file.directory(first).ok()?;
    let fraction = |tag| {
        let field = main.fields.get(&tag).filter(|field| field.kind == 5 && field.count > 0)?;
        Some(f64::from(file.u32(field.at)?) / f64::from(file.u32(field.at + 4)?))
    };
    Some(([fraction(X_RESOLUTION)?, fraction(Y_RESOLUTION)?], main.number(file, RESOLUTION_UNIT).unwrap_or(2)))
}

/// The fields that say so many pixels, by this divisor, to the unit of this number.
pub(super) fn resolution_entries(pixels: [u32; 2], divisor: u32, unit: u16, big_endian: bool) -> [Entry; 3] {
    let fraction = |tag, pixels: u32| {
        let value = [number(pixels, big_endian), number(divisor, big_endian)].concat();
        Entry { tag, kind: 5, count: 1, value }
    };
    let unit = Entry { tag: RESOLUTION_UNIT, kind: 3, count: 1, value: short(unit, big_endian).to_vec() };
    [fraction(X_RESOLUTION, pixels[0]), fraction(Y_RESOLUTION, pixels[1]), unit]
}

/// Whether it says nothing but the resolution.
pub(super) fn says_resolution_alone(exif: &[u8]) -> bool {
    opened(exif).is_some_and(|(_, main)| main.next == 0 && main.fields.keys().all(|tag| RESOLUTION.contains(tag)))
}

/// Whether a TIFF file is one picture that says no more of itself than the essential.
pub(super) fn is_bare_tiff(bytes: &[u8]) -> bool {
    let read = File::open(bytes).and_then(|(file, first)| file.directory(first));
    // Further pictures may be in it too.
    let of_pixels = |tag: u16| STRUCTURE.contains(&tag) && tag != 330 || (512..=532).contains(&tag);
    let is_known =
        |tag: u16| [ORIENTATION, COLOUR_PROFILE].contains(&tag) || ESSENTIAL.contains(&tag) || of_pixels(tag);
    read.is_ok_and(|read| read.next == 0 && !read.lacks && read.fields.keys().all(|tag| is_known(*tag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(big_endian: bool) -> Vec<u8> {
        let short = |value: u16| if big_endian { value.to_be_bytes() } else { value.to_le_bytes() }.to_vec();
        let entry = |tag, value: u16| Entry { tag, kind: 3, count: 1, value: short(value) };
        let main = vec![entry(ORIENTATION, 6), Entry::text(ARTIST, "Ann"), Entry::text(271, "Maker")];
        let place = vec![Entry { tag: 2, kind: 5, count: 3, value: vec![9; 24] }];
        Entries { big_endian, main, exif: vec![entry(40_962, 100)], place }.write()
    }

    #[test]
    fn it_is_mended_in_its_place_in_both_byte_orders() {
        for big_endian in [false, true] {
            let mut exif = sample(big_endian);
            assert_eq!(orientation(&exif), Some(6));
            turn(&mut exif, (640, 480), Orientation::NoTransforms);
            assert_eq!(orientation(&exif), Some(1));
            let (file, first) = File::open(&exif).expect("EXIF");
            let main = file.directory(first).expect("a directory");
            assert!(main.fields.contains_key(&PLACE_DIRECTORY) && main.fields.contains_key(&271));
            let part = part(&exif, &main, EXIF_DIRECTORY).expect("the part");
            assert_eq!(part.number(file, 40_962), Some(640));
        }
    }

    #[test]
    fn an_orientation_is_said_anew_whatever_it_was_written_as() {
        for (kind, bytes) in [(1, 1), (6, 1), (7, 1), (3, 2), (8, 2), (4, 4), (9, 4), (13, 4)] {
            for big_endian in [false, true] {
                let mut value = vec![0; bytes];
                value[if big_endian { bytes - 1 } else { 0 }] = 6;
                let said = Entry { tag: ORIENTATION, kind, count: 1, value };
                let main = vec![said.clone(), said, Entry::text(ARTIST, "Ann")];
                let mut exif = Entries { big_endian, main, ..Entries::default() }.write();
                assert_eq!(orientation(&exif), Some(6), "kind {kind}");
                for (left, number) in [(Orientation::Rotate180, 3), (Orientation::NoTransforms, 1)] {
                    turn(&mut exif, (640, 480), left);
                    let short = if big_endian {
                        [1, 18, 0, 3, 0, 0, 0, 1, 0, number]
                    } else {
                        [18, 1, 3, 0, 1, 0, 0, 0, number, 0]
                    };
                    assert_eq!([&exif[10..20], &exif[22..32]], [short; 2], "kind {kind}");
                }
            }
        }
    }

    #[test]
    fn the_essential_is_what_matters_wherever_it_is_said() {
        let none = Orientation::NoTransforms;
        let said = Said { author: Some("Bob".to_owned()), copyright: Some("(c) Ann".to_owned()), ..Said::default() };
        let essential = essential(Some(&sample(true)), &said, none).expect("something");
        let (file, first) = File::open(&essential).expect("EXIF");
        let main = file.directory(first).expect("a directory");
        assert_eq!(main.bytes(file, ARTIST), Some(b"Ann\0".as_slice()), "what EXIF says comes first");
        assert_eq!(main.bytes(file, COPYRIGHT), Some(b"(c) Ann\0".as_slice()));
        assert_eq!(main.fields.len(), 2);
        assert_eq!(super::essential(None, &Said::default(), none), None);
        let long = Entries { main: vec![Entry::text(ARTIST, &"x".repeat(LONGEST_NAME))], ..Entries::default() };
        let kept = super::essential(Some(&long.write()), &said, none).expect("something");
        let main = Entries::of(&kept).expect("EXIF").main;
        assert_eq!(main[0], Entry::text(ARTIST, "Bob"), "what is too long for a name is none");
    }

    #[test]
    fn what_is_said_elsewhere_comes_in_and_nothing_else_moves() {
        let resolution = Resolution::of_jfif(b"JFIF\0\x01\x01\x01\0\x96\0\x96\0\0");
        let said = Said { author: Some("Bob".to_owned()), resolution, ..Said::default() };
        let completed = |exif, said| super::completed(exif, said, Orientation::NoTransforms);
        for big_endian in [false, true] {
            let whole = sample(big_endian);
            let grown = completed(Some(whole.clone()), &said).expect("EXIF");
            assert_eq!(grown[8..whole.len()], whole[8..]);
            assert_eq!(Resolution::of_exif(&grown), resolution);
            let (before, after) = (Entries::of(&whole).expect("EXIF"), Entries::of(&grown).expect("EXIF"));
            assert_eq!((before.exif, before.place), (after.exif, after.place));
            assert_eq!(before.main.len() + 3, after.main.len(), "the author stays who it is");
            assert_eq!(completed(Some(grown.clone()), &said), Some(grown), "once");
        }
        assert!(completed(None, &said).is_some_and(|exif| Resolution::of_exif(&exif) == resolution));
        assert_eq!(completed(None, &Said::default()), None);
    }

    #[test]
    fn what_only_other_words_said_of_turning_is_said_in_exif() {
        let none = Said::default();
        for big_endian in [false, true] {
            let silent = Entries { big_endian, main: vec![Entry::text(ARTIST, "Ann")], ..Entries::default() }.write();
            let grown = completed(Some(silent.clone()), &none, Orientation::Rotate180).expect("EXIF");
            assert_eq!((orientation(&grown), Entries::of(&grown).map(|read| read.main.len())), (Some(3), Some(2)));
            assert_eq!(completed(Some(silent.clone()), &none, Orientation::NoTransforms), Some(silent));
            let said = sample(big_endian);
            assert_eq!(completed(Some(said.clone()), &none, Orientation::Rotate90), Some(said), "it is said already");
        }
        assert_eq!(completed(None, &none, Orientation::Rotate90).as_deref().and_then(orientation), Some(6));
    }

    #[test]
    fn fields_that_share_their_bytes_take_no_more_than_the_file() {
        let room = 1000_u32;
        let end = 8 + 2 + 12 * 100 + 4;
        let mut exif = b"II*\0\x08\0\0\0\x64\0".to_vec();
        for tag in 1000_u16..1100 {
            exif.extend([&tag.to_le_bytes()[..], b"\x07\0", &room.to_le_bytes(), &(end as u32).to_le_bytes()].concat());
        }
        exif.extend(vec![0; 4 + room as usize]);
        let entries = Entries::of(&exif).expect("EXIF").main;
        assert_eq!(entries.len(), exif.len() / room as usize);
        let (file, first) = File::open(&exif).expect("EXIF");
        let mut directory = file.directory(first).expect("a directory");
        assert_eq!(directory.fields.len(), 100);
        directory.fields.insert(1, Field { kind: 4, count: 2, at: end - 4 });
        let places: Vec<_> = places(&directory).into_iter().filter(|place| !place.is_empty()).collect();
        assert_eq!(places, [end - 4..end + 4, end + 4..end + room as usize]);
    }

    #[test]
    fn garbage_is_left_alone() {
        for garbage in [&b""[..], b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff"] {
            let mut exif = garbage.to_vec();
            turn(&mut exif, (1, 1), Orientation::NoTransforms);
            let said = Said { author: Some("Ann".to_owned()), ..Said::default() };
            exif = completed(Some(exif), &said, Orientation::Rotate90).expect("what there was");
            assert_eq!(exif, garbage);
        }
    }
}
