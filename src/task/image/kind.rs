//! The kinds of pictures that Millrace reads.

/// What a file is, by its own bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Jpeg,
    Png,
    Webp,
    Gif,
    Tiff,
    Bmp,
    /// A BMP without its file header.
    Dib,
    /// An icon or a cursor.
    Ico,
    Tga,
    Pnm,
    /// PNM with floating-point numbers.
    Pfm,
    Qoi,
    Hdr,
    Jxl,
}

impl Kind {
    /// What people call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Jpeg => "JPEG",
            Kind::Png => "PNG",
            Kind::Webp => "WebP",
            Kind::Gif => "GIF",
            Kind::Tiff => "TIFF",
            Kind::Bmp => "BMP",
            Kind::Dib => "DIB",
            Kind::Ico => "ICO",
            Kind::Tga => "TGA",
            Kind::Pnm => "PNM",
            Kind::Pfm => "PFM",
            Kind::Qoi => "QOI",
            Kind::Hdr => "Radiance HDR",
            Kind::Jxl => "JPEG XL",
        }
    }

    /// The kind of a file, by its first bytes and, for TGA, its last ones.
    pub(super) fn of(bytes: &[u8]) -> Option<Kind> {
        let starts = |mark: &[u8]| bytes.starts_with(mark);
        Some(match bytes {
            _ if starts(b"\xff\xd8\xff") => Kind::Jpeg,
            _ if starts(b"\x89PNG\r\n\x1a\n") => Kind::Png,
            _ if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") => Kind::Webp,
            _ if starts(b"GIF87a") || starts(b"GIF89a") => Kind::Gif,
            _ if starts(b"II*\0") || starts(b"MM\0*") || starts(b"II+\0") || starts(b"MM\0+") => Kind::Tiff,
            _ if starts(b"BM") => Kind::Bmp,
            _ if starts(b"\0\0\x01\0") || starts(b"\0\0\x02\0") && is_cursor(bytes) => Kind::Ico,
            [b'P', b'1'..=b'7', next, ..] if next.is_ascii_whitespace() || *next == b'#' => Kind::Pnm,
            [b'P', b'F' | b'f', next, ..] if next.is_ascii_whitespace() => Kind::Pfm,
            _ if starts(b"qoif") => Kind::Qoi,
            _ if starts(b"#?RADIANCE") || starts(b"#?RGBE") => Kind::Hdr,
            _ if starts(b"\xff\x0a") || starts(b"\0\0\0\x0cJXL \r\n\x87\n") => Kind::Jxl,
            _ if bytes.ends_with(b"TRUEVISION-XFILE.\0") => Kind::Tga,
            _ => return None,
        })
    }
}

/// TGA files may begin as cursors do. The directory of a cursor has a reserved byte, and its first picture lies behind it.
fn is_cursor(bytes: &[u8]) -> bool {
    let (Some(count), Some(entry)) = (bytes.get(4..6), bytes.get(6..22)) else { return false };
    let count = usize::from(u16::from_le_bytes([count[0], count[1]]));
    let offset = u32::from_le_bytes([entry[12], entry[13], entry[14], entry[15]]) as usize;
    count > 0 && entry[3] == 0 && offset >= 6 + 16 * count && offset < bytes.len()
}
