//! Files that mean harm, or were harmed: made anew each time, the same each time.

use crate::pictures::{self, FORMATS};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;

/// What is to become of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// It must fail.
    Failure,
    /// It may be read or not, but has to come to an end.
    Any,
}

/// One file.
pub(crate) struct Hostile {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) wanted: Wanted,
}

/// All of them.
pub(crate) fn corpus() -> Vec<Hostile> {
    let mut corpus = Corpus::default();
    corpus.cut();
    corpus.marks_alone();
    corpus.lies();
    corpus.bombs();
    corpus.loops();
    corpus.nonsense();
    corpus.files
}

#[derive(Default)]
struct Corpus {
    files: Vec<Hostile>,
}

impl Corpus {
    fn add(&mut self, name: impl Into<String>, bytes: Vec<u8>, wanted: Wanted) {
        self.files.push(Hostile { name: name.into(), bytes, wanted });
    }

    fn fails(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.add(name, bytes.into(), Wanted::Failure);
    }

    fn any(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.add(name, bytes.into(), Wanted::Any);
    }

    /// Whole files, short of their end by a little or a lot.
    fn cut(&mut self) {
        for (name, _) in FORMATS {
            let whole = pictures::sample(name);
            let length = whole.len();
            for (word, left) in [
                ("one", length - 1),
                ("two", length - 2),
                ("tenth", length * 9 / 10),
                ("half", length / 2),
                ("most", length / 10),
            ] {
                self.fails(&format!("cut-{word}.{name}"), &whole[..left]);
            }
        }
    }

    /// Nothing but what a file begins with, and that followed by rubbish.
    fn marks_alone(&mut self) {
        self.fails("empty.jpg", b"");
        for (name, mark) in [
            ("jpg", &b"\xff\xd8\xff\xe0"[..]),
            ("png", b"\x89PNG\r\n\x1a\n"),
            ("gif", b"GIF89a"),
            ("webp", b"RIFF\xff\xff\xff\x7fWEBPVP8X"),
            ("tiff", b"II*\0\x08\0\0\0"),
            ("big.tiff", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0"),
            ("bmp", b"BM\xff\xff\xff\xff"),
            ("ico", b"\0\0\x01\0\xff\xff"),
            ("ppm", b"P6\n"),
            ("pfm", b"PF\n"),
            ("qoi", b"qoif"),
            ("hdr", b"#?RADIANCE\n"),
            ("jxl", b"\xff\x0a"),
            ("box.jxl", b"\0\0\0\x0cJXL \r\n\x87\n"),
            ("tga", b"\0\0\x0a"),
        ] {
            self.fails(&format!("mark.{name}"), mark);
            self.fails(&format!("mark-zeros.{name}"), [mark, &[0; 600][..]].concat());
            let rubbish: Vec<u8> = (0..4000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
            self.fails(&format!("mark-rubbish.{name}"), [mark, &rubbish].concat());
        }
    }

    /// Headers that promise more than anybody has.
    fn lies(&mut self) {
        let edited = |name: &str, at: usize, new: &[u8]| {
            let mut bytes = pictures::sample(name);
            bytes[at..at + new.len()].copy_from_slice(new);
            bytes
        };
        self.fails("huge.bmp", edited("bmp", 18, &[0, 0, 1, 0, 0, 0, 1, 0]));
        self.fails("negative.bmp", edited("bmp", 18, &[0xff; 8]));
        self.fails("huge.png", edited("png", 16, &[0, 1, 0, 0, 0, 1, 0, 0]));
        self.fails("zero.png", edited("png", 16, &[0; 8]));
        self.fails("huge.qoi", edited("qoi", 4, &[0, 1, 0, 0, 0, 1, 0, 0]));
        self.fails("huge.tga", edited("tga", 12, &[0xff; 4]));
        self.any("huge-canvas.gif", edited("gif", 6, &[0xff; 4]));
        self.fails("huge.ppm", b"P6 4000000000 4000000000 255\n123");
        self.fails("square.ppm", b"P6 4294967295 4294967295 255\n123");
        self.fails("overflow.ppm", b"P6 99999999999999999999 1 255\n123");
        self.fails("huge.pfm", b"PF 4000000000 4000000000 -1\n123");
        self.fails("huge.hdr", b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 900000 +X 900000\n\x02\x02");
        self.fails("huge-canvas.webp", moving_webp());
        let mut jpeg = pictures::sample("jpg");
        let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame");
        jpeg[frame + 5..frame + 9].fill(0xff);
        self.fails("huge.jpg", jpeg.clone());
        jpeg[frame + 5..frame + 9].fill(0);
        self.fails("zero.jpg", jpeg);
        for (tag, value) in
            [(256, u32::MAX), (257, u32::MAX), (258, 65_535), (277, 65_535), (259, 9999), (262, 9999), (273, u32::MAX)]
        {
            self.fails(&format!("lie-{tag}.tiff"), tiff(&[(tag, value)]));
        }
        for (tag, value) in [(278, 0), (278, u32::MAX), (284, 2), (317, 2), (339, 3)] {
            self.any(&format!("lie-{tag}-{value}.tiff"), tiff(&[(tag, value)]));
        }
        self.fails("tile-huge.tiff", tiff(&[(322, 1 << 30), (323, 1 << 30)]));
        self.fails("tile-none.tiff", tiff(&[(322, 0), (323, 0)]));
    }

    /// Small files that unpack to masses.
    fn bombs(&mut self) {
        let zeros = deflated(&vec![0; 48 << 20]);
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(
            &mut png,
            *b"IHDR",
            &[&30_000_u32.to_be_bytes()[..], &30_000_u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat(),
        );
        chunk(&mut png, *b"IDAT", &zeros);
        chunk(&mut png, *b"IEND", b"");
        self.fails("bomb-pixels.png", png);
        for (word, name, data) in [
            ("profile", *b"iCCP", [&b"x\0\0"[..], &zeros].concat()),
            ("text", *b"zTXt", [&b"Raw profile type exif\0\0"[..], &zeros].concat()),
            ("xmp", *b"iTXt", [&b"XML:com.adobe.xmp\0\x01\0\0\0"[..], &zeros].concat()),
        ] {
            let whole = pictures::sample("png");
            let mut bytes = whole[..33].to_vec();
            chunk(&mut bytes, name, &data);
            bytes.extend(&whole[33..]);
            self.any(&format!("bomb-{word}.png"), bytes);
        }
        self.fails("bomb.tiff", {
            let mut bytes = tiff(&[(256, 40_000), (257, 40_000), (259, 8), (278, 40_000)]);
            bytes.extend(&zeros);
            bytes
        });
        // Thousands of frames, all of the same pixel.
        let gif = pictures::sample("gif");
        let start = 13 + if gif[10] & 0x80 == 0 { 0 } else { 3 << ((gif[10] & 7) + 1) };
        let frame = b"\x2c\0\0\0\0\x01\0\x01\0\x80\0\0\0\xff\xff\xff\x02\x02\x44\x01\0";
        let mut endless = gif[..start].to_vec();
        (0..20_000).for_each(|_| endless.extend(frame));
        self.fails("endless-cut.gif", endless.clone());
        endless.push(0x3b);
        self.any("endless.gif", endless);
        #[cfg(feature = "turbojpeg")]
        self.scans();
    }

    #[cfg(feature = "turbojpeg")]
    fn scans(&mut self) {
        // A progressive picture whose last scan comes thousands of times.
        let jpeg = pictures::progressive();
        let scan = jpeg.windows(2).rposition(|pair| pair == [0xff, 0xda]).expect("a scan");
        let mut scans = jpeg[..scan].to_vec();
        (0..3000).for_each(|_| scans.extend(&jpeg[scan..jpeg.len() - 2]));
        scans.extend([0xff, 0xd9]);
        self.fails("bomb-scans.jpg", scans);
    }

    /// What leads back to where it came from.
    fn loops(&mut self) {
        let mut pages = tiff(&[]);
        let (first, count) = (8, usize::from(u16::from_le_bytes([pages[8], pages[9]])));
        let next = first + 2 + 12 * count;
        pages[next..next + 4].copy_from_slice(&8_u32.to_le_bytes());
        self.any("loop-pages.tiff", pages);
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0".to_vec();
        exif.extend(8_u32.to_le_bytes());
        self.any("loop-exif.jpg", pictures::with_segment(&pictures::sample("jpg"), 0xe1, &exif));
        self.any(
            "exif-rubbish.jpg",
            pictures::with_segment(&pictures::sample("jpg"), 0xe1, b"Exif\0\0II*\0\xff\xff\xff\xff"),
        );
        self.any("profile-rubbish.jpg", pictures::with_segment(&pictures::sample("jpg"), 0xe2, b"ICC_PROFILE\0\xff\0"));
        let mut ico = pictures::sample("ico");
        ico[18..22].copy_from_slice(&0_u32.to_le_bytes());
        self.fails("loop.ico", ico);
    }

    /// What no rule allows.
    fn nonsense(&mut self) {
        for (name, percent) in FORMATS.iter().flat_map(|(name, _)| [(name, 30), (name, 70)]) {
            let mut bytes = pictures::sample(name);
            let middle = bytes.len() * percent / 100;
            let end = (middle + 40).min(bytes.len());
            bytes[middle..end].iter_mut().for_each(|byte| *byte ^= 0x5a);
            self.any(&format!("hole-{percent}.{name}"), bytes);
        }
        let png = pictures::sample("png");
        let mut no_header = png[..8].to_vec();
        no_header.extend(&png[33..]);
        self.fails("no-header.png", no_header);
        let mut twice = png[..33].to_vec();
        twice.extend(&png[8..]);
        self.any("two-headers.png", twice);
        let mut sums = png.clone();
        sums[29] ^= 1;
        self.fails("wrong-sum.png", sums);
        let mut animated = png[..33].to_vec();
        chunk(&mut animated, *b"acTL", &[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
        animated.extend(&png[33..]);
        self.any("promises-frames.png", animated);
        self.fails(
            "code-size.gif",
            b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\x01\0\x01\0\0\x0d\x02\x44\x01\0\x3b",
        );
        self.fails("no-frame.gif", b"GIF89a\x01\0\x01\0\0\0\0\x3b");
        self.fails("negative.ppm", b"P6 -5 -5 255\n123");
        self.fails("depth.ppm", b"P6 1 1 70000\n123456");
        self.fails("zero.pgm", b"P5 0 0 255\n");
        self.fails("words.ppm", b"P3 2 2 255 one two three four\n");
        self.fails("twelve.tga", [&[0, 0, 12][..], &[0; 9], &[4, 0, 4, 0, 24, 0], &[0; 48]].concat());
        self.fails("no-palette.tga", [&[0, 0, 1][..], &[0; 9], &[4, 0, 4, 0, 8, 0], &[0; 48]].concat());
        self.fails("channels.qoi", b"qoif\0\0\0\x01\0\0\0\x01\x09\0\xfe\x01\x02\x03\0\0\0\0\0\0\0\x01");
        self.fails("many.ico", b"\0\0\x01\0\xff\xff\x10\x10");
        self.fails("none.ico", b"\0\0\x01\0\0\0");
        for (name, bytes) in [
            ("page.jpg", &b"<!DOCTYPE html><html></html>"[..]),
            ("drawing.png", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
            ("paper.tiff", b"%PDF-1.7\n"),
            ("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
            ("new.avif", b"\0\0\0\x18ftypavif\0\0\0\0mif1avif"),
            ("film.jpg", b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2"),
            ("packed.jpg", b"PK\x03\x04\x14\0\0\0"),
            ("layers.png", b"8BPS\0\x01\0\0\0\0\0\0\0\x03"),
            ("wave.jpg", b"\0\0\0\x0cjP  \r\n\x87\n"),
        ] {
            self.fails(name, bytes);
        }
    }
}

/// A gray picture of 4 × 4 pixels, not packed, with these fields set or added.
pub(crate) fn tiff(changes: &[(u16, u32)]) -> Vec<u8> {
    let mut fields = vec![(256, 4), (257, 4), (258, 8), (259, 1), (262, 1), (273, 0), (277, 1), (278, 4), (279, 16)];
    for (tag, value) in changes {
        fields.retain(|(known, _)| known != tag);
        fields.push((*tag, *value));
    }
    fields.sort_unstable();
    let data = 8 + 2 + 12 * fields.len() + 4;
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend((fields.len() as u16).to_le_bytes());
    for (tag, value) in fields {
        let value = if tag == 273 && value == 0 { data as u32 } else { value };
        bytes.extend(tag.to_le_bytes());
        bytes.extend(4_u16.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend([0; 4]);
    bytes.extend((0..16).map(|n| n * 16));
    bytes
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("packed")
}

fn chunk(out: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    out.extend((data.len() as u32).to_be_bytes());
    let mut sum = flate2::Crc::new();
    sum.update(&name);
    sum.update(data);
    out.extend(name);
    out.extend(data);
    out.extend(sum.sum().to_be_bytes());
}

/// Two small frames on a canvas of four gigapixels.
fn moving_webp() -> Vec<u8> {
    let chunk = |name: &[u8; 4], data: &[u8]| [&name[..], &(data.len() as u32).to_le_bytes(), data].concat();
    let still = pictures::sample("webp");
    let mut body = b"WEBP".to_vec();
    body.extend(chunk(b"VP8X", &[2, 0, 0, 0, 0xff, 0xff, 0, 0xff, 0xff, 0]));
    body.extend(chunk(b"ANIM", &[0; 6]));
    for _ in 0..2 {
        let place = [0, 0, 0, 0, 0, 0, 95, 0, 0, 63, 0, 0, 100, 0, 0, 0];
        body.extend(chunk(b"ANMF", &[&place, &still[12..]].concat()));
    }
    [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat()
}
